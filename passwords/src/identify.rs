//! Telling what a stored string is by looking at it.

use crate::locked::is_locked;
use crate::row::Row;
use crate::schemes;

/// A scheme that a row may be of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// A name of [`crate::scheme_names`].
    pub scheme: &'static str,
    /// How sure that is.
    pub confidence: Confidence,
}

/// How sure a recognition is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Length and alphabet fit, as they would for other schemes. Never acted upon, only suggested.
    Possible,
    /// The string names its scheme in a way that another application uses too.
    Likely,
    /// The string names its scheme.
    Certain,
}

/// What the row may hold, the surest first. Empty for rows that are locked or look like nothing known. Looks at
/// beginnings, lengths and alphabets only; whether the string is sound shows when it is verified.
pub fn identify(row: &Row<'_>) -> Vec<Candidate> {
    if is_locked(row.hash) { Vec::new() } else { schemes::candidates(row) }
}
