// What only this host has: any legacy password format, checked by the library that guards the other connections.
const { started } = internal;

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

module.exports = { verifyPassword };
