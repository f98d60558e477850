// The package request.
const { send, ofAgent } = require('internal/fetch');
const EventEmitter = require('events');
const querystring = require('querystring');
const { Buffer } = require('buffer');

const METHODS = ['get', 'head', 'options', 'post', 'put', 'patch', 'delete'];

function optionsOf(uri, options, callback) {
  let given;
  if (typeof uri === 'object' && uri !== null && !(uri instanceof URL)) { given = { ...uri }; if (typeof options === 'function') callback = options; }
  else if (typeof options === 'function') { callback = options; given = { uri }; } else given = { ...options, uri };
  given.callback = callback || given.callback;
  return given;
}

function header(headers, name) {
  return Object.keys(headers).find((known) => known.toLowerCase() === name);
}

class Call extends EventEmitter {
  constructor(options) {
    super();
    EventEmitter.call(this);
    this.options = options;
    this.sent = false;
    if (options.callback) this.answered = options.callback;
    // Handlers and `.auth()`, `.form()` may still come.
    internal.nextTick(() => { if (!this.aborted) this.go(); });
  }
  setHeader(name, value) { this.options.headers = { ...this.options.headers, [name]: value }; return this; }
  auth(user, pass, sendImmediately, bearer) { this.options.auth = bearer ? { bearer } : { user, pass }; return this; }
  form(values) { if (values === undefined) return (this.options.form = this.options.form || {}); this.options.form = values; return this; }
  json(value) { this.options.json = value; return this; }
  qs(values) { this.options.qs = { ...this.options.qs, ...values }; return this; }
  abort() { this.aborted = true; this.emit('abort'); }
  fail(error) {
    if (this.answered) this.answered(error); else if (this.listenerCount('error')) this.emit('error', error); else internal.uncaught(error);
    this.emit('complete');
  }
  go() {
    const { options } = this;
    const raw = options.uri || options.url;
    let url;
    try {
      if (raw === undefined || raw === null) throw new Error('undefined is not a valid uri or options object.');
      url = new URL(typeof raw === 'object' ? raw.href : options.baseUrl ? String(options.baseUrl).replace(/\/$/, '') + '/' + String(raw).replace(/^\//, '') : raw);
    } catch (error) { this.fail(error.code === 'ERR_INVALID_URL' ? new Error(`Invalid URI "${raw}"`) : error); return; }
    const headers = { ...options.headers };
    const set = (name, value) => { if (header(headers, name) === undefined) headers[name] = value; };
    if (options.qs) {
      const all = { ...querystring.parse(url.search.slice(1)), ...options.qs };
      url.search = options.useQuerystring ? querystring.stringify(all) : require('qs').stringify(all, options.qsStringifyOptions);
    }
    let body = options.body;
    if (options.form !== undefined) {
      body = typeof options.form === 'string' ? options.form : options.useQuerystring ? querystring.stringify(options.form) : require('qs').stringify(options.form, options.qsStringifyOptions);
      set('content-type', 'application/x-www-form-urlencoded');
    } else if (options.formData) {
      const form = new (require('internal/fetch').FormData)();
      for (const name of Object.keys(options.formData)) [].concat(options.formData[name]).forEach((value) => form.append(name, value));
      const [bytes, type] = form.encoded();
      body = bytes;
      set('content-type', type);
    }
    if (options.json) {
      set('accept', 'application/json');
      if (typeof options.json !== 'boolean' && body === undefined) body = options.json;
      if (body !== undefined && options.form === undefined && !(typeof body === 'string' && header(headers, 'content-type') !== undefined && !/json/.test(headers[header(headers, 'content-type')]))) {
        if (typeof body !== 'string' || typeof options.json === 'boolean') body = JSON.stringify(body);
        set('content-type', 'application/json');
      }
    }
    if (body !== undefined && typeof body !== 'string' && !ArrayBuffer.isView(body)) {
      if (Array.isArray(body)) body = Buffer.concat(body.map((part) => Buffer.from(part)));
      else { this.fail(new Error('Argument error, options.body.')); return; }
    }
    const auth = options.auth || (url.username ? { user: decodeURIComponent(url.username), pass: decodeURIComponent(url.password) } : undefined);
    if (auth && auth.bearer !== undefined) set('authorization', 'Bearer ' + (typeof auth.bearer === 'function' ? auth.bearer() : auth.bearer));
    else if (auth) set('authorization', 'Basic ' + Buffer.from(`${auth.user || auth.username || ''}:${auth.pass || auth.password || ''}`).toString('base64'));
    if (url.username) { url.username = ''; url.password = ''; }
    const method = String(options.method || 'GET').toUpperCase();
    const follow = options.followRedirect === false ? 0 : method === 'GET' || method === 'HEAD' || options.followAllRedirects ? (options.maxRedirects === undefined ? 10 : options.maxRedirects) : 0;
    const agent = ofAgent(options.agent || { options: { ...options.agentOptions, ca: options.ca || (options.agentOptions && options.agentOptions.ca), cert: options.cert, key: options.key } });
    send({ method, url: url.href, headers: Object.keys(headers).filter((name) => headers[name] !== undefined && headers[name] !== null).map((name) => [name, String(headers[name])]),
      body: typeof body === 'string' ? Buffer.from(body) : body, follow, timeout: options.timeout, ...agent,
      verify: options.strictSSL === undefined ? options.rejectUnauthorized === undefined ? agent.verify : options.rejectUnauthorized : options.strictSSL }, (error, told, bytes) => {
      if (this.aborted) return;
      if (error) { this.fail(error); return; }
      const response = new EventEmitter();
      const collected = {};
      for (const [name, value] of told.headers) {
        if (name === 'set-cookie') (collected[name] = collected[name] || []).push(value);
        else collected[name] = collected[name] === undefined ? value : collected[name] + ', ' + value;
      }
      Object.assign(response, { statusCode: told.status, statusMessage: told.statusText, headers: collected, httpVersion: '1.1',
        request: { method, uri: new URL(told.url), href: told.url, headers }, caseless: { get: (name) => collected[name.toLowerCase()] } });
      let result = options.encoding === null ? bytes : bytes.toString(options.encoding || undefined);
      if (options.json && options.encoding !== null) { try { result = JSON.parse(result, options.jsonReviver); } catch { /* it stays text, as there */ } }
      response.body = result;
      response.toJSON = () => ({ statusCode: response.statusCode, body: response.body, headers: response.headers });
      this.response = response;
      this.emit('response', response);
      if (bytes.length) { this.emit('data', bytes); response.emit('data', bytes); }
      response.emit('end');
      this.emit('end');
      if (this.answered) this.answered(null, response, result);
      this.emit('complete', response, result);
    });
  }
}

function build(defaults) {
  const make = (method) => (uri, options, callback) => {
    const given = optionsOf(uri, options, callback);
    const merged = { ...defaults, ...given, headers: { ...(defaults && defaults.headers), ...given.headers } };
    if (method) merged.method = method.toUpperCase();
    return new Call(merged);
  };
  const request = make();
  for (const method of METHODS) request[method] = make(method);
  request.del = request.delete;
  request.defaults = (more) => build({ ...defaults, ...more, headers: { ...(defaults && defaults.headers), ...(more && more.headers) } });
  request.jar = () => ({ setCookie() {}, getCookieString: () => '', getCookies: () => [] });
  request.cookie = (text) => ({ toString: () => text });
  request.Request = Call;
  const custom = require('util').promisify.custom;
  for (const one of [request, ...METHODS.map((method) => request[method])]) {
    one[custom] = (...values) => new Promise((resolve, reject) => one(...values, (error, response) => (error ? reject(error) : resolve(response))));
  }
  return request;
}

module.exports = build({});
