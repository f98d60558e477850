// What only this host has: any legacy password format, checked by the library that guards the other connections.
const { started } = internal;
const { Buffer } = require('buffer');

/// `row` is a hash, or what a table has about one password: { hash, salt, iterations, scheme, username, email, id }.
async function verifyPassword(row, password) {
  const given = typeof row === 'string' ? { hash: row } : row;
  if (given === null || typeof given !== 'object' || given.hash === undefined || given.hash === null) {
    throw new TypeError('verifyPassword takes a hash, or an object with a hash');
  }
  const text = {};
  for (const key of Object.keys(given)) if (given[key] !== undefined && given[key] !== null) text[key] = ArrayBuffer.isView(given[key]) ? Buffer.from(given[key]).toString('latin1') : String(given[key]);
  return started('crosswalk.verify', { row: text, password: String(password) });
}

/// The JSON text of a value, digit for digit as it was given to the script where it is an argument or part of one.
function json(value) { return internal.textOf(value); }

/// The text of a metadata document after a change: { set, remove, clear, limit }, as `change_metadata` gets it. Only the
/// first level is merged, and everything that is not changed keeps its exact text. `document` is JSON text or an object.
function merge(document, change) {
  if (change === null || typeof change !== 'object') throw new TypeError('merge takes a document and a change');
  const text = document === null || document === undefined ? undefined : typeof document === 'string' ? document : json(document);
  return internal.host.merge(text, json(change));
}

module.exports = { verifyPassword, json, merge };
