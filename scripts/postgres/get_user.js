function getUser(email, callback) {
  const { Pool } = require('pg');
  const pool = new Pool({ connectionString: configuration.PG_URL });

  // Metadata goes as the text that it is stored as: numbers and spellings come through as they are.
  const query = 'SELECT id::text, email, email_verified, name, metadata::text, user_metadata::text '
    + 'FROM users WHERE lower(email) = lower($1)';
  pool.query(query, [email], (error, result) => {
    if (error) return callback(error);
    const user = result.rows[0];
    if (!user) return callback(null);
    return callback(null, {
      user_id: configuration.NAMESPACE + '|' + user.id,
      email: user.email,
      email_verified: user.email_verified,
      name: user.name,
      metadata: user.metadata,
      user_metadata: user.user_metadata,
    });
  });
}
