//! What a translation noticed and went on.

use std::fmt;

/// Something worth telling the operator. It holds names, never values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// By which a program recognises it: `app-metadata-in-script`.
    pub code: &'static str,
    /// A sentence.
    pub message: String,
}

impl Diagnostic {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Diagnostic {
        Diagnostic { code, message: message.into() }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}
