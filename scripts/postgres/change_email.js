function changeEmail(email, newEmail, verified, callback) {
  const { Pool } = require('pg');
  const pool = new Pool({ connectionString: configuration.PG_URL });

  const query = 'UPDATE users SET email = $2, email_verified = $3 WHERE lower(email) = lower($1)';
  pool.query(query, [email, newEmail, verified], (error, result) => {
    // 23505: unique_violation
    if (error && error.code === '23505') return callback(new ValidationError('user_exists', 'somebody has this address'));
    if (error) return callback(error);
    return callback(null, result.rowCount > 0);
  });
}
