// The package mysql2: as mysql, with prepared statements, typed JSON and promises.
module.exports = require('internal/mysql_driver').driver({ generation: 2 });
