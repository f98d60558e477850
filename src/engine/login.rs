//! Login: in the directory for users who have moved, else in the legacy store, natively or completed from its hash.
//!
//! Outside, an unknown user and a wrong password look the same and cost the same; in the log they differ.

use std::{sync::Arc, time::Instant};

use crosswalk_contract::{Ability, By, Record, Result, Secret, Verdict};
use tracing::{info, warn};

use super::{
    Connection, Engine, Inner, Mode,
    call::call,
    identifier::in_order,
    moving::{Outcome, move_with_password},
    password::{Check, check_credential, check_nobody, check_record, hash_for_directory},
    to_its_end,
};
use crate::{
    directory::{Credential, Identity, MovedUser, State},
    profile::Profile,
    translate::Translated,
};

impl Engine {
    /// Logs a user in. In migrate mode the first good login moves the user into the directory.
    ///
    /// # Errors
    /// [`Unavailable`](crate::engine::ErrorKind::Unavailable) where the store or the hashing pool cannot answer: never
    /// reported as a wrong password.
    pub async fn login(&self, connection: &str, identifier: &str, password: &Secret) -> Result<Verdict<Profile>> {
        let inner = self.inner.clone();
        let connection = inner.connection(connection)?.clone();
        connection.need(Ability::Login)?;
        let (identifier, password) = (identifier.to_owned(), password.clone());
        // A task of its own: the move must not stop halfway because a browser was closed.
        to_its_end(async move {
            let login = Login { deadline: inner.deadline(), inner, connection, password };
            let verdict = login.run(&identifier).await?;
            info!(connection = login.connection.name(), outcome = verdict.name(), "login");
            Ok(verdict.map(|mut profile| {
                profile.complete();
                profile
            }))
        })
        .await
    }
}

struct Login {
    inner: Arc<Inner>,
    connection: Arc<Connection>,
    password: Secret,
    deadline: Instant,
}

impl Login {
    async fn run(&self, identifier: &str) -> Result<Verdict<Profile>> {
        if self.connection.mode() == Mode::Migrate
            && let Some(user) = self.inner.moved_for_login(&self.connection, identifier).await?
        {
            return self.login_moved(user, identifier).await;
        }
        let verdict = self.ask_store(identifier).await?;
        let (found, must_change) = match verdict {
            Verdict::Accepted(found) => (found, false),
            Verdict::MustChangePassword(found) => (found, true),
            Verdict::WrongPassword => return Ok(Verdict::WrongPassword),
            Verdict::UnknownUser => return Ok(Verdict::UnknownUser),
            Verdict::Blocked => return Ok(Verdict::Blocked),
            Verdict::Locked => return Ok(Verdict::Locked),
        };
        if self.connection.mode() == Mode::Migrate {
            match self.inner.directory.state(&found.profile.user_id).await? {
                Some(State::Deleted) if self.connection.tombstones() => return Ok(Verdict::UnknownUser),
                // Whoever has moved is judged by the directory: if it does not know this identifier any more, neither
                // does it open, however right the old password is. If it does, somebody moved the user just now.
                Some(State::Moved) => {
                    return match self.inner.moved_for_login(&self.connection, identifier).await? {
                        Some(user) => self.login_moved(user, identifier).await,
                        None => Ok(Verdict::UnknownUser),
                    };
                }
                _ => {}
            }
        }
        // What an operator has laid over the record counts before the move as after it.
        let shown = self.inner.with_overlay(found.profile.clone()).await?;
        if found.locked {
            return Ok(Verdict::Locked);
        }
        if shown.blocked == Some(true) {
            return Ok(Verdict::Blocked);
        }
        if must_change || found.must_change_password {
            // Nobody moves with a password that is to be changed: the directory would not know that it is.
            return Ok(Verdict::MustChangePassword(shown));
        }
        let profile = match self.connection.mode() {
            Mode::Bridge => shown,
            Mode::Migrate => {
                // The directory folds the overlay in itself, in the transaction of the move.
                let profile = found.profile;
                match move_with_password(&self.inner, &self.connection, profile, &self.password, self.deadline).await? {
                    Outcome::InDirectory(user) => user.profile,
                    Outcome::Postponed => shown,
                    Outcome::Deleted => return Ok(Verdict::UnknownUser),
                }
            }
        };
        Ok(Verdict::Accepted(self.inner.note_login(&self.connection, profile).await?))
    }

