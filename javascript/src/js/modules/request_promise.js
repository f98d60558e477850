// The packages request-promise and request-promise-native.
const request = require('request');

class StatusCodeError extends Error {
  constructor(statusCode, body, options, response) {
    super(statusCode + ' - ' + (typeof body === 'string' ? body : JSON.stringify(body)));
    Object.assign(this, { name: 'StatusCodeError', statusCode, error: body, options, response });
  }
}
class RequestError extends Error {
  constructor(cause, options) {
    super(String(cause));
    Object.assign(this, { name: 'RequestError', cause, error: cause, options, code: cause.code });
  }
}

function promised(call) {
  const send = (uri, options = {}) => {
    const given = typeof uri === 'string' ? { ...options, uri } : { ...uri };
    const simple = given.simple !== false;
    return new Promise((resolve, reject) => call(given, (error, response, body) => {
      if (error) reject(new RequestError(error, given));
      else if (simple && !(response.statusCode >= 200 && response.statusCode < 300)) reject(new StatusCodeError(response.statusCode, body, given, response));
      else resolve(given.resolveWithFullResponse ? response : typeof given.transform === 'function' ? given.transform(body, response) : body);
    }));
  };
  return send;
}

function build(base) {
  const rp = promised(base);
  for (const method of ['get', 'head', 'post', 'put', 'patch', 'delete', 'del']) rp[method] = promised(base[method]);
  rp.defaults = (more) => build(base.defaults(more));
  rp.jar = base.jar;
  return rp;
}

module.exports = build(request);
