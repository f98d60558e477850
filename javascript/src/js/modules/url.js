// The WHATWG URL, parsed by the host, and Node's older url.parse beside it.
const { host } = internal;

function invalid(input) {
  return Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL', input: String(input) });
}

class URLSearchParams {
  #pairs = [];
  #changed = null;
  constructor(init = '') {
    if (init === null || init === undefined) return;
    if (typeof init === 'string') this.#read(init);
    else if (typeof init[Symbol.iterator] === 'function') for (const [name, value] of init) this.#pairs.push([String(name), String(value)]);
    else if (typeof init === 'object') for (const name of Object.keys(init)) this.#pairs.push([name, String(init[name])]);
    else this.#read(String(init));
  }
  static ofUrl(query, changed) {
    const parameters = new URLSearchParams(query);
    parameters.#changed = changed;
    return parameters;
  }
  #read(text) {
    for (const part of text.replace(/^\?/, '').split('&')) {
      if (part === '') continue;
      const at = part.indexOf('=');
      const [name, value] = at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
      this.#pairs.push([host.decodeForm(name), host.decodeForm(value)]);
    }
  }
  #tell() { if (this.#changed) this.#changed(this.toString()); }
  get size() { return this.#pairs.length; }
  append(name, value) { this.#pairs.push([String(name), String(value)]); this.#tell(); }
  delete(name) { this.#pairs = this.#pairs.filter((pair) => pair[0] !== String(name)); this.#tell(); }
  get(name) { const found = this.#pairs.find((pair) => pair[0] === String(name)); return found ? found[1] : null; }
  getAll(name) { return this.#pairs.filter((pair) => pair[0] === String(name)).map((pair) => pair[1]); }
  has(name) { return this.#pairs.some((pair) => pair[0] === String(name)); }
  set(name, value) {
    const found = this.#pairs.find((pair) => pair[0] === String(name));
    if (found) {
      found[1] = String(value);
      this.#pairs = this.#pairs.filter((pair) => pair[0] !== String(name) || pair === found);
    } else this.#pairs.push([String(name), String(value)]);
    this.#tell();
  }
  sort() { this.#pairs.sort((one, other) => (one[0] < other[0] ? -1 : one[0] > other[0] ? 1 : 0)); this.#tell(); }
  forEach(callback, self) { for (const [name, value] of this.#pairs) callback.call(self, value, name, this); }
  * entries() { yield* this.#pairs.map((pair) => [...pair]); }
  * keys() { for (const [name] of this.#pairs) yield name; }
  * values() { for (const [, value] of this.#pairs) yield value; }
  [Symbol.iterator]() { return this.entries(); }
  toString() { return this.#pairs.map(([name, value]) => host.encodeForm(name) + '=' + host.encodeForm(value)).join('&'); }
}

class URL {
  #parts;
  #parameters = null;
  constructor(input, base) {
    const parsed = host.parseUrl(String(input), base === undefined ? undefined : String(base));
    if (parsed === undefined) throw invalid(input);
    this.#parts = JSON.parse(parsed);
  }
  static canParse(input, base) { return host.parseUrl(String(input), base === undefined ? undefined : String(base)) !== undefined; }
  static change(url, part, value) {
    const parsed = host.changeUrl(url.#parts.href, part, String(value));
    if (parsed !== undefined) url.#parts = JSON.parse(parsed);
  }
  get href() { return this.#parts.href; }
  set href(value) {
    const parsed = host.parseUrl(String(value));
    if (parsed === undefined) throw invalid(value);
    this.#parts = JSON.parse(parsed);
    this.#parameters = null;
  }
  get origin() { return this.#parts.origin; }
  get searchParams() {
    if (this.#parameters === null) {
      this.#parameters = URLSearchParams.ofUrl(this.search, (query) => URL.change(this, 'search', query));
    }
    return this.#parameters;
  }
  get search() { return this.#parts.search; }
  set search(value) { URL.change(this, 'search', value); this.#parameters = null; }
  toString() { return this.href; }
  toJSON() { return this.href; }
  static {
    for (const part of ['protocol', 'username', 'password', 'host', 'hostname', 'port', 'pathname', 'hash']) {
      Object.defineProperty(URL.prototype, part, {
        get() { return this.#parts[part]; },
        set(value) { URL.change(this, part, value); },
        enumerable: true,
        configurable: true,
      });
    }
  }
}

// Node's older way, which takes addresses that are none.

function Url() {
  Object.assign(this, { protocol: null, slashes: null, auth: null, host: null, port: null, hostname: null, hash: null,
    search: null, query: null, pathname: null, path: null, href: '' });
}
Url.prototype.format = function () { return format(this); };

function parse(input, withQuery = false, slashesMeanHost = false) {
  if (typeof input !== 'string') {
    throw Object.assign(new TypeError('The "url" argument must be of type string. Received ' + typeof input), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  const url = new Url();
  let rest = input.trim();
  const protocol = /^([a-z][a-z0-9.+-]*:)/i.exec(rest);
  if (protocol) {
    url.protocol = protocol[1].toLowerCase();
    rest = rest.slice(protocol[1].length);
  }
  if (url.protocol === 'mailto:' && rest.includes('@')) {
    const at = rest.lastIndexOf('@');
    url.auth = decode(rest.slice(0, at));
    [url.hostname] = rest.slice(at + 1).split('?');
    url.host = url.hostname;
    rest = rest.slice(at + 1 + url.hostname.length);
  }
  const opaque = url.protocol === 'javascript:' || url.protocol === 'mailto:';
  if ((protocol || slashesMeanHost) && rest.startsWith('//') && !opaque) {
    url.slashes = true;
    const end = rest.slice(2).search(/[/?#]/);
    const authority = end < 0 ? rest.slice(2) : rest.slice(2, 2 + end);
    rest = end < 0 ? '' : rest.slice(2 + end);
    const at = authority.lastIndexOf('@');
    if (at >= 0) url.auth = decode(authority.slice(0, at));
    let place = authority.slice(at + 1).toLowerCase();
    const port = /:(\d*)$/.exec(place);
    if (port) {
      if (port[1] !== '') url.port = port[1];
      place = place.slice(0, -port[0].length);
    }
    url.hostname = place.replace(/^\[|\]$/g, '');
    url.host = place + (url.port ? ':' + url.port : '');
    if (rest === '' && ['http:', 'https:', 'ftp:', 'ws:', 'wss:'].includes(url.protocol)) rest = '/';
  }
  const hash = rest.indexOf('#');
  if (hash >= 0) { url.hash = rest.slice(hash); rest = rest.slice(0, hash); }
  const search = rest.indexOf('?');
  if (search >= 0) {
    url.search = rest.slice(search);
    url.query = withQuery ? require('querystring').parse(url.search.slice(1)) : url.search.slice(1);
    rest = rest.slice(0, search);
  } else if (withQuery) url.query = Object.create(null);
  if (rest !== '') url.pathname = rest;
  if (url.pathname || url.search) url.path = (url.pathname || '') + (url.search || '');
  url.href = format(url);
  return url;
}

function decode(text) { try { return decodeURIComponent(text); } catch { return text; } }

function format(url) {
  if (typeof url === 'string') return parse(url).href;
  if (url instanceof URL) return url.href;
  const protocol = url.protocol ? (url.protocol.endsWith(':') ? url.protocol : url.protocol + ':') : '';
  const auth = url.auth ? encodeURIComponent(url.auth).replace(/%3A/i, ':') + '@' : '';
  let place = url.host ? auth + url.host
    : url.hostname ? auth + (url.hostname.includes(':') ? `[${url.hostname}]` : url.hostname) + (url.port ? ':' + url.port : '') : '';
  let pathname = url.pathname || '';
  let search = url.search || '';
  if (!search && url.query && typeof url.query === 'object') {
    const query = require('querystring').stringify(url.query);
    if (query) search = '?' + query;
  }
  if (search && !search.startsWith('?')) search = '?' + search;
  const slashes = url.slashes || ['http:', 'https:', 'ftp:', 'file:', 'ws:', 'wss:'].includes(protocol);
  if (slashes && place !== '') {
    place = '//' + place;
    if (pathname && !pathname.startsWith('/')) pathname = '/' + pathname;
  } else if (slashes && url.slashes) place = '//' + place;
  const hash = url.hash ? (url.hash.startsWith('#') ? url.hash : '#' + url.hash) : '';
  return protocol + place + pathname.replace(/[?#]/g, encodeURIComponent) + search.replace('#', '%23') + hash;
}

function resolve(from, to) {
  const base = 'resolve://none/';
  const resolved = new URL(to, new URL(from, base));
  return resolved.href.startsWith('resolve://none') ? resolved.href.slice('resolve://none'.length) : resolved.href;
}

module.exports = {
  URL, URLSearchParams, Url, parse, format, resolve,
  fileURLToPath: (url) => decodeURIComponent(new URL(url).pathname),
  pathToFileURL: (path) => new URL('file://' + path),
  domainToASCII: (domain) => { try { return new URL('http://' + domain).hostname; } catch { return ''; } },
  urlToHttpOptions(url) {
    const options = { protocol: url.protocol, hostname: url.hostname.replace(/^\[|\]$/g, ''), hash: url.hash, search: url.search,
      pathname: url.pathname, path: url.pathname + url.search, href: url.href };
    if (url.port !== '') options.port = Number(url.port);
    if (url.username || url.password) options.auth = `${decode(url.username)}:${decode(url.password)}`;
    return options;
  },
};
