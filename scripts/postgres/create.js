async function create(user, callback) {
  const { Pool } = require('pg');
  const bcrypt = require('bcrypt');
  const { json } = require('crosswalk');
  const pool = new Pool({ connectionString: configuration.PG_URL });
  // What is not given is stored as nothing at all, not as an empty document.
  const text = (document) => (document === undefined ? null : json(document));

  try {
    await pool.query(
      'INSERT INTO users (email, email_verified, name, password_hash, metadata, user_metadata) VALUES ($1, $2, $3, $4, $5, $6)',
      [user.email, user.email_verified === true, user.name, await bcrypt.hash(user.password, 10), text(user.app_metadata),
        text(user.user_metadata)],
    );
    callback(null);
  } catch (error) {
    // 23505: unique_violation
    callback(error.code === '23505' ? new ValidationError('user_exists', 'there is such a user already') : error);
  }
}
