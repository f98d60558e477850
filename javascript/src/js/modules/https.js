// Node's https client.
module.exports = require('internal/http_client').client('https:', 443);
