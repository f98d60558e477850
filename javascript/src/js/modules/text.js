// TextEncoder and TextDecoder (WHATWG Encoding), for UTF-8, UTF-16LE and Latin-1.
const { host } = internal;

class TextEncoder {
  get encoding() { return 'utf-8'; }
  encode(text = '') { return host.utf8(String(text)); }
  encodeInto(text, target) {
    const bytes = host.utf8(String(text)).subarray(0, target.length);
    target.set(bytes);
    return { read: text.length, written: bytes.length };
  }
}

class TextDecoder {
  constructor(label = 'utf-8', options = {}) {
    const name = String(label).trim().toLowerCase();
    const known = { 'utf-8': 'utf8', utf8: 'utf8', 'unicode-1-1-utf-8': 'utf8', 'utf-16le': 'utf16le', 'utf-16': 'utf16le',
      'iso-8859-1': 'latin1', latin1: 'latin1', ascii: 'latin1', 'us-ascii': 'latin1', 'windows-1252': 'latin1' };
    if (known[name] === undefined) throw new RangeError(`The "${label}" encoding is not supported`);
    this.encoding = name === 'utf8' ? 'utf-8' : name;
    this.fatal = Boolean(options.fatal);
    this.ignoreBOM = Boolean(options.ignoreBOM);
    this.as = known[name];
  }
  decode(input) {
    if (input === undefined) return '';
    const bytes = input instanceof ArrayBuffer ? new Uint8Array(input)
      : new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
    if (this.fatal && this.as === 'utf8' && !host.isUtf8(bytes)) {
      throw Object.assign(new TypeError('The encoded data was not valid for encoding utf-8'), { code: 'ERR_ENCODING_INVALID_ENCODED_DATA' });
    }
    const text = host.text(bytes, this.as);
    return !this.ignoreBOM && text.charCodeAt(0) === 0xfeff ? text.slice(1) : text;
  }
}

module.exports = { TextEncoder, TextDecoder };
