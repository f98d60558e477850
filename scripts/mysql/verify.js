function verify(email, callback) {
  const mysql = require('mysql');
  const pool = mysql.createPool(configuration.MYSQL_URL);

  const query = 'UPDATE users SET email_verified = 1 WHERE email = ? AND BINARY LOWER(email) = LOWER(?)';
  pool.query(query, [email, email], (error, result) => {
    if (error) return callback(error);
    return callback(null, result.affectedRows > 0);
  });
}
