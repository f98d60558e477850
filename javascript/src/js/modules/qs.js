// The package qs: query strings with nested objects and lists.
function encodeValue(text) {
  return encodeURIComponent(text).replace(/[!'()*]/g, (letter) => '%' + letter.charCodeAt(0).toString(16).toUpperCase());
}

function pairs(value, prefix, options, out) {
  if (typeof options.filter === 'function') value = options.filter(prefix, value);
  if (value instanceof Date) value = options.serializeDate ? options.serializeDate(value) : value.toISOString();
  if (value === undefined) return;
  if (value === null) {
    if (options.skipNulls) return;
    out.push(options.strictNullHandling ? [prefix] : [prefix, '']);
    return;
  }
  if (typeof value !== 'object' || ArrayBuffer.isView(value)) { out.push([prefix, String(value)]); return; }
  if (Array.isArray(value)) {
    const how = options.arrayFormat || (options.indices === false ? 'repeat' : 'indices');
    if (how === 'comma') { if (value.length) out.push([prefix, value.map(String).join(',')]); return; }
    value.forEach((item, index) => {
      const name = how === 'repeat' ? prefix : how === 'brackets' ? `${prefix}[]` : `${prefix}[${index}]`;
      pairs(item, name, options, out);
    });
    return;
  }
  const names = options.sort ? Object.keys(value).sort(options.sort) : Object.keys(value);
  for (const name of names) pairs(value[name], options.allowDots ? `${prefix}.${name}` : `${prefix}[${name}]`, options, out);
}

function stringify(object, options = {}) {
  if (object === null || typeof object !== 'object') return '';
  const out = [];
  const names = Array.isArray(options.filter) ? options.filter.map(String) : Object.keys(object);
  if (options.sort) names.sort(options.sort);
  for (const name of names) pairs(object[name], name, options, out);
  const encode = options.encode === false ? String : options.encoder ? (text) => options.encoder(text, encodeValue) : encodeValue;
  const form = options.format === 'RFC1738';
  const encodeName = options.encodeValuesOnly ? String : encode;
  const text = out.map(([name, value]) => {
    const pair = value === undefined ? encodeName(name) : `${encodeName(name)}=${encode(value)}`;
    return form ? pair.replace(/%20/g, '+') : pair;
  }).join(options.delimiter || '&');
  return text !== '' && options.addQueryPrefix ? '?' + text : text;
}

function put(target, path, value, options) {
  let place = target;
  path.forEach((name, at) => {
    const last = at === path.length - 1;
    if (name === '__proto__') return;
    if (Array.isArray(place) && name === '') name = String(place.length);
    if (last) {
      const known = Object.prototype.hasOwnProperty.call(place, name) ? place[name] : undefined;
      place[name] = known === undefined ? value : [].concat(known, value);
      return;
    }
    const next = path[at + 1];
    const isList = options.parseArrays !== false && (next === '' || (/^\d+$/.test(next) && Number(next) <= (options.arrayLimit === undefined ? 20 : options.arrayLimit)));
    if (!Object.prototype.hasOwnProperty.call(place, name) || place[name] === null || typeof place[name] !== 'object') {
      place[name] = isList ? [] : options.plainObjects ? Object.create(null) : {};
    }
    place = place[name];
  });
}

function parse(text, options = {}) {
  const object = options.plainObjects ? Object.create(null) : {};
  if (text === '' || text === null || text === undefined) return object;
  if (typeof text === 'object') return { ...text };
  const decode = options.decoder ? (part) => options.decoder(part, internal.host.decodeForm) : internal.host.decodeForm;
  const bare = options.ignoreQueryPrefix ? text.replace(/^\?/, '') : text;
  for (const part of bare.split(options.delimiter || '&').slice(0, options.parameterLimit || 1000)) {
    if (part === '') continue;
    const at = part.indexOf(']=') >= 0 ? part.indexOf(']=') + 1 : part.indexOf('=');
    let name = decode(at < 0 ? part : part.slice(0, at));
    const value = at < 0 ? (options.strictNullHandling ? null : '') : decode(part.slice(at + 1));
    if (options.allowDots) name = name.replace(/\.([^.[]+)/g, '[$1]');
    const head = /^[^[]*/.exec(name)[0];
    const path = head === '' ? [] : [head];
    const inner = /\[([^[\]]*)\]/g;
    const depth = options.depth === undefined ? 5 : options.depth;
    let found, end = head.length;
    while (path.length <= depth && (found = inner.exec(name)) !== null) { path.push(found[1]); end = inner.lastIndex; }
    if (end < name.length && path.length > depth) path.push(name.slice(end));
    if (path.length === 0) path.push(name);
    put(object, path, options.comma && typeof value === 'string' && value.includes(',') ? value.split(',') : value, options);
  }
  return object;
}

module.exports = { stringify, parse, formats: { default: 'RFC3986', RFC1738: 'RFC1738', RFC3986: 'RFC3986' } };
