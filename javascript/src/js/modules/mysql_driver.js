// What mysql and mysql2 have in common.
const { host, start, closers, nextTick } = internal;
const EventEmitter = require('events');
const sqlstring = require('internal/sqlstring');
const { Buffer } = require('buffer');

let lastConnection = 0;

const CODES = { 1022: 'ER_DUP_KEY', 1040: 'ER_CON_COUNT_ERROR', 1044: 'ER_DBACCESS_DENIED_ERROR', 1045: 'ER_ACCESS_DENIED_ERROR', 1046: 'ER_NO_DB_ERROR',
  1048: 'ER_BAD_NULL_ERROR', 1049: 'ER_BAD_DB_ERROR', 1050: 'ER_TABLE_EXISTS_ERROR', 1051: 'ER_BAD_TABLE_ERROR', 1052: 'ER_NON_UNIQ_ERROR',
  1300: 'ER_INVALID_CHARACTER_STRING', 1054: 'ER_BAD_FIELD_ERROR', 1060: 'ER_DUP_FIELDNAME', 1061: 'ER_DUP_KEYNAME', 1062: 'ER_DUP_ENTRY', 1064: 'ER_PARSE_ERROR', 1065: 'ER_EMPTY_QUERY',
  1093: 'ER_UPDATE_TABLE_USED', 1099: 'ER_TABLE_NOT_LOCKED_FOR_WRITE', 1100: 'ER_TABLE_NOT_LOCKED', 1106: 'ER_UNKNOWN_PROCEDURE', 1114: 'ER_RECORD_FILE_FULL',
  1136: 'ER_WRONG_VALUE_COUNT_ON_ROW', 1142: 'ER_TABLEACCESS_DENIED_ERROR', 1143: 'ER_COLUMNACCESS_DENIED_ERROR', 1146: 'ER_NO_SUCH_TABLE',
  1149: 'ER_SYNTAX_ERROR', 1153: 'ER_NET_PACKET_TOO_LARGE', 1169: 'ER_DUP_UNIQUE', 1194: 'ER_CRASHED_ON_USAGE', 1203: 'ER_TOO_MANY_USER_CONNECTIONS',
  1205: 'ER_LOCK_WAIT_TIMEOUT', 1213: 'ER_LOCK_DEADLOCK', 1216: 'ER_NO_REFERENCED_ROW', 1217: 'ER_ROW_IS_REFERENCED', 1227: 'ER_SPECIFIC_ACCESS_DENIED_ERROR',
  1264: 'ER_WARN_DATA_OUT_OF_RANGE', 1265: 'WARN_DATA_TRUNCATED', 1290: 'ER_OPTION_PREVENTS_STATEMENT', 1292: 'ER_TRUNCATED_WRONG_VALUE', 1305: 'ER_SP_DOES_NOT_EXIST',
  1317: 'ER_QUERY_INTERRUPTED', 1364: 'ER_NO_DEFAULT_FOR_FIELD', 1365: 'ER_DIVISION_BY_ZERO', 1366: 'ER_TRUNCATED_WRONG_VALUE_FOR_FIELD', 1370: 'ER_PROCACCESS_DENIED_ERROR',
  1406: 'ER_DATA_TOO_LONG', 1451: 'ER_ROW_IS_REFERENCED_2', 1452: 'ER_NO_REFERENCED_ROW_2', 1644: 'ER_SIGNAL_EXCEPTION', 1690: 'ER_DATA_OUT_OF_RANGE',
  1792: 'ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION', 3024: 'ER_QUERY_TIMEOUT', 3140: 'ER_INVALID_JSON_TEXT', 3819: 'ER_CHECK_CONSTRAINT_VIOLATED', 4025: 'ER_CONSTRAINT_FAILED' };

// Types of columns in the protocol.
const TYPE = { DECIMAL: 0, TINY: 1, SHORT: 2, LONG: 3, FLOAT: 4, DOUBLE: 5, TIMESTAMP: 7, LONGLONG: 8, INT24: 9, DATE: 10, TIME: 11, DATETIME: 12,
  YEAR: 13, NEWDATE: 14, BIT: 16, JSON: 245, NEWDECIMAL: 246, ENUM: 247, SET: 248, GEOMETRY: 255 };
const BINARY = 63;

