//! A hash for the application to find: what goes into its columns.

use std::fmt;

use crate::spec::SpecError;
use crate::verdict::Bound;

/// A new hash, exactly as the application writes it.
#[derive(Clone, PartialEq, Eq)]
pub struct HashedRow {
    hash: Vec<u8>,
    salt: Option<Vec<u8>>,
}

impl HashedRow {
    pub(crate) fn whole(hash: impl Into<Vec<u8>>) -> Self {
        Self { hash: hash.into(), salt: None }
    }

    pub(crate) fn with_salt(hash: Vec<u8>, salt: Vec<u8>) -> Self {
        Self { hash, salt: Some(salt) }
    }

    /// The same behind a prefix.
    pub(crate) fn behind(mut self, prefix: &[u8]) -> Self {
        self.hash.splice(..0, prefix.iter().copied());
        self
    }

    /// What goes into the hash column: text, unless the column holds raw bytes.
    pub fn hash(&self) -> &[u8] {
        &self.hash
    }

    /// The hash column as text; absent if it holds raw bytes.
    pub fn hash_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.hash).ok()
    }

    /// What goes into the salt column, for the schemes that have one.
    pub fn salt(&self) -> Option<&[u8]> {
        self.salt.as_deref()
    }
}

impl fmt::Debug for HashedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashedRow").field("salt", &self.salt.is_some()).finish_non_exhaustive()
    }
}

/// Why no hash was written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CannotWrite {
    /// The scheme is `auto` and there is no row to take after: a specification must name what to write.
    NotChosen,
    /// The row to take after cannot be read, or its format is one that must not be written any more.
    NotLikeThat,
    /// Salt and password can be joined in either order, which is enough to verify and not enough to write.
    OrderNotStated,
    /// A password of this length would be cut: the scheme reads only this many bytes.
    PasswordTooLong {
        /// How many bytes the scheme reads.
        limit: usize,
    },
    /// The scheme cannot take a password with a NUL byte.
    PasswordHoldsNul,
    /// The specification wants the password in an encoding that this one cannot be written in.
    PasswordNotText,
    /// The specification uses the site key, and the row carries none.
    NoSiteKey,
    /// A parameter is over its limit.
    OverLimit(Bound),
    /// A parameter is out of the range that the scheme has; holds its name.
    Parameter(&'static str),
    /// The specification itself is wrong.
    Spec(SpecError),
}

impl fmt::Display for CannotWrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotChosen => f.write_str("scheme is \"auto\": name the scheme to write new passwords in"),
            Self::NotLikeThat => f.write_str("the row's own format cannot be written: name a scheme to write instead"),
            Self::OrderNotStated => {
                f.write_str("state order = \"salt-first\" or \"password-first\" to write new passwords")
            }
            Self::PasswordTooLong { limit } => write!(f, "the scheme reads only the first {limit} bytes of a password"),
            Self::PasswordHoldsNul => f.write_str("the scheme cannot take a password with a NUL byte"),
            Self::PasswordNotText => f.write_str("the password is not text, and the specification encodes text"),
            Self::NoSiteKey => f.write_str("the specification uses the site key, and none was given"),
            Self::OverLimit(bound) => bound.fmt(f),
            Self::Parameter(name) => write!(f, "write.{name} is out of the range that the scheme has"),
            Self::Spec(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for CannotWrite {}

impl From<Bound> for CannotWrite {
    fn from(bound: Bound) -> Self {
        Self::OverLimit(bound)
    }
}
