// Node's Buffer: a Uint8Array with encodings.
const { host } = internal;

class FastBuffer extends Uint8Array {}

function Buffer(value, encoding, length) {
  if (typeof value === 'number') return Buffer.alloc(value);
  return Buffer.from(value, encoding, length);
}
Object.setPrototypeOf(Buffer, Uint8Array);
Buffer.prototype = FastBuffer.prototype;
Object.defineProperty(Buffer.prototype, 'constructor', { value: Buffer, writable: true, configurable: true });

const ENCODINGS = {
  utf8: 'utf8', 'utf-8': 'utf8', hex: 'hex', base64: 'base64', base64url: 'base64url', latin1: 'latin1', binary: 'latin1',
  ascii: 'ascii', utf16le: 'utf16le', 'utf-16le': 'utf16le', ucs2: 'utf16le', 'ucs-2': 'utf16le',
};

function encodingOf(encoding) {
  if (encoding === undefined || encoding === null || encoding === '') return 'utf8';
  const known = ENCODINGS[String(encoding).toLowerCase()];
  if (known === undefined) throw Object.assign(new TypeError('Unknown encoding: ' + encoding), { code: 'ERR_UNKNOWN_ENCODING' });
  return known;
}

const wrap = (bytes) => new FastBuffer(bytes.buffer, bytes.byteOffset, bytes.length);
const isBytes = (value) => value instanceof Uint8Array;

function wrong(name, expected, value) {
  const got = value === null || value === undefined ? String(value)
    : typeof value === 'object' ? `an instance of ${(value.constructor && value.constructor.name) || 'Object'}`
      : `type ${typeof value} (${String(value).slice(0, 28)})`;
  return Object.assign(new TypeError(`The ${name} argument must be ${expected}. Received ${got}`), { code: 'ERR_INVALID_ARG_TYPE' });
}

Buffer.poolSize = 8192;
Buffer.isBuffer = (value) => value instanceof FastBuffer;
Buffer.isEncoding = (encoding) => typeof encoding === 'string' && ENCODINGS[encoding.toLowerCase()] !== undefined;

Buffer.from = function from(value, encoding, length) {
  if (typeof value === 'string') return wrap(host.bytes(value, encodingOf(encoding)));
  if (value instanceof ArrayBuffer || (typeof SharedArrayBuffer !== 'undefined' && value instanceof SharedArrayBuffer)) {
    return new FastBuffer(value, encoding, length);
  }
  if (ArrayBuffer.isView(value)) {
    const copy = new FastBuffer(value.length);
    copy.set(value);
    return copy;
  }
  if (value !== null && typeof value === 'object') {
    const primitive = typeof value.valueOf === 'function' ? value.valueOf() : value;
    if (primitive !== value && primitive !== null && primitive !== undefined) return Buffer.from(primitive, encoding, length);
    if (value.type === 'Buffer' && Array.isArray(value.data)) return Buffer.from(value.data);
    if (value.length !== undefined) {
      const count = Number(value.length) > 0 ? Math.floor(Number(value.length)) : 0;
      const copy = new FastBuffer(count);
      for (let at = 0; at < count; at++) copy[at] = value[at];
      return copy;
    }
    if (typeof value[Symbol.toPrimitive] === 'function') return Buffer.from(value[Symbol.toPrimitive]('string'), encoding);
  }
  throw wrong('first', 'of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object', value);
};

Buffer.alloc = function alloc(size, fill, encoding) {
  if (typeof size !== 'number') throw wrong('"size"', 'of type number', size);
  if (!(size >= 0 && size <= 2 ** 31)) throw Object.assign(new RangeError('The value of "size" is out of range. Received ' + size), { code: 'ERR_OUT_OF_RANGE' });
  const made = new FastBuffer(size);
  return fill === undefined || fill === 0 ? made : made.fill(fill, encoding);
};
Buffer.allocUnsafe = (size) => Buffer.alloc(size);
Buffer.allocUnsafeSlow = (size) => Buffer.alloc(size);
Buffer.of = (...values) => Buffer.from(values);

Buffer.byteLength = function byteLength(value, encoding) {
  if (typeof value !== 'string') {
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value.byteLength;
    throw wrong('"string"', 'of type string or an instance of Buffer or ArrayBuffer', value);
  }
  return host.bytes(value, encodingOf(encoding)).length;
};

Buffer.concat = function concat(list, total) {
  if (!Array.isArray(list)) throw wrong('"list"', 'an instance of Array', list);
  if (total === undefined) total = list.reduce((sum, part) => sum + part.length, 0);
  const whole = Buffer.alloc(total);
  let at = 0;
  for (const part of list) {
    if (!isBytes(part)) throw wrong('"list[]"', 'an instance of Buffer or Uint8Array', part);
    if (at >= total) break;
    whole.set(part.length > total - at ? part.subarray(0, total - at) : part, at);
    at += part.length;
  }
  return whole;
};

