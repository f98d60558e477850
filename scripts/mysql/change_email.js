function changeEmail(email, newEmail, verified, callback) {
  const mysql = require('mysql');
  const pool = mysql.createPool(configuration.MYSQL_URL);

  const query = 'UPDATE users SET email = ?, email_verified = ? WHERE email = ? AND BINARY LOWER(email) = LOWER(?)';
  pool.query(query, [newEmail, verified, email, email], (error, result) => {
    if (error && error.code === 'ER_DUP_ENTRY') return callback(new ValidationError('user_exists', 'somebody has this address'));
    if (error) return callback(error);
    return callback(null, result.affectedRows > 0);
  });
}
