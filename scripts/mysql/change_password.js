function changePassword(email, newPassword, callback) {
  const mysql = require('mysql');
  const pool = mysql.createPool(configuration.MYSQL_URL);
  const bcrypt = require('bcrypt');

  bcrypt.hash(newPassword, 10, (failure, hash) => {
    if (failure) return callback(failure);
    // BINARY: the column disregards accents, and nobody else's password may be changed.
    const query = 'UPDATE users SET password_hash = ? WHERE email = ? AND BINARY LOWER(email) = LOWER(?)';
    return pool.query(query, [hash, email, email], (error, result) => {
      if (error) return callback(error);
      return callback(null, result.affectedRows > 0);
    });
  });
}
