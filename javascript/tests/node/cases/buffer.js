// `Buffer`, `TextEncoder`, `string_decoder`.
function run(callback) {
  const results = [];
  const show = (value) => (Buffer.isBuffer(value) ? 'buffer ' + value.toString('hex') : value instanceof Uint8Array ? 'bytes ' + Buffer.from(value).toString('hex') : value);
  const attempt = (name, work) => {
    try { results.push([name, show(work())]); } catch (error) { results.push([name, 'throws', error.name, error.code]); }
  };
  const b = Buffer.from('héllo wörld');
  attempt('utf8', () => b.toString());
  for (const encoding of ['hex', 'base64', 'base64url', 'latin1', 'binary', 'ascii', 'utf16le', 'ucs2']) {
    attempt('to ' + encoding, () => b.toString(encoding));
    attempt('from ' + encoding, () => Buffer.from('68c3a9', encoding));
  }
  attempt('odd hex', () => Buffer.from('abc', 'hex'));
  attempt('bad hex', () => Buffer.from('zz', 'hex'));
  attempt('unpadded', () => Buffer.from('aGk', 'base64'));
  attempt('unknown encoding', () => Buffer.from('a', 'nonsense'));
  attempt('array', () => Buffer.from([1, 256, -1, 3.7]));
  attempt('buffer', () => Buffer.from(b));
  attempt('arraybuffer', () => Buffer.from(new Uint8Array([1, 2, 3, 4]).buffer, 1, 2));
  attempt('json', () => JSON.stringify(Buffer.from('a')));
  attempt('from json', () => Buffer.from({ type: 'Buffer', data: [1, 2] }));
  attempt('number', () => Buffer.from(5));
  attempt('null', () => Buffer.from(null));
  attempt('alloc', () => Buffer.alloc(3, 'ab'));
  attempt('old', () => new Buffer('a'));
  attempt('concat', () => Buffer.concat([Buffer.from('a'), Buffer.from('bc')]));
  attempt('concat length', () => Buffer.concat([Buffer.from('a'), Buffer.from('bc')], 2));
  attempt('length', () => Buffer.byteLength('é🦀'));
  attempt('length base64', () => Buffer.byteLength('aGVsbG8=', 'base64'));
  attempt('compare', () => [Buffer.compare(Buffer.from('a'), Buffer.from('b')), Buffer.from('b').compare(Buffer.from('a'))]);
  attempt('equals', () => [b.equals(Buffer.from('héllo wörld')), b.equals(Buffer.from('x'))]);
  attempt('slice', () => b.slice(-3).toString());
  attempt('shared', () => { const c = Buffer.from('abc'); c.slice(1)[0] = 120; return c.toString(); });
  attempt('subarray', () => b.subarray(1, 4));
  attempt('indexOf', () => [b.indexOf('w'), b.indexOf('ö'), b.indexOf(Buffer.from('zz')), b.includes('llo'), b.lastIndexOf('l'), b.indexOf(108)]);
  attempt('fill', () => Buffer.alloc(5).fill('xy').toString());
  attempt('write', () => { const c = Buffer.alloc(4); return [c.write('hello'), c.toString()]; });
  attempt('copy', () => { const c = Buffer.alloc(4); return [b.copy(c, 1, 0, 2), c.toString('hex')]; });
  attempt('ints', () => { const c = Buffer.alloc(8); c.writeUInt32BE(0xdeadbeef, 0); c.writeInt16LE(-2, 4); return [c.readUInt32BE(0), c.readUInt32LE(0), c.readInt16LE(4), c.readInt8(4), c.readUIntBE(0, 3), c.toString('hex')]; });
  attempt('doubles', () => { const c = Buffer.alloc(8); c.writeDoubleBE(1.5); c.writeFloatLE(0.1, 4); return [c.readDoubleBE(0), c.readFloatLE(4)]; });
  attempt('big', () => { const c = Buffer.alloc(8); c.writeBigUInt64BE(12345678901234567890n); return String(c.readBigUInt64BE()); });
  attempt('out of range', () => Buffer.alloc(2).readUInt32BE(0));
  attempt('swap', () => Buffer.from([1, 2, 3, 4]).swap16());
  attempt('is', () => [Buffer.isBuffer(b), Buffer.isBuffer(new Uint8Array(1)), Buffer.isEncoding('UTF-8'), Buffer.isEncoding('x'), b instanceof Uint8Array]);
  attempt('entries', () => [...Buffer.from('ab').entries()]);
  attempt('lone', () => Buffer.from('a\ud800b').toString('hex'));
  attempt('invalid', () => Buffer.from([0x61, 0xff, 0xc3]).toString());
  attempt('encoder', () => new TextEncoder().encode('é'));
  attempt('decoder', () => new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 0xc3, 0xa9])));
  attempt('fatal', () => new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([0xff])));
  attempt('latin1 decoder', () => new TextDecoder('latin1').decode(new Uint8Array([0xe9])));
  attempt('base64', () => [btoa('héllo'), atob('aMOp')]);
  attempt('bad atob', () => atob('*'));
  attempt('decoding', () => { const d = new (require('string_decoder').StringDecoder)('utf8'); return [d.write(Buffer.from([0xc3])), d.write(Buffer.from([0xa9])), d.end()]; });
  callback(null, results);
}
