//! What a user table holds about one user's password.

use std::fmt;

/// One user's password columns, borrowed from the record that was read.
///
/// Only the hash is always there; every other column is stated if the table has it. A NULL hash is an empty hash, which
/// never matches anything. Printing a row tells which columns it has and none of their values.
///
/// ```
/// use crosswalk_passwords::Row;
///
/// let row = Row::new(b"b305cadbb3bce54f3aa59c64fec00dea").salt(b"salt");
/// ```
#[derive(Clone, Copy, Default)]
pub struct Row<'a> {
    pub(crate) hash: &'a [u8],
    pub(crate) salt: Option<&'a [u8]>,
    pub(crate) iterations: Option<u64>,
    pub(crate) scheme: Option<&'a str>,
    pub(crate) user_name: Option<&'a [u8]>,
    pub(crate) email: Option<&'a [u8]>,
    pub(crate) id: Option<&'a [u8]>,
    pub(crate) site_key: Option<&'a [u8]>,
}

impl<'a> Row<'a> {
    /// A row with this stored hash, exactly as the column gives it: text as its bytes, binary as it is.
    pub fn new(hash: &'a [u8]) -> Self {
        Self { hash, ..Self::default() }
    }

    /// The salt column. An empty column is an empty salt; do not call this for NULL.
    pub fn salt(self, salt: &'a [u8]) -> Self {
        Self { salt: Some(salt), ..self }
    }

    /// The iterations column, for tables that keep the number of rounds beside the hash.
    pub fn iterations(self, iterations: u64) -> Self {
        Self { iterations: Some(iterations), ..self }
    }

    /// The scheme column: a name of [`crate::scheme_names`] for this row alone. It wins over the specification.
    pub fn scheme(self, scheme: &'a str) -> Self {
        Self { scheme: Some(scheme), ..self }
    }

    /// The user name, for schemes that salt with it.
    pub fn user_name(self, user_name: &'a [u8]) -> Self {
        Self { user_name: Some(user_name), ..self }
    }

    /// The e-mail address, for schemes that salt with it.
    pub fn email(self, email: &'a [u8]) -> Self {
        Self { email: Some(email), ..self }
    }

    /// The user's id in the table, for schemes that salt with it.
    pub fn id(self, id: &'a [u8]) -> Self {
        Self { id: Some(id), ..self }
    }

    /// The application's own secret (site key, pepper), which is in its configuration and not in the table.
    pub fn site_key(self, site_key: &'a [u8]) -> Self {
        Self { site_key: Some(site_key), ..self }
    }

    /// The same row with another hash: what is left when an outer format is taken off.
    pub(crate) fn holding(self, hash: &'a [u8]) -> Self {
        Self { hash, ..self }
    }
}

impl fmt::Debug for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Row")
            .field("hash", &!self.hash.is_empty())
            .field("salt", &self.salt.is_some())
            .field("iterations", &self.iterations.is_some())
            .field("scheme", &self.scheme.is_some())
            .field("user_name", &self.user_name.is_some())
            .field("email", &self.email.is_some())
            .field("id", &self.id.is_some())
            .field("site_key", &self.site_key.is_some())
            .finish()
    }
}