class OkPacket {
  constructor(told) {
    // mysql shows the byte that says how long the message is.
    const message = told.message && String.fromCharCode(told.message.length) + told.message;
    Object.assign(this, { fieldCount: 0, affectedRows: told.affected, insertId: told.insert, serverStatus: told.status, warningCount: told.warnings,
      message, protocol41: true, changedRows: Number((/Changed: (\d+)/.exec(told.message) || [])[1] || 0) });
  }
}
class ResultSetHeader {
  constructor(told) {
    Object.assign(this, { fieldCount: 0, affectedRows: told.affected, insertId: told.insert, info: told.message, serverStatus: told.status, warningStatus: told.warnings,
      changedRows: Number((/Changed: (\d+)/.exec(told.message) || [])[1] || 0) });
  }
}
class RowDataPacket {}
class TextRow {}

function addressOf(given) {
  if (typeof given !== 'string') return { ...(given || {}), ...(given && given.uri ? addressOf(given.uri) : {}) };
  const url = new URL(given);
  const config = { host: url.hostname.replace(/^\[|\]$/g, '') || undefined, port: url.port || undefined, database: decodeURIComponent(url.pathname.slice(1)) || undefined,
    user: decodeURIComponent(url.username) || undefined, password: decodeURIComponent(url.password) || undefined };
  for (const [name, value] of url.searchParams) {
    try { config[name] = JSON.parse(value); } catch { config[name] = value; }
  }
  return config;
}

function place(config) {
  const ssl = config.ssl;
  const text = (value) => (value === undefined || value === null ? undefined : String(value));
  return {
    host: text(config.host) || 'localhost', port: Number(config.port) || 3306, socket: text(config.socketPath),
    user: text(config.user) || '', password: text(config.password), database: text(config.database),
    ssl: Boolean(ssl), verify: Boolean(ssl) && !(typeof ssl === 'object' && ssl.rejectUnauthorized === false), ca: ssl && ssl.ca ? String(ssl.ca) : undefined,
    multiple: Boolean(config.multipleStatements), timeout: Number(config.connectTimeout) || undefined,
  };
}

/// The server's error, or that of the network, as each package words it.
function databaseError(error, generation, sql) {
  if (error.sqlState === undefined) {
    if (error.code === undefined) error.code = 'PROTOCOL_CONNECTION_LOST';
    if (error.fatal === undefined) error.fatal = true;
    return error;
  }
  error.code = CODES[error.errno] || 'UNKNOWN_CODE_PLEASE_REPORT';
  error.sqlMessage = error.message;
  if (generation === 1) {
    error.message = `${error.code}: ${error.message}`;
    error.index = 0;
  }
  if (sql !== undefined) error.sql = sql;
  return error;
}

function dateOf(text, type, settings, generation) {
  const strings = settings.dateStrings;
  const name = type === TYPE.DATE || type === TYPE.NEWDATE ? 'DATE' : type === TYPE.TIMESTAMP ? 'TIMESTAMP' : 'DATETIME';
  if (strings === true || (Array.isArray(strings) && strings.includes(name))) return text;
  const [day, time = '00:00:00'] = text.split(' ');
  // A day that is none (`0000-00-00`): mysql hands the text on, mysql2 counts back from the year 1900.
  if (generation === 1 && /-00/.test(day)) return text;
  return read(day, time, settings.timezone);
}

function read(day, time, zone) {
  const [year, month, date] = day.split('-').map(Number);
  const [clock, fraction = '0'] = time.split('.');
  const [hour, minute, second] = clock.split(':').map(Number);
  const milliseconds = Math.floor(Number('0.' + fraction) * 1000 + 1e-6);
  if (zone === undefined || zone === 'local') return new Date(year, month - 1, date, hour, minute, second, milliseconds);
  const offset = /^([+-])(\d\d):?(\d\d)?$/.exec(zone);
  const minutes = offset ? (offset[1] === '-' ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3] || 0)) : 0;
  return new Date(Date.UTC(year, month - 1, date, hour, minute, second, milliseconds) - minutes * 60000);
}

function bigOf(text, settings) {
  const value = Number(text);
  if (settings.supportBigNumbers && (settings.bigNumberStrings || !Number.isSafeInteger(value))) return text;
  return value;
}

