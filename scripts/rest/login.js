async function login(email, password, callback) {
  const axios = require('axios');
  const api = axios.create({
    baseURL: configuration.API_URL,
    headers: { Authorization: 'Bearer ' + configuration.API_TOKEN },
    timeout: 5000,
    validateStatus: (status) => status < 500,
  });

  try {
    const { status, data } = await api.post('/sessions', { email, password });
    if (status === 404) return callback(new WrongUsernameOrPasswordError(null, 'there is no such user'));
    if (status === 401) return callback(new WrongUsernameOrPasswordError(email, 'the password is wrong'));
    if (status >= 400) return callback(new Error('the user service answered ' + status));
    // The service has ids of its own; documents come as text, so that numbers and spellings come through as they are.
    return callback(null, {
      user_id: configuration.NAMESPACE + '|' + data.id,
      email: data.email,
      email_verified: data.email_verified,
      name: data.name,
      metadata: data.metadata,
      user_metadata: data.user_metadata,
    });
  } catch (error) {
    return callback(error);
  }
}
