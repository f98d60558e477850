async function changeMetadata(email, changes, callback) {
  const axios = require('axios');
  const api = axios.create({
    baseURL: configuration.API_URL,
    headers: { Authorization: 'Bearer ' + configuration.API_TOKEN },
    timeout: 5000,
    validateStatus: (status) => status < 500,
  });
  const { merge } = require('crosswalk');

  try {
    // Somebody else may write in between: the service takes a change only of the version that was read.
    for (;;) {
      const { status, data, headers } = await api.get('/users', { params: { email } });
      if (status === 404) return callback(null, false);
      if (status >= 400) return callback(new Error('the user service answered ' + status));
      const after = (name) => (changes[name] ? merge(data[name], changes[name]) : data[name]);
      const written = await api.put('/users/' + encodeURIComponent(data.id) + '/metadata',
        { metadata: after('metadata'), user_metadata: after('user_metadata') }, { headers: { 'If-Match': headers.etag } });
      if (written.status < 300) return callback(null, true);
      if (written.status === 404) return callback(null, false);
      if (written.status !== 412) return callback(new Error('the user service answered ' + written.status));
    }
  } catch (error) {
    return callback(error);
  }
}
