//! Secrets: values that are never printed, wiped when dropped, and named in configuration rather than written there.

use std::{env, fmt, fs, path::Path};

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{Error, ErrorKind};

/// A clear password, a connection string, a key. Prints as `***` and is wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Secret(String);

impl Secret {
    /// Takes the value over.
    pub fn new(value: impl Into<String>) -> Secret {
        Secret(value.into())
    }

    /// The value. Each use of this is a place to review; the name is chosen to be easy to search for.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Where a secret comes from: `{ env = "SHOP_DB" }`, `{ file = "/run/secrets/shop" }`, or plain text.
///
/// There is no `$NAME` inside strings: a password that contains a dollar sign would change its meaning.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a string, { env = \"NAME\" } or { file = \"path\" }")]
pub enum SecretRef {
    /// An environment variable.
    Env {
        /// Its name.
        env: String,
    },
    /// A file whose content, without a final line break, is the secret.
    File {
        /// Its path; a relative one is taken from the configuration's folder.
        file: String,
    },
    /// The value itself, for what is not secret (a URL without a password, a file in development).
    Plain(String),
}

impl SecretRef {
    /// Reads the secret. `dir` is the folder that relative file names start from.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] naming the variable or file that is missing or unreadable, never its content.
    pub fn resolve(&self, dir: &Path) -> Result<Secret, Error> {
        match self {
            SecretRef::Plain(value) => Ok(Secret::new(value.clone())),
            SecretRef::Env { env: name } => env::var(name).map(Secret::new).map_err(|_| {
                Error::new(ErrorKind::Config, format!("the environment variable {name} is not set or is not text"))
                    .hint(format!("set {name} before starting, or use {{ file = \"…\" }}"))
            }),
            SecretRef::File { file } => {
                let path = dir.join(file);
                let text = fs::read_to_string(&path).map_err(|error| {
                    Error::new(ErrorKind::Config, format!("the secret file {} cannot be read", path.display()))
                        .source(error)
                })?;
                Ok(Secret::new(text.strip_suffix('\n').unwrap_or(&text).trim_end_matches('\r').to_owned()))
            }
        }
    }
}

impl fmt::Debug for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretRef::Env { env } => write!(f, "{{ env = {env:?} }}"),
            SecretRef::File { file } => write!(f, "{{ file = {file:?} }}"),
            SecretRef::Plain(_) => f.write_str("***"),
        }
    }
}
