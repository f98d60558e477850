function login(email, password, callback) {
  const { Pool } = require('pg');
  const bcrypt = require('bcrypt');
  const pool = new Pool({ connectionString: configuration.PG_URL });

  // Metadata goes as the text that it is stored as: numbers and spellings come through as they are.
  const query = 'SELECT id::text, email, email_verified, name, password_hash, metadata::text, user_metadata::text '
    + 'FROM users WHERE lower(email) = lower($1)';
  pool.query(query, [email], (error, result) => {
    if (error) return callback(error);
    const user = result.rows[0];
    if (!user) return callback(new WrongUsernameOrPasswordError(null, 'there is no such user'));
    bcrypt.compare(password, user.password_hash || '', (failure, same) => {
      if (failure) return callback(failure);
      if (!same) return callback(new WrongUsernameOrPasswordError(user.id, 'the password is wrong'));
      return callback(null, {
        user_id: configuration.NAMESPACE + '|' + user.id,
        email: user.email,
        email_verified: user.email_verified,
        name: user.name,
        metadata: user.metadata,
        user_metadata: user.user_metadata,
      });
    });
  });
}
