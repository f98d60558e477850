// How `mysql` behaves around its results.
function run(callback) {
  const mysql = require('mysql');
  const connection = mysql.createConnection(configuration.mysql);
  const ask = (on, ...parameters) => new Promise((resolve) => on.query(...parameters, (error, rows, fields) => {
    if (error) {
      resolve({ error: { name: error.name, message: error.message, code: error.code, errno: error.errno, sqlState: error.sqlState, sqlMessage: error.sqlMessage, sql: error.sql, fatal: error.fatal, index: error.index } });
      return;
    }
    const plain = JSON.parse(JSON.stringify(rows));
    const of = Array.isArray(rows) ? (rows[0] ? rows[0].constructor.name : 'none') : rows.constructor.name;
    if (!Array.isArray(plain)) delete plain.serverStatus;
    if (!Array.isArray(plain)) plain.insertId = plain.insertId > 0;
    resolve({ rows: plain, of, fields: fields ? fields.map((field) => (Array.isArray(field) ? 'list' : field && [field.name, field.table, field.type])) : fields === undefined ? 'undefined' : null });
  }));
  (async () => {
    const seen = {};
    seen.create = await ask(connection, 'CREATE TEMPORARY TABLE people (id INT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(50) UNIQUE NOT NULL, age INT, data TEXT)');
    seen.set = await ask(connection, 'INSERT INTO people SET ?', { email: 'a@b.c', age: 5, data: null });
    seen.bulk = await ask(connection, 'INSERT INTO people (email, age) VALUES ?', [[['b@c.d', 6], ['c@d.e', 7]]]);
    seen.select = await ask(connection, 'SELECT email, age FROM people WHERE email = ? AND age = ?', ['a@b.c', 5]);
    seen.list = await ask(connection, 'SELECT email FROM people WHERE age IN (?) ORDER BY age', [[5, 6]]);
    seen.id = await ask(connection, 'SELECT ?? FROM ?? WHERE ?? = ?', [['email', 'people.age'], 'people', 'people.email', 'b@c.d']);
    seen.update = await ask(connection, 'UPDATE people SET ? WHERE email = ?', [{ age: 5 }, 'a@b.c']);
    seen.changed = await ask(connection, 'UPDATE people SET age = age + 1');
    seen.none = await ask(connection, 'UPDATE people SET age = 1 WHERE email = ?', 'nobody');
    seen.remove = await ask(connection, 'DELETE FROM people WHERE email = ?', ['c@d.e']);
    seen.empty = await ask(connection, 'SELECT * FROM people WHERE 1 = 0');
    seen.options = await ask(connection, { sql: 'SELECT ? AS a', values: ['x'] });
    seen.nested = await ask(connection, { sql: 'SELECT p.email, q.age FROM people p JOIN people q ON p.id = q.id ORDER BY p.id LIMIT 1', nestTables: true }).catch((error) => error.message);
    seen.cast = await ask(connection, { sql: 'SELECT 1 AS n, email FROM people ORDER BY id LIMIT 1', typeCast: (field, next) => (field.type === 'VAR_STRING' ? field.string().toUpperCase() : next()) });
    seen.errors = [];
    for (const query of ['SELEC 1', 'SELECT * FROM nowhere', 'SELECT nothing FROM people', "INSERT INTO people SET email = 'a@b.c'", 'INSERT INTO people SET email = NULL', 'SELECT 1; SELECT 2']) {
      seen.errors.push(await ask(connection, query));
    }
    seen.escape = ["it's", 'a\\b"c\n\0\x1a', 5, true, null, undefined, [1, 'a', [2]], { a: 1, 'b.c': "x'" }, Buffer.from('é'), mysql.raw('NOW()'), new Date(NaN), [[1, 2], [3, 4]]].map((value) => mysql.escape(value));
    seen.moment = mysql.escape(new Date(2020, 1, 29, 12, 34, 56, 789));
    seen.names = [mysql.escapeId('a`b'), mysql.escapeId('a.b'), mysql.escapeId('a.b', true), mysql.escapeId(['a', 'b'])];
    seen.format = [mysql.format('? ?? ???', ['a', 'b', 'c']), mysql.format('?', 'only'), mysql.format('? ?', ['one']), mysql.format("a = '?'", ['x']), mysql.format('x'), mysql.format('?', [{ a: 1, b: null }])];
    seen.events = await new Promise((resolve) => {
      const events = [];
      connection.query('SELECT 1 AS a').on('fields', (fields) => events.push(['fields', fields.length])).on('result', (row) => events.push(['result', row.a])).on('end', () => { events.push('end'); resolve(events); });
    });
    const several = mysql.createConnection({ ...configuration.mysql, multipleStatements: true });
    seen.several = await ask(several, 'SELECT 1 AS a; SELECT ? AS b', ['x']);
    several.end();
    const strings = mysql.createConnection({ ...configuration.mysql, dateStrings: true, supportBigNumbers: true });
    seen.strings = await ask(strings, "SELECT CAST('2020-02-29 01:02:03' AS DATETIME) AS d, 9007199254740993 AS big");
    strings.end();
    const pool = mysql.createPool(configuration.mysql);
    seen.pool = await ask(pool, 'SELECT ? AS n', [7]);
    seen.connection = await new Promise((resolve) => pool.getConnection((error, one) => one.query('SELECT 8 AS n', (failure, rows) => { one.release(); resolve(JSON.parse(JSON.stringify(rows))); })));
    pool.end();
    await new Promise((resolve) => connection.end(resolve));
    const after = await ask(connection, 'SELECT 1');
    seen.after = [after.error.code, after.error.message, after.error.fatal];
    const refused = mysql.createConnection({ host: '127.0.0.1', port: 1, user: 'x' });
    seen.refused = await new Promise((resolve) => refused.connect((error) => resolve([error.code, error.fatal, error.message])));
    callback(null, seen);
  })().catch(callback);
}
