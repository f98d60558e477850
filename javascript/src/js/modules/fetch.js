// fetch, Headers, Request, Response, FormData, Blob (WHATWG Fetch), over the host's HTTP client.
const { start } = internal;
const { Buffer } = require('buffer');

class Headers {
  #list = [];
  constructor(init) {
    if (init === undefined || init === null) return;
    if (typeof init[Symbol.iterator] === 'function' && typeof init !== 'string') for (const [name, value] of init) this.append(name, value);
    else for (const name of Object.keys(init)) {
      if (Array.isArray(init[name])) init[name].forEach((value) => this.append(name, value)); else if (init[name] !== undefined) this.append(name, init[name]);
    }
  }
  append(name, value) {
    name = String(name).toLowerCase();
    if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(name)) throw new TypeError(`Headers.append: ${name} is an invalid header name.`);
    value = String(value).trim();
    if (/[\r\n\0]/.test(value)) throw new TypeError(`Headers.append: the value of ${name} is invalid.`);
    this.#list.push([name, value]);
  }
  set(name, value) { this.delete(name); this.append(name, value); }
  delete(name) { name = String(name).toLowerCase(); this.#list = this.#list.filter((pair) => pair[0] !== name); }
  get(name) {
    const values = this.#list.filter((pair) => pair[0] === String(name).toLowerCase()).map((pair) => pair[1]);
    return values.length ? values.join(', ') : null;
  }
  has(name) { return this.#list.some((pair) => pair[0] === String(name).toLowerCase()); }
  getSetCookie() { return this.#list.filter((pair) => pair[0] === 'set-cookie').map((pair) => pair[1]); }
  raw() { const raw = {}; for (const [name, value] of this.#list) (raw[name] = raw[name] || []).push(value); return raw; }
  forEach(callback, self) { for (const [name, value] of this) callback.call(self, value, name, this); }
  * entries() {
    const names = [...new Set(this.#list.map((pair) => pair[0]))].sort();
    for (const name of names) yield [name, this.get(name)];
  }
  * keys() { for (const [name] of this.entries()) yield name; }
  * values() { for (const [, value] of this.entries()) yield value; }
  [Symbol.iterator]() { return this.entries(); }
  pairs() { return this.#list.map((pair) => [...pair]); }
  get [Symbol.toStringTag]() { return 'Headers'; }
}

class Blob {
  constructor(parts = [], options = {}) {
    this.bytes = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part instanceof Blob ? part.bytes
      : Buffer.from(part instanceof ArrayBuffer ? new Uint8Array(part) : part))));
    this.type = options.type || '';
  }
  get size() { return this.bytes.length; }
  async text() { return this.bytes.toString(); }
  async arrayBuffer() { return new Uint8Array(this.bytes).buffer; }
}

class FormData {
  #list = [];
  append(name, value, filename) { this.#list.push([String(name), value instanceof Blob ? value : String(value), filename]); }
  set(name, value, filename) { this.delete(name); this.append(name, value, filename); }
  delete(name) { this.#list = this.#list.filter((part) => part[0] !== name); }
  get(name) { const part = this.#list.find((known) => known[0] === name); return part ? part[1] : null; }
  getAll(name) { return this.#list.filter((part) => part[0] === name).map((part) => part[1]); }
  has(name) { return this.#list.some((part) => part[0] === name); }
  * entries() { for (const [name, value] of this.#list) yield [name, value]; }
  [Symbol.iterator]() { return this.entries(); }
  encoded() {
    const boundary = '----' + require('crypto').randomBytes(16).toString('hex');
    const quote = (text) => text.replace(/\n/g, '%0A').replace(/\r/g, '%0D').replace(/"/g, '%22');
    const parts = this.#list.flatMap(([name, value, filename]) => {
      const file = value instanceof Blob ? `; filename="${quote(filename || 'blob')}"\r\nContent-Type: ${value.type || 'application/octet-stream'}` : '';
      return [Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${quote(name)}"${file}\r\n\r\n`), value instanceof Blob ? value.bytes : Buffer.from(value), Buffer.from('\r\n')];
    });
    return [Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]), `multipart/form-data; boundary=${boundary}`];
  }
}

/// A body as bytes, and the content type that goes with it.
function encoded(body) {
  if (body === undefined || body === null) return [undefined, undefined];
  if (typeof body === 'string') return [Buffer.from(body), 'text/plain;charset=UTF-8'];
  if (body instanceof URLSearchParams) return [Buffer.from(body.toString()), 'application/x-www-form-urlencoded;charset=UTF-8'];
  if (body instanceof FormData) return body.encoded();
  if (body instanceof Blob) return [body.bytes, body.type || undefined];
  if (body instanceof ArrayBuffer) return [Buffer.from(body), undefined];
  if (ArrayBuffer.isView(body)) return [Buffer.from(body.buffer, body.byteOffset, body.byteLength), undefined];
  return [Buffer.from(String(body)), 'text/plain;charset=UTF-8'];
}

const withBody = (Base) => class extends Base {
  bodyUsed = false;
  #take() {
    if (this.bodyUsed) throw new TypeError('Body is unusable: Body has already been read');
    this.bodyUsed = true;
    return this.bytesOfBody || Buffer.alloc(0);
  }
  async text() { const text = this.#take().toString(); return text.charCodeAt(0) === 0xfeff ? text.slice(1) : text; }
  async json() { return JSON.parse(await this.text()); }
  async buffer() { return this.#take(); }
  async bytes() { return new Uint8Array(this.#take()); }
  async arrayBuffer() { return new Uint8Array(this.#take()).buffer; }
  async blob() { return new Blob([this.#take()], { type: this.headers.get('content-type') || '' }); }
  async formData() {
    const form = new FormData();
    for (const [name, value] of new URLSearchParams(await this.text())) form.append(name, value);
    return form;
  }
};

class Request extends withBody(Object) {
  constructor(input, init = {}) {
    super();
    const from = input instanceof Request ? input : {};
    this.url = input instanceof Request ? input.url : new URL(String(input)).href;
    this.method = String(init.method || from.method || 'GET').toUpperCase();
    this.headers = new Headers(init.headers || from.headers);
    this.redirect = init.redirect || from.redirect || 'follow';
    this.signal = init.signal || from.signal || null;
    const [bytes, type] = init.body === undefined ? [from.bytesOfBody, undefined] : encoded(init.body);
    if (bytes && (this.method === 'GET' || this.method === 'HEAD')) throw new TypeError('Request with GET/HEAD method cannot have body.');
    this.bytesOfBody = bytes;
    if (type && !this.headers.has('content-type')) this.headers.set('content-type', type);
    // node-fetch has these.
    for (const name of ['timeout', 'follow', 'agent', 'size']) this[name] = init[name] === undefined ? from[name] : init[name];
  }
  clone() { return new Request(this); }
}

class Response extends withBody(Object) {
  constructor(body, init = {}) {
    super();
    const [bytes, type] = encoded(body);
    this.bytesOfBody = bytes;
    this.status = init.status === undefined ? 200 : init.status;
    this.statusText = init.statusText || '';
    this.headers = new Headers(init.headers);
    if (type && !this.headers.has('content-type')) this.headers.set('content-type', type);
    this.url = init.url || '';
    this.redirected = Boolean(init.redirected);
    this.type = 'default';
  }
  get ok() { return this.status >= 200 && this.status < 300; }
  get body() { return this.bytesOfBody === undefined ? null : this.bytesOfBody; }
  clone() { const copy = new Response(this.bytesOfBody, this); copy.headers = new Headers(this.headers); return copy; }
  static json(value, init = {}) { return new Response(JSON.stringify(value), { ...init, headers: { 'content-type': 'application/json', ...init.headers } }); }
  static error() { return Object.assign(new Response(), { status: 0, type: 'error' }); }
  static redirect(url, status = 302) { return new Response(null, { status, headers: { location: url } }); }
}

/// What the clients have in common: (error, { status, statusText, headers, url, redirected }, body).
function send(request, answer) {
  start('http.request', {
    method: request.method, url: request.url, headers: request.headers, follow: request.follow === undefined ? 20 : request.follow,
    timeout: request.timeout || undefined, verify: request.verify !== false, ca: request.ca, identity: request.identity,
    decompress: request.decompress !== false,
  }, request.body, (error, told, bytes) => answer(error, told, bytes === undefined ? Buffer.alloc(0) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)));
}

/// What an agent of `https` says about certificates.
function ofAgent(agent) {
  const options = agent && agent.options;
  if (!options) return {};
  const text = (value) => (value === undefined || value === null ? undefined : Array.isArray(value) ? value.map(String).join('\n') : String(value));
  return { verify: options.rejectUnauthorized !== false, ca: text(options.ca),
    identity: options.cert && options.key ? `${text(options.cert)}\n${text(options.key)}` : undefined };
}

function fetch(input, init) {
  return new Promise((resolve, reject) => {
    const request = new Request(input, init);
    const { signal } = request;
    const abort = () => reject(signal.reason);
    if (signal) {
      if (signal.aborted) { abort(); return; }
      signal.addEventListener('abort', abort, { once: true });
    }
    if (!/^https?:$/.test(new URL(request.url).protocol)) { reject(new TypeError('fetch failed: unknown scheme')); return; }
    const headers = request.headers.pairs();
    if (!request.headers.has('accept')) headers.push(['accept', '*/*']);
    const follow = request.redirect === 'follow' ? (request.follow === undefined ? 20 : request.follow) : 0;
    send({ method: request.method, url: request.url, headers, body: request.bytesOfBody, follow, timeout: request.timeout, ...ofAgent(typeof request.agent === 'function' ? request.agent() : request.agent) },
      (error, told, bytes) => {
        if (signal) signal.removeEventListener('abort', abort);
        if (error) { reject(Object.assign(new TypeError('fetch failed: ' + error.message), { cause: error, code: error.code })); return; }
        if (request.redirect === 'error' && told.status >= 300 && told.status < 400 && told.headers.some(([name]) => name === 'location')) {
          reject(new TypeError('fetch failed: unexpected redirect'));
          return;
        }
        resolve(new Response(bytes, told));
      });
  });
}

module.exports = { fetch, Headers, Request, Response, FormData, Blob, send, ofAgent, encoded };
