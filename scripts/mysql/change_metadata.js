async function changeMetadata(email, changes, callback) {
  const mysql = require('mysql2/promise');
  const { merge } = require('crosswalk');
  const connection = await mysql.createPool(configuration.MYSQL_URL).getConnection();
  // The column disregards accents as well as letter case; people do not.
  const same = (found) => found.email.toLowerCase() === email.toLowerCase();

  try {
    // The row is locked: of two changes at a time, the second one sees what the first one wrote.
    await connection.beginTransaction();
    const [rows] = await connection.query('SELECT * FROM users WHERE email = ? FOR UPDATE', [email]);
    const user = rows.find(same);
    if (!user) {
      await connection.rollback();
      return callback(null, false);
    }
    const after = (name) => (changes[name] ? merge(user[name], changes[name]) : user[name]);
    await connection.query('UPDATE users SET ? WHERE id = ?',
      [{ metadata: after('metadata'), user_metadata: after('user_metadata') }, user.id]);
    await connection.commit();
    return callback(null, true);
  } catch (error) {
    return callback(error);
  } finally {
    connection.release();
  }
}
