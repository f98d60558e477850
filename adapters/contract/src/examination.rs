//! What an adapter finds when it looks at its store for `crosswalk doctor`.

/// Facts and findings about a store, gathered by reaching it.
#[derive(Clone, Debug, Default)]
pub struct Examination {
    /// Name and value pairs: version, TLS, encoding, file mode, … (the way to the store is measured by the core)
    pub facts: Vec<(String, String)>,
    /// The store's columns with their declared types.
    pub columns: Vec<(String, String)>,
    /// The largest document that a column can hold, in bytes, where the store limits it.
    pub column_limits: Vec<(String, u64)>,
    /// What stands in the way, and what could become a trouble.
    pub findings: Vec<Finding>,
}

/// One sentence about something wrong or worth knowing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// A full sentence that says what is wrong and what to do.
    pub text: String,
}

/// How bad a [`Finding`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Works, but slowly or less safely than it could.
    Warning,
    /// Stands in the way of an operation that the connection promises.
    Blocker,
}
