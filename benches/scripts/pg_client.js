function getUser(email, callback) {
  const { Client } = require('pg');
  const client = new Client({ connectionString: configuration.URL });
  client.connect();
  client.query('SELECT id, email, passwd, name, created, active, metadata FROM people WHERE email = $1', [email], (error, result) => {
    client.end();
    if (error) return callback(error);
    const user = result.rows[0];
    if (!user) return callback(null);
    return callback(null, { user_id: user.id, email: user.email, name: user.name, blocked: user.active === 'N', metadata: JSON.parse(user.metadata) });
  });
}
