// Node's util: format, inspect, promisify and friends.
const ESCAPES = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f', '\v': '\\v', '\\': '\\\\' };

function quoted(text) {
  const mark = !text.includes("'") ? "'" : !text.includes('"') ? '"' : !text.includes('`') ? '`' : "'";
  const escaped = text.replace(/[\n\r\t\b\f\v\\]/g, (letter) => ESCAPES[letter]);
  return mark + (mark === "'" ? escaped.replace(/'/g, "\\'") : escaped) + mark;
}

const isKey = (name) => /^[A-Za-z_$][\w$]*$/.test(name);

function inspect(value, options) {
  const settings = typeof options === 'object' && options !== null ? options : {};
  const depth = settings.depth === null ? Infinity : settings.depth === undefined ? 2 : settings.depth;
  return shown(value, depth, [], 0);
}
inspect.custom = Symbol.for('nodejs.util.inspect.custom');
inspect.defaultOptions = {};

function primitive(value) {
  switch (typeof value) {
    case 'string': return quoted(value);
    case 'number': return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint': return value + 'n';
    case 'symbol': return value.toString();
    default: return String(value);
  }
}

function shown(value, depth, above, indent) {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return primitive(value);
  if (typeof value[inspect.custom] === 'function') {
    const own = value[inspect.custom](depth, {}, inspect);
    if (own !== value) return typeof own === 'string' ? own : shown(own, depth, above, indent);
  }
  if (above.includes(value)) return '[Circular *1]';
  const name = value.constructor && value.constructor.name;
  if (value instanceof Error) {
    const keys = Object.keys(value).filter((key) => key !== 'name' && key !== 'message' && key !== 'stack');
    const text = value.stack && value.stack.includes(value.message) ? value.stack
      : `${value.name}: ${value.message}${value.stack ? '\n' + value.stack.trimEnd() : ''}`;
    return keys.length ? `${text} ${members(value, keys, depth, above, indent, '{', '}')}` : text;
  }
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof RegExp) return String(value);
  if (value instanceof Promise) return 'Promise { ... }';
  if (typeof value === 'function') {
    const kind = /^class\b/.test(Function.prototype.toString.call(value)) ? 'class' : 'Function';
    const head = kind === 'class' ? `[class ${value.name || '(anonymous)'}]` : `[Function${value.name ? ': ' + value.name : ' (anonymous)'}]`;
    const keys = Object.keys(value);
    return keys.length ? members(value, keys, depth, above, indent, head + ' {', '}') : head;
  }
  if (value instanceof Uint8Array && name === 'Buffer') {
    const bytes = Array.from(value.subarray(0, 50), (byte) => byte.toString(16).padStart(2, '0'));
    return `<Buffer${bytes.length ? ' ' + bytes.join(' ') : ''}${value.length > 50 ? ` ... ${value.length - 50} more bytes` : ''}>`;
  }
  if (above.length > depth) return Array.isArray(value) ? '[Array]' : `[${name || 'Object'}]`;
  const inner = [...above, value];
  if (Array.isArray(value) || ArrayBuffer.isView(value)) {
    const parts = [];
    for (let at = 0, gap = 0; at < Math.min(value.length, 100); at++) {
      if (at in value) { parts.push(shown(value[at], depth, inner, indent + 2)); continue; }
      gap++;
      if (!(at + 1 in value)) { if (at + 1 < Math.min(value.length, 100)) continue; }
      parts.push(`<${gap} empty item${gap > 1 ? 's' : ''}>`);
      gap = 0;
    }
    if (value.length > 100) parts.push(`... ${value.length - 100} more items`);
    const head = Array.isArray(value) ? '[' : `${name}(${value.length}) [`;
    return joined(parts, head, ']', indent);
  }
  if (value instanceof Map) {
    const parts = [...value].map(([key, item]) => `${shown(key, depth, inner, indent + 2)} => ${shown(item, depth, inner, indent + 2)}`);
    return joined(parts, `Map(${value.size}) {`, '}', indent);
  }
  if (value instanceof Set) {
    return joined([...value].map((item) => shown(item, depth, inner, indent + 2)), `Set(${value.size}) {`, '}', indent);
  }
  const prototype = Object.getPrototypeOf(value);
  const head = prototype === null ? '[Object: null prototype] {' : name && name !== 'Object' ? `${name} {` : '{';
  const keys = [...Object.keys(value), ...Object.getOwnPropertySymbols(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key))];
  return members(value, keys, depth, above, indent, head, '}');
}

function members(value, keys, depth, above, indent, open, close) {
  const inner = [...above, value];
  const parts = keys.map((key) => {
    const label = typeof key === 'symbol' ? `[${key.toString()}]` : isKey(key) ? key : quoted(key);
    const property = Object.getOwnPropertyDescriptor(value, key);
    if (property && property.get) return `${label}: ${property.set ? '[Getter/Setter]' : '[Getter]'}`;
    return `${label}: ${shown(value[key], depth, inner, indent + 2)}`;
  });
  return joined(parts, open, close, indent);
}

function joined(parts, open, close, indent) {
  if (parts.length === 0) return open + close;
  const line = `${open} ${parts.join(', ')} ${close}`;
  if (line.length + indent <= 72 && !line.includes('\n')) return line;
  const pad = ' '.repeat(indent + 2);
  return `${open}\n${pad}${parts.join(',\n' + pad)}\n${' '.repeat(indent)}${close}`;
}

