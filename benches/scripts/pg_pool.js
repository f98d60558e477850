function getUser(email, callback) {
  const { Pool } = require('pg');
  global.pool = global.pool || new Pool({ connectionString: configuration.URL, max: 8 });
  global.pool.query({ name: 'get_user', text: 'SELECT id, email, passwd, name, created, active, metadata FROM people WHERE email = $1', values: [email] }, (error, result) => {
    if (error) return callback(error);
    const user = result.rows[0];
    if (!user) return callback(null);
    return callback(null, { user_id: user.id, email: user.email, name: user.name, blocked: user.active === 'N', metadata: JSON.parse(user.metadata) });
  });
}
