// The packages bcrypt and bcryptjs, on the host's own bcrypt.
const { start, host } = internal;

function text(value, name) {
  if (value === undefined || value === null) throw new Error(name);
  if (typeof value === 'string') return value;
  if (ArrayBuffer.isView(value)) return Buffer.from(value).toString();
  throw new Error(name.replace('arguments required', name.includes('hash') ? 'must be strings' : 'must be a string or Buffer and salt must either be a salt string or a number of rounds'));
}

/// With a callback by callback, without one by promise: both as the package does it.
function both(work, callback) {
  if (typeof callback === 'function') { work((error, value) => internal.nextTick(callback, error || null, error ? undefined : value)); return undefined; }
  return new Promise((resolve, reject) => work((error, value) => (error ? reject(error) : resolve(value))));
}

function attempt(prepare, name, answer) {
  let argument;
  try { argument = prepare(); } catch (error) { answer(error); return; }
  start(name, argument, undefined, answer);
}

const compareArgument = (data, hash) => ({ data: text(data, 'data and hash arguments required'), hash: text(hash, 'data and hash arguments required') });

function hashArgument(data, salt) {
  if (data === undefined || data === null || salt === undefined || salt === null) throw new Error('data and salt arguments required');
  if (typeof salt !== 'string' && typeof salt !== 'number') throw new Error('data must be a string or Buffer and salt must either be a salt string or a number of rounds');
  return { data: text(data, 'data and salt arguments required'), salt: typeof salt === 'number' ? genSaltSync(salt) : salt };
}

function genSaltSync(rounds = 10) {
  if (typeof rounds !== 'number') throw new Error('rounds must be a number');
  return host.bcryptSalt(Math.min(31, Math.max(4, Math.trunc(rounds) || 10)));
}

module.exports = {
  compare: (data, hash, callback) => both((answer) => attempt(() => compareArgument(data, hash), 'bcrypt.compare', answer), callback),
  hash(data, salt, callback) {
    if (typeof salt === 'function') { callback = salt; salt = 10; }
    return both((answer) => attempt(() => hashArgument(data, salt === undefined ? 10 : salt), 'bcrypt.hash', answer), callback);
  },
  genSalt(rounds, minor, callback) {
    const done = [rounds, minor, callback].find((value) => typeof value === 'function');
    return both((answer) => {
      let salt;
      try { salt = genSaltSync(typeof rounds === 'function' ? 10 : rounds); } catch (error) { answer(error); return; }
      answer(null, salt);
    }, done);
  },
  compareSync: (data, hash) => { const argument = compareArgument(data, hash); return host.bcryptCompare(argument.data, argument.hash); },
  hashSync: (data, salt) => { const argument = hashArgument(data, salt === undefined ? 10 : salt); return host.bcryptHash(argument.data, argument.salt); },
  genSaltSync,
  getRounds(hash) {
    const found = /^\$2[abxy]?\$(\d\d)\$/.exec(String(hash));
    if (!found) throw new Error('invalid hash');
    return Number(found[1]);
  },
  truncates: (text) => Buffer.byteLength(String(text)) > 72,
};
