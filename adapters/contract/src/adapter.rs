//! The adapter: one accessor per ability, and the accessor is the promise.

use std::fmt;

use async_trait::async_trait;

use crate::{
    ChangeEmail, ChangeMetadata, ChangePassword, Create, Delete, Examination, GetUser, ListUsers, Login, Result, Verify,
};

/// A way to reach one legacy store.
///
/// An accessor that returns `Some` promises the ability. It compiles only if the trait is implemented, so nothing can
/// be promised that is not there, and abilities known only at run time (a script file exists; the connection is
/// read-only) need no second mechanism.
#[async_trait]
pub trait Adapter: Send + Sync {
    /// The kind's name, as in `kind = "sqlite"`.
    fn kind(&self) -> &'static str;

    /// Reaches the store and comes back.
    ///
    /// # Errors
    /// [`Unavailable`](crate::ErrorKind::Unavailable) where the store does not answer.
    async fn ping(&self) -> Result<()>;

    /// Looks at the store for `crosswalk doctor`: version, columns, privileges, limits, missing indexes.
    async fn examine(&self) -> Result<Examination>;

    /// Which form of a new password this store takes. Clear passwords reach only adapters that ask for them.
    fn password_form(&self) -> PasswordForm {
        PasswordForm::Hashed
    }

    /// Whether the store finds users by identifiers alone and not by its own id, as most custom-database scripts do. Keys
    /// by id then say what else is known of the user.
    fn takes_identifiers(&self) -> bool {
        false
    }

    /// The store decides on passwords itself.
    fn login(&self) -> Option<&dyn Login> {
        None
    }
    /// Users can be found.
    fn get_user(&self) -> Option<&dyn GetUser> {
        None
    }
    /// Users can be made.
    fn create(&self) -> Option<&dyn Create> {
        None
    }
    /// Metadata can be changed in the store.
    fn change_metadata(&self) -> Option<&dyn ChangeMetadata> {
        None
    }
    /// Passwords can be changed.
    fn change_password(&self) -> Option<&dyn ChangePassword> {
        None
    }
    /// E-mail addresses can be changed.
    fn change_email(&self) -> Option<&dyn ChangeEmail> {
        None
    }
    /// E-mail addresses can be marked as verified.
    fn verify(&self) -> Option<&dyn Verify> {
        None
    }
    /// Users can be removed.
    fn delete(&self) -> Option<&dyn Delete> {
        None
    }
    /// Users can be listed.
    fn list_users(&self) -> Option<&dyn ListUsers> {
        None
    }
}

/// Which form of a new password a store takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordForm {
    /// The core hashes it by the connection's scheme; the store sees columns.
    Hashed,
    /// The store hashes it itself (scripts, web services).
    Clear,
}

/// The nine abilities, by the names that scripts have for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ability {
    /// [`Login`]
    Login,
    /// [`GetUser`]
    GetUser,
    /// [`Create`]
    Create,
    /// [`ChangeMetadata`]
    ChangeMetadata,
    /// [`Verify`]
    Verify,
    /// [`ChangePassword`]
    ChangePassword,
    /// [`ChangeEmail`]
    ChangeEmail,
    /// [`Delete`]
    Delete,
    /// [`ListUsers`]
    List,
}

impl Ability {
    /// All nine, in the order of the documentation.
    pub const ALL: [Ability; 9] = [
        Ability::Login,
        Ability::GetUser,
        Ability::Create,
        Ability::ChangeMetadata,
        Ability::Verify,
        Ability::ChangePassword,
        Ability::ChangeEmail,
        Ability::Delete,
        Ability::List,
    ];

    /// The name, exactly as in scripts (`get_user`).
    pub fn name(self) -> &'static str {
        match self {
            Ability::Login => "login",
            Ability::GetUser => "get_user",
            Ability::Create => "create",
            Ability::ChangeMetadata => "change_metadata",
            Ability::Verify => "verify",
            Ability::ChangePassword => "change_password",
            Ability::ChangeEmail => "change_email",
            Ability::Delete => "delete",
            Ability::List => "list",
        }
    }

    /// Whether the adapter promises it.
    pub fn promised_by(self, adapter: &dyn Adapter) -> bool {
        match self {
            Ability::Login => adapter.login().is_some(),
            Ability::GetUser => adapter.get_user().is_some(),
            Ability::Create => adapter.create().is_some(),
            Ability::ChangeMetadata => adapter.change_metadata().is_some(),
            Ability::Verify => adapter.verify().is_some(),
            Ability::ChangePassword => adapter.change_password().is_some(),
            Ability::ChangeEmail => adapter.change_email().is_some(),
            Ability::Delete => adapter.delete().is_some(),
            Ability::List => adapter.list_users().is_some(),
        }
    }
}

impl fmt::Display for Ability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
