async function create(user, callback) {
  const mysql = require('mysql2/promise');
  const bcrypt = require('bcrypt');
  const { json } = require('crosswalk');
  const pool = mysql.createPool(configuration.MYSQL_URL);
  // What is not given is stored as nothing at all, not as an empty document.
  const text = (document) => (document === undefined ? null : json(document));

  try {
    await pool.query('INSERT INTO users SET ?', [{
      email: user.email,
      email_verified: user.email_verified === true,
      name: user.name,
      password_hash: await bcrypt.hash(user.password, 10),
      metadata: text(user.app_metadata),
      user_metadata: text(user.user_metadata),
    }]);
    callback(null);
  } catch (error) {
    callback(error.code === 'ER_DUP_ENTRY' ? new ValidationError('user_exists', 'there is such a user already') : error);
  }
}
