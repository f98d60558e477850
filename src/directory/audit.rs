//! The audit log: who did what to whom, by the names of what changed, never the values.

use std::fmt;

use jiff::Timestamp;

/// One deed.
#[derive(Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who did it: a `user_id`, the name of a client or operator.
    pub actor: String,
    /// What: `change_metadata`, `delete`, …
    pub action: String,
    /// To whom: a `user_id`, or the pseudonym that took its place when the person was erased.
    pub user_id: Option<String>,
    /// In which connection.
    pub connection: Option<String>,
    /// The attributes and first-level keys concerned.
    pub names: Vec<String>,
    /// How it ended: `done`, or the code of the refusal.
    pub outcome: String,
}

/// Actor and user are left out: they may be e-mail addresses.
impl fmt::Debug for AuditEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuditEntry")
            .field("at", &self.at)
            .field("action", &self.action)
            .field("connection", &self.connection)
            .field("names", &self.names)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// An entry with its place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Rises by each entry; where to go on reading.
    pub number: u64,
    /// What was written.
    pub entry: AuditEntry,
}