    async fn login_moved(&self, user: MovedUser, identifier: &str) -> Result<Verdict<Profile>> {
        let known = check_credential(&self.inner, &self.connection, &user.credential, &self.password, self.deadline);
        let (mut must_change, mut old_hash) = (false, false);
        match known.await? {
            Some(Check::Right { old }) => old_hash = old,
            Some(Check::Wrong) => return Ok(Verdict::WrongPassword),
            Some(Check::Locked) => return Ok(Verdict::Locked),
            None => match self.ask_store_for_password(&user, identifier).await? {
                Verdict::Accepted(()) => {}
                Verdict::MustChangePassword(()) => must_change = true,
                Verdict::WrongPassword | Verdict::UnknownUser => return Ok(Verdict::WrongPassword),
                Verdict::Locked => return Ok(Verdict::Locked),
                Verdict::Blocked => return Ok(Verdict::Blocked),
            },
        }
        if user.profile.blocked == Some(true) {
            return Ok(Verdict::Blocked);
        }
        if must_change {
            return Ok(Verdict::MustChangePassword(user.profile));
        }
        if matches!(user.credential, Credential::AskLegacy(_)) {
            let profile = user.profile.clone();
            move_with_password(&self.inner, &self.connection, profile, &self.password, self.deadline).await?;
        }
        if old_hash {
            self.renew_hash(&user).await;
        }
        Ok(Verdict::Accepted(self.inner.note_login(&self.connection, user.profile).await?))
    }

    /// Puts a hash as new ones are made in the place of one that was made otherwise, now that the password is known. The
    /// login does not depend on it.
    async fn renew_hash(&self, user: &MovedUser) {
        let renewed = async {
            let new = hash_for_directory(&self.inner, &self.password, self.deadline).await?;
            self.inner.directory.rehash(&user.profile.user_id, &user.credential, new, self.inner.now()).await
        };
        match renewed.await {
            Ok(true) => info!(user = ?user.profile.user_id, "a fresh hash in the place of an old one"),
            // Somebody else was faster.
            Ok(false) => {}
            Err(reason) => warn!(user = ?user.profile.user_id, %reason, "an old hash stays until the next login"),
        }
    }

    /// A user whose profile moved before their password was known: the legacy store is asked once more. The user may
    /// have got another address since, which the legacy store has never heard of: it is asked for its own record of
    /// that user, and whether that still is this user's.
    async fn ask_store_for_password(&self, user: &MovedUser, identifier: &str) -> Result<Verdict<()>> {
        let connection = &self.connection;
        let record = self.legacy_record(user).await?;
        let legacy = record.as_ref().map(|record| self.inner.translate(connection, record)).transpose()?;
        let legacy = legacy.filter(|it| it.profile.user_id == user.profile.user_id && is_still(user, &it.profile));
        if connection.adapter().login().is_none() {
            let (Some(record), Some(_)) = (record, legacy) else {
                check_nobody(&self.inner, connection, &self.password, self.deadline).await?;
                return Ok(Verdict::WrongPassword);
            };
            return Ok(match self.check_found(&record).await? {
                Verdict::Accepted(found) if found.locked => Verdict::Locked,
                Verdict::Accepted(found) if found.must_change_password => Verdict::MustChangePassword(()),
                verdict => verdict.map(drop),
            });
        }
        let own = legacy.map(|it| it.profile).and_then(|it| it.email.or(it.username).or(it.phone_number));
        let verdict = self.ask_store(own.as_deref().unwrap_or(identifier)).await?;
        Ok(match verdict {
            Verdict::Accepted(found) | Verdict::MustChangePassword(found)
                if found.profile.user_id != user.profile.user_id || !is_still(user, &found.profile) =>
            {
                Verdict::WrongPassword
            }
            Verdict::Accepted(found) if found.must_change_password => Verdict::MustChangePassword(()),
            verdict => verdict.map(drop),
        })
    }