function format(first, ...rest) {
  if (typeof first !== 'string') return [first, ...rest].map((value) => (typeof value === 'string' ? value : inspect(value))).join(' ');
  let at = 0;
  const text = rest.length === 0 ? first : first.replace(/%[sdifjoOc%]/g, (mark) => {
    if (mark === '%%') return '%';
    if (at >= rest.length) return mark;
    const value = rest[at++];
    switch (mark) {
      case '%s': return typeof value === 'string' ? value : typeof value === 'object' && value !== null
        ? (Object.prototype.hasOwnProperty.call(value, 'toString') || (value instanceof Error) ? String(value) : inspect(value, { depth: 0 }))
        : typeof value === 'bigint' ? value + 'n' : Object.is(value, -0) ? '-0' : String(value);
      case '%d': return typeof value === 'bigint' ? value + 'n' : typeof value === 'object' ? 'NaN' : String(Number(value));
      case '%i': return typeof value === 'object' ? 'NaN' : String(parseInt(value, 10));
      case '%f': return String(parseFloat(value));
      case '%j': try { return JSON.stringify(value); } catch { return '[Circular]'; }
      case '%c': return '';
      default: return inspect(value, { depth: 4 });
    }
  });
  const tail = rest.slice(at).map((value) => (typeof value === 'string' ? value : inspect(value)));
  return [text, ...tail].join(' ');
}

const custom = Symbol.for('nodejs.util.promisify.custom');

function promisify(original) {
  if (typeof original !== 'function') {
    throw Object.assign(new TypeError('The "original" argument must be of type function'), { code: 'ERR_INVALID_ARG_TYPE' });
  }
  if (typeof original[custom] === 'function') return original[custom];
  const promised = function (...values) {
    return new Promise((resolve, reject) => {
      Reflect.apply(original, this, [...values, (error, ...results) => (error ? reject(error) : resolve(results[0]))]);
    });
  };
  Object.setPrototypeOf(promised, Object.getPrototypeOf(original));
  return Object.defineProperties(promised, Object.getOwnPropertyDescriptors(original));
}
promisify.custom = custom;

function callbackify(original) {
  return function (...values) {
    const callback = values.pop();
    Reflect.apply(original, this, values).then(
      (result) => internal.nextTick(callback, null, result),
      (error) => internal.nextTick(callback, error || Object.assign(new Error('Promise was rejected with falsy value'), { reason: error, code: 'ERR_FALSY_VALUE_REJECTION' })),
    );
  };
}

function inherits(constructor, base) {
  Object.defineProperty(constructor, 'super_', { value: base, writable: true, configurable: true });
  Object.setPrototypeOf(constructor.prototype, base.prototype);
}

function isDeepStrictEqual(one, other) {
  return equal(one, other, true);
}

function equal(one, other, strict) {
  if (Object.is(one, other)) return true;
  if (typeof one !== 'object' || typeof other !== 'object' || one === null || other === null) {
    // eslint-disable-next-line eqeqeq
    return strict ? false : one == other;
  }
  if (strict && Object.getPrototypeOf(one) !== Object.getPrototypeOf(other)) return false;
  if (one instanceof Date && other instanceof Date) return one.getTime() === other.getTime();
  if (one instanceof RegExp && other instanceof RegExp) return String(one) === String(other);
  if (one instanceof Error && (one.message !== other.message || one.name !== other.name)) return false;
  if (one instanceof Map || one instanceof Set) {
    if (!(other instanceof one.constructor) || one.size !== other.size) return false;
    return equal([...one], [...other], strict);
  }
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length
    && keys.every((key) => Object.prototype.hasOwnProperty.call(other, key) && equal(one[key], other[key], strict));
}

const tag = (name) => (value) => Object.prototype.toString.call(value) === `[object ${name}]`;

module.exports = {
  format, inspect, promisify, callbackify, inherits, isDeepStrictEqual,
  formatWithOptions: (options, ...values) => format(...values),
  deprecate: (original) => original,
  debuglog: () => Object.assign(() => {}, { enabled: false }),
  debug: () => Object.assign(() => {}, { enabled: false }),
  stripVTControlCharacters: (text) => String(text).replace(/\u001b\[[0-9;]*m/g, ''),
  isArray: Array.isArray,
  isBoolean: (value) => typeof value === 'boolean',
  isBuffer: (value) => require('buffer').Buffer.isBuffer(value),
  isDate: (value) => value instanceof Date,
  isError: (value) => value instanceof Error,
  isFunction: (value) => typeof value === 'function',
  isNull: (value) => value === null,
  isNullOrUndefined: (value) => value === null || value === undefined,
  isNumber: (value) => typeof value === 'number',
  isObject: (value) => value !== null && typeof value === 'object',
  isPrimitive: (value) => value === null || (typeof value !== 'object' && typeof value !== 'function'),
  isRegExp: (value) => value instanceof RegExp,
  isString: (value) => typeof value === 'string',
  isSymbol: (value) => typeof value === 'symbol',
  isUndefined: (value) => value === undefined,
  types: {
    isDate: (value) => value instanceof Date, isRegExp: (value) => value instanceof RegExp,
    isPromise: (value) => value instanceof Promise, isMap: (value) => value instanceof Map, isSet: (value) => value instanceof Set,
    isNativeError: (value) => value instanceof Error, isTypedArray: (value) => ArrayBuffer.isView(value) && !(value instanceof DataView),
    isUint8Array: (value) => value instanceof Uint8Array, isArrayBuffer: (value) => value instanceof ArrayBuffer,
    isAnyArrayBuffer: (value) => value instanceof ArrayBuffer, isArrayBufferView: (value) => ArrayBuffer.isView(value),
    isAsyncFunction: tag('AsyncFunction'), isGeneratorFunction: tag('GeneratorFunction'), isProxy: () => false,
    isBoxedPrimitive: (value) => value instanceof Number || value instanceof String || value instanceof Boolean,
  },
  get TextEncoder() { return require('internal/text').TextEncoder; },
  get TextDecoder() { return require('internal/text').TextDecoder; },
  deepEqual: equal,
};
