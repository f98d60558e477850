// PostgreSQL's text forms as JavaScript values, as the package pg-types reads them.
const { Buffer } = require('buffer');

const TIME = /^(\d{1,})-(\d{2})-(\d{2})(?: (\d{2}):(\d{2}):(\d{2})(\.\d{1,})?)?(?:(Z)|([+-])(\d{2})(?::?(\d{2}))?(?::?(\d{2}))?)?( BC)?$/;

/// A point in time; without a zone it is local time, as node-postgres takes it.
function readDate(text) {
  if (text === 'infinity') return Infinity;
  if (text === '-infinity') return -Infinity;
  const found = TIME.exec(text);
  if (found === null) return null;
  const [, year, month, day, hour, minute, second, fraction, zulu, sign, zoneHour, zoneMinute, zoneSecond, before] = found;
  const years = before ? -(Number(year) - 1) : Number(year);
  const milliseconds = fraction ? Math.floor(Number('0' + fraction) * 1000 + 1e-6) : 0;
  const parts = [Number(month) - 1, Number(day), Number(hour || 0), Number(minute || 0), Number(second || 0), milliseconds];
  let date;
  if (zulu || sign) {
    const offset = zulu ? 0 : (sign === '-' ? 1 : -1) * (Number(zoneHour) * 3600 + Number(zoneMinute || 0) * 60 + Number(zoneSecond || 0));
    date = new Date(Date.UTC(years, ...parts) + offset * 1000);
    if (years >= 0 && years <= 99) date.setUTCFullYear(years, ...(offset ? [] : [parts[0], parts[1]]));
  } else {
    date = new Date(years, ...parts);
    if (years >= 0 && years <= 99) date.setFullYear(years);
  }
  return date;
}

const pad = (number, size = 2) => String(number).padStart(size, '0');

/// Local time with its offset, as node-postgres writes it.
function writeDate(date) {
  if (Number.isNaN(date.getTime())) throw new RangeError('Invalid time value');
  let offset = -date.getTimezoneOffset();
  let year = date.getFullYear();
  const before = year < 1;
  if (before) year = Math.abs(year) + 1;
  const sign = offset < 0 ? '-' : '+';
  offset = Math.abs(offset);
  return `${pad(year, 4)}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}T${pad(date.getHours())}:${pad(date.getMinutes())}:`
    + `${pad(date.getSeconds())}.${pad(date.getMilliseconds(), 3)}${sign}${pad(Math.floor(offset / 60))}:${pad(offset % 60)}${before ? ' BC' : ''}`;
}

const readBytes = (text) => (text.startsWith('\\x') ? Buffer.from(text.slice(2), 'hex')
  : Buffer.from(text.replace(/\\([0-7]{3})|\\\\/g, (whole, octal) => (octal ? String.fromCharCode(parseInt(octal, 8)) : '\\')), 'latin1'));

class PostgresInterval {
  constructor(text) {
    const found = /(?:([+-]?\d+) years?)?\s*(?:([+-]?\d+) mons?)?\s*(?:([+-]?\d+) days?)?\s*(?:([+-])?(\d+):(\d\d):(\d\d)(?:\.(\d{1,6}))?)?/.exec(text) || [];
    const set = (name, value) => { if (value) this[name] = value; };
    const sign = found[4] === '-' ? -1 : 1;
    set('years', Number(found[1] || 0));
    set('months', Number(found[2] || 0));
    set('days', Number(found[3] || 0));
    set('hours', sign * Number(found[5] || 0));
    set('minutes', sign * Number(found[6] || 0));
    set('seconds', sign * Number(found[7] || 0));
    if (found[8]) set('milliseconds', sign * Number(found[8].padEnd(6, '0')) / 1000);
  }
  toPostgres() {
    const parts = ['seconds', 'minutes', 'hours', 'days', 'months', 'years'].filter((name) => this[name] !== undefined);
    if (this.milliseconds && !parts.includes('seconds')) parts.unshift('seconds');
    if (parts.length === 0) return '0';
    return parts.map((name) => {
      let value = this[name] || 0;
      if (name === 'seconds' && this.milliseconds) value = (value + this.milliseconds / 1000).toFixed(6).replace(/\.?0+$/, '');
      return value + ' ' + name;
    }).join(' ');
  }
}

