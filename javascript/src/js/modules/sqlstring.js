// Values and names in MySQL's SQL, as the package sqlstring writes them.
const { Buffer } = require('buffer');
const ESCAPES = { '\0': '\\0', '\b': '\\b', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\x1a': '\\Z', '"': '\\"', "'": "\\'", '\\': '\\\\' };
const text = (value) => "'" + value.replace(/[\0\b\t\n\r\x1a"'\\]/g, (letter) => ESCAPES[letter]) + "'";
const pad = (number, size) => String(number).padStart(size, '0');

function escapeId(value, keepDots) {
  if (Array.isArray(value)) return value.map((one) => escapeId(one, keepDots)).join(', ');
  const quoted = '`' + String(value).replace(/`/g, '``') + '`';
  return keepDots ? quoted : quoted.replace(/\./g, '`.`');
}

function dateToString(date, zone = 'local') {
  if (Number.isNaN(date.getTime())) return 'NULL';
  let moment = date, get = (part) => date[`get${part}`]();
  if (zone !== 'local') {
    const offset = /^([+-])(\d\d):?(\d\d)?$/.exec(zone);
    if (offset) moment = new Date(date.getTime() + (offset[1] === '-' ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3] || 0)) * 60000);
    get = (part) => moment[`getUTC${part}`]();
  }
  return text(`${pad(get('FullYear'), 4)}-${pad(get('Month') + 1, 2)}-${pad(get('Date'), 2)} ${pad(get('Hours'), 2)}:${pad(get('Minutes'), 2)}:${pad(get('Seconds'), 2)}.${pad(get('Milliseconds'), 3)}`);
}

function escape(value, stringifyObjects, zone) {
  if (value === undefined || value === null) return 'NULL';
  switch (typeof value) {
    case 'boolean': return value ? 'true' : 'false';
    case 'number': case 'bigint': return String(value);
    case 'object':
      if (value instanceof Date) return dateToString(value, zone);
      if (Array.isArray(value)) return value.map((one) => (Array.isArray(one) ? '(' + escape(one, true, zone) + ')' : escape(one, true, zone))).join(', ');
      if (ArrayBuffer.isView(value)) return "X'" + Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex') + "'";
      if (typeof value.toSqlString === 'function') return String(value.toSqlString());
      if (stringifyObjects) return text(String(value));
      return Object.keys(value).filter((key) => typeof value[key] !== 'function')
        .map((key) => escapeId(key) + ' = ' + escape(value[key], true, zone)).join(', ');
    default: return text(String(value));
  }
}

function format(sql, values, stringifyObjects, zone) {
  if (values === undefined || values === null) return sql;
  const list = Array.isArray(values) ? values : [values];
  let at = 0;
  return sql.replace(/\?+/g, (marks) => {
    if (marks.length > 2 || at >= list.length) return marks;
    const value = list[at++];
    return marks.length === 2 ? escapeId(value) : escape(value, stringifyObjects, zone);
  });
}

const raw = (sql) => ({ toSqlString: () => sql });
module.exports = { escape, escapeId, format, raw, dateToString };
