// What of the web platform Node has as globals.
class Event {
  constructor(type, options = {}) {
    this.type = String(type);
    this.defaultPrevented = false;
    this.cancelable = Boolean(options.cancelable);
    this.target = null;
  }
  preventDefault() { this.defaultPrevented = this.cancelable; }
  stopPropagation() {}
  stopImmediatePropagation() {}
}

class EventTarget {
  #listeners = new Map();
  addEventListener(type, listener, options) {
    const list = this.#listeners.get(type) || [];
    if (!list.some((known) => known.listener === listener)) list.push({ listener, once: Boolean(options && options.once) });
    this.#listeners.set(type, list);
  }
  removeEventListener(type, listener) {
    this.#listeners.set(type, (this.#listeners.get(type) || []).filter((known) => known.listener !== listener));
  }
  dispatchEvent(event) {
    event.target = this;
    for (const { listener, once } of [...(this.#listeners.get(event.type) || [])]) {
      if (once) this.removeEventListener(event.type, listener);
      if (typeof listener === 'function') listener.call(this, event);
      else listener.handleEvent(event);
    }
    const own = this['on' + event.type];
    if (typeof own === 'function') own.call(this, event);
    return !event.defaultPrevented;
  }
}

function aborted(message = 'This operation was aborted', name = 'AbortError') {
  return Object.assign(new Error(message), { name, code: name === 'AbortError' ? 20 : 23 });
}

class AbortSignal extends EventTarget {
  aborted = false;
  reason = undefined;
  onabort = null;
  throwIfAborted() { if (this.aborted) throw this.reason; }
  static abort(reason = aborted()) { const signal = new AbortSignal(); signal.aborted = true; signal.reason = reason; return signal; }
  static timeout(delay) {
    const controller = new AbortController();
    setTimeout(() => controller.abort(aborted('The operation was aborted due to timeout', 'TimeoutError')), delay).unref();
    return controller.signal;
  }
}

class AbortController {
  signal = new AbortSignal();
  abort(reason = aborted()) {
    if (this.signal.aborted) return;
    this.signal.aborted = true;
    this.signal.reason = reason;
    this.signal.dispatchEvent(new Event('abort'));
  }
}

function structuredClone(value, _options, seen = new Map()) {
  if (value === null || typeof value !== 'object') {
    if (typeof value === 'function' || typeof value === 'symbol') {
      throw Object.assign(new Error(`${String(value)} could not be cloned.`), { name: 'DataCloneError', code: 25 });
    }
    return value;
  }
  if (seen.has(value)) return seen.get(value);
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof RegExp) return new RegExp(value.source, value.flags);
  if (value instanceof ArrayBuffer) return value.slice(0);
  if (ArrayBuffer.isView(value)) return new value.constructor(value);
  const copy = Array.isArray(value) ? [] : value instanceof Map ? new Map() : value instanceof Set ? new Set()
    : value instanceof Error ? Object.assign(new value.constructor(value.message), { stack: value.stack }) : {};
  seen.set(value, copy);
  if (value instanceof Map) value.forEach((item, key) => copy.set(structuredClone(key, null, seen), structuredClone(item, null, seen)));
  else if (value instanceof Set) value.forEach((item) => copy.add(structuredClone(item, null, seen)));
  else for (const key of Object.keys(value)) copy[key] = structuredClone(value[key], null, seen);
  return copy;
}

module.exports = { Event, EventTarget, AbortController, AbortSignal, structuredClone };
