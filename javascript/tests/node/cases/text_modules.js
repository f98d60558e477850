// `util`, `url`, `querystring`, `qs`, `path`, `events`, `assert`, `URL`.
async function run(callback) {
  const util = require('util'), url = require('url'), querystring = require('querystring'), qs = require('qs'), path = require('path'), EventEmitter = require('events'), assert = require('assert');
  const results = [];
  const attempt = async (name, work) => {
    try { results.push([name, await work()]); } catch (error) { results.push([name, 'throws', error.name, error.code || null]); }
  };
  await attempt('format', () => [util.format('%s %d %i %f %j %o %% %x', 'a', '5', 3.7, '1.5', { a: 1 }, 1), util.format('a', 'b', { c: 1 }, [1, 'x']), util.format(1, 2), util.format('%s', null, undefined), util.format('%s', { a: { b: { c: 1 } } })]);
  await attempt('inspect', () => [{}, { a: 1, b: 'x', 'c-d': [1, 2] }, [1, , 3], 'text', null, undefined, true, 5n, Symbol('s'), new Date(0), /x/g, new Error('e').message, new Map([[1, 'a']]), new Set(['b']), { a: { b: { c: { d: 1 } } } }, function named() {}, class A {}, [undefined, null], -0, Buffer.from('a'), 'it\'s'].map((value) => util.inspect(value)));
  await attempt('promisify', async () => [await util.promisify((a, cb) => cb(null, a + 1))(1), await util.promisify((cb) => cb(new Error('x')))().catch((error) => error.message)]);
  await attempt('callbackify', () => new Promise((resolve) => util.callbackify(async (a) => a * 2)(4, (error, value) => resolve([error, value]))));
  await attempt('inherits', () => { function A() {} function B() {} util.inherits(A, B); return [new A() instanceof B, A.super_ === B]; });
  await attempt('types', () => [util.isArray([]), util.types.isDate(new Date()), util.types.isRegExp(/x/), util.isDeepStrictEqual({ a: [1] }, { a: [1] }), util.isDeepStrictEqual({ a: 1 }, { a: '1' })]);
  for (const text of ['http://user:pa%20ss@Example.com:8080/p/a/t/h?query=string&x=1#hash', '/path?x=1', 'https://example.com', 'mailto:a@b.c', '//host/path', 'http://example.com:80/../a/./b']) {
    await attempt('parse ' + text, () => JSON.parse(JSON.stringify(url.parse(text, true))));
    await attempt('URL ' + text, () => { const u = new URL(text); return [u.href, u.origin, u.protocol, u.username, u.password, u.host, u.hostname, u.port, u.pathname, u.search, u.hash, [...u.searchParams]]; });
  }
  await attempt('format url', () => [url.format({ protocol: 'https', hostname: 'a.b', pathname: '/x', query: { a: 1, b: [2, 3] } }), url.resolve('http://a.b/c/d', '../e'), url.format(new URL('http://a/b'))]);
  await attempt('setters', () => { const u = new URL('http://a.b/c'); u.searchParams.append('k', 'v w&'); u.pathname = '/ä b'; u.port = '8080'; u.hash = 'x'; u.username = 'me'; return u.href; });
  await attempt('params', () => { const p = new URLSearchParams({ a: '1', b: 'x y' }); p.append('a', '2'); p.delete('b'); return [p.toString(), p.getAll('a'), p.has('b'), p.get('none'), [...p.keys()], new URLSearchParams('?a=1&b=%20c+d').get('b'), new URLSearchParams([['x', 'y']]).toString()]; });
  await attempt('querystring', () => [querystring.stringify({ a: 1, b: ['x', 'y z'], c: true, d: null, e: undefined, é: 'ü' }), querystring.parse('a=1&b=x&b=y%20z&c=&d&e=a%ZZ'), querystring.escape('a b&c'), querystring.unescape('a%20b+c'), querystring.stringify({ a: 'b' }, ';', ':')]);
  await attempt('qs', () => [qs.stringify({ a: { b: ['c', 'd'] }, e: null, f: '', g: new Date(0) }), qs.parse('a[b][0]=c&a[b][1]=d&e=1&f[]=2&f[]=3&g.h=4'), qs.stringify({ a: [1, 2] }, { arrayFormat: 'brackets' }), qs.stringify({ a: [1, 2] }, { arrayFormat: 'repeat' }), qs.stringify({ a: 'b c' }, { encode: false }), qs.parse('?a=1', { ignoreQueryPrefix: true }), qs.stringify({ a: { b: 1 } }, { addQueryPrefix: true })]);
  await attempt('path', () => [path.join('a', '..', 'b', './c'), path.resolve('/a', 'b', '../c'), path.basename('/a/b.txt', '.txt'), path.dirname('/a/b'), path.extname('a.b.c'), path.normalize('/a//b/../c/'), path.isAbsolute('/a'), path.sep, path.relative('/a/b', '/a/c/d'), path.parse('/a/b.c')]);
  await attempt('events', () => { const e = new EventEmitter(), seen = []; e.on('a', (x) => seen.push('on' + x)); e.once('a', (x) => seen.push('once' + x)); e.prependListener('a', () => seen.push('first')); const answers = [e.emit('a', 1), e.emit('a', 2), e.emit('none')]; e.removeAllListeners('a'); return [seen, answers, e.listenerCount('a'), e.eventNames()]; });
  await attempt('error event', () => new EventEmitter().emit('error', new TypeError('loud')));
  await attempt('once', async () => { const e = new EventEmitter(); setTimeout(() => e.emit('x', 7), 1); return EventEmitter.once(e, 'x'); });
  await attempt('assert', () => { assert(true); assert.equal(1, '1'); assert.deepStrictEqual({ a: [1] }, { a: [1] }); assert.throws(() => { throw new Error('x'); }); return 'well'; });
  await attempt('assert fails', () => assert.strictEqual(1, 2));
  await attempt('assert deep fails', () => assert.deepEqual({ a: 1 }, { a: 2 }));
  await attempt('assert message', () => { try { assert(false, 'because'); } catch (error) { return [error.message, error.name, error.code, error.actual, error.expected]; } });
  await attempt('clone', () => structuredClone({ a: [new Date(0), { b: 1 }] }));
  await attempt('abort', () => { const c = new AbortController(); let seen = 0; c.signal.addEventListener('abort', () => { seen++; }); c.abort(); return [c.signal.aborted, seen]; });
  await attempt('uuid', () => { const { v4, validate } = require('uuid'); return [v4().length, validate(v4()), validate('x')]; });
  callback(null, results);
}
