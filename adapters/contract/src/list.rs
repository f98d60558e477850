//! Listing users: a stream of batches, each with the cursor to resume after it.

use futures::stream::BoxStream;

use crate::{Record, Result};

/// Where a listing stopped. Opaque to everybody but the adapter that made it; safe to write to a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub String);

/// Some users, and where to go on after them.
#[derive(Debug)]
pub struct Batch {
    /// The records, in the order of the store's unique key.
    pub records: Vec<Record>,
    /// Resumes after the last of them.
    pub resume: Cursor,
}

/// One streaming statement, not pages: memory stays constant whatever the size of the table.
pub type Batches<'a> = BoxStream<'a, Result<Batch>>;
