// Node's EventEmitter.
/// Listeners are kept once there are some.
function EventEmitter() {}

function listenersOf(emitter) {
  if (!Object.prototype.hasOwnProperty.call(emitter, '_events') || emitter._events === undefined) {
    Object.defineProperty(emitter, '_events', { value: new Map(), writable: true, configurable: true, enumerable: false });
  }
  return emitter._events;
}

function add(emitter, name, listener, first) {
  if (typeof listener !== 'function') {
    throw Object.assign(new TypeError('The "listener" argument must be of type function. Received ' + String(listener)), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  const events = listenersOf(emitter);
  if (events.has('newListener') && name !== 'newListener') emitter.emit('newListener', name, listener.listener || listener);
  const list = events.get(name);
  if (list === undefined) events.set(name, [listener]);
  else if (first) events.set(name, [listener, ...list]);
  else events.set(name, [...list, listener]);
  return emitter;
}

function once(emitter, name, listener) {
  const wrapped = function (...values) {
    emitter.removeListener(name, wrapped);
    return listener.apply(emitter, values);
  };
  wrapped.listener = listener;
  return wrapped;
}

EventEmitter.prototype = {
  constructor: EventEmitter,
  on(name, listener) { return add(this, name, listener, false); },
  addListener(name, listener) { return add(this, name, listener, false); },
  prependListener(name, listener) { return add(this, name, listener, true); },
  once(name, listener) { return add(this, name, once(this, name, listener), false); },
  prependOnceListener(name, listener) { return add(this, name, once(this, name, listener), true); },
  emit(name, ...values) {
    const list = this._events === undefined ? undefined : listenersOf(this).get(name);
    if (list === undefined || list.length === 0) {
      if (name !== 'error') return false;
      const error = values[0];
      if (error instanceof Error) throw error;
      throw Object.assign(new Error('Unhandled error. (' + String(error) + ')'), { code: 'ERR_UNHANDLED_ERROR', context: error });
    }
    for (const listener of list) listener.apply(this, values);
    return true;
  },
  removeListener(name, listener) {
    const events = listenersOf(this), list = events.get(name);
    if (list === undefined) return this;
    const at = list.findLastIndex((known) => known === listener || known.listener === listener);
    if (at < 0) return this;
    const left = list.filter((_, index) => index !== at);
    if (left.length) events.set(name, left); else events.delete(name);
    if (events.has('removeListener')) this.emit('removeListener', name, listener);
    return this;
  },
  off(name, listener) { return this.removeListener(name, listener); },
  removeAllListeners(name) {
    if (name === undefined) listenersOf(this).clear(); else listenersOf(this).delete(name);
    return this;
  },
  listeners(name) { return (listenersOf(this).get(name) || []).map((listener) => listener.listener || listener); },
  rawListeners(name) { return [...(listenersOf(this).get(name) || [])]; },
  listenerCount(name) { return (listenersOf(this).get(name) || []).length; },
  eventNames() { return [...listenersOf(this).keys()]; },
  setMaxListeners() { return this; },
  getMaxListeners() { return 10; },
};

EventEmitter.EventEmitter = EventEmitter;
EventEmitter.defaultMaxListeners = 10;
EventEmitter.errorMonitor = Symbol('events.errorMonitor');
EventEmitter.listenerCount = (emitter, name) => emitter.listenerCount(name);
EventEmitter.once = (emitter, name) => new Promise((resolve, reject) => {
  const failed = (error) => { emitter.removeListener(name, happened); reject(error); };
  const happened = (...values) => { emitter.removeListener('error', failed); resolve(values); };
  emitter.once(name, happened);
  if (name !== 'error') emitter.once('error', failed);
});

module.exports = EventEmitter;
