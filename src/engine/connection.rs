//! A connection: an adapter with its map, policy and mode, and what it can really do.

use std::{sync::Arc, time::Duration};

use crosswalk_contract::{Ability, Adapter, By, Error, ErrorKind, PasswordForm, Result};
use crosswalk_passwords::{Limits, Row, SchemeSpec, Verifier};
use serde::{Deserialize, Serialize};

use super::{password::Usual, type_books::LiveTypeBook};
use crate::{policy::PolicySettings, translate::Translation};

/// Which store is the truth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// The legacy store stays the truth; what it cannot hold lives in an overlay.
    #[default]
    Bridge,
    /// Users move to the directory at their first good login, and the legacy store is never written.
    Migrate,
}

impl Mode {
    /// The word in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Mode::Bridge => "bridge",
            Mode::Migrate => "migrate",
        }
    }
}

/// What a connection is made of.
pub struct ConnectionParts {
    /// The name that clients send as `connection` or `realm`.
    pub name: String,
    /// Which store is the truth.
    pub mode: Mode,
    /// The way to the legacy store.
    pub adapter: Arc<dyn Adapter>,
    /// Records to profiles and back.
    pub translation: Translation,
    /// How the password columns are read and written; `None` where the store itself decides on passwords.
    pub password: Option<SchemeSpec>,
    /// A key of the application that some schemes need (site key, pepper).
    pub site_key: Option<crosswalk_contract::Secret>,
    /// What may be written.
    pub policy: PolicySettings,
    /// How long one operation of the store may take.
    pub timeout: Duration,
    /// By which identifiers users log in, in this order; empty for every look-up that the map has.
    pub login_by: Vec<By>,
    /// Whether a deleted user is remembered, so that the next login does not bring them back from the legacy store.
    pub tombstones: bool,
    /// Whether the store is marked as a test store: only such a store is written to by `crosswalk test`.
    pub test_store: bool,
}

/// A connection that is open.
pub struct Connection {
    parts: ConnectionParts,
    verifier: Option<Verifier>,
    pub(super) usual: Usual,
    pub(super) types: LiveTypeBook,
}

impl Connection {
    /// Opens a connection. The store is not reached.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] for a password scheme that does not exist, and for a store that returns hashes nobody can
    /// read because the map has no password rule.
    pub fn new(mut parts: ConnectionParts) -> Result<Connection> {
        let verifier = match &parts.password {
            Some(spec) => Some(Verifier::new(spec, Limits::default()).map_err(|error| {
                Error::new(ErrorKind::Config, error.to_string())
                    .with("connection", &parts.name)
                    .hint("see the list of schemes in the README of crosswalk-passwords")
            })?),
            None => None,
        };
        if parts.login_by.is_empty() {
            parts.login_by = vec![By::Email, By::Username, By::Phone];
        }
        parts.login_by.retain(|by| parts.translation.key(by.clone(), "x").is_some());
        Ok(Connection { parts, verifier, usual: Usual::default(), types: LiveTypeBook::default() })
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.parts.name
    }

    /// Which store is the truth.
    pub fn mode(&self) -> Mode {
        self.parts.mode
    }

    /// The way to the legacy store. Only the engine awaits it.
    pub fn adapter(&self) -> &dyn Adapter {
        &*self.parts.adapter
    }

    /// Whether the store finds users by e-mail address, user name and number alone, and never by an id.
    pub fn takes_identifiers(&self) -> bool {
        self.adapter().takes_identifiers()
    }

    /// Records to profiles and back.
    pub fn translation(&self) -> &Translation {
        &self.parts.translation
    }

    /// What may be written.
    pub fn policy(&self) -> &PolicySettings {
        &self.parts.policy
    }

    /// How long one operation of the store may take.
    pub fn timeout(&self) -> Duration {
        self.parts.timeout
    }

    /// By which identifiers users log in.
    pub fn login_by(&self) -> &[By] {
        &self.parts.login_by
    }

    /// What people are looked up by when they log in. A store that decides on passwords itself may have no look-up of
    /// its own: then whatever the directory knows.
    pub(super) fn identifiers(&self) -> Vec<By> {
        match self.login_by() {
            [] => vec![By::Email, By::Username, By::Phone],
            by => by.to_vec(),
        }
    }

    /// Whether deleted users are remembered.
    pub fn tombstones(&self) -> bool {
        self.parts.tombstones
    }

    /// Whether `crosswalk test` may write to the store.
    pub fn is_test_store(&self) -> bool {
        self.parts.test_store
    }

    pub(super) fn verifier(&self) -> Option<&Verifier> {
        self.verifier.as_ref()
    }

    pub(super) fn site_key(&self) -> Option<&crosswalk_contract::Secret> {
        self.parts.site_key.as_ref()
    }

    /// Whether the connection can do it, and if not, why: what the adapter promises, completed by what the core adds and
    /// narrowed by what the map can write.
    ///
    /// # Errors
    /// The reason, as a sentence.
    pub fn can(&self, ability: Ability) -> Result<(), String> {
        let adapter = self.adapter();
        let promised = ability.promised_by(adapter);
        let absent = || Err(format!("the {} store of `{}` has no {ability}", adapter.kind(), self.name()));
        let moved = self.mode() == Mode::Migrate;
        match ability {
            Ability::Login => match (promised, adapter.get_user(), &self.verifier) {
                (true, ..) | (_, Some(_), Some(_)) => Ok(()),
                (_, Some(_), None) => Err(format!("the map of `{}` has no `password`", self.name())),
                _ => absent(),
            },
            Ability::GetUser | Ability::List if !promised => absent(),
            Ability::Create if moved && adapter.get_user().is_none() => {
                Err(format!("without get_user nobody knows who still lives in the {} store", adapter.kind()))
            }
            // Moved users live in the directory, which can do all of these.
            _ if moved => Ok(()),
            // What the store cannot hold lives in the overlay.
            Ability::ChangeMetadata if adapter.get_user().is_some() => Ok(()),
            _ if !promised => absent(),
            Ability::Create | Ability::ChangePassword if adapter.password_form() == PasswordForm::Hashed => {
                self.can_write_passwords()
            }
            Ability::ChangeEmail => {
                // A store that does not say which addresses are verified can take one that is not.
                let change = |verified| self.translation().email_change("a@example.com", verified).map(drop);
                change(true).or_else(|_| change(false)).map_err(|error| error.to_string())
            }
            Ability::Verify => self.translation().verify().map(drop).map_err(|error| error.to_string()),
            _ => Ok(()),
        }
    }

    /// # Errors
    /// [`ErrorKind::Unsupported`] with the reason.
    pub(super) fn need(&self, ability: Ability) -> Result<()> {
        self.can(ability).map_err(|reason| {
            Error::unsupported(reason).with("connection", self.name()).with("operation", ability.name())
        })
    }

    fn can_write_passwords(&self) -> Result<(), String> {
        let Some(verifier) = &self.verifier else {
            return Err(format!("the map of `{}` has no `password`", self.name()));
        };
        match verifier.can_write(&super::password::with_site_key(Row::new(b""), self)) {
            Ok(()) => Ok(()),
            Err(reason) => Err(format!("passwords of `{}` cannot be written: {reason}", self.name())),
        }
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("name", &self.name())
            .field("kind", &self.adapter().kind())
            .field("mode", &self.mode())
            .finish_non_exhaustive()
    }
}
