//! Database servers for tests: the ones that are there, ones of a test's own, and a network between that can be cut.
//!
//! The program of the same name finds or starts a server of each kind, runs a command with their addresses in the
//! environment, and stops what it started: `./tests/run` is little else.
#![expect(clippy::unwrap_used, reason = "a test's server that cannot do what it is told has failed the test")]

mod database;
mod gate;
mod mariadb;
mod own;
mod postgres;
mod server;

pub use database::{Database, FoundRow, TextRow};
pub use gate::Gate;
pub use mariadb::Mariadb;
pub use postgres::Postgres;
pub use server::{Address, Server, Which, required};