Buffer.compare = function compare(one, other) {
  if (!isBytes(one)) throw wrong('"buf1"', 'an instance of Buffer or Uint8Array', one);
  if (!isBytes(other)) throw wrong('"buf2"', 'an instance of Buffer or Uint8Array', other);
  const length = Math.min(one.length, other.length);
  for (let at = 0; at < length; at++) if (one[at] !== other[at]) return one[at] < other[at] ? -1 : 1;
  return one.length === other.length ? 0 : one.length < other.length ? -1 : 1;
};

function clamp(value, most, usual) {
  if (value === undefined) return usual;
  const at = Math.trunc(Number(value)) || 0;
  return at < 0 ? 0 : Math.min(at, most);
}

function outOfRange(name, value) {
  return Object.assign(new RangeError(`The value of "${name}" is out of range. Received ${value}`), { code: 'ERR_OUT_OF_RANGE' });
}

const methods = {
  toString(encoding, start, end) {
    const from = clamp(start, this.length, 0), to = clamp(end, this.length, this.length);
    if (to <= from) return '';
    return host.text(from === 0 && to === this.length ? this : Uint8Array.prototype.subarray.call(this, from, to), encodingOf(encoding));
  },
  toLocaleString(encoding, start, end) { return this.toString(encoding, start, end); },
  toJSON() { return { type: 'Buffer', data: Array.from(this) }; },
  equals(other) {
    if (!isBytes(other)) throw wrong('"otherBuffer"', 'an instance of Buffer or Uint8Array', other);
    return Buffer.compare(this, other) === 0;
  },
  compare(other, targetStart = 0, targetEnd = other.length, start = 0, end = this.length) {
    return Buffer.compare(this.subarray(start, end), other.subarray(targetStart, targetEnd));
  },
  subarray(start, end) { const part = Uint8Array.prototype.subarray.call(this, start, end); return wrap(part); },
  slice(start, end) { return this.subarray(start, end); },
  copy(target, targetStart = 0, start = 0, end = this.length) {
    const part = Uint8Array.prototype.subarray.call(this, start, Math.min(end, start + Math.max(0, target.length - targetStart)));
    target.set(part, targetStart);
    return part.length;
  },
  write(text, offset, length, encoding) {
    if (typeof offset === 'string') { encoding = offset; offset = 0; length = undefined; }
    else if (typeof length === 'string') { encoding = length; length = undefined; }
    offset = clamp(offset, this.length, 0);
    const room = Math.min(this.length - offset, length === undefined ? Infinity : length);
    let bytes = host.bytes(String(text), encodingOf(encoding));
    if (bytes.length > room) {
      let end = room;
      // Half a character is not written.
      if (encodingOf(encoding) === 'utf8') while (end > 0 && (bytes[end] & 0xc0) === 0x80) end--;
      bytes = bytes.subarray(0, end);
    }
    this.set(bytes, offset);
    return bytes.length;
  },
  fill(value, offset, end, encoding) {
    if (typeof offset === 'string') { encoding = offset; offset = undefined; end = undefined; }
    else if (typeof end === 'string') { encoding = end; end = undefined; }
    const from = clamp(offset, this.length, 0), to = clamp(end, this.length, this.length);
    if (typeof value === 'string' || isBytes(value)) {
      const pattern = typeof value === 'string' ? host.bytes(value, encodingOf(encoding)) : value;
      if (pattern.length === 0) return Uint8Array.prototype.fill.call(this, 0, from, to);
      for (let at = from; at < to; at++) this[at] = pattern[(at - from) % pattern.length];
      return this;
    }
    return Uint8Array.prototype.fill.call(this, typeof value === 'boolean' ? Number(value) : value & 255, from, to);
  },
  indexOf(value, from, encoding) { return search(this, value, from, encoding, true); },
  lastIndexOf(value, from, encoding) { return search(this, value, from, encoding, false); },
  includes(value, from, encoding) { return search(this, value, from, encoding, true) !== -1; },
  swap16() { for (let at = 0; at + 1 < this.length; at += 2) [this[at], this[at + 1]] = [this[at + 1], this[at]]; return this; },
  readUIntBE(offset, size) { return number(this, offset, size, false, false); },
  readUIntLE(offset, size) { return number(this, offset, size, true, false); },
  readIntBE(offset, size) { return number(this, offset, size, false, true); },
  readIntLE(offset, size) { return number(this, offset, size, true, true); },
  writeUIntBE(value, offset, size) { return put(this, value, offset, size, false, false); },
  writeUIntLE(value, offset, size) { return put(this, value, offset, size, true, false); },
  writeIntBE(value, offset, size) { return put(this, value, offset, size, false, true); },
  writeIntLE(value, offset, size) { return put(this, value, offset, size, true, true); },
};

