// The package pg, old and new: callable, pg.connect, Client, Pool. Connections are the host's, pooled across calls.
const { host, start, closers, nextTick } = internal;
const EventEmitter = require('events');
const types = require('internal/pg_types');
const { Buffer } = require('buffer');

let lastClient = 0;

/// Places that answered lately: a connect to them is taken for done, and the first query shows if it is not.
const answered = new Map();
const TRUSTED_FOR = 60000;

// Connecting

function configOf(given) {
  if (typeof given === 'string') return { ...parseAddress(given) };
  const own = given || {};
  const config = own.connectionString ? { ...own, ...parseAddress(own.connectionString) } : { ...own };
  delete config.connectionString;
  return config;
}

function parseAddress(text) {
  if (text.startsWith('/')) { const [folder, database] = text.split(' '); return { host: folder, database }; }
  let address = text;
  if (/ |%[^a-f0-9]|%[a-f0-9][^a-f0-9]/i.test(address)) address = encodeURI(address).replace(/%25(\d\d)/g, '%$1');
  const base = address.startsWith('socket:') ? address : address.replace(/^(postgres|postgresql|pg):/i, 'postgres:');
  const url = new URL(base, 'postgres://base');
  const config = {};
  for (const [name, value] of url.searchParams) config[name] = value;
  const part = (value) => decodeURIComponent(value) || undefined;
  config.user = config.user || part(url.username);
  config.password = config.password || part(url.password);
  config.host = config.host || part(url.hostname.replace(/^\[|\]$/g, ''));
  config.port = url.port || config.port;
  config.database = part(url.pathname.replace(/^\//, '')) || config.database;
  for (const key of Object.keys(config)) if (config[key] === undefined) delete config[key];
  if (config.ssl === 'true' || config.ssl === '1') config.ssl = true;
  if (config.ssl === '0' || config.ssl === 'false') config.ssl = false;
  if (config.sslmode !== undefined && config.ssl === undefined) {
    config.ssl = config.sslmode === 'disable' ? false : config.sslmode === 'no-verify' ? { rejectUnauthorized: false } : true;
  }
  return config;
}

function place(config) {
  const ssl = config.ssl;
  const text = (value) => (value === undefined || value === null ? undefined : String(value));
  return {
    host: text(config.host) || 'localhost',
    port: Number(config.port) || 5432,
    user: text(config.user) || 'postgres',
    password: typeof config.password === 'function' ? undefined : text(config.password),
    database: text(config.database) || text(config.user) || 'postgres',
    ssl: Boolean(ssl),
    verify: Boolean(ssl) && !(typeof ssl === 'object' && ssl.rejectUnauthorized === false),
    ca: ssl && ssl.ca ? String(Array.isArray(ssl.ca) ? ssl.ca.join('\n') : ssl.ca) : undefined,
    application: text(config.application_name),
    timeout: Number(config.connectionTimeoutMillis) || undefined,
    statement: Number(config.statement_timeout) || undefined,
    options: text(config.options),
  };
}

/// Where a configuration leads to, and its text for the host. Looked at once for each connection string.
function targetOf(given) {
  const text = typeof given === 'string' ? given
    : given && typeof given.connectionString === 'string' && Object.keys(given).length === 1 ? given.connectionString : undefined;
  const known = text === undefined ? undefined : targets.get(text);
  if (known !== undefined) return known;
  const target = leadingTo(configOf(given));
  if (text !== undefined) {
    if (targets.size >= 100) targets.clear();
    targets.set(text, target);
  }
  return target;
}

function leadingTo(parameters) {
  const leads = place(parameters);
  // Shared by all who say the same.
  return { parameters: Object.freeze(parameters), place: leads, text: JSON.stringify(leads) };
}

const targets = new Map();

/// Runs one statement on a connection of the host's.
function run(id, target, query, parameters, custom, answer) {
  const argument = '{"client":' + id + ',"text":' + JSON.stringify(query.text) + ',"values":' + JSON.stringify(parameters)
    + ',"place":' + target.text + '}';
  start('pg.query', argument, undefined, (error, told) => {
    if (error) { answered.delete(target.text); answer(databaseError(error)); return; }
    let result;
    try {
      const results = told.map((one) => new Result(query.text, one, query.rowMode, query.types || custom));
      result = results.length === 1 ? results[0] : results;
    } catch (problem) { answer(problem); return; }
    answer(null, result);
  });
}

function databaseError(error) {
  if (error.severity !== undefined) {
    error.name = 'error';
    error.length = error.message.length;
  }
  return error;
}

// Queries

/// As node-postgres prepares values: text, or null.
function prepared(value, seen = []) {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (Buffer.isBuffer(value)) return '\\x' + value.toString('hex');
  if (ArrayBuffer.isView(value)) return '\\x' + Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex');
  if (value instanceof Date) return types.writeDate(value);
  if (Array.isArray(value)) return list(value);
  if (typeof value === 'object') {
    if (typeof value.toPostgres === 'function') {
      if (seen.includes(value)) throw new Error(`circular reference detected while preparing "${value}" for query`);
      return prepared(value.toPostgres(prepared), [...seen, value]);
    }
    return JSON.stringify(value);
  }
  return String(value);
}

/// The values of a query as text; where one cannot be, that is the answer.
function parametersOf(query, answer) {
  try {
    return query.values ? query.values.map((value) => prepared(value)) : [];
  } catch (error) {
    nextTick(answer, error);
    return undefined;
  }
}

function list(values) {
  const quote = (text) => '"' + text.replace(/\\/g, '\\\\').replace(/"/g, '\\"') + '"';
  return '{' + values.map((value) => {
    if (value === null || value === undefined) return 'NULL';
    if (Array.isArray(value)) return list(value);
    return quote(prepared(value));
  }).join(',') + '}';
}

/// What the columns of a statement are called and how they are read; mostly the same as the time before.
const shapes = new Map();

function shapeOf(text, columns) {
  const known = shapes.get(text);
  if (known !== undefined && known.columns.length === columns.length
    && columns.every(([name, oid], at) => known.columns[at][0] === name && known.columns[at][1] === oid)) return known;
  const shape = {
    columns,
    fields: columns.map(([name, dataTypeID]) => ({ name, tableID: 0, columnID: 0, dataTypeID, dataTypeSize: -1, dataTypeModifier: -1, format: 'text' })),
  };
  if (shapes.size >= 200) shapes.clear();
  shapes.set(text, shape);
  return shape;
}

class Result {
  constructor(text, told, rowMode, custom) {
    const { columns, fields } = shapeOf(text, told.fields);
    this.command = told.command;
    this.rowCount = told.count;
    this.oid = null;
    this.fields = fields.slice();
    const count = columns.length;
    const readers = new Array(count);
    for (let at = 0; at < count; at++) {
      const oid = columns[at][1];
      readers[at] = custom && custom.getTypeParser ? custom.getTypeParser(oid, 'text') : types.readerOf(oid);
    }
    const array = rowMode === 'array';
    this.rowAsArray = array;
    this.rows = told.rows;
    for (let place = 0; place < told.rows.length; place++) {
      const cells = told.rows[place];
      const row = array ? [] : {};
      for (let at = 0; at < count; at++) {
        const cell = cells[at], read = readers[at];
        row[array ? at : columns[at][0]] = cell === null || read === undefined ? cell : read(cell);
      }
      this.rows[place] = row;
    }
  }
}

function queryOf(text, values, callback) {
  const query = typeof text === 'string' ? { text } : { ...text, text: text && text.text };
  if (typeof values === 'function') callback = values;
  else if (values !== undefined) query.values = values;
  if (typeof callback !== 'function' && text && typeof text.callback === 'function') callback = text.callback;
  if (typeof query.text !== 'string') throw new TypeError('Client was passed a null or undefined query');
  return [query, callback];
}

/// By callback, or by promise without one.
function answering(callback) {
  if (typeof callback === 'function') return [undefined, callback];
  let answer;
  const promise = new Promise((resolve, reject) => { answer = (error, value) => (error ? reject(error) : resolve(value)); });
  return [promise, answer];
}

class Client extends EventEmitter {
  constructor(config) {
    super();
    this.target = config instanceof Target ? config.target : targetOf(config);
    this.id = ++lastClient;
    this.queue = [];
    this.busy = false;
    this.connected = false;
    this.ended = false;
  }
  get connectionParameters() { return this.target.parameters; }
  get host() { return this.target.place.host; }
  get port() { return this.target.place.port; }
  get user() { return this.target.place.user; }
  get database() { return this.target.place.database; }
  get password() { return this.target.parameters.password; }
  connect(callback) {
    const [promise, answer] = answering(callback);
    if (this.connected || this.ended) {
      nextTick(answer, new Error('Client has already been connected. You cannot reuse a client.'));
      return promise;
    }
    this.connected = true;
    const done = (error) => {
      if (error) answer(databaseError(error));
      else { this.emit('connect'); answer(null, this); }
    };
    const go = () => {
      const key = this.target.text;
      if (answered.has(key) && answered.get(key) > host.now() - TRUSTED_FOR) { nextTick(done, null); return; }
      start('pg.connect', { client: this.id, place: this.target.place }, undefined, (error) => {
        if (error) answered.delete(key); else answered.set(key, host.now());
        done(error);
      });
    };
    if (typeof this.password === 'function') {
      Promise.resolve().then(() => this.password()).then((password) => {
        this.target = leadingTo({ ...this.target.parameters, password: password === undefined ? undefined : String(password) });
        go();
      }, done);
    } else go();
    closers.add(this.closer = () => this.release());
    return promise;
  }
  query(text, values, callback) {
    if (text !== null && typeof text === 'object' && typeof text.submit === 'function') {
      throw new Error('query objects such as cursors and streams are not offered here: use client.query(text, values)');
    }
    const [query, given] = queryOf(text, values, callback);
    const [promise, answer] = answering(given);
    if (this.ended) {
      nextTick(answer, new Error('Client was closed and is not queryable'));
      return promise;
    }
    const parameters = parametersOf(query, answer);
    if (parameters === undefined) return promise;
    this.queue.push({ query, parameters, answer });
    if (!this.busy) this.next();
    return promise;
  }
  next() {
    const job = this.queue.shift();
    if (job === undefined) {
      this.busy = false;
      this.emit('drain');
      if (this.ending) this.finish();
      return;
    }
    this.busy = true;
    run(this.id, this.target, job.query, job.parameters, this.target.parameters.types, (error, result) => {
      try {
        if (error) job.answer(error); else job.answer(null, result);
      } finally {
        this.next();
      }
    });
  }
  release() {
    if (this.closer) { closers.delete(this.closer); this.closer = undefined; }
    host.release('pg', this.id);
  }
  finish() {
    this.release();
    this.emit('end');
    const ending = this.ending;
    this.ending = undefined;
    ending.forEach((answer) => nextTick(answer, null));
  }
  end(callback) {
    const [promise, answer] = answering(callback);
    if (this.ended && !this.ending) { nextTick(answer, null); return promise; }
    this.ended = true;
    (this.ending = this.ending || []).push(answer);
    if (!this.busy) this.finish();
    return promise;
  }
  escapeLiteral(text) { return escapeLiteral(text); }
  escapeIdentifier(text) { return escapeIdentifier(text); }
  setTypeParser(...parameters) { return types.setTypeParser(...parameters); }
  getTypeParser(oid) { return types.getTypeParser(oid); }
  ref() {}
  unref() {}
}

/// A configuration that has been looked at.
class Target {
  constructor(target) { this.target = target; }
}

function escapeIdentifier(text) { return '"' + String(text).replace(/"/g, '""') + '"'; }
function escapeLiteral(text) {
  const escaped = String(text).replace(/'/g, "''").replace(/\\/g, '\\\\');
  return escaped.includes('\\') ? ` E'${escaped}'` : `'${escaped}'`;
}

// Pools

class Pool extends EventEmitter {
  constructor(config) {
    super();
    this.target = targetOf(config);
    this.options = this.target.parameters;
    this.ended = false;
    this.totalCount = 0;
    this.idleCount = 0;
    this.waitingCount = 0;
  }
  connect(callback) {
    const [promise, answer] = answering(typeof callback === 'function' ? (error, client) => (error ? callback(error, undefined, () => {}) : callback(null, client, client.release)) : undefined);
    if (this.ended) { nextTick(answer, new Error('Cannot use a pool after calling end on the pool')); return promise; }
    const client = new Client(new Target(this.target));
    client.connect((error) => {
      if (error) { answer(error); return; }
      this.totalCount++;
      let released = false;
      const release = client.release.bind(client);
      client.release = () => {
        if (released) throw new Error('Release called on client which has already been released to the pool.');
        released = true;
        this.totalCount--;
        client.ended = true;
        release();
        this.emit('release', null, client);
      };
      this.emit('connect', client);
      this.emit('acquire', client);
      answer(null, client);
    });
    return promise;
  }
  query(text, values, callback) {
    if (typeof text === 'function') { nextTick(text, new Error('Passing a function as the first parameter to pool.query is not supported')); return undefined; }
    if (this.ended) {
      const [promise, answer] = answering(typeof values === 'function' ? values : callback);
      nextTick(answer, new Error('Cannot use a pool after calling end on the pool'));
      return promise;
    }
    if (typeof this.target.parameters.password === 'function') return this.queryByClient(text, values, callback);
    const [query, given] = queryOf(text, values, callback);
    const [promise, answer] = answering(given);
    const parameters = parametersOf(query, answer);
    if (parameters === undefined) return promise;
    const id = ++lastClient;
    const release = () => { closers.delete(release); host.release('pg', id); };
    closers.add(release);
    run(id, this.target, query, parameters, this.target.parameters.types, (error, result) => {
      release();
      if (error) answer(error); else answer(null, result);
    });
    return promise;
  }
  queryByClient(text, values, callback) {
    const [query, given] = queryOf(text, values, callback);
    const [promise, answer] = answering(given);
    this.connect((error, client, done) => {
      if (error) { answer(error); return; }
      client.query(query, undefined, (problem, result) => { done(); answer(problem, result); });
    });
    return promise;
  }
  end(callback) {
    const [promise, answer] = answering(callback);
    this.ended = true;
    nextTick(answer, null);
    return promise;
  }
}

/// pg before version 7: connect(config, (error, client, done)).
function connect(config, callback) {
  if (typeof config === 'function') { callback = config; config = undefined; }
  const client = new Client(config || module.exports.defaults);
  client.connect((error) => {
    if (error) { callback(error, null, () => {}); return; }
    let released = false;
    const done = () => { if (!released) { released = true; client.ended = true; client.release(); } };
    client.release = client.release.bind(client);
    callback(null, client, done);
  });
}

function pg(config, callback) { return connect(config, callback); }

module.exports = Object.assign(pg, {
  Client, Pool, connect, types,
  end() {},
  defaults: { host: 'localhost', user: 'postgres', port: 5432, parseInt8: false },
  Query: class Query {},
  DatabaseError: class DatabaseError extends Error {},
  escapeIdentifier, escapeLiteral,
  get native() { return module.exports; },
});
pg.default = pg;
