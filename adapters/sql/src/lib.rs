//! Parts that SQL stores share: settings for a table, a dialect as data, and pure builders of statements.
//!
//! Not a base class: each SQL adapter has its own abilities, pool and value conversion, and takes from here what is the
//! same everywhere. Nothing here does I/O or knows a driver; the builders are generic over the driver's value type.

mod dialect;
mod names;
mod settings;
mod statement;

pub use dialect::{Dialect, Lexis, Placeholder};
pub use names::{nearest, unknown_column, unknown_table};
pub use settings::{PoolSettings, TableSettings};
pub use statement::{Criterion, Order, Statement, Table};
