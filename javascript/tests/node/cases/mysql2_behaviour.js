// How `mysql2` and its promises behave around their results.
async function run(callback) {
  const mysql = require('mysql2/promise');
  const seen = {};
  const connection = await mysql.createConnection(configuration.mysql);
  const header = (result) => { const plain = JSON.parse(JSON.stringify(result)); delete plain.serverStatus; plain.insertId = plain.insertId > 0; return [result.constructor.name, plain]; };
  const problem = async (work) => { try { await work(); return 'none'; } catch (error) { return [error.message, error.code, error.errno, error.sqlState, error.sqlMessage]; } };
  await connection.query('CREATE TEMPORARY TABLE people (id INT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(50) UNIQUE, age INT, data JSON, price DECIMAL(10,2))');
  seen.insert = header((await connection.execute('INSERT INTO people (email, age, data, price) VALUES (?, ?, ?, ?)', ['a@b.c', 5, '{"a":1}', '1.50']))[0]);
  const [rows, fields] = await connection.execute('SELECT email, age, price FROM people WHERE email = ?', ['a@b.c']);
  seen.select = [rows, fields.map((field) => field.name)];
  seen.query = (await connection.query('SELECT email FROM people WHERE ?', [{ age: 5 }]))[0];
  seen.update = header((await connection.query('UPDATE people SET age = ? WHERE age = ?', [6, 5]))[0]);
  seen.none = header((await connection.query('UPDATE people SET age = ? WHERE age = ?', [6, 555]))[0]);
  seen.errors = [];
  for (const text of ['SELEC 1', 'SELECT * FROM nowhere', "INSERT INTO people SET email = 'a@b.c'", 'SELECT 1; SELECT 2']) seen.errors.push(await problem(() => connection.query(text)));
  seen.undefined = await problem(() => connection.execute('SELECT ?', [undefined]));
  seen.array = (await connection.query({ sql: 'SELECT 1 AS a, 2 AS a', rowsAsArray: true }))[0];
  await connection.beginTransaction();
  await connection.query('DELETE FROM people');
  await connection.rollback();
  await connection.end();
  const pool = mysql.createPool(configuration.mysql);
  seen.pool = (await pool.query('SELECT ? AS n', [7]))[0];
  const one = await pool.getConnection();
  seen.one = (await one.query('SELECT 8 AS n'))[0];
  one.release();
  await pool.end();
  seen.refused = await problem(() => mysql.createConnection({ host: '127.0.0.1', port: 1, user: 'x' }));
  callback(null, seen);
}
