//! What the policy objects to, all of it at once.

use std::fmt;

use crosswalk_contract::Error;

/// One objection. It names keys and types, never values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// By which a program recognises it: `not_owner`, `forbidden_character`, `reserved_name`, `type_mismatch`,
    /// `metadata_too_large`.
    pub code: &'static str,
    /// Where: `user_metadata.address.city`, `roles[]` for items; empty for the whole request.
    pub path: String,
    /// A full sentence.
    pub message: String,
}

impl Violation {
    pub(super) fn new(code: &'static str, path: impl Into<String>, message: impl Into<String>) -> Violation {
        Violation { code, path: clipped(&path.into()).into(), message: message.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

/// So many objections to one request are told; a request with more of them learns nothing from the others.
pub(super) const MAX_VIOLATIONS: usize = 100;

/// A name or path as it is repeated in messages and logs: what is long is cut after 200 characters, since it comes from
/// outside and is repeated many times.
pub fn clipped(name: &str) -> std::borrow::Cow<'_, str> {
    const LONGEST: usize = 200;
    match name.len() {
        0..=LONGEST => name.into(),
        _ => name.chars().take(LONGEST).chain(['…']).collect::<String>().into(),
    }
}

/// Every objection to one request; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violations(pub Vec<Violation>);

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, violation) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            violation.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for Violations {}

impl From<Violations> for Error {
    fn from(violations: Violations) -> Error {
        let code = violations.0.first().map_or("refused", |violation| violation.code);
        Error::refused(code, violations.to_string())
    }
}