function search(buffer, value, from, encoding, forwards) {
  if (typeof from === 'string') { encoding = from; from = undefined; }
  let needle;
  if (typeof value === 'number') needle = [value & 255];
  else if (typeof value === 'string') needle = host.bytes(value, encodingOf(encoding));
  else if (isBytes(value)) needle = value;
  else throw wrong('"value"', 'one of type number or string or an instance of Buffer or Uint8Array', value);
  const last = buffer.length - needle.length;
  let at = from === undefined ? (forwards ? 0 : last) : Math.trunc(Number(from)) || 0;
  if (at < 0) at += buffer.length;
  if (forwards) at = Math.max(0, at); else at = Math.min(at, last);
  for (; forwards ? at <= last : at >= 0; at += forwards ? 1 : -1) {
    let same = 0;
    while (same < needle.length && buffer[at + same] === needle[same]) same++;
    if (same === needle.length) return at;
  }
  return -1;
}

function place(buffer, offset, size) {
  if (typeof offset !== 'number') throw wrong('"offset"', 'of type number', offset);
  if (buffer.length < size) throw Object.assign(new RangeError('Attempt to access memory outside buffer bounds'), { code: 'ERR_BUFFER_OUT_OF_BOUNDS' });
  if (!Number.isInteger(offset) || offset < 0 || offset + size > buffer.length) throw outOfRange('offset', offset);
  return offset;
}

function number(buffer, offset, size, little, signed) {
  offset = place(buffer, offset, size);
  let value = 0;
  for (let at = 0; at < size; at++) value = value * 256 + buffer[little ? offset + size - 1 - at : offset + at];
  return signed && value >= 2 ** (size * 8 - 1) ? value - 2 ** (size * 8) : value;
}

function put(buffer, value, offset, size, little, signed) {
  offset = place(buffer, offset, size);
  value = Number(value);
  const most = signed ? 2 ** (size * 8 - 1) - 1 : 2 ** (size * 8) - 1, least = signed ? -(2 ** (size * 8 - 1)) : 0;
  if (value > most || value < least) throw outOfRange('value', value);
  let rest = value < 0 ? value + 2 ** (size * 8) : Math.trunc(value);
  for (let at = 0; at < size; at++) {
    buffer[little ? offset + at : offset + size - 1 - at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return offset + size;
}

for (const [size, name] of [[1, '8'], [2, '16'], [4, '32']]) {
  for (const signed of [false, true]) {
    for (const order of size === 1 ? [''] : ['LE', 'BE']) {
      const little = order === 'LE';
      const words = signed ? ['Int'] : ['UInt', 'Uint'];
      for (const word of words) {
        methods[`read${word}${name}${order}`] = function (offset = 0) { return number(this, offset, size, little, signed); };
        methods[`write${word}${name}${order}`] = function (value, offset = 0) { return put(this, value, offset, size, little, signed); };
      }
    }
  }
}

const view = (buffer) => new DataView(buffer.buffer, buffer.byteOffset, buffer.length);
for (const [kind, get, size] of [['BigInt64', 'BigInt64', 8], ['BigUInt64', 'BigUint64', 8], ['BigUint64', 'BigUint64', 8],
  ['Float', 'Float32', 4], ['Double', 'Float64', 8]]) {
  for (const order of ['LE', 'BE']) {
    methods[`read${kind}${order}`] = function (offset = 0) { return view(this)[`get${get}`](place(this, offset, size), order === 'LE'); };
    methods[`write${kind}${order}`] = function (value, offset = 0) {
      view(this)[`set${get}`](place(this, offset, size), value, order === 'LE');
      return offset + size;
    };
  }
}

for (const name of Object.keys(methods)) {
  Object.defineProperty(Buffer.prototype, name, { value: methods[name], writable: true, configurable: true, enumerable: false });
}
Object.defineProperty(Buffer.prototype, 'parent', { get() { return this.buffer; }, configurable: true });

module.exports = {
  Buffer,
  SlowBuffer: Buffer,
  kMaxLength: 2 ** 31,
  constants: { MAX_LENGTH: 2 ** 31, MAX_STRING_LENGTH: 2 ** 29 - 24 },
  atob(text) {
    const bare = String(text).replace(/[\t\n\f\r ]/g, '');
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(bare) || bare.replace(/=+$/, '').length % 4 === 1) {
      throw Object.assign(new Error('The string to be decoded is not correctly encoded.'), { name: 'InvalidCharacterError', code: 5 });
    }
    return Buffer.from(bare, 'base64').toString('latin1');
  },
  btoa(text) {
    const raw = String(text);
    for (let at = 0; at < raw.length; at++) {
      if (raw.charCodeAt(at) > 255) throw Object.assign(new Error('Invalid character'), { name: 'InvalidCharacterError', code: 5 });
    }
    return Buffer.from(raw, 'latin1').toString('base64');
  },
};
