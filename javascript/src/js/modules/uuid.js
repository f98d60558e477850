// The package uuid: v4 and what goes with it. `uuid()` itself is v4, as in old versions.
const crypto = require('crypto');
const v4 = (options) => {
  const random = (options && (options.random || (options.rng && options.rng()))) || null;
  if (!random) return crypto.randomUUID();
  const bytes = Array.from(random).slice(0, 16);
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  return text(bytes);
};
function text(bytes) {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
const validate = (value) => typeof value === 'string'
  && /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}|0{8}-(?:0{4}-){3}0{12}|f{8}-(?:f{4}-){3}f{12})$/i.test(value);
function parse(value) {
  if (!validate(value)) throw new TypeError('Invalid UUID');
  return Uint8Array.from(value.replace(/-/g, '').match(/../g), (pair) => parseInt(pair, 16));
}
function named(version, algorithm) {
  const make = (name, namespace) => {
    const space = typeof namespace === 'string' ? parse(namespace) : namespace;
    const bytes = crypto.createHash(algorithm).update(Buffer.from(space)).update(typeof name === 'string' ? name : Buffer.from(name)).digest().subarray(0, 16);
    bytes[6] = (bytes[6] & 0x0f) | (version << 4);
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    return text(bytes);
  };
  return Object.assign(make, { DNS: '6ba7b810-9dad-11d1-80b4-00c04fd430c8', URL: '6ba7b811-9dad-11d1-80b4-00c04fd430c8' });
}
const uuid = (options) => v4(options);
module.exports = Object.assign(uuid, { v3: named(3, 'md5'), v4, v5: named(5, 'sha1'), validate, parse, stringify: text,
  NIL: '00000000-0000-0000-0000-000000000000', version: (value) => parse(value)[6] >> 4 });