/// One cell: text, or hexadecimal where the host could not tell it as text.
function cellOf(cell, field, settings, generation) {
  if (cell === null) return null;
  const bytes = typeof cell === 'object';
  switch (field.type) {
    case TYPE.TINY: case TYPE.SHORT: case TYPE.LONG: case TYPE.INT24: case TYPE.YEAR: case TYPE.FLOAT: case TYPE.DOUBLE: return Number(cell);
    case TYPE.LONGLONG: return bigOf(cell, settings);
    case TYPE.DECIMAL: case TYPE.NEWDECIMAL:
      return generation === 2 ? (settings.decimalNumbers ? Number(cell) : cell) : settings.supportBigNumbers && settings.bigNumberStrings ? cell : Number(cell);
    case TYPE.DATE: case TYPE.NEWDATE: case TYPE.DATETIME: case TYPE.TIMESTAMP: return dateOf(cell, field.type, settings, generation);
    case TYPE.TIME: return cell;
    case TYPE.JSON: return generation === 2 && !settings.jsonStrings ? JSON.parse(cell) : cell;
    case TYPE.BIT: case TYPE.GEOMETRY: return Buffer.from(bytes ? cell.hex : cell, bytes ? 'hex' : 'utf8');
    default:
      if (field.charset === BINARY) return Buffer.from(bytes ? cell.hex : cell, bytes ? 'hex' : 'utf8');
      return bytes ? Buffer.from(cell.hex, 'hex').toString('utf8') : cell;
  }
}

function resultOf(told, settings, generation, options) {
  if (told.fields === undefined) return [generation === 2 ? new ResultSetHeader(told) : new OkPacket(told), undefined];
  const fields = told.fields.map(([name, type, charset, table, database, flags]) => ({ catalog: 'def', db: database, table, orgTable: table, name, orgName: name,
    charsetNr: charset, length: 0, type, flags, decimals: 0, default: undefined, zeroFill: false, protocol41: true, charset, columnType: type }));
  const cast = options.typeCast === undefined ? settings.typeCast : options.typeCast;
  const nested = options.nestTables === undefined ? settings.nestTables : options.nestTables;
  const asArray = options.rowsAsArray === undefined ? settings.rowsAsArray : options.rowsAsArray;
  const rows = told.rows.map((cells) => {
    const row = asArray ? [] : generation === 2 ? new TextRow() : new RowDataPacket();
    fields.forEach((field, at) => {
      const own = () => cellOf(cells[at], field, settings, generation);
      const value = typeof cast === 'function' ? cast(castable(cells[at], field, settings), own) : cast === false && cells[at] !== null
        ? Buffer.from(typeof cells[at] === 'object' ? cells[at].hex : cells[at], typeof cells[at] === 'object' ? 'hex' : 'utf8') : own();
      if (asArray) row.push(value);
      else if (nested === true) (row[field.table] = row[field.table] || {})[field.name] = value;
      else if (typeof nested === 'string') row[field.table + nested + field.name] = value;
      else row[field.name] = value;
    });
    return row;
  });
  return [rows, fields];
}

function castable(cell, field) {
  const name = Object.keys(TYPE).find((known) => TYPE[known] === field.type) || (field.charset === BINARY ? 'BLOB' : 'VAR_STRING');
  const text = () => (cell === null ? null : typeof cell === 'object' ? Buffer.from(cell.hex, 'hex').toString() : cell);
  return { type: name, length: field.length, db: field.db, table: field.table, name: field.name, string: text,
    buffer: () => (cell === null ? null : Buffer.from(typeof cell === 'object' ? cell.hex : cell, typeof cell === 'object' ? 'hex' : 'utf8')), geometry: () => null };
}

