// Every kind of JavaScript value as a parameter of `pg`.
async function run(callback) {
  const { Client } = require('pg');
  const client = new Client(configuration.pg);
  await client.connect();
  const cases = [
    ['text', 'plain'], ['text', "it's \\ $1 \"q\" é🦀\n\t"], ['text', ''], ['text', null], ['text', undefined], ['int', 5], ['int', '6'], ['bigint', 9007199254740991],
    ['float8', 0.1], ['float8', Infinity], ['numeric', '1.10'], ['bool', true], ['bool', false], ['bool', 'yes'], ['bytea', Buffer.from([0, 255, 16])], ['json', { a: [1, { b: 'c' }] }],
    ['jsonb', { z: 1, a: null }], ['jsonb', '"text"'], ['int[]', [1, 2, 3]], ['int[]', [[1, 2], [3, 4]]], ['text[]', ['a', 'b,c', 'd"e', 'f\\g', null, '']], ['int[]', []], ['text[]', [null]],
    ['json[]', [{ a: 1 }]], ['text', { toPostgres: () => 'mine' }], ['text', 5], ['text', true], ['text', { a: 1 }], ['uuid', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'], ['date', '2020-02-29'],
    ['text', 'null'], ['text', 'x'.repeat(5000)], ['bytea', new Uint8Array([1, 2])], ['text', 'a\\x41'], ['varchar(3)', 'abcdef'],
  ];
  const results = [];
  for (const [type, value] of cases) {
    try {
      const { rows } = await client.query(`SELECT ($1::${type})::text AS v, $1::${type} IS NULL AS n`, [value]);
      results.push([type, rows[0].v, rows[0].n]);
    } catch (error) {
      results.push([type, error.name, error.message, error.code]);
    }
  }
  const moment = new Date(2020, 1, 29, 12, 34, 56, 789);
  const { rows } = await client.query('SELECT $1::timestamp AS t, $1::date AS d', [moment]);
  results.push([rows[0].t.getTime() === moment.getTime(), rows[0].d.getDate()]);
  await client.end();
  callback(null, results);
}
