async function changePassword(email, newPassword, callback) {
  const axios = require('axios');
  const api = axios.create({
    baseURL: configuration.API_URL,
    headers: { Authorization: 'Bearer ' + configuration.API_TOKEN },
    timeout: 5000,
    validateStatus: (status) => status < 500,
  });

  try {
    const { status } = await api.put('/password', { password: newPassword }, { params: { email } });
    if (status === 404) return callback(null, false);
    if (status === 422) return callback(new ValidationError('password_unusable', 'the service does not take this password'));
    if (status >= 400) return callback(new Error('the user service answered ' + status));
    return callback(null, true);
  } catch (error) {
    return callback(error);
  }
}
