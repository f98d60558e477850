async function remove(id, callback) {
  const axios = require('axios');
  const api = axios.create({
    baseURL: configuration.API_URL,
    headers: { Authorization: 'Bearer ' + configuration.API_TOKEN },
    timeout: 5000,
    validateStatus: (status) => status < 500,
  });

  // The id is what login and get_user return: the namespace, then the service's own id.
  const own = id.slice(configuration.NAMESPACE.length + 1);
  if (id !== configuration.NAMESPACE + '|' + own) return callback(null, false);
  try {
    const { status } = await api.delete('/users/' + encodeURIComponent(own));
    if (status === 404) return callback(null, false);
    if (status >= 400) return callback(new Error('the user service answered ' + status));
    return callback(null, true);
  } catch (error) {
    return callback(error);
  }
}
