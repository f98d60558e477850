async function verify(email, callback) {
  const axios = require('axios');
  const api = axios.create({
    baseURL: configuration.API_URL,
    headers: { Authorization: 'Bearer ' + configuration.API_TOKEN },
    timeout: 5000,
    validateStatus: (status) => status < 500,
  });

  try {
    const { status } = await api.put('/email', { email_verified: true }, { params: { email } });
    if (status === 404) return callback(null, false);
    if (status >= 400) return callback(new Error('the user service answered ' + status));
    return callback(null, true);
  } catch (error) {
    return callback(error);
  }
}
