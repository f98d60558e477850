//! Errors: what the caller can *do* decides the kind. They hold names and row ids, never values.

use std::{
    error::Error as StdError,
    fmt,
    hash::{BuildHasher, RandomState},
    sync::OnceLock,
};

/// The result of anything that reaches a store.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A broken store, a broken promise, or a refusal. Absences (an unknown user) are values, not errors.
///
/// A message never contains a password, a hash, or any value of a record.
pub struct Error {
    inner: Box<Inner>,
}

struct Inner {
    kind: ErrorKind,
    code: Option<&'static str>,
    message: String,
    hint: Option<String>,
    context: Vec<(&'static str, String)>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// What the caller can do about an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// Correct the configuration: a missing column, a bad URL, an unknown scheme.
    Config,
    /// Nothing: this connection does not have the ability.
    Unsupported,
    /// Try again later: the store is down, locked, full or too slow. Never to be shown as a wrong password.
    Unavailable,
    /// Choose another identifier: one like it exists, or somebody else wrote first.
    Conflict,
    /// Change the request: a rule forbids it. [`Error::code`] says which.
    Refused,
    /// Mend the data: the row contradicts itself, the map, or another row.
    Inconsistent,
    /// Report it: something that should not happen.
    Unexpected,
}

impl ErrorKind {
    /// The word for logs and metrics.
    pub fn name(self) -> &'static str {
        match self {
            ErrorKind::Config => "config",
            ErrorKind::Unsupported => "unsupported",
            ErrorKind::Unavailable => "unavailable",
            ErrorKind::Conflict => "conflict",
            ErrorKind::Refused => "refused",
            ErrorKind::Inconsistent => "inconsistent",
            ErrorKind::Unexpected => "unexpected",
        }
    }
}

impl Error {
    /// An error of that kind. The message is a full phrase and names things, never values.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Error {
        Error {
            inner: Box::new(Inner {
                kind,
                code: None,
                message: message.into(),
                hint: None,
                context: Vec::new(),
                source: None,
            }),
        }
    }

    /// A refusal with its code (`user_exists`, `metadata_too_large`, …).
    pub fn refused(code: &'static str, message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Refused, message).code(code)
    }

    /// The ability is not there.
    pub fn unsupported(message: impl Into<String>) -> Error {
        Error::new(ErrorKind::Unsupported, message)
    }

    /// Sets the code by which a program recognises the error.
    #[must_use]
    pub fn code(mut self, code: &'static str) -> Error {
        self.inner.code = Some(code);
        self
    }

    /// Says what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Error {
        self.inner.hint = Some(hint.into());
        self
    }

    /// Adds where it happened (`table`, `field`, `connection`, `operation`): a name, never a value.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Error {
        let value = value.to_string();
        if !value.is_empty() {
            self.inner.context.push((name, value));
        }
        self
    }

    /// Adds the row's id in a form that is safe to log, see [`row_label`].
    #[must_use]
    pub fn row(self, id: &str) -> Error {
        let label = row_label(id);
        self.with("row", label)
    }

    /// Adds what caused it. The cause must not hold values either.
    #[must_use]
    pub fn source(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
        self.inner.source = Some(source.into());
        self
    }

    /// What the caller can do.
    pub fn kind(&self) -> ErrorKind {
        self.inner.kind
    }

    /// The code set with [`Error::code`], or the name of the kind.
    pub fn code_name(&self) -> &'static str {
        self.inner.code.unwrap_or_else(|| self.inner.kind.name())
    }

    /// The phrase alone, without context, hint and cause.
    pub fn message(&self) -> &str {
        &self.inner.message
    }

    /// What to do next, where it is known.
    pub fn hint_text(&self) -> Option<&str> {
        self.inner.hint.as_deref()
    }

    /// Name and value pairs of where it happened.
    pub fn context(&self) -> &[(&'static str, String)] {
        &self.inner.context
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.message)?;
        if !self.inner.context.is_empty() {
            f.write_str(" (")?;
            for (index, (name, value)) in self.inner.context.iter().enumerate() {
                let comma = if index == 0 { "" } else { ", " };
                write!(f, "{comma}{name} {value}")?;
            }
            f.write_str(")")?;
        }
        if let Some(source) = &self.inner.source {
            write!(f, ": {source}")?;
        }
        match &self.inner.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {self}", self.inner.kind.name())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.inner.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

/// A row's id as it may appear in messages: itself where it is a number or a UUID, else a hash with a key that lives as
/// long as the process, since ids such as e-mail addresses are personal data.
pub fn row_label(id: &str) -> String {
    let numeric = !id.is_empty() && id.len() <= 20 && id.bytes().all(|byte| byte.is_ascii_digit());
    let uuid = id.len() == 36
        && id.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        });
    if numeric || uuid {
        return id.to_owned();
    }
    static KEY: OnceLock<RandomState> = OnceLock::new();
    format!("#{:016x}", KEY.get_or_init(RandomState::new).hash_one(id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_id_that_could_be_personal_is_hashed() {
        assert_eq!(row_label("4711"), "4711");
        assert_eq!(row_label("0190a6f2-7b1c-7000-8000-000000000001"), "0190a6f2-7b1c-7000-8000-000000000001");
        let label = row_label("jane@example.com");
        assert!(label.starts_with('#') && !label.contains("jane"));
        assert_eq!(label, row_label("jane@example.com"), "the same row is recognised within one process");
    }

    #[test]
    fn an_error_says_what_where_why_and_what_next() {
        let error = Error::new(ErrorKind::Config, "no such column")
            .with("table", "users")
            .row("7")
            .source(std::io::Error::other("cause"))
            .hint("check the map");
        assert_eq!(error.to_string(), "no such column (table users, row 7): cause; check the map");
    }
}
