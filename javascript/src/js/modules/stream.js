// As much of Node's streams as packages need that only pass buffers on.
const EventEmitter = require('events');

function Stream() { EventEmitter.call(this); }
require('util').inherits(Stream, EventEmitter);
Stream.prototype.pipe = function pipe(target) {
  this.on('data', (part) => target.write(part));
  this.on('end', () => target.end && target.end());
  return target;
};

class Readable extends EventEmitter {
  constructor(options = {}) {
    super();
    EventEmitter.call(this);
    this.parts = [];
    this.readable = true;
    this.ended = false;
    this.flowing = false;
    if (options.read) this._read = options.read;
  }
  static from(iterable) {
    const made = new Readable();
    (async () => { for await (const part of iterable) made.push(part); made.push(null); })().catch((error) => made.destroy(error));
    return made;
  }
  _read() {}
  push(part) {
    if (part === null) this.ended = true; else this.parts.push(part);
    if (this.flowing) this.drain();
    return true;
  }
  on(name, listener) { super.on(name, listener); if (name === 'data') this.resume(); return this; }
  resume() { if (!this.flowing) { this.flowing = true; internal.nextTick(() => { this._read(); this.drain(); }); } return this; }
  pause() { this.flowing = false; return this; }
  setEncoding(encoding) { this.encoding = encoding; return this; }
  drain() {
    while (this.flowing && this.parts.length) { const part = this.parts.shift(); this.emit('data', this.encoding && typeof part !== 'string' ? part.toString(this.encoding) : part); }
    if (this.flowing && this.ended && !this.parts.length && this.readable) { this.readable = false; this.emit('end'); this.emit('close'); }
  }
  read() { return this.parts.length ? this.parts.shift() : null; }
  destroy(error) { this.readable = false; if (error) internal.nextTick(() => this.emit('error', error)); internal.nextTick(() => this.emit('close')); return this; }
  pipe(target) { this.on('data', (part) => target.write(part)); this.on('end', () => target.end && target.end()); return target; }
  async* [Symbol.asyncIterator]() {
    const queue = [];
    let wake = () => {}, over = false, failed;
    this.on('data', (part) => { queue.push(part); wake(); });
    this.on('end', () => { over = true; wake(); });
    this.on('error', (error) => { failed = error; over = true; wake(); });
    while (true) {
      while (queue.length) yield queue.shift();
      if (failed) throw failed;
      if (over) return;
      await new Promise((resolve) => { wake = resolve; });
    }
  }
}

class Writable extends EventEmitter {
  constructor(options = {}) {
    super();
    EventEmitter.call(this);
    this.writable = true;
    if (options.write) this._write = options.write;
    if (options.final) this._final = options.final;
  }
  _write(part, encoding, callback) { callback(); }
  _final(callback) { callback(); }
  write(part, encoding, callback) {
    const done = typeof encoding === 'function' ? encoding : callback;
    this._write(part, typeof encoding === 'string' ? encoding : 'utf8', (error) => { if (error) this.emit('error', error); if (done) done(error); });
    return true;
  }
  end(part, encoding, callback) {
    const done = [part, encoding, callback].find((value) => typeof value === 'function');
    if (part !== undefined && part !== null && typeof part !== 'function') this.write(part, encoding);
    this.writable = false;
    this._final((error) => { if (error) this.emit('error', error); else { this.emit('finish'); this.emit('close'); } if (done) done(error); });
    return this;
  }
  destroy(error) { this.writable = false; if (error) internal.nextTick(() => this.emit('error', error)); return this; }
  cork() {}
  uncork() {}
}

class Duplex extends Readable {
  constructor(options = {}) { super(options); this.writable = true; if (options.write) this._write = options.write; if (options.final) this._final = options.final; }
}
for (const name of ['_write', '_final', 'write', 'end', 'cork', 'uncork']) Duplex.prototype[name] = Writable.prototype[name];

class Transform extends Duplex {
  constructor(options = {}) { super(options); if (options.transform) this._transform = options.transform; if (options.flush) this._flush = options.flush; }
  _transform(part, encoding, callback) { callback(null, part); }
  _flush(callback) { callback(); }
  _write(part, encoding, callback) { this._transform(part, encoding, (error, made) => { if (!error && made !== undefined && made !== null) this.push(made); callback(error); }); }
  _final(callback) { this._flush((error, made) => { if (!error && made !== undefined && made !== null) this.push(made); this.push(null); callback(error); }); }
}
class PassThrough extends Transform {}

module.exports = Object.assign(Stream, { Stream, Readable, Writable, Duplex, Transform, PassThrough,
  pipeline(...streams) {
    const callback = typeof streams[streams.length - 1] === 'function' ? streams.pop() : () => {};
    streams.forEach((stream) => stream.on('error', callback));
    streams.reduce((from, to) => from.pipe(to)).on('finish', () => callback());
  },
  finished(stream, callback) { stream.on('error', callback); stream.on('end', () => callback()); stream.on('finish', () => callback()); } });
