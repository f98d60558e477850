// The package axios.
const { send, ofAgent } = require('internal/fetch');
const { Buffer } = require('buffer');

class AxiosError extends Error {
  constructor(message, code, config, request, response) {
    super(message);
    this.name = 'AxiosError';
    this.isAxiosError = true;
    Object.assign(this, { code, config, request: request || {} });
    if (response) { this.response = response; this.status = response.status; }
  }
  toJSON() { return { message: this.message, name: this.name, code: this.code, status: this.response ? this.response.status : null }; }
}
Object.assign(AxiosError, { ERR_BAD_REQUEST: 'ERR_BAD_REQUEST', ERR_BAD_RESPONSE: 'ERR_BAD_RESPONSE', ERR_NETWORK: 'ERR_NETWORK', ECONNABORTED: 'ECONNABORTED', ETIMEDOUT: 'ETIMEDOUT', ERR_CANCELED: 'ERR_CANCELED' });

class CanceledError extends AxiosError {
  constructor(message, config) { super(message || 'canceled', 'ERR_CANCELED', config); this.name = 'CanceledError'; this.__CANCEL__ = true; }
}

class AxiosHeaders {
  constructor(pairs) {
    for (const [name, value] of pairs) {
      if (name === 'set-cookie') (this[name] = this[name] || []).push(value);
      else this[name] = this[name] === undefined ? value : this[name] + ', ' + value;
    }
  }
  get(name) { const key = Object.keys(this).find((known) => known.toLowerCase() === String(name).toLowerCase()); return key === undefined ? undefined : this[key]; }
  has(name) { return this.get(name) !== undefined; }
  set(name, value) { this[String(name).toLowerCase()] = value; return this; }
  toJSON() { return { ...this }; }
}

class Interceptors {
  handlers = [];
  use(fulfilled, rejected) { this.handlers.push({ fulfilled, rejected }); return this.handlers.length - 1; }
  eject(id) { this.handlers[id] = null; }
  clear() { this.handlers = []; }
}

function query(parameters, serializer) {
  const serialize = typeof serializer === 'function' ? serializer : serializer && serializer.serialize;
  if (serialize) return serialize(parameters);
  if (parameters instanceof URLSearchParams) return parameters.toString();
  const encode = (text) => encodeURIComponent(text).replace(/%3A/gi, ':').replace(/%24/g, '$').replace(/%2C/gi, ',').replace(/%20/g, '+');
  const pairs = [];
  for (const name of Object.keys(parameters)) {
    const value = parameters[name];
    if (value === null || value === undefined) continue;
    const isList = Array.isArray(value);
    for (const one of isList ? value : [value]) {
      if (one === null || one === undefined) continue;
      const text = one instanceof Date ? one.toISOString() : typeof one === 'object' ? JSON.stringify(one) : String(one);
      pairs.push(encode(isList ? name + '[]' : name) + '=' + encode(text));
    }
  }
  return pairs.join('&');
}

