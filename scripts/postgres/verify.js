function verify(email, callback) {
  const { Pool } = require('pg');
  const pool = new Pool({ connectionString: configuration.PG_URL });

  pool.query('UPDATE users SET email_verified = true WHERE lower(email) = lower($1)', [email], (error, result) => {
    if (error) return callback(error);
    return callback(null, result.rowCount > 0);
  });
}
