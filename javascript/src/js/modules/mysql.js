// The package mysql: callable, createConnection, pools. Connections are the host's, pooled across calls.
module.exports = require('internal/mysql_driver').driver({ generation: 1 });
