function remove(id, callback) {
  const mysql = require('mysql');
  const pool = mysql.createPool(configuration.MYSQL_URL);

  // The id is what login and get_user return: the namespace, then the number.
  const number = id.slice(configuration.NAMESPACE.length + 1);
  if (id !== configuration.NAMESPACE + '|' + number || !/^\d{1,18}$/.test(number)) return callback(null, false);
  return pool.query('DELETE FROM users WHERE id = ?', [number], (error, result) => {
    if (error) return callback(error);
    return callback(null, result.affectedRows > 0);
  });
}
