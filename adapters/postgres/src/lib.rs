//! The adapter for user tables in PostgreSQL.
//!
//! * [`PostgresSettings`]: the `[connection.x.store]` section, and the [`KIND`] made of it.
//! * `adapter`: one accessor and one trait per ability; `read`, `write`, `list` and `examine` are what they do.
//! * `dial`, `tls`: reaching a server: several hosts, sockets, encryption. `connection`: one connection.
//! * Two roads: `pool` holds connections for exclusive use, `lanes` are shared by short reads.
//! * `store`: sessions, the table's cached schema, and what is tried again.
//! * `schema`, `column`, `key`: the table's columns and indexes, and what a key means for their types.
//! * `queries`: what hand-written queries need of PostgreSQL.
//! * [`Server`], [`Link`]: a server without a table, for the directory.
//! * `value`, `numeric`, `calendar`, `parameter`: column <-> field.
//! * `failure`: PostgreSQL's errors in the contract's words.

mod adapter;
mod calendar;
mod change;
mod column;
mod connection;
mod container;
mod dial;
mod dialect;
mod examine;
mod failure;
mod key;
mod lanes;
mod link;
mod list;
mod numeric;
mod parameter;
mod pool;
mod queries;
mod read;
mod schema;
mod settings;
mod store;
mod tls;
mod value;
mod write;

pub use link::{Link, LinkError, Server};
pub use settings::{KIND, PostgresSettings, TlsMode, TlsSettings};
