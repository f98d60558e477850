function login(email, password, callback) {
  const mysql = require('mysql');
  const pool = mysql.createPool(configuration.MYSQL_URL);
  const bcrypt = require('bcrypt');
  // The column disregards accents as well as letter case; people do not.
  const same = (found) => found.email.toLowerCase() === email.toLowerCase();

  // Metadata goes as the text that it is stored as: numbers and spellings come through as they are.
  pool.query('SELECT * FROM users WHERE email = ?', [email], (error, rows) => {
    if (error) return callback(error);
    const user = rows.find(same);
    if (!user) return callback(new WrongUsernameOrPasswordError(null, 'there is no such user'));
    return bcrypt.compare(password, user.password_hash || '', (failure, right) => {
      if (failure) return callback(failure);
      if (!right) return callback(new WrongUsernameOrPasswordError(String(user.id), 'the password is wrong'));
      return callback(null, {
        user_id: configuration.NAMESPACE + '|' + user.id,
        email: user.email,
        email_verified: user.email_verified === 1,
        name: user.name,
        metadata: user.metadata,
        user_metadata: user.user_metadata,
      });
    });
  });
}
