// Node's crypto over the host's own.
const { host, start } = internal;
const { Buffer } = require('buffer');

function bytes(value, encoding, name = 'data') {
  if (typeof value === 'string') return Buffer.from(value, encoding);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof KeyObject) return value.bytes;
  throw Object.assign(new TypeError(`The "${name}" argument must be of type string or an instance of Buffer, TypedArray, or DataView. Received ${value === null || value === undefined ? value : 'type ' + typeof value}`), { code: 'ERR_INVALID_ARG_TYPE' });
}

const coded = (error, code) => Object.assign(error, { code });
const wrap = (made) => Buffer.from(made.buffer, made.byteOffset, made.length);
const output = (made, encoding) => (encoding && encoding !== 'buffer' ? wrap(made).toString(encoding) : wrap(made));
const algorithm = (name) => String(name).toLowerCase().replace(/^rsa-/, '');

function ended() { return Object.assign(new Error('Digest already called'), { code: 'ERR_CRYPTO_HASH_FINALIZED' }); }

class Hash {
  constructor(name, options) {
    this.name = algorithm(name);
    this.length = options && options.outputLength;
    this.parts = [];
    if (!host.hasDigest(this.name)) throw this.unknown(name);
  }
  update(data, encoding) {
    if (this.parts === null) throw ended();
    this.parts.push(Buffer.from(bytes(data, encoding)));
    return this;
  }
  digest(encoding) {
    if (this.parts === null) throw ended();
    const whole = Buffer.concat(this.parts);
    this.parts = null;
    return output(this.compute(whole), encoding);
  }
  unknown() { return new Error('Digest method not supported'); }
  compute(whole) { return host.digest(this.name, whole, this.length); }
  copy() { const copy = Object.create(Object.getPrototypeOf(this)); return Object.assign(copy, this, { parts: [...this.parts] }); }
  write(data, encoding) { this.update(data, encoding); return true; }
  end(data, encoding) { if (data !== undefined) this.update(data, encoding); this.result = this.digest(); return this; }
  read() { return this.result; }
}

class Hmac extends Hash {
  constructor(name, key) {
    super(name);
    this.key = Buffer.from(bytes(key, 'utf8', 'key'));
  }
  unknown(name) { return coded(new TypeError('Invalid digest: ' + name), 'ERR_CRYPTO_INVALID_DIGEST'); }
  compute(whole) { return host.hmac(this.name, this.key, whole); }
}

class KeyObject {
  constructor(type, held) { this.type = type; this.bytes = held; }
  export(options) { return options && options.format === 'jwk' ? { kty: 'oct', k: wrap(this.bytes).toString('base64url') } : wrap(this.bytes); }
  get symmetricKeySize() { return this.type === 'secret' ? this.bytes.length : undefined; }
}

const pem = (key) => {
  if (key instanceof KeyObject) return wrap(key.bytes).toString();
  if (key !== null && typeof key === 'object' && !ArrayBuffer.isView(key)) return pem(key.key);
  return typeof key === 'string' ? key : wrap(bytes(key)).toString();
};

class Sign {
  constructor(name) { this.name = algorithm(name); this.parts = []; }
  update(data, encoding) { this.parts.push(Buffer.from(bytes(data, encoding))); return this; }
  write(data, encoding) { this.update(data, encoding); return true; }
  end(data, encoding) { if (data !== undefined) this.update(data, encoding); return this; }
  sign(key, encoding) {
    const options = key !== null && typeof key === 'object' ? key : {};
    return output(host.sign(this.name, padding(options), pem(key), Buffer.concat(this.parts)), encoding);
  }
}

class Verify extends Sign {
  verify(key, signature, encoding) {
    const options = key !== null && typeof key === 'object' ? key : {};
    return host.verify(this.name, padding(options), pem(key), Buffer.concat(this.parts), bytes(signature, encoding || 'utf8'));
  }
}

