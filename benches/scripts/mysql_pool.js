function getUser(email, callback) {
  const mysql = require('mysql');
  global.pool = global.pool || mysql.createPool({ ...configuration, port: Number(configuration.port), connectionLimit: 8 });
  global.pool.query('SELECT id, email, passwd, name, created, active, metadata FROM people WHERE email = ?', [email], (error, rows) => {
    if (error) return callback(error);
    const user = rows[0];
    if (!user) return callback(null);
    return callback(null, { user_id: String(user.id), email: user.email, name: user.name, blocked: user.active === 'N', metadata: JSON.parse(user.metadata) });
  });
}
