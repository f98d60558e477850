//! The adapter for user tables in SQLite files.
//!
//! * [`SqliteSettings`]: the `[connection.x.store]` section, and the [`KIND`] made of it.
//! * `adapter`: one accessor and one trait per ability; `read`, `write`, `list` and `examine` are what they do.
//! * `pool`: connections on blocking threads. Work runs whole on its thread even where its caller has gone.
//! * `file`: opening the file, and noticing that it went away or was replaced.
//! * `schema`, `key`, `value`: the table's columns, what a key means for their types, and column <-> field.
//!
//! A legacy file stays what it is: never made, never switched to WAL, never migrated.

mod adapter;
mod dialect;
mod examine;
mod failure;
mod file;
mod key;
mod list;
mod pool;
mod read;
mod schema;
mod settings;
mod store;
mod value;
mod write;

pub use settings::{KIND, SqliteSettings};
