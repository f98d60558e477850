// Node's http client. `https` is the same with another usual protocol.
module.exports = require('internal/http_client').client('http:', 80);
