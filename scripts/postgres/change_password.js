async function changePassword(email, newPassword, callback) {
  const { Pool } = require('pg');
  const bcrypt = require('bcrypt');
  const pool = new Pool({ connectionString: configuration.PG_URL });

  try {
    const hash = await bcrypt.hash(newPassword, 10);
    const result = await pool.query('UPDATE users SET password_hash = $2 WHERE lower(email) = lower($1)', [email, hash]);
    callback(null, result.rowCount > 0);
  } catch (error) {
    callback(error);
  }
}