    /// The legacy store's record under the id of a user who has moved, or under what the record was known by then: that
    /// is all a store can be asked for that takes identifiers alone.
    async fn legacy_record(&self, user: &MovedUser) -> Result<Option<Record>> {
        if self.connection.adapter().get_user().is_none() {
            return Ok(None);
        }
        if self.connection.takes_identifiers()
            && let Credential::AskLegacy(known) = &user.credential
        {
            for (by, value) in known.identifiers.known() {
                if let Some(record) = self.inner.find_record(&self.connection, &by, value).await? {
                    return Ok(Some(record));
                }
            }
            return Ok(None);
        }
        match self.inner.directory.entry(&user.profile.user_id).await? {
            Some(entry) => self.inner.find_record(&self.connection, &By::Id, &entry.owner.store_id).await,
            None => Ok(None),
        }
    }

    /// The legacy store's verdict, whether it decides itself or returns a hash.
    async fn ask_store(&self, identifier: &str) -> Result<Verdict<Translated>> {
        if let Some(native) = self.connection.adapter().login() {
            let verdict = call(&self.connection, "login", native.login(identifier, &self.password)).await?;
            return Ok(match verdict {
                Verdict::Accepted(record) => Verdict::Accepted(self.translate(&record).await?),
                Verdict::MustChangePassword(record) => Verdict::MustChangePassword(self.translate(&record).await?),
                Verdict::WrongPassword => Verdict::WrongPassword,
                Verdict::UnknownUser => Verdict::UnknownUser,
                Verdict::Blocked => Verdict::Blocked,
                Verdict::Locked => Verdict::Locked,
            });
        }
        let mut found = None;
        for by in in_order(self.connection.login_by().iter().cloned(), identifier) {
            found = self.inner.find_record(&self.connection, &by, identifier).await?;
            if found.is_some() {
                break;
            }
        }
        let Some(record) = found else {
            check_nobody(&self.inner, &self.connection, &self.password, self.deadline).await?;
            return Ok(Verdict::UnknownUser);
        };
        self.check_found(&record).await
    }

    /// Checks the password against a record. It comes first: what else is wrong with a row is nobody's business before.
    async fn check_found(&self, record: &Record) -> Result<Verdict<Translated>> {
        match check_record(&self.inner, &self.connection, record, &self.password, self.deadline).await? {
            Check::Wrong => Ok(Verdict::WrongPassword),
            Check::Locked => Ok(Verdict::Locked),
            Check::Right { .. } => Ok(Verdict::Accepted(self.translate(record).await?)),
        }
    }

    async fn translate(&self, record: &Record) -> Result<Translated> {
        let translated = self.inner.translate(&self.connection, record)?;
        self.inner.note_sight(&self.connection, &translated.profile).await?;
        Ok(translated)
    }
}

/// Whether the legacy record is the one that this user came from. The legacy application may have given the id to
/// somebody else, whose password must not open this user's account.
fn is_still(user: &MovedUser, legacy: &Profile) -> bool {
    let Credential::AskLegacy(known) = &user.credential else { return true };
    let same = known.may_be(&Identity::of(legacy));
    if !same {
        warn!(
            connection = %user.profile.connection,
            user = ?user.profile.user_id,
            "the legacy store has given this user's id to somebody else; the user needs a new password"
        );
    }
    same
}

impl Inner {
    /// Counts a login. The directory does so for users who live there; a bridged user's store keeps its own count.
    async fn note_login(&self, connection: &Connection, mut profile: Profile) -> Result<Profile> {
        if connection.mode() == Mode::Bridge {
            return Ok(profile);
        }
        let now = self.now();
        if self.directory.record_login(&profile.user_id, now, None).await? {
            profile.last_login = Some(now);
            profile.updated_at = Some(now);
            profile.logins_count = Some(profile.logins_count.unwrap_or_default() + 1);
        }
        Ok(profile)
    }
}
