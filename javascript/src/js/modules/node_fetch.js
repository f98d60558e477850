// The package node-fetch.
const { fetch, Headers, Request, Response, FormData, Blob } = require('internal/fetch');

class FetchError extends Error {
  constructor(message, type, cause) {
    super(message);
    this.name = 'FetchError';
    this.type = type;
    if (cause) { this.code = this.errno = cause.code; }
  }
}

async function nodeFetch(url, options) {
  try {
    return await fetch(url, options);
  } catch (error) {
    if (error.cause === undefined) throw error;
    const timedOut = error.cause.code === 'ETIMEDOUT';
    throw new FetchError(timedOut ? `network timeout at: ${url}` : `request to ${url} failed, reason: ${error.cause.message}`, timedOut ? 'request-timeout' : 'system', error.cause);
  }
}

module.exports = Object.assign(nodeFetch, { default: nodeFetch, Headers, Request, Response, FormData, Blob, FetchError,
  isRedirect: (status) => [301, 302, 303, 307, 308].includes(status) });
