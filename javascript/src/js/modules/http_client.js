// What http and https have in common.
const { send, ofAgent } = require('internal/fetch');
const EventEmitter = require('events');
const { Buffer } = require('buffer');

const STATUS_CODES = { 200: 'OK', 201: 'Created', 202: 'Accepted', 204: 'No Content', 301: 'Moved Permanently', 302: 'Found', 303: 'See Other', 304: 'Not Modified',
  307: 'Temporary Redirect', 308: 'Permanent Redirect', 400: 'Bad Request', 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed',
  409: 'Conflict', 410: 'Gone', 422: 'Unprocessable Entity', 429: 'Too Many Requests', 500: 'Internal Server Error', 501: 'Not Implemented', 502: 'Bad Gateway',
  503: 'Service Unavailable', 504: 'Gateway Timeout' };

class Agent { constructor(options = {}) { this.options = options; } destroy() {} }

class IncomingMessage extends EventEmitter {
  constructor(told, bytes) {
    super();
    EventEmitter.call(this);
    this.statusCode = told.status;
    this.statusMessage = told.statusText;
    this.httpVersion = '1.1';
    this.headers = {};
    this.rawHeaders = [];
    for (const [name, value] of told.headers) {
      this.rawHeaders.push(name, value);
      if (name === 'set-cookie') (this.headers[name] = this.headers[name] || []).push(value);
      else this.headers[name] = this.headers[name] === undefined ? value : this.headers[name] + ', ' + value;
    }
    this.complete = false;
    this.bytes = bytes;
    this.encoding = undefined;
  }
  setEncoding(encoding) { this.encoding = encoding; return this; }
  on(name, listener) {
    super.on(name, listener);
    if (name === 'data' || name === 'end' || name === 'readable') this.flow();
    return this;
  }
  once(name, listener) { super.once(name, listener); if (name === 'data' || name === 'end') this.flow(); return this; }
  flow() {
    if (this.flowing) return;
    this.flowing = true;
    setImmediate(() => {
      if (this.bytes.length) this.emit('data', this.encoding ? this.bytes.toString(this.encoding) : this.bytes);
      this.complete = true;
      this.emit('end');
      this.emit('close');
    });
  }
  resume() { this.flow(); return this; }
  pause() { return this; }
  destroy() { return this; }
  pipe(target) {
    this.on('data', (part) => target.write(part));
    this.on('end', () => { if (target.end) target.end(); });
    return target;
  }
  async* [Symbol.asyncIterator]() { this.flowing = true; if (this.bytes.length) yield this.encoding ? this.bytes.toString(this.encoding) : this.bytes; }
}

class ClientRequest extends EventEmitter {
  constructor(url, options, callback) {
    super();
    EventEmitter.call(this);
    this.url = url;
    this.options = options;
    this.method = String(options.method || 'GET').toUpperCase();
    this.headers = new Map();
    this.parts = [];
    for (const name of Object.keys(options.headers || {})) this.setHeader(name, options.headers[name]);
    if (callback) this.once('response', callback);
    if (options.timeout) this.limit = options.timeout;
    if (options.signal) options.signal.addEventListener('abort', () => this.destroy(options.signal.reason));
  }
  setHeader(name, value) { this.headers.set(name.toLowerCase(), [name, value]); return this; }
  getHeader(name) { const known = this.headers.get(name.toLowerCase()); return known && known[1]; }
  removeHeader(name) { this.headers.delete(name.toLowerCase()); }
  write(part, encoding, callback) {
    this.parts.push(typeof part === 'string' ? Buffer.from(part, typeof encoding === 'string' ? encoding : undefined) : Buffer.from(part));
    const done = typeof encoding === 'function' ? encoding : callback;
    if (done) internal.nextTick(done);
    return true;
  }
  setTimeout(limit, callback) { this.limit = limit; if (callback) this.once('timeout', callback); return this; }
  setNoDelay() { return this; }
  setSocketKeepAlive() { return this; }
  flushHeaders() {}
  destroy(error) {
    if (this.destroyed) return this;
    this.destroyed = this.aborted = true;
    internal.nextTick(() => {
      this.emit('error', error || Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' }));
      this.emit('close');
    });
    return this;
  }
  abort() { this.emit('abort'); return this.destroy(); }
  end(part, encoding, callback) {
    if (typeof part === 'function') callback = part; else if (part !== undefined && part !== null) this.write(part, encoding);
    if (typeof callback === 'function') this.once('finish', callback);
    const headers = [...this.headers.values()].flatMap(([name, value]) => [].concat(value).map((one) => [name, String(one)]));
    const { options } = this;
    if (options.auth && !this.headers.has('authorization')) headers.push(['Authorization', 'Basic ' + Buffer.from(options.auth).toString('base64')]);
    const agent = options.agent && options.agent.options ? options.agent.options : {};
    // Node does not give up after a timeout, it only tells; who does not listen waits on.
    if (this.limit) this.timer = setTimeout(() => this.emit('timeout'), this.limit);
    const body = Buffer.concat(this.parts);
    send({ method: this.method, url: this.url, headers, body: body.length || !['GET', 'HEAD', 'DELETE'].includes(this.method) ? body : undefined, follow: 0, decompress: false,
      ...ofAgent({ options: { ...agent, ...options } }) }, (error, told, bytes) => {
      clearTimeout(this.timer);
      if (this.destroyed) return;
      if (error) { this.emit('error', error); this.emit('close'); return; }
      this.res = new IncomingMessage(told, bytes);
      if (!this.emit('response', this.res)) this.res.resume();
      this.emit('close');
    });
    internal.nextTick(() => this.emit('finish'));
    return this;
  }
}

function client(protocol, port) {
  function request(first, second, third) {
    let callback = [second, third].find((value) => typeof value === 'function');
    let options = typeof second === 'object' && second !== null ? second : {};
    let url;
    if (typeof first === 'string' || first instanceof URL) {
      url = new URL(String(first));
      if (url.username) options = { auth: `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`, ...options };
      url.username = '';
      url.password = '';
      for (const part of ['hostname', 'port', 'protocol']) if (options[part] !== undefined) url[part] = options[part];
      if (options.path !== undefined) { const [path, search] = String(options.path).split('?'); url.pathname = path; url.search = search || ''; }
    } else {
      options = first || {};
      const own = options.protocol || (options.agent && options.agent.protocol) || protocol;
      const host = options.hostname || (options.host ? String(options.host).replace(/:\d+$/, '') : 'localhost');
      const place = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
      url = new URL(`${own}//${place}:${options.port || options.defaultPort || (own === 'https:' ? 443 : port)}${options.path || '/'}`);
    }
    return new ClientRequest(url.href, options, callback);
  }
  return {
    request,
    get(...values) { const call = request(...values); call.end(); return call; },
    Agent: class extends Agent { constructor(options) { super(options); this.protocol = protocol; this.defaultPort = port; } },
    globalAgent: new Agent(),
    ClientRequest, IncomingMessage, STATUS_CODES,
    METHODS: ['DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT'],
    createServer() { throw new Error('scripts cannot listen: there is only the client here'); },
  };
}

module.exports = { client };