function readPoint(text) {
  if (!text.startsWith('(')) return null;
  const [x, y] = text.slice(1, -1).split(',');
  return { x: parseFloat(x), y: parseFloat(y) };
}

function readCircle(text) {
  const found = /^<\(([^,]+),([^)]+)\),([^>]+)>$/.exec(text);
  return found ? { x: parseFloat(found[1]), y: parseFloat(found[2]), radius: parseFloat(found[3]) } : null;
}

/// A list in PostgreSQL's own notation; lists may be in lists.
function readList(text, read) {
  let at = 0;
  if (text[0] === '[') at = text.indexOf('=') + 1;
  function list() {
    const items = [];
    at++;
    while (at < text.length) {
      const letter = text[at];
      if (letter === '{') items.push(list());
      else if (letter === '}') { at++; return items; }
      else if (letter === ',') at++;
      else if (letter === '"') {
        let item = '';
        at++;
        while (text[at] !== '"') {
          if (text[at] === '\\') at++;
          item += text[at++];
        }
        at++;
        items.push(read(item));
      } else {
        let end = at;
        while (end < text.length && text[end] !== ',' && text[end] !== '}') end++;
        const item = text.slice(at, end);
        items.push(item === 'NULL' ? null : read(item));
        at = end;
      }
    }
    return items;
  }
  return list();
}

const same = (text) => text;
const lists = (read) => (text) => readList(text, read);
const integer = (text) => parseInt(text, 10);
const flag = (text) => text === 't' || text === 'true' || text === 'y' || text === 'yes' || text === 'on' || text === '1';

const parsers = new Map([
  [16, flag], [17, readBytes], [20, same], [21, integer], [23, integer], [26, integer], [700, parseFloat], [701, parseFloat],
  [114, JSON.parse], [3802, JSON.parse], [1082, readDate], [1114, readDate], [1184, readDate],
  [1186, (text) => new PostgresInterval(text)], [600, readPoint], [718, readCircle],
  [1000, lists(flag)], [1001, lists(readBytes)], [1005, lists(integer)], [1007, lists(integer)], [1028, lists(integer)],
  [1016, lists(same)], [1017, lists(readPoint)], [1021, lists(parseFloat)], [1022, lists(parseFloat)], [1231, lists(parseFloat)],
  [1115, lists(readDate)], [1182, lists(readDate)], [1185, lists(readDate)], [1187, lists((text) => new PostgresInterval(text))],
  [199, lists(JSON.parse)], [3807, lists(JSON.parse)],
]);
for (const oid of [651, 791, 1002, 1003, 1008, 1009, 1014, 1015, 1040, 1041, 1183, 1270, 2951, 3907]) parsers.set(oid, lists(same));

const builtins = { BOOL: 16, BYTEA: 17, CHAR: 18, INT8: 20, INT2: 21, INT4: 23, REGPROC: 24, TEXT: 25, OID: 26, JSON: 114, XML: 142,
  POINT: 600, FLOAT4: 700, FLOAT8: 701, MONEY: 790, MACADDR: 829, INET: 869, BPCHAR: 1042, VARCHAR: 1043, DATE: 1082, TIME: 1083,
  TIMESTAMP: 1114, TIMESTAMPTZ: 1184, INTERVAL: 1186, TIMETZ: 1266, BIT: 1560, VARBIT: 1562, NUMERIC: 1700, UUID: 2950, JSONB: 3802 };

module.exports = {
  builtins,
  getTypeParser: (oid) => parsers.get(oid) || same,
  /// As `getTypeParser`; nothing for text that stays as it is.
  readerOf: (oid) => { const read = parsers.get(oid); return read === same ? undefined : read; },
  setTypeParser(oid, format, parser) { parsers.set(oid, typeof format === 'function' ? format : parser); },
  arrayParser: { create: (text, read = same) => ({ parse: () => readList(text, read) }) },
  writeDate,
};
