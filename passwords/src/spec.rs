//! How people write down what a password column holds: `scheme = "salted-md5", order = "salt-first"`.

use std::fmt;

use serde::Deserialize;

use crate::encoding::BytesAs;
use crate::password_form::{PasswordEncoding, Prehash};
use crate::verdict::Bound;
use crate::written::CannotWrite;

/// What a password column holds, as a configuration states it. Column names are not in here: whoever reads the columns
/// fills a [`crate::Row`]. Everything has a default; `SchemeSpec::default()` lets each string speak for itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SchemeSpec {
    /// One of [`crate::scheme_names`]; `auto` if absent.
    pub scheme: Option<String>,
    /// How salt and password are joined. Absent: either is tried when verifying, and nothing can be written.
    pub order: Option<Order>,
    /// `hash:salt`, `salt$hash`, `hashsalt`…: where the salt stands if it has no column of its own. Absent: the column if
    /// the row has one, or else whatever separator is found.
    pub layout: Option<Layout>,
    /// How the digest is written. Absent: told by its length.
    pub hash_encoding: Option<BytesAs>,
    /// How the salt is written. Absent: it is used as it stands, the most usual case even for salts that look like hex.
    pub salt_encoding: Option<BytesAs>,
    /// Where the site key goes. Absent: it is not used.
    pub site_key_order: Option<SiteKeyOrder>,
    /// How the application turns a password into bytes.
    pub password_encoding: PasswordEncoding,
    /// A digest that the application hashes instead of the password.
    pub prehash: Option<Prehash>,
    /// Parameters of hashes that are written.
    pub write: HashParams,
}

impl SchemeSpec {
    /// Every key of a specification, for those who keep their own keys (column names) in the same table.
    pub const KEYS: &'static [&'static str] = &[
        "scheme",
        "order",
        "layout",
        "hash_encoding",
        "salt_encoding",
        "site_key_order",
        "password_encoding",
        "prehash",
        "write",
    ];

    /// A specification that names a scheme and leaves the rest at its defaults.
    pub fn named(scheme: &str) -> Self {
        Self { scheme: Some(scheme.to_owned()), ..Self::default() }
    }

    /// The names of the options that are stated and only some schemes have.
    pub(crate) fn stated(&self) -> impl Iterator<Item = &'static str> {
        let write = &self.write;
        [
            ("order", self.order.is_some()),
            ("layout", self.layout.is_some()),
            ("hash_encoding", self.hash_encoding.is_some()),
            ("salt_encoding", self.salt_encoding.is_some()),
            ("site_key_order", self.site_key_order.is_some()),
            ("write.cost", write.cost.is_some()),
            ("write.memory_kib", write.memory_kib.is_some()),
            ("write.passes", write.passes.is_some()),
            ("write.lanes", write.lanes.is_some()),
            ("write.rounds", write.rounds.is_some()),
            ("write.salt_length", write.salt_length.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, stated)| stated.then_some(name))
    }
}

/// Parameters of a hash that is written; what is absent takes the scheme's default.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HashParams {
    /// bcrypt's cost, scrypt's log2 N, or the log2 of phpass and Drupal rounds.
    pub cost: Option<u32>,
    /// argon2's memory, in KiB.
    pub memory_kib: Option<u32>,
    /// argon2's passes over its memory.
    pub passes: Option<u32>,
    /// argon2's lanes.
    pub lanes: Option<u32>,
    /// Rounds of PBKDF2.
    pub rounds: Option<u32>,
    /// Length of the salt as it is written, in bytes.
    pub salt_length: Option<u32>,
}

/// How salt and password are joined before they are hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Order {
    /// `H(salt · password)`
    SaltFirst,
    /// `H(password · salt)`
    PasswordFirst,
    /// `H(salt · password · salt)`
    SaltAround,
}

/// Where the application's own key stands among what is hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum SiteKeyOrder {
    /// Before everything else.
    First,
    /// After everything else.
    Last,
}

/// Digest and salt in one string. Written as an example of it: `hash:salt`, `salt$hash`, `hashsalt`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Layout {
    pub(crate) hash_first: bool,
    pub(crate) separator: Vec<u8>,
}

impl TryFrom<String> for Layout {
    type Error = SpecError;

    fn try_from(text: String) -> Result<Self, SpecError> {
        let parts = match (text.strip_prefix("hash"), text.strip_prefix("salt")) {
            (Some(rest), _) => rest.strip_suffix("salt").map(|separator| (true, separator)),
            (_, Some(rest)) => rest.strip_suffix("hash").map(|separator| (false, separator)),
            _ => None,
        };
        let (hash_first, separator) = parts.ok_or(SpecError::Layout)?;
        Ok(Self { hash_first, separator: separator.as_bytes().to_vec() })
    }
}

/// What is wrong with a specification.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SpecError {
    /// No scheme has this name; [`crate::scheme_names`] lists those that exist.
    UnknownScheme(String),
    /// The scheme has no such option.
    NoSuchOption {
        /// The option's key.
        option: &'static str,
        /// The scheme's name.
        scheme: &'static str,
    },
    /// A layout that is not `hash`, a separator and `salt`, or the other way round.
    Layout,
    /// A `write` parameter that the scheme or the limits do not allow.
    Write(Box<CannotWrite>),
}

impl fmt::Display for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownScheme(name) => write!(f, "there is no password scheme {name:?}"),
            Self::NoSuchOption { option, scheme } => write!(f, "scheme {scheme:?} has no option {option}"),
            Self::Layout => f.write_str("layout must be like \"hash:salt\" or \"salt$hash\", with any separator"),
            Self::Write(reason) => reason.fmt(f),
        }
    }
}

impl std::error::Error for SpecError {}

impl From<Bound> for SpecError {
    fn from(bound: Bound) -> Self {
        Self::Write(Box::new(CannotWrite::OverLimit(bound)))
    }
}