function padding(options) {
  if (options.dsaEncoding === 'ieee-p1363') return 'p1363';
  return options.padding === constants.RSA_PKCS1_PSS_PADDING ? 'pss' : '';
}

class Cipher {
  constructor(encrypts, name, key, iv) {
    this.encrypts = encrypts;
    this.name = String(name).toLowerCase();
    this.key = Buffer.from(bytes(key, 'latin1', 'key'));
    this.iv = iv === null || iv === undefined ? Buffer.alloc(0) : Buffer.from(bytes(iv, 'latin1', 'iv'));
    this.parts = [];
    this.aad = Buffer.alloc(0);
    this.tag = Buffer.alloc(0);
    this.pads = true;
    const problem = host.checkCipher(this.name, this.key.length, this.iv.length);
    if (problem === 'key') throw coded(new RangeError('Invalid key length'), 'ERR_CRYPTO_INVALID_KEYLEN');
    if (problem === 'iv') throw coded(new TypeError('Invalid initialization vector'), 'ERR_CRYPTO_INVALID_IV');
    if (problem !== undefined) throw coded(new Error('Unknown cipher'), 'ERR_CRYPTO_UNKNOWN_CIPHER');
  }
  // What comes out before the end is nothing: the whole is worked on at once.
  update(data, from, to) {
    this.parts.push(Buffer.from(bytes(data, from)));
    return to && to !== 'buffer' ? '' : Buffer.alloc(0);
  }
  final(encoding) {
    let made;
    try {
      made = host.cipher(this.name, this.encrypts, this.key, this.iv, this.aad, this.tag, Buffer.concat(this.parts), this.pads);
    } catch (error) {
      if (/bad decrypt/.test(error.message)) error.code = 'ERR_OSSL_BAD_DECRYPT';
      else if (/final block/.test(error.message)) error.code = 'ERR_OSSL_WRONG_FINAL_BLOCK_LENGTH';
      throw error;
    }
    if (this.encrypts && this.name.endsWith('gcm')) {
      this.tag = wrap(made.subarray(made.length - 16));
      return output(made.subarray(0, made.length - 16), encoding);
    }
    return output(made, encoding);
  }
  setAAD(data) { this.aad = Buffer.from(bytes(data)); return this; }
  getAuthTag() { return this.tag; }
  setAuthTag(tag, encoding) { this.tag = Buffer.from(bytes(tag, encoding)); return this; }
  setAutoPadding(pads = true) { this.pads = Boolean(pads); return this; }
}

