// Every type's value, as `mysql2` returns it.
function run(callback) {
  const mysql = require("mysql2");
  const connection = mysql.createConnection(configuration.mysql);
  const show = (value) => {
    if (value === undefined) return { undefined: true };
    if (typeof value === 'number') return { number: String(value) };
    if (Buffer.isBuffer(value)) return { buffer: value.toString('hex') };
    if (value instanceof Date) return { date: Number.isNaN(value.getTime()) ? 'invalid' : [value.getFullYear(), value.getMonth(), value.getDate(), value.getHours(), value.getMinutes(), value.getSeconds(), value.getMilliseconds()].join(' ') };
    if (Array.isArray(value)) return value.map(show);
    if (value !== null && typeof value === 'object') return { of: value.constructor.name, keys: Object.keys(value) };
    return value;
  };
  const columns = [
    ['TINYINT', '-5'], ['TINYINT(1)', '1'], ['SMALLINT UNSIGNED', '65535'], ['MEDIUMINT', '-8388608'], ['INT', '2147483647'], ['BIGINT', '9007199254740993'], ['BIGINT UNSIGNED', '18446744073709551615'],
    ['DECIMAL(10,3)', '1.500'], ['FLOAT', '0.1'], ['DOUBLE', '0.1'], ['BIT(8)', "b'10100101'"], ['BIT(1)', "b'1'"], ['DATE', "'2020-02-29'"], ['DATE', "'0000-00-00'"], ['DATETIME', "'2020-02-29 12:34:56'"],
    ['DATETIME(6)', "'2020-02-29 12:34:56.789123'"], ['TIMESTAMP NULL', "'2020-02-29 12:34:56'"], ['TIME', "'-12:34:56'"], ['TIME(3)', "'12:34:56.5'"], ['YEAR', '2020'], ['CHAR(5)', "'ab'"],
    ['VARCHAR(20)', "'é🦀'"], ['BINARY(4)', "'ab'"], ['VARBINARY(10)', "x'00ff'"], ['TINYTEXT', "'t'"], ['TEXT', "''"], ['BLOB', "x'c3a9'"], ['LONGBLOB', "x'ff00'"], ['JSON', "'{\"a\": 1}'"],
    ["ENUM('a','b')", "'b'"], ["SET('a','b','c')", "'a,c'"], ['INT', 'NULL'], ['VARCHAR(5)', 'NULL'],
  ];
  const expressions = ['1 + 1', '1.5 + 1', "CONCAT('a', 'b')", 'NOW() IS NULL', 'COUNT(*)', 'SUM(1)', 'AVG(1)', 'NULL', "CAST('5' AS SIGNED)", "UNHEX('ff')", "HEX('a')", 'TRUE', "'text'", 'MD5(1)', 'UUID() IS NULL'];
  const results = [];
  const next = (todo, done) => {
    if (todo.length === 0) { done(); return; }
    todo[0](() => next(todo.slice(1), done));
  };
  const column = ([type, value], index) => (go) => {
    connection.query(`CREATE TEMPORARY TABLE t${index} (v ${type})`, (broken) => {
      if (broken) { results.push([type, broken.message]); go(); return; }
      connection.query(`INSERT INTO t${index} VALUES (${value})`, (failure) => {
        if (failure) { results.push([type, value, failure.message]); go(); return; }
        connection.query(`SELECT v FROM t${index}`, (error, rows, fields) => {
          results.push(error ? [type, value, error.message] : [type, value, show(rows[0].v), fields[0].type]);
          go();
        });
      });
    });
  };
  const expression = (text) => (go) => connection.query(`SELECT ${text}`, (error, rows) => { results.push(error ? [text, error.message] : [text, Object.keys(rows[0]), show(rows[0][Object.keys(rows[0])[0]])]); go(); });
  connection.connect((failure) => {
    if (failure) { callback(failure); return; }
    connection.query("SET sql_mode = ''", () => {
      next([...columns.map(column), ...expressions.map(expression)], () => { connection.end(); callback(null, results); });
    });
  });
}
