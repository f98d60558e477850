//! One trait per ability. Absences are values; errors are for broken stores and broken promises.

use async_trait::async_trait;

use crate::{Batches, Cursor, Field, Key, Patch, Record, Result, Secret, Verdict};

/// A column (or script field) and the value it is to have.
pub type Assignment = (String, Field);

/// The store itself decides whether a password is right. Stores that return a hash do not need this: the core verifies.
#[async_trait]
pub trait Login: Send + Sync {
    /// Logs in with what the user typed. The store must not trim or change either.
    async fn login(&self, identifier: &str, password: &Secret) -> Result<Verdict<Record>>;
}

/// Finds one user.
#[async_trait]
pub trait GetUser: Send + Sync {
    /// The user's record, or `None` where nobody has that key.
    ///
    /// # Errors
    /// [`Inconsistent`](crate::ErrorKind::Inconsistent) where two rows have the key: never the first row.
    async fn get_user(&self, key: &Key) -> Result<Option<Record>>;
}

/// Makes a user.
#[async_trait]
pub trait Create: Send + Sync {
    /// Inserts the user and returns the record as the store now holds it; `None` where the store does not tell (the
    /// core then reads it).
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) where the id, e-mail or user name is taken.
    async fn create(&self, user: &NewUser) -> Result<Option<Record>>;
}

/// A user to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// What to write, in the store's own words.
    pub fields: Vec<Assignment>,
    /// The clear password: only for an adapter whose [`PasswordForm`](crate::PasswordForm) is `Clear`. For all others
    /// the hash is among the fields.
    pub password: Option<Secret>,
}

/// Changes metadata containers, atomically.
#[async_trait]
pub trait ChangeMetadata: Send + Sync {
    /// Applies the patch to the newest state: two callers that change different keys both win. `false` where nobody has
    /// the key.
    async fn change_metadata(&self, key: &Key, patch: &Patch) -> Result<bool>;
}

/// Sets a new password.
#[async_trait]
pub trait ChangePassword: Send + Sync {
    /// Writes it; `false` where nobody has the key.
    async fn change_password(&self, key: &Key, password: &NewPassword) -> Result<bool>;
}

/// A password to be written.
#[derive(Clone, Debug)]
pub struct NewPassword {
    /// Hash, salt and whatever else the map names, in the store's own words; empty for [`PasswordForm::Clear`](crate::PasswordForm).
    pub fields: Vec<Assignment>,
    /// The clear password, for [`PasswordForm::Clear`](crate::PasswordForm) only.
    pub clear: Option<Secret>,
}

/// Changes the e-mail address or its verification status.
#[async_trait]
pub trait ChangeEmail: Send + Sync {
    /// Writes it; `false` where nobody has the key.
    ///
    /// # Errors
    /// [`Conflict`](crate::ErrorKind::Conflict) where another user has the address.
    async fn change_email(&self, key: &Key, change: &EmailChange) -> Result<bool>;
}

/// A new e-mail address.
#[derive(Clone, Debug)]
pub struct EmailChange {
    /// The new address.
    pub email: String,
    /// The verification status of the new address.
    pub verified: bool,
    /// The same in the store's own words; empty for stores without a map.
    pub fields: Vec<Assignment>,
}

/// Marks the e-mail address as verified.
#[async_trait]
pub trait Verify: Send + Sync {
    /// Marks it; `fields` say how, in the store's own words. `false` where nobody has the key.
    async fn verify(&self, key: &Key, fields: &[Assignment]) -> Result<bool>;
}

/// Removes a user.
#[async_trait]
pub trait Delete: Send + Sync {
    /// Removes the user; `false` where nobody has the key.
    async fn delete(&self, key: &Key) -> Result<bool>;
}

/// Lists all users.
pub trait ListUsers: Send + Sync {
    /// Streams every user in the order of a unique key, after the cursor if one is given. Every user who is there from
    /// beginning to end is met exactly once, whoever else comes and goes.
    fn list_users(&self, after: Option<Cursor>) -> Batches<'_>;
}
