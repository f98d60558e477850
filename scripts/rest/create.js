async function create(user, callback) {
  const axios = require('axios');
  const api = axios.create({
    baseURL: configuration.API_URL,
    headers: { Authorization: 'Bearer ' + configuration.API_TOKEN },
    timeout: 5000,
    validateStatus: (status) => status < 500,
  });
  const { json } = require('crosswalk');
  const text = (document) => (document === undefined ? null : json(document));

  try {
    const { status } = await api.post('/users', {
      email: user.email,
      email_verified: user.email_verified === true,
      name: user.name,
      password: user.password,
      metadata: text(user.app_metadata),
      user_metadata: text(user.user_metadata),
    });
    if (status === 409) return callback(new ValidationError('user_exists', 'there is such a user already'));
    if (status === 422) return callback(new ValidationError('password_unusable', 'the service does not take this password'));
    if (status >= 400) return callback(new Error('the user service answered ' + status));
    return callback(null);
  } catch (error) {
    return callback(error);
  }
}
