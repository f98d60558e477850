function getUser(email, callback) {
  const mysql = require('mysql');
  const pool = mysql.createPool(configuration.MYSQL_URL);
  // The column disregards accents as well as letter case; people do not.
  const same = (found) => found.email.toLowerCase() === email.toLowerCase();

  // Metadata goes as the text that it is stored as: numbers and spellings come through as they are.
  const query = 'SELECT id, email, email_verified, name, metadata, user_metadata FROM users WHERE email = ?';
  pool.query(query, [email], (error, rows) => {
    if (error) return callback(error);
    const user = rows.find(same);
    if (!user) return callback(null);
    return callback(null, {
      user_id: configuration.NAMESPACE + '|' + user.id,
      email: user.email,
      email_verified: user.email_verified === 1,
      name: user.name,
      metadata: user.metadata,
      user_metadata: user.user_metadata,
    });
  });
}
