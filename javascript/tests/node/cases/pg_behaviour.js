// How `pg` behaves around its results.
async function run(callback) {
  const pg = require('pg');
  const { Client, Pool } = pg;
  const seen = {};
  const client = new Client(configuration.pg);
  await client.connect();
  await client.query('CREATE TEMP TABLE people (id serial PRIMARY KEY, email text UNIQUE NOT NULL, age int CHECK (age > 0))');
  const insert = await client.query('INSERT INTO people (email, age) VALUES ($1, $2) RETURNING id, email', ['a@b.c', 5]);
  seen.insert = [insert.command, insert.rowCount, insert.rows, insert.fields.map((field) => [field.name, field.dataTypeID])];
  const update = await client.query('UPDATE people SET age = age + 1 WHERE email = $1', ['nobody']);
  seen.update = [update.command, update.rowCount, update.rows];
  const remove = await client.query('DELETE FROM people WHERE false');
  seen.remove = [remove.command, remove.rowCount, remove.rows];
  const several = await client.query("SELECT 1 AS a; SELECT 'x' AS b, true AS c; INSERT INTO people (email) VALUES ('c@d.e')");
  seen.several = several.map((result) => [result.command, result.rowCount, result.rows]);
  const empty = await client.query('');
  seen.empty = [empty.rows, empty.rowCount];
  seen.array = (await client.query({ text: 'SELECT 1 AS a, 2 AS a', rowMode: 'array' })).rows;
  seen.twins = (await client.query('SELECT 1 AS a, 2 AS a')).rows;
  seen.named = (await client.query({ name: 'q', text: 'SELECT $1::int + 1 AS n', values: [1] })).rows;
  seen.config = (await client.query({ text: 'SELECT $1::text AS t' }, ['x'])).rows;
  seen.with = (await client.query('WITH a AS (SELECT 1 AS n) SELECT n FROM a')).command;
  seen.values = (await client.query("VALUES (1, 'a'), (2, 'b')")).rows;
  seen.show = (await client.query('SHOW standard_conforming_strings')).rows;
  const begin = await client.query('BEGIN');
  seen.begin = [begin.command, begin.rowCount, begin.rows];
  await client.query('ROLLBACK');
  const problem = async (run) => {
    try { await run(); return 'none'; } catch (error) {
      const told = {};
      for (const key of ['name', 'message', 'severity', 'code', 'detail', 'hint', 'position', 'schema', 'table', 'column', 'dataType', 'constraint']) {
        if (error[key] !== undefined) told[key] = /pg_temp/.test(error[key]) ? 'pg_temp' : error[key];
      }
      told.isError = error instanceof Error;
      return told;
    }
  };
  seen.errors = [];
  for (const [text, values] of [
    ['SELEC 1'], ['SELECT * FROM nowhere'], ['SELECT nothing FROM people'], ["INSERT INTO people (email) VALUES ('a@b.c')"], ['INSERT INTO people (email) VALUES (NULL)'],
    ["INSERT INTO people (email, age) VALUES ('x', -1)"], ['SELECT $1::int', ['abc']], ['SELECT $1::int, $2::int', [1]], ['SELECT 1', [1]], ['SELECT 1; SELECT 2', [1]], ["SELECT 'a' || $1", ['\u0000']],
    ['SELECT 1/0'], ["SELECT 'x'::uuid"],
  ]) seen.errors.push(await problem(() => client.query(text, values)));
  seen.alive = (await client.query('SELECT count(*) FROM people')).rows;
  seen.callback = await new Promise((resolve) => client.query('SELECT $1::text AS t', ['cb'], (error, result) => resolve([error, result.rows])));
  seen.order = await new Promise((resolve) => {
    const order = [];
    client.query('SELECT pg_sleep(0.02)', () => order.push('first'));
    client.query('SELECT 1', () => { order.push('second'); resolve(order); });
    order.push('sent');
  });
  await client.end();
  seen.ended = await problem(() => client.query('SELECT 1'));
  const pool = new Pool(configuration.pg);
  seen.pool = (await pool.query('SELECT $1::int AS n', [7])).rows;
  const checkedOut = await pool.connect();
  seen.checkedOut = (await checkedOut.query('SELECT 8 AS n')).rows;
  checkedOut.release();
  seen.poolCallback = await new Promise((resolve) => pool.connect((error, one, done) => one.query('SELECT 9 AS n', (failure, result) => { done(); resolve(result.rows); })));
  await pool.end();
  seen.poolEnded = await problem(() => pool.query('SELECT 1'));
  seen.refused = await problem(() => new Client({ user: 'x', host: '127.0.0.1', port: 1 }).connect());
  seen.noDatabase = await problem(() => new Client({ ...configuration.pg, database: 'there_is_none' }).connect());
  const { user, password, host, port, database } = configuration.pg;
  const asked = new URLSearchParams({ user, host, port: port || 5432, application_name: 'me', ...(password ? { password } : {}) });
  const text = `postgresql:///${database}?${asked}`;
  const byText = new Client({ connectionString: text });
  await byText.connect();
  seen.byText = (await byText.query('SHOW application_name')).rows;
  await byText.end();
  seen.escape = [client.escapeLiteral("it's \\"), client.escapeIdentifier('a"b')];
  callback(null, seen);
}