function addressOf(config) {
  const raw = String(config.url || '');
  const absolute = /^([a-z][a-z\d+\-.]*:)?\/\//i.test(raw);
  let url = config.baseURL && !absolute ? (raw ? String(config.baseURL).replace(/\/?\/$/, '') + '/' + raw.replace(/^\/+/, '') : String(config.baseURL)) : raw;
  if (config.params) {
    const text = query(config.params, config.paramsSerializer);
    if (text) url = url.replace(/#.*$/, '') + (url.includes('?') ? '&' : '?') + text;
  }
  return url;
}

const statusHolds = (status) => status >= 200 && status < 300;

const usual = {
  timeout: 0, responseType: undefined, maxRedirects: 5, validateStatus: statusHolds,
  headers: { common: { Accept: 'application/json, text/plain, */*' }, get: {}, head: {}, delete: {}, post: {}, put: {}, patch: {} },
  transformRequest: [], transformResponse: [],
};

const METHODS = ['get', 'head', 'delete', 'options', 'post', 'put', 'patch', 'common'];

function merged(base, own) {
  const config = { ...base, ...own };
  config.headers = { ...base.headers };
  const given = own.headers || {};
  for (const name of Object.keys(given)) {
    config.headers[name] = METHODS.includes(name) && typeof given[name] === 'object' && given[name] !== null ? { ...(base.headers || {})[name], ...given[name] } : given[name];
  }
  if (base.params && own.params && !(own.params instanceof URLSearchParams)) config.params = { ...base.params, ...own.params };
  return config;
}

function headersOf(config, method) {
  const flat = {};
  const put = (source) => {
    for (const name of Object.keys(source || {})) {
      if (METHODS.includes(name) && typeof source[name] === 'object') continue;
      const known = Object.keys(flat).find((other) => other.toLowerCase() === name.toLowerCase());
      if (known !== undefined) delete flat[known];
      if (source[name] !== undefined && source[name] !== null && source[name] !== false) flat[name] = String(source[name]);
    }
  };
  put(config.headers.common);
  put(config.headers[method]);
  put(config.headers);
  return flat;
}

const list = (value) => (value === undefined || value === null ? [] : [].concat(value));

function dispatch(config) {
  return new Promise((resolve, reject) => {
    const method = String(config.method || 'get').toLowerCase();
    config.method = method;
    const headers = headersOf(config, method);
    const has = (name) => Object.keys(headers).some((known) => known.toLowerCase() === name);
    const value = (name) => headers[Object.keys(headers).find((known) => known.toLowerCase() === name)];
    let data = config.data;
    for (const transform of list(config.transformRequest)) data = transform.call(config, data, headers);
    let body;
    const { FormData } = require('internal/fetch');
    if (data instanceof FormData) {
      const [bytes, type] = data.encoded();
      body = bytes;
      headers['Content-Type'] = type;
    } else if (data instanceof URLSearchParams) {
      body = Buffer.from(data.toString());
      if (!has('content-type')) headers['Content-Type'] = 'application/x-www-form-urlencoded;charset=utf-8';
    } else if (ArrayBuffer.isView(data) || data instanceof ArrayBuffer) {
      body = Buffer.from(data instanceof ArrayBuffer ? data : data.buffer, data.byteOffset, data.byteLength);
    } else if (data !== null && typeof data === 'object') {
      if (/x-www-form-urlencoded/.test(value('content-type') || '')) body = Buffer.from(query(data));
      else {
        body = Buffer.from(JSON.stringify(data));
        if (!has('content-type')) headers['Content-Type'] = 'application/json';
      }
    } else if (data !== undefined && data !== null) {
      const json = /json/.test(value('content-type') || '');
      let text = String(data);
      if (json) { try { JSON.parse(text); } catch { text = JSON.stringify(data); } }
      body = Buffer.from(text);
      if (!has('content-type')) headers['Content-Type'] = 'application/x-www-form-urlencoded';
    }
    if (config.auth) headers.Authorization = 'Basic ' + Buffer.from(`${config.auth.username || ''}:${config.auth.password || ''}`).toString('base64');
    let url;
    try { url = new URL(addressOf(config)); } catch { reject(new AxiosError('Invalid URL', 'ERR_INVALID_URL', config)); return; }
    if (url.username && !config.auth) {
      headers.Authorization = 'Basic ' + Buffer.from(`${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`).toString('base64');
      url.username = '';
      url.password = '';
    }
    const cancel = (reason) => reject(new CanceledError(reason && reason.message, config));
    if (config.signal) {
      if (config.signal.aborted) { cancel(); return; }
      config.signal.addEventListener('abort', () => cancel(), { once: true });
    }
    if (config.cancelToken) config.cancelToken.promise.then(cancel);
    send({ method: method.toUpperCase(), url: url.href, headers: Object.keys(headers).map((name) => [name, headers[name]]), body,
      follow: config.maxRedirects, timeout: config.timeout, decompress: config.decompress, ...ofAgent(url.protocol === 'https:' ? config.httpsAgent : config.httpAgent) }, (error, told, bytes) => {
      if (error) {
        const timedOut = error.code === 'ETIMEDOUT' && config.timeout;
        reject(timedOut ? new AxiosError(config.timeoutErrorMessage || `timeout of ${config.timeout}ms exceeded`, 'ECONNABORTED', config)
          : Object.assign(new AxiosError(error.message, error.code, config), { cause: error, name: error.name, errno: error.errno, syscall: error.syscall }));
        return;
      }
      const responseHeaders = new AxiosHeaders(told.headers);
      let result = config.responseType === 'arraybuffer' ? bytes : bytes.toString();
      if (config.responseType !== 'arraybuffer') {
        if (result.charCodeAt(0) === 0xfeff) result = result.slice(1);
        const transforms = list(config.transformResponse);
        if (transforms.length) { for (const transform of transforms) result = transform.call(config, result, responseHeaders, told.status); }
        else if (config.responseType !== 'text' && result !== '') { try { result = JSON.parse(result); } catch { /* it stays text, as there */ } }
      }
      const response = { data: result, status: told.status, statusText: told.statusText, headers: responseHeaders, config, request: { path: url.pathname + url.search, res: { responseUrl: told.url } } };
      const holds = config.validateStatus;
      if (!holds || holds(told.status)) resolve(response);
      else reject(new AxiosError('Request failed with status code ' + told.status, ['ERR_BAD_REQUEST', 'ERR_BAD_RESPONSE'][Math.floor(told.status / 100) - 4], config, response.request, response));
    });
  });
}

function create(base) {
  const instance = function axios(first, second) { return instance.request(first, second); };
  instance.defaults = merged(usual, base || {});
  instance.interceptors = { request: new Interceptors(), response: new Interceptors() };
  instance.request = (first, second) => {
    let config;
    try { config = merged(instance.defaults, typeof first === 'string' ? { ...second, url: first } : first || {}); } catch (error) { return Promise.reject(error); }
    let chain = Promise.resolve(config);
    for (const handler of [...instance.interceptors.request.handlers].reverse()) if (handler) chain = chain.then(handler.fulfilled, handler.rejected);
    chain = chain.then(dispatch);
    for (const handler of instance.interceptors.response.handlers) if (handler) chain = chain.then(handler.fulfilled, handler.rejected);
    return chain;
  };
  for (const method of ['get', 'delete', 'head', 'options']) instance[method] = (url, config) => instance.request({ ...config, method, url });
  for (const method of ['post', 'put', 'patch']) {
    instance[method] = (url, data, config) => instance.request({ ...config, method, url, data });
    instance[method + 'Form'] = (url, data, config) => instance.request({ ...config, method, url, data, headers: { ...(config && config.headers), 'Content-Type': 'application/x-www-form-urlencoded' } });
  }
  instance.getUri = (config) => addressOf(merged(instance.defaults, config || {}));
  instance.create = (more) => create(merged(instance.defaults, more || {}));
  return instance;
}

class CancelToken {
  constructor(executor) { this.promise = new Promise((resolve) => executor((message) => { this.reason = new CanceledError(message); resolve(this.reason); })); }
  throwIfRequested() { if (this.reason) throw this.reason; }
  static source() { let cancel; const token = new CancelToken((given) => { cancel = given; }); return { token, cancel }; }
}

const axios = create({});
module.exports = Object.assign(axios, {
  Axios: create, AxiosError, CanceledError, Cancel: CanceledError, CancelToken, AxiosHeaders, VERSION: '1.7.0',
  isAxiosError: (value) => value !== null && typeof value === 'object' && value.isAxiosError === true,
  isCancel: (value) => Boolean(value && value.__CANCEL__),
  all: (promises) => Promise.all(promises),
  spread: (callback) => (values) => callback(...values),
  HttpStatusCode: { Ok: 200, Created: 201, NoContent: 204, BadRequest: 400, Unauthorized: 401, Forbidden: 403, NotFound: 404, Conflict: 409, InternalServerError: 500 },
});
axios.default = axios;