function driver({ generation }) {
  class Connection extends EventEmitter {
    constructor(config) {
      super();
      EventEmitter.call(this);
      this.config = addressOf(config);
      this.place = place(this.config);
      this.id = ++lastConnection;
      this.queue = [];
      this.busy = false;
      this.ended = false;
      this.state = 'disconnected';
      this.threadId = null;
      closers.add(this.closer = () => this.release());
    }
    connect(options, callback) {
      if (typeof options === 'function') callback = options;
      this.enqueue('mysql.connect', { }, (error) => {
        if (!error) { this.state = 'authenticated'; this.emit('connect'); }
        if (callback) callback(error || null);
        else if (error) this.emit('error', error);
      });
    }
    query(sql, values, callback) {
      if (sql !== null && typeof sql === 'object' && typeof sql.submit === 'function') throw new Error('query streams are not offered here');
      const query = new Query(sql, values, callback);
      let text;
      try {
        text = this.format(query.sql, query.values);
      } catch (error) { nextTick(() => query.done(error)); return query; }
      query.sql = text;
      this.enqueue('mysql.query', { sql: text }, (error, told) => this.answer(query, error, told));
      return query;
    }
    execute(sql, values, callback) {
      const query = new Query(sql, values, callback);
      const parameters = (query.values || []).map((value) => {
        if (value === undefined) throw new TypeError('Bind parameters must not contain undefined. To pass SQL NULL specify JS null');
        return value;
      });
      query.sql = this.format(query.sql, parameters);
      this.enqueue('mysql.query', { sql: query.sql }, (error, told) => this.answer(query, error, told));
      return query;
    }
    answer(query, error, told) {
      if (error) { query.done(databaseError(error, generation, query.sql)); return; }
      let results;
      try { results = told.map((one) => resultOf(one, this.config, generation, query.options)); } catch (problem) { query.done(problem); return; }
      if (results.length === 1) query.done(null, ...results[0]);
      else query.done(null, results.map(([rows]) => rows), results.map(([, fields]) => fields));
    }
    enqueue(operation, argument, answer) {
      if (this.ended) {
        const error = Object.assign(new Error('Cannot enqueue ' + (operation === 'mysql.query' ? 'Query' : 'Handshake') + ' after invoking quit.'), { code: 'PROTOCOL_ENQUEUE_AFTER_QUIT', fatal: false });
        nextTick(answer, error);
        return;
      }
      this.queue.push({ operation, argument, answer });
      if (!this.busy) this.next();
    }
    next() {
      const job = this.queue.shift();
      if (job === undefined) {
        this.busy = false;
        if (this.ending) this.finish();
        return;
      }
      this.busy = true;
      start(job.operation, { connection: this.id, place: this.place, multiple: this.place.multiple, ...job.argument }, undefined, (error, told) => {
        if (error && job.operation === 'mysql.connect') {
          databaseError(error, generation);
          error.fatal = true;
        }
        try { job.answer(error, told); } finally { this.next(); }
      });
    }
    simple(sql) {
      return (options, callback) => this.query(sql, typeof options === 'function' ? options : callback);
    }
    beginTransaction(options, callback) { return this.simple('START TRANSACTION')(options, callback); }
    commit(options, callback) { return this.simple('COMMIT')(options, callback); }
    rollback(options, callback) { return this.simple('ROLLBACK')(options, callback); }
    ping(options, callback) { return this.simple('SELECT 1')(options, callback); }
    changeUser(options, callback) {
      const done = typeof options === 'function' ? options : callback;
      if (options && options.database && !options.user) this.query('USE ' + sqlstring.escapeId(options.database), (error) => done && done(error));
      else nextTick(() => done && done(new Error('changeUser() takes only another database here: open another connection instead')));
    }
    format(sql, values) {
      if (typeof this.config.queryFormat === 'function') return this.config.queryFormat.call(this, sql, values, this.config.timezone);
      return sqlstring.format(sql, values, this.config.stringifyObjects, this.config.timezone);
    }
    escape(value) { return sqlstring.escape(value, this.config.stringifyObjects, this.config.timezone); }
    escapeId(value, keepDots) { return sqlstring.escapeId(value, keepDots); }
    release() {
      if (this.closer) { closers.delete(this.closer); this.closer = undefined; }
      host.release('mysql', this.id);
    }
    finish() {
      this.release();
      this.state = 'disconnected';
      const ending = this.ending;
      this.ending = undefined;
      this.emit('end');
      ending.forEach((callback) => nextTick(callback, null));
    }
    end(options, callback) {
      const done = typeof options === 'function' ? options : callback;
      if (this.ended && !this.ending) { if (done) nextTick(done, null); return; }
      this.ended = true;
      (this.ending = this.ending || []).push(done || (() => {}));
      if (!this.busy) this.finish();
    }
    destroy() { this.ended = true; this.queue.length = 0; this.release(); this.state = 'disconnected'; }
    close() { this.destroy(); }
    pause() {}
    resume() {}
    promise() { return new PromiseConnection(this); }
  }

  class Query extends EventEmitter {
    constructor(sql, values, callback) {
      super();
      EventEmitter.call(this);
      this.options = sql !== null && typeof sql === 'object' ? sql : {};
      this.sql = typeof sql === 'string' ? sql : sql && sql.sql;
      this.values = typeof values === 'function' ? this.options.values : values === undefined ? this.options.values : values;
      this.callback = typeof values === 'function' ? values : callback;
      if (typeof this.sql !== 'string') throw new TypeError('a query needs its SQL as text');
    }
    done(error, rows, fields) {
      if (this.callback) { if (error) this.callback(error); else this.callback(null, rows, fields); return; }
      if (error) { if (this.listenerCount('error')) this.emit('error', error); else if (this.listenerCount('end') === 0) internal.uncaught(error); }
      else {
        if (fields) { this.emit('fields', fields, 0); rows.forEach((row) => this.emit('result', row, 0)); } else this.emit('result', rows, 0);
      }
      this.emit('end');
    }
    stream() { throw new Error('query streams are not offered here'); }
  }

  class Pool extends EventEmitter {
    constructor(config) {
      super();
      EventEmitter.call(this);
      this.config = { connectionConfig: addressOf(config), connectionLimit: (config && config.connectionLimit) || 10 };
      this.ended = false;
    }
    getConnection(callback) {
      if (this.ended) { nextTick(callback, Object.assign(new Error('Pool is closed.'), { code: 'POOL_CLOSED' })); return; }
      const connection = new Connection(this.config.connectionConfig);
      connection.connect((error) => {
        if (error) { connection.release(); callback(error); return; }
        const release = connection.release.bind(connection);
        connection.release = () => { connection.ended = true; release(); this.emit('release', connection); };
        this.emit('connection', connection);
        this.emit('acquire', connection);
        callback(null, connection);
      });
    }
    run(method, sql, values, callback) {
      const connection = new Connection(this.config.connectionConfig);
      const given = typeof values === 'function' ? values : callback;
      const query = connection[method](sql, typeof values === 'function' ? undefined : values, given ? (...answer) => { connection.release(); given(...answer); } : undefined);
      if (!given) query.on('end', () => connection.release());
      return query;
    }
    query(sql, values, callback) { return this.run('query', sql, values, callback); }
    execute(sql, values, callback) { return this.run('execute', sql, values, callback); }
    end(callback) { this.ended = true; if (callback) nextTick(callback, null); }
    escape(value) { return sqlstring.escape(value, this.config.connectionConfig.stringifyObjects, this.config.connectionConfig.timezone); }
    escapeId(value) { return sqlstring.escapeId(value); }
    format(sql, values) { return sqlstring.format(sql, values); }
    promise() { return new PromisePool(this); }
  }

  const promised = (run) => new Promise((resolve, reject) => run((error, ...values) => (error ? reject(error) : resolve(values))));

  class PromiseConnection {
    constructor(connection) { this.connection = connection; }
    query(sql, values) { return promised((answer) => this.connection.query(sql, values, answer)); }
    execute(sql, values) { return promised((answer) => this.connection.execute(sql, values, answer)); }
    connect() { return promised((answer) => this.connection.connect(answer)); }
    beginTransaction() { return promised((answer) => this.connection.beginTransaction(answer)); }
    commit() { return promised((answer) => this.connection.commit(answer)); }
    rollback() { return promised((answer) => this.connection.rollback(answer)); }
    ping() { return promised((answer) => this.connection.ping(answer)); }
    async end() { await promised((answer) => this.connection.end(answer)); }
    release() { this.connection.release(); }
    destroy() { this.connection.destroy(); }
    on(name, listener) { this.connection.on(name, listener); return this; }
    escape(value) { return this.connection.escape(value); }
    escapeId(value) { return this.connection.escapeId(value); }
    format(sql, values) { return this.connection.format(sql, values); }
  }

  class PromisePool {
    constructor(pool) { this.pool = pool; }
    query(sql, values) { return promised((answer) => this.pool.query(sql, values, answer)); }
    execute(sql, values) { return promised((answer) => this.pool.execute(sql, values, answer)); }
    async getConnection() { const [connection] = await promised((answer) => this.pool.getConnection(answer)); return new PromiseConnection(connection); }
    async end() { this.pool.end(); }
    on(name, listener) { this.pool.on(name, listener); return this; }
    escape(value) { return this.pool.escape(value); }
    escapeId(value) { return this.pool.escapeId(value); }
    format(sql, values) { return this.pool.format(sql, values); }
  }

  const createConnection = (config) => new Connection(config);
  const createPool = (config) => new Pool(config);
  function mysql(config) { return createConnection(config); }
  return Object.assign(mysql, {
    createConnection, createPool, Connection, Pool,
    createQuery: (sql, values, callback) => new Query(sql, values, callback),
    createPoolCluster() { throw new Error('pool clusters are not offered here: use createPool'); },
    escape: sqlstring.escape, escapeId: sqlstring.escapeId, format: sqlstring.format, raw: sqlstring.raw,
    Types: TYPE,
    promises: {
      async createConnection(config) {
        const connection = new Connection(config);
        await promised((answer) => connection.connect(answer));
        return new PromiseConnection(connection);
      },
      createPool: (config) => new PromisePool(new Pool(config)),
      escape: sqlstring.escape, escapeId: sqlstring.escapeId, format: sqlstring.format, raw: sqlstring.raw,
    },
  });
}

module.exports = { driver };
