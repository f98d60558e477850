// Node's assert.
const { inspect, deepEqual: equal } = require('util');

class AssertionError extends Error {
  constructor({ message, actual, expected, operator }) {
    super(message || `${inspect(actual)} ${operator} ${inspect(expected)}`);
    this.name = 'AssertionError';
    this.code = 'ERR_ASSERTION';
    Object.assign(this, { actual, expected, operator, generatedMessage: !message });
  }
}

function check(holds, actual, expected, operator, message) {
  if (holds) return;
  if (message instanceof Error) throw message;
  throw new AssertionError({ message, actual, expected, operator });
}

function assert(value, message) { check(value, value, true, '==', message); }

function matches(error, expected) {
  if (expected === undefined) return true;
  if (expected instanceof RegExp) return expected.test(String(error));
  if (typeof expected === 'function') {
    if (expected.prototype !== undefined && error instanceof expected) return true;
    return !Object.prototype.isPrototypeOf.call(Error, expected) && expected.call({}, error) === true;
  }
  return Object.keys(expected).every((key) => (expected[key] instanceof RegExp ? expected[key].test(error[key]) : equal(error[key], expected[key], true)));
}

Object.assign(assert, {
  AssertionError,
  ok: assert,
  fail(message = 'Failed') { check(false, undefined, undefined, 'fail', message); },
  // eslint-disable-next-line eqeqeq
  equal: (actual, expected, message) => check(actual == expected || (actual !== actual && expected !== expected), actual, expected, '==', message),
  // eslint-disable-next-line eqeqeq
  notEqual: (actual, expected, message) => check(actual != expected, actual, expected, '!=', message),
  strictEqual: (actual, expected, message) => check(Object.is(actual, expected), actual, expected, 'strictEqual', message),
  notStrictEqual: (actual, expected, message) => check(!Object.is(actual, expected), actual, expected, 'notStrictEqual', message),
  deepEqual: (actual, expected, message) => check(equal(actual, expected, false), actual, expected, 'deepEqual', message),
  deepStrictEqual: (actual, expected, message) => check(equal(actual, expected, true), actual, expected, 'deepStrictEqual', message),
  notDeepEqual: (actual, expected, message) => check(!equal(actual, expected, false), actual, expected, 'notDeepEqual', message),
  notDeepStrictEqual: (actual, expected, message) => check(!equal(actual, expected, true), actual, expected, 'notDeepStrictEqual', message),
  match: (text, pattern, message) => check(pattern.test(text), text, pattern, 'match', message),
  doesNotMatch: (text, pattern, message) => check(!pattern.test(text), text, pattern, 'doesNotMatch', message),
  ifError(value) { if (value !== null && value !== undefined) throw value instanceof Error ? value : new AssertionError({ actual: value, operator: 'ifError' }); },
  throws(block, expected, message) {
    try { block(); } catch (error) {
      if (typeof expected === 'string') return;
      check(matches(error, expected), error, expected, 'throws', message);
      return;
    }
    check(false, undefined, expected, 'throws', typeof expected === 'string' ? expected : message || 'Missing expected exception.');
  },
  doesNotThrow(block) { block(); },
  async rejects(promise, expected, message) {
    try { await (typeof promise === 'function' ? promise() : promise); } catch (error) {
      check(matches(error, expected), error, expected, 'rejects', message);
      return;
    }
    check(false, undefined, expected, 'rejects', message || 'Missing expected rejection.');
  },
});
assert.strict = assert;
module.exports = assert;