function callbackOf(callback) {
  if (typeof callback !== 'function') {
    throw Object.assign(new TypeError('The "callback" argument must be of type function. Received ' + callback), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  return callback;
}

const base64 = (value, name) => wrap(Uint8Array.from(bytes(value, 'utf8', name))).toString('base64');
const answer = (callback) => (error, _value, made) => (error ? callback(error) : callback(null, wrap(made)));

function digestName(digest) {
  if (digest === undefined || digest === null) {
    throw Object.assign(new TypeError(`The "digest" argument must be of type string. Received ${digest}`), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  const name = algorithm(digest);
  if (!host.hasDigest(name)) throw Object.assign(new TypeError('Invalid digest: ' + digest), { code: 'ERR_CRYPTO_INVALID_DIGEST' });
  return name;
}

function pbkdf2Argument(password, salt, iterations, length, digest) {
  return { password: base64(password, 'password'), salt: base64(salt, 'salt'), iterations, length, digest: digestName(digest) };
}

function scryptArgument(password, salt, length, options = {}) {
  return { password: base64(password, 'password'), salt: base64(salt, 'salt'), length,
    n: options.N || options.cost || 16384, r: options.r || options.blockSize || 8, p: options.p || options.parallelization || 1,
    most: options.maxmem || 32 * 1024 * 1024 };
}

function randomBytes(size, callback) {
  if (!Number.isInteger(size) || size < 0 || size > 2 ** 31 - 1) throw Object.assign(new RangeError('The value of "size" is out of range. Received ' + size), { code: 'ERR_OUT_OF_RANGE' });
  const made = wrap(host.random(size));
  if (callback === undefined) return made;
  callbackOf(callback);
  internal.nextTick(callback, null, made);
}

function randomInt(least, most, callback) {
  if (most === undefined || typeof most === 'function') [least, most, callback] = [0, least, most];
  const range = most - least;
  const limit = 2 ** 48 - (2 ** 48 % range);
  let value;
  do { value = randomBytes(6).readUIntBE(0, 6); } while (value >= limit);
  const result = least + (value % range);
  if (typeof callback === 'function') internal.nextTick(callback, null, result); else return result;
}

function timingSafeEqual(one, other) {
  one = bytes(one, undefined, 'buf1');
  other = bytes(other, undefined, 'buf2');
  if (one.length !== other.length) throw Object.assign(new RangeError('Input buffers must have the same byte length'), { code: 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH' });
  return host.sameBytes(one, other);
}

function randomUUID() {
  const made = randomBytes(16);
  made[6] = (made[6] & 0x0f) | 0x40;
  made[8] = (made[8] & 0x3f) | 0x80;
  const hex = made.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function getRandomValues(array) {
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength).set(host.random(array.byteLength));
  return array;
}

const constants = { RSA_PKCS1_PADDING: 1, RSA_PKCS1_OAEP_PADDING: 4, RSA_PKCS1_PSS_PADDING: 6, RSA_PSS_SALTLEN_DIGEST: -1 };

module.exports = {
  constants, Hash, Hmac, Sign, Verify, KeyObject,
  createHash: (name, options) => new Hash(name, options),
  createHmac: (name, key) => new Hmac(name, key),
  createSign: (name) => new Sign(name),
  createVerify: (name) => new Verify(name),
  sign: (name, data, key) => new Sign(name || 'sha256').update(data).sign(key),
  verify: (name, data, key, signature) => new Verify(name || 'sha256').update(data).verify(key, signature),
  createCipheriv: (name, key, iv) => new Cipher(true, name, key, iv),
  createDecipheriv: (name, key, iv) => new Cipher(false, name, key, iv),
  createSecretKey: (key, encoding) => new KeyObject('secret', Buffer.from(bytes(key, encoding, 'key'))),
  createPublicKey: (key) => new KeyObject('public', Buffer.from(pem(key))),
  createPrivateKey: (key) => new KeyObject('private', Buffer.from(pem(key))),
  getHashes: () => JSON.parse(host.digests()),
  getCiphers: () => ['aes-128-cbc', 'aes-128-ctr', 'aes-128-gcm', 'aes-192-cbc', 'aes-192-ctr', 'aes-256-cbc', 'aes-256-ctr', 'aes-256-gcm'],
  hash: (name, data, encoding = 'hex') => new Hash(name).update(data).digest(encoding),
  randomBytes, randomInt, randomUUID, timingSafeEqual,
  pseudoRandomBytes: randomBytes,
  randomFillSync: (target) => getRandomValues(target),
  pbkdf2(password, salt, iterations, length, digest, callback) {
    if (typeof digest === 'function') { callback = digest; digest = undefined; }
    const argument = pbkdf2Argument(password, salt, iterations, length, digest);
    start('crypto.pbkdf2', argument, undefined, answer(callbackOf(callback)));
  },
  pbkdf2Sync: (password, salt, iterations, length, digest) => wrap(host.pbkdf2(JSON.stringify(pbkdf2Argument(password, salt, iterations, length, digest)))),
  scrypt(password, salt, length, options, callback) {
    if (typeof options === 'function') { callback = options; options = {}; }
    start('crypto.scrypt', scryptArgument(password, salt, length, options), undefined, answer(callbackOf(callback)));
  },
  scryptSync: (password, salt, length, options) => wrap(host.scrypt(JSON.stringify(scryptArgument(password, salt, length, options)))),
  webcrypto: { getRandomValues, randomUUID },
  getRandomValues,
};
