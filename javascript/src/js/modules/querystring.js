// Node's querystring.
const escape = (text) => encodeURIComponent(text);

function unescape(text) {
  try { return decodeURIComponent(text); } catch { return internal.host.decodeForm(text.replace(/\+/g, '%2B')); }
}

function primitive(value) {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  return '';
}

function stringify(object, separator = '&', equals = '=', options = {}) {
  if (object === null || typeof object !== 'object') return '';
  const encode = options.encodeURIComponent || module.exports.escape;
  return Object.keys(object).map((name) => {
    const start = encode(primitive(name)) + equals;
    const value = object[name];
    return Array.isArray(value) ? value.map((item) => start + encode(primitive(item))).join(separator) : start + encode(primitive(value));
  }).filter((part) => part !== '').join(separator);
}

function parse(text, separator = '&', equals = '=', options = {}) {
  const object = Object.create(null);
  if (typeof text !== 'string' || text === '') return object;
  const decode = options.decodeURIComponent || module.exports.unescape;
  const most = options.maxKeys === undefined ? 1000 : options.maxKeys;
  const parts = text.split(separator || '&');
  for (const part of most > 0 ? parts.slice(0, most) : parts) {
    if (part === '') continue;
    const at = part.indexOf(equals || '=');
    const [name, value] = (at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + (equals || '=').length)])
      .map((side) => decode(side.replace(/\+/g, ' ')));
    if (name in object) object[name] = Array.isArray(object[name]) ? [...object[name], value] : [object[name], value];
    else object[name] = value;
  }
  return object;
}

module.exports = { escape, unescape, stringify, parse, encode: stringify, decode: parse };
