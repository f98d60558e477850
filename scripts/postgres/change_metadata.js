async function changeMetadata(email, changes, callback) {
  const { Pool } = require('pg');
  const { merge } = require('crosswalk');
  const client = await new Pool({ connectionString: configuration.PG_URL }).connect();

  try {
    // The row is locked: of two changes at a time, the second one sees what the first one wrote.
    await client.query('BEGIN');
    const found = await client.query(
      'SELECT id, metadata::text, user_metadata::text FROM users WHERE lower(email) = lower($1) FOR UPDATE', [email],
    );
    const user = found.rows[0];
    if (!user) {
      await client.query('ROLLBACK');
      return callback(null, false);
    }
    const after = (name) => (changes[name] ? merge(user[name], changes[name]) : user[name]);
    await client.query('UPDATE users SET metadata = $2, user_metadata = $3 WHERE id = $1',
      [user.id, after('metadata'), after('user_metadata')]);
    await client.query('COMMIT');
    return callback(null, true);
  } catch (error) {
    return callback(error);
  } finally {
    client.release();
  }
}
