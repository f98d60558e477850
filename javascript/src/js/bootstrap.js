// The world a script lives in: callbacks, timers, console, require. Evaluated once for each context; returns what the
// host calls. Everything that can wait goes through `host.start` and comes back through `complete`.
(function (host) {
  'use strict';
  const { parse, stringify } = JSON;
  const { apply } = Reflect;
  const now = host.now;

  // Work that waits.

  const waiting = new Map();
  let lastOperation = 0;

  /// Starts an operation of the host; its answer comes as `(error, value, bytes)`. A text is an argument that is JSON already.
  function start(name, argument, bytes, answer) {
    const id = ++lastOperation;
    waiting.set(id, answer);
    host.start(id, name, typeof argument === 'string' ? argument : stringify(argument), bytes);
    return id;
  }

  function started(name, argument, bytes) {
    return new Promise((resolve, reject) => {
      start(name, argument, bytes, (error, value, more) => {
        if (error) reject(error);
        else resolve(more === undefined ? value : more);
      });
    });
  }

  function toError(json) {
    const told = parse(json);
    const error = new Error(told.message);
    for (const key of Object.keys(told)) {
      if (key !== 'message') error[key] = told[key];
    }
    return error;
  }

  // Ticks and timers.

  const ticks = [];
  const timers = new Map();
  let lastTimer = 0;

  class Timeout {
    constructor(id) { this.id = id; }
    ref() { return this; }
    unref() { const timer = timers.get(this.id); if (timer) timer.idle = true; return this; }
    hasRef() { const timer = timers.get(this.id); return timer ? !timer.idle : false; }
    refresh() { const timer = timers.get(this.id); if (timer) timer.due = now() + timer.every; return this; }
    close() { timers.delete(this.id); return this; }
    [Symbol.toPrimitive]() { return this.id; }
  }

  function addTimer(callback, delay, parameters, repeats) {
    if (typeof callback !== 'function') {
      throw Object.assign(new TypeError('The "callback" argument must be of type function. Received ' + describe(callback)),
        { code: 'ERR_INVALID_ARG_TYPE' });
    }
    let every = Number(delay);
    if (!(every >= 1 && every <= 2147483647)) every = 1;
    const id = ++lastTimer;
    timers.set(id, { callback, parameters, every, due: now() + every, repeats, idle: false, order: id });
    return new Timeout(id);
  }

  function describe(value) {
    return value === undefined || value === null ? String(value) : 'type ' + typeof value;
  }

  function clearTimer(timer) {
    if (timer !== undefined && timer !== null) timers.delete(typeof timer === 'object' ? timer.id : Number(timer));
  }

  const immediates = [];
  let lastImmediate = 0;

  class Immediate {
    constructor(id) { this.id = id; }
    ref() { return this; }
    unref() { return this; }
    hasRef() { return true; }
  }

  function nextTick(callback, ...parameters) {
    if (typeof callback !== 'function') throw new TypeError('The "callback" argument must be of type function.');
    ticks.push([callback, parameters]);
  }

  // One call of a script.

  let current = null;

  class Call {
    constructor(id) {
      this.id = id;
      this.answered = false;
      this.over = false;
    }
    answer(error, data) {
      if (this.over) return;
      if (this.answered) {
        host.diagnose('callback-called-twice');
        return;
      }
      this.answered = true;
      if (error) host.fail(stringify(crossing(error)));
      else host.succeed(data === undefined ? undefined : result(data));
    }
    /// Something went wrong outside of the callback.
    broken(error, how) {
      if (this.over) return;
      if (this.answered) {
        host.diagnose(how, String(error && error.message !== undefined ? error.message : error));
        return;
      }
      this.answered = true;
      host.fail(stringify(crossing(error || new Error(String(error)))), how);
    }
  }

  /// What of an error crosses to the host: Auth0's sandbox copies these properties and no others.
  const CROSSING = ['name', 'message', 'code', 'description', 'user_id', 'stack', 'status_code', 'statusCode'];

  function crossing(error) {
    if (typeof error === 'string') return { message: error };
    if (typeof error !== 'object' && typeof error !== 'function') return { message: String(error) };
    const crossed = { name: 'Error' };
    for (const name of CROSSING) {
      const value = error[name];
      if (value === undefined) continue;
      crossed[name] = typeof value === 'bigint' || typeof value === 'symbol' || typeof value === 'function' ? String(value)
        : value;
    }
    return crossed;
  }

  function result(data) {
    try {
      return stringify(data);
    } catch (error) {
      throw Object.assign(new TypeError('the result cannot be turned into JSON: ' + error.message), { name: 'ResultError' });
    }
  }

  /// Where arguments and their parts stand in the text that they came in: numbers and spellings survive there that
  /// JavaScript does not keep.
  const origins = new WeakMap();

  function remember(parameters, text) {
    parameters.forEach((value, at) => {
      if (value === null || typeof value !== 'object') return;
      origins.set(value, { text, path: [at] });
      for (const key of Object.keys(value)) {
        if (value[key] !== null && typeof value[key] === 'object') origins.set(value[key], { text, path: [at, key] });
      }
    });
  }

  /// The JSON text of a value, as it was given where it is an argument or part of one.
  function textOf(value) {
    const origin = value !== null && typeof value === 'object' ? origins.get(value) : undefined;
    return origin === undefined ? stringify(value) : host.part(origin.text, ...origin.path);
  }

  function begin(script, argumentsJson) {
    const call = current = new Call();
    const parameters = parse(argumentsJson);
    remember(parameters, argumentsJson);
    if (script.length !== 0 && script.length !== parameters.length + 1) {
      host.diagnose('arity', `the function has ${script.length} parameters and is called with ${parameters.length + 1}, the callback last`);
    }
    parameters.push((error, data) => {
      try {
        call.answer(error, data);
      } catch (problem) {
        call.answered = false;
        call.broken(problem, 'result');
      }
    });
    try {
      const returned = apply(script, undefined, parameters);
      if (returned !== null && typeof returned === 'object' && typeof returned.then === 'function') {
        returned.then(() => { call.resolved = true; }, (error) => call.broken(error, 'rejection'));
      }
    } catch (error) {
      call.broken(error, 'exception');
    }
  }

  function uncaught(error) {
    if (current) current.broken(error, 'exception');
  }

  /// What was put off to the end of the current operation; says whether there was something.
  function runTicks() {
    if (ticks.length === 0) return false;
    while (ticks.length) {
      const [callback, parameters] = ticks.shift();
      try { apply(callback, undefined, parameters); } catch (error) { uncaught(error); }
    }
    return true;
  }

  // What a turn says beside a time to wait.
  const RAN = -3, DONE = -2, OPERATIONS = -1;

  /// One turn: one timer that is due, or one immediate; the host runs ticks and microtasks after each. Otherwise the
  /// milliseconds until the next timer that anybody waits for.
  function turn() {
    if (timers.size === 0 && immediates.length === 0) return waiting.size === 0 ? DONE : OPERATIONS;
    let due = null;
    const time = now();
    for (const timer of timers.values()) {
      if (timer.due <= time && (due === null || timer.due < due.due || (timer.due === due.due && timer.order < due.order))) due = timer;
    }
    if (due !== null) {
      if (due.repeats) due.due = time + due.every;
      else timers.delete(due.order);
      try { apply(due.callback, undefined, due.parameters); } catch (error) { uncaught(error); }
      return RAN;
    }
    if (immediates.length) {
      const { callback, parameters } = immediates.shift();
      try { apply(callback, undefined, parameters); } catch (error) { uncaught(error); }
      return RAN;
    }
    let next = Infinity;
    for (const timer of timers.values()) if (!timer.idle && timer.due < next) next = timer.due;
    if (next !== Infinity) return Math.max(0, next - now());
    return waiting.size === 0 ? DONE : OPERATIONS;
  }

  function complete(id, error, value, bytes) {
    const answer = waiting.get(id);
    if (answer === undefined) return;
    waiting.delete(id);
    try {
      if (error !== undefined) answer(toError(error));
      else answer(null, value === undefined ? undefined : parse(value), bytes);
    } catch (problem) {
      uncaught(problem);
    }
  }

  /// Nothing of a call is left for the next one but what it put into `global`.
  function end() {
    if (current) {
      if (current.resolved && !current.answered) {
        host.diagnose('promise-ignored', 'the script returned a promise; only what is given to the callback is an answer');
      }
      current.over = true;
    }
    current = null;
    waiting.clear();
    timers.clear();
    ticks.length = 0;
    immediates.length = 0;
    closers.forEach((close) => { try { close(); } catch (error) { /* it is gone either way */ } });
    closers.clear();
  }

  /// What is to be let go of when a call ends.
  const closers = new Set();

  // require

  const loaded = new Map();

  function builtin(name) {
    let module = loaded.get(name);
    if (module === undefined) {
      module = { exports: {}, id: name, filename: name, loaded: false };
      loaded.set(name, module);
      const load = host.builtin(name);
      apply(load, module.exports, [module.exports, builtin, module, internal]);
      module.loaded = true;
    }
    return module.exports;
  }

  function requireFrom(folder) {
    const found = new Map();
    return function require(name) {
      const known = found.get(name);
      if (known !== undefined) return known.exports;
      const module = search(folder, name);
      found.set(name, module);
      return module.exports;
    };
  }

  function search(folder, name) {
    if (typeof name !== 'string' || name === '') {
      throw Object.assign(new TypeError('The "id" argument must be of type string.'), { code: 'ERR_INVALID_ARG_TYPE' });
    }
    const found = parse(host.resolve(folder, name));
    if (found.builtin !== undefined) { builtin(found.builtin); return loaded.get(found.builtin); }
    let module = loaded.get(found.path);
    if (module === undefined) {
      module = { exports: {}, id: found.path, filename: found.path, loaded: false, children: [], paths: [] };
      loaded.set(found.path, module);
      try {
        if (found.json) {
          module.exports = parse(host.read(found.path));
        } else {
          const load = host.load(found.path);
          apply(load, module.exports, [module.exports, requireFrom(found.folder), module, found.path, found.folder]);
        }
      } catch (error) {
        loaded.delete(found.path);
        throw error;
      }
      module.loaded = true;
    }
    return module;
  }

  /// The stack in V8's form, which people and packages read.
  Error.prepareStackTrace = (error, sites) => {
    const place = (site) => `${site.getFileName() || 'native'}:${site.getLineNumber()}:${site.getColumnNumber()}`;
    const line = (site) => {
      const name = site.getFunctionName();
      return `    at ${name ? `${name} (${place(site)})` : place(site)}`;
    };
    return [String(error), ...sites.map(line)].join('\n');
  };

  const internal = { host, textOf, start, started, closers, nextTick, uncaught, toError };

  // Globals

  const define = (name, value) => Object.defineProperty(globalThis, name,
    { value, writable: true, configurable: true, enumerable: false });
  const lazily = (name, get) => Object.defineProperty(globalThis, name, {
    configurable: true,
    enumerable: false,
    get() { const value = get(); define(name, value); return value; },
    set(value) { define(name, value); },
  });

  class WrongUsernameOrPasswordError extends Error {
    constructor(userId, message) {
      super(message);
      this.name = 'WrongUsernameOrPasswordError';
      this.message = message;
      this.code = 'wrongusernameorpassword';
      this.user_id = userId;
      this.statusCode = 400;
    }
  }

  class ValidationError extends Error {
    constructor(code, message) {
      super(message);
      this.name = 'ValidationError';
      this.message = message;
      this.code = code;
      this.description = message;
      this.statusCode = 400;
    }
  }

  class UnauthorizedError extends Error {
    constructor(message) {
      super(message);
      this.name = 'UnauthorizedError';
      this.message = message;
      this.code = 'unauthorized';
      this.description = message;
      this.statusCode = 401;
    }
  }

  define('WrongUsernameOrPasswordError', WrongUsernameOrPasswordError);
  define('ValidationError', ValidationError);
  define('UnauthorizedError', UnauthorizedError);
  define('global', globalThis);
  define('setTimeout', (callback, delay, ...parameters) => addTimer(callback, delay, parameters, false));
  define('setInterval', (callback, delay, ...parameters) => addTimer(callback, delay, parameters, true));
  define('setImmediate', (callback, ...parameters) => {
    if (typeof callback !== 'function') throw new TypeError('The "callback" argument must be of type function.');
    const id = ++lastImmediate;
    immediates.push({ id, callback, parameters });
    return new Immediate(id);
  });
  define('clearTimeout', clearTimer);
  define('clearInterval', clearTimer);
  define('clearImmediate', (immediate) => {
    const at = immediates.findIndex((waits) => immediate && waits.id === immediate.id);
    if (at >= 0) immediates.splice(at, 1);
  });
  define('queueMicrotask', (callback) => { Promise.resolve().then(() => {
    try { callback(); } catch (error) { uncaught(error); }
  }); });

  const started_at = now();
  const process = {
    env: Object.create(null), argv: [], version: 'v20.0.0', versions: { node: '20.0.0' }, platform: 'linux', arch: 'x64',
    pid: 1, title: 'crosswalk', browser: false, release: { name: 'node' }, exitCode: undefined,
    nextTick,
    uptime: () => (now() - started_at) / 1000,
    cwd: () => '/',
    hrtime: Object.assign((since) => {
      const time = host.nanoseconds();
      let seconds = Math.floor(time / 1e9), rest = Math.floor(time % 1e9);
      if (since) { seconds -= since[0]; rest -= since[1]; if (rest < 0) { seconds -= 1; rest += 1e9; } }
      return [seconds, rest];
    }, { bigint: () => BigInt(Math.floor(host.nanoseconds())) }),
    memoryUsage: () => ({ rss: 0, heapTotal: 0, heapUsed: 0, external: 0 }),
    emitWarning(warning) { console.warn(warning && warning.message ? warning.message : warning); },
    on() { return process; }, once() { return process; }, off() { return process; }, removeListener() { return process; },
    emit() { return false; }, listeners() { return []; }, listenerCount() { return 0; },
    exit() { throw new Error('process.exit() does not exist for scripts: call the callback instead'); },
    stdout: { write(text) { console.log(String(text).replace(/\n$/, '')); return true; } },
    stderr: { write(text) { console.error(String(text).replace(/\n$/, '')); return true; } },
  };
  define('process', process);

  const write = (level) => (...values) => {
    host.log(level, builtin('util').format(...values).toWellFormed());
  };
  const counts = new Map(), times = new Map();
  const console = {
    log: write('log'), info: write('info'), warn: write('warn'), error: write('error'), debug: write('debug'),
    trace: write('error'), dir: (value, options) => host.log('log', builtin('util').inspect(value, options).toWellFormed()),
    table: write('log'), group: write('log'), groupCollapsed: write('log'), groupEnd() {},
    assert(condition, ...values) { if (!condition) write('error')('Assertion failed:', ...values); },
    count(label = 'default') { counts.set(label, (counts.get(label) || 0) + 1); write('log')(label + ': ' + counts.get(label)); },
    countReset(label = 'default') { counts.delete(label); },
    time(label = 'default') { times.set(label, now()); },
    timeEnd(label = 'default') { write('log')(label + ': ' + (now() - (times.get(label) || now())) + 'ms'); times.delete(label); },
    timeLog(label = 'default') { write('log')(label + ': ' + (now() - (times.get(label) || now())) + 'ms'); },
  };
  define('console', console);

  lazily('Buffer', () => builtin('buffer').Buffer);
  lazily('atob', () => builtin('buffer').atob);
  lazily('btoa', () => builtin('buffer').btoa);
  for (const name of ['URL', 'URLSearchParams']) lazily(name, () => builtin('url')[name]);
  for (const name of ['TextEncoder', 'TextDecoder']) lazily(name, () => builtin('internal/text')[name]);
  for (const name of ['AbortController', 'AbortSignal', 'Event', 'EventTarget', 'structuredClone']) {
    lazily(name, () => builtin('internal/web')[name]);
  }
  for (const name of ['fetch', 'Headers', 'Request', 'Response', 'FormData', 'Blob']) {
    lazily(name, () => builtin('internal/fetch')[name]);
  }
  lazily('crypto', () => builtin('crypto').webcrypto);

  /// Names that scripts of old could use without `require`.
  function legacyGlobals() {
    const pooled = new Map();
    lazily('request', () => builtin('request'));
    lazily('bcrypt', () => builtin('bcrypt'));
    lazily('pg', () => builtin('pg'));
    lazily('postgres', () => (config, callback) => builtin('pg').connect(config, callback));
    lazily('mysql', () => builtin('mysql'));
    lazily('mysql_pool', () => (options) => {
      const key = stringify(options);
      if (!pooled.has(key)) pooled.set(key, builtin('mysql').createPool(options));
      return pooled.get(key);
    });
    lazily('querystring', () => builtin('querystring'));
    lazily('uuid', () => builtin('uuid'));
    // Where they are not installed, a clear error at the first use is all there can be.
    for (const [name, module] of [['async', 'async'], ['_', 'lodash'], ['jwt', 'jsonwebtoken'], ['q', 'q'],
      ['xtend', 'xtend'], ['xml2js', 'xml2js'], ['xmldom', 'xmldom'], ['xpath', 'xpath'], ['couchbase', 'couchbase'],
      ['cql', 'node-cassandra-cql'], ['Auth0', 'auth0'], ['Knex', 'knex'], ['Pubnub', 'pubnub'],
      ['azure_storage', 'azure-storage'], ['mongo', 'mongo-getdb'], ['pbkdf2', 'easy-pbkdf2']]) {
      lazily(name, () => requireFrom('')(module));
    }
    lazily('crypto', () => builtin('crypto'));
  }

  function freeze(value) {
    if (value !== null && typeof value === 'object') {
      Object.values(value).forEach(freeze);
      Object.freeze(value);
    }
    return value;
  }

  function setUp(configurationJson, legacy) {
    const configuration = freeze(parse(configurationJson));
    Object.defineProperty(globalThis, 'configuration', { get: () => configuration, set() {}, configurable: false, enumerable: false });
    if (legacy) legacyGlobals();
    const require = requireFrom('');
    define('require', require);
    return [configuration, require];
  }

  return { begin, runTicks, turn, complete, end, setUp, uncaught };
})
