//! Intents: what is noted before a change touches both the store and the overlay, and finished after a restart.

use std::fmt;

use jiff::Timestamp;

use super::Owner;

/// The name of an intent. Never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IntentId(pub(super) i64);

impl fmt::Display for IntentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A change that was begun and not yet finished.
#[derive(Clone, PartialEq, Eq)]
pub struct Intent {
    /// Its name.
    pub id: IntentId,
    /// Whose change.
    pub owner: Owner,
    /// What the engine wrote down to be able to finish it.
    pub body: String,
    /// When it was begun.
    pub begun_at: Timestamp,
}

/// Leaves the body out: it holds metadata.
impl fmt::Debug for Intent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Intent").field("id", &self.id).field("owner", &self.owner).finish_non_exhaustive()
    }
}
