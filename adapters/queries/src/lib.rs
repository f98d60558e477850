//! Hand-written queries: whoever owns the tables writes the SQL, and the rules of an adapter stay in one place.
//!
//! A query has `:named` parameters and is given for any ability: joins, views, stored procedures, rows of a key-value
//! table. Abilities without a query are those of the store's table, where it names one. A database joins in with a
//! [`Driver`]; nothing here knows one.

mod adapter;
mod check;
mod driver;
mod examine;
mod list;
mod names;
mod query;
mod read;
mod settings;
mod values;
mod write;

pub use adapter::QueryAdapter;
pub use driver::{Driver, Session, Work};
pub use names::ResultNames;
pub use query::Query;
pub use settings::{ListQuery, LookupQueries, MetadataQueries, QuerySettings, Statements};
pub use values::Values;
