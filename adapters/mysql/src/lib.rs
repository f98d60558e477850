//! The adapter for user tables in MariaDB and MySQL.
//!
//! * [`MysqlSettings`]: the `[connection.x.store]` section, and the [`KIND`] made of it.
//! * `adapter`: one accessor and one trait per ability; `read`, `write`, `list` and `examine` are what they do.
//! * `connect`: the address, TLS, fail-over and what every session is set to. `wire`: one connection, armed before each
//!   command. `pool`: who has which. `store`: transactions, and what is tried again.
//! * `schema`, `key`, `value`: the table's columns, what a key means for their types, and column <-> field.
//! * `queries`: what hand-written queries need of the server.
//! * `failure`: the server's errors in the contract's words, without the values that the server puts into them.
//!
//! Tried on MariaDB. What differs on MySQL 8 (`caching_sha2_password`, its JSON type, `max_execution_time`) is written
//! from its manual.

mod adapter;
mod connect;
mod dialect;
mod examine;
mod failure;
mod key;
mod list;
mod pool;
mod queries;
mod read;
mod schema;
mod settings;
mod store;
mod value;
mod wire;
mod write;

pub use settings::{KIND, MysqlSettings, TlsMode, TlsSettings};
