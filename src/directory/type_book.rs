//! A type book at rest: text whose meaning is the policy's, and a revision to save against.

/// A connection's type book as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredTypeBook {
    /// What the policy wrote.
    pub json: String,
    /// Rises by one with every save.
    pub revision: u64,
}
