// mysql2/promise.
module.exports = require('mysql2').promises;
