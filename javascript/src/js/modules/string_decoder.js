// Node's StringDecoder: characters that are cut in two wait for their other half.
const { Buffer } = require('buffer');

class StringDecoder {
  constructor(encoding = 'utf8') {
    this.encoding = String(encoding).toLowerCase().replace('utf-8', 'utf8');
    this.rest = Buffer.alloc(0);
  }
  write(bytes) {
    const whole = Buffer.concat([this.rest, typeof bytes === 'string' ? Buffer.from(bytes, this.encoding) : Buffer.from(bytes)]);
    const kept = this.encoding === 'utf8' ? incomplete(whole) : this.encoding === 'base64' ? whole.length % 3
      : /^(utf-?16le|ucs-?2)$/.test(this.encoding) ? whole.length % 2 : 0;
    this.rest = whole.subarray(whole.length - kept);
    return whole.toString(this.encoding, 0, whole.length - kept);
  }
  end(bytes) {
    const text = (bytes === undefined ? '' : this.write(bytes)) + this.rest.toString(this.encoding);
    this.rest = Buffer.alloc(0);
    return text;
  }
}

function incomplete(bytes) {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if ((byte & 0xc0) === 0x80) continue;
    const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return size > back ? back : 0;
  }
  return 0;
}

module.exports = { StringDecoder };
