//! Whom an identifier means, when one person lives in the directory and another still in the legacy store.
//!
//! The directory compares addresses and user names without regard to letter case, and knows nothing of those who have
//! not been seen yet. So nobody in it may come between a legacy user and the identifier that this one has always had.

use std::sync::Arc;

use crosswalk_contract::{By, Error, ErrorKind, Result};
use tracing::warn;

use super::{Connection, Inner, Mode};
use crate::{
    directory::{MovedUser, State},
    profile::{NewProfile, Profile},
};

impl Inner {
    /// The moved user whom the connection's logins mean by that identifier; `None` also where a legacy user comes first.
    pub(super) async fn moved_for_login(
        &self,
        connection: &Arc<Connection>,
        identifier: &str,
    ) -> Result<Option<MovedUser>> {
        for by in in_order(connection.identifiers(), identifier) {
            let Some(user) = self.moved(connection, &by, identifier).await? else { continue };
            // One user's name may be another's address, and the address is what the second one proved.
            if by != By::Email
                && address_like(identifier)
                && let Some(other) = self.lives_in_store(connection, &By::Email, identifier).await?
                && other.user_id != user.profile.user_id
            {
                return Ok(None);
            }
            return Ok(Some(user));
        }
        Ok(None)
    }

    /// The moved user with that identifier, unless the legacy store has somebody else under exactly this spelling: a
    /// store that regards letter case may hold `jane` where the directory holds `Jane`.
    pub(super) async fn moved(&self, connection: &Arc<Connection>, by: &By, value: &str) -> Result<Option<MovedUser>> {
        let Some(user) = self.directory.moved(connection.name(), by, value).await? else { return Ok(None) };
        if connection.translation().folds(by) || spelled(&user.profile, by) == Some(value) {
            return Ok(Some(user));
        }
        match self.lives_in_store(connection, by, value).await? {
            Some(other) if other.user_id != user.profile.user_id => {
                warn!(
                    connection = connection.name(),
                    by = by.name(),
                    user = ?user.profile.user_id,
                    other = ?other.user_id,
                    "two users differ by letter case alone; the legacy store's own spelling comes first"
                );
                Ok(None)
            }
            _ => Ok(Some(user)),
        }
    }

    /// The legacy store's user of that identifier, if they still live there.
    pub(super) async fn lives_in_store(
        &self,
        connection: &Arc<Connection>,
        by: &By,
        value: &str,
    ) -> Result<Option<Profile>> {
        if connection.adapter().get_user().is_none() {
            return Ok(None);
        }
        let Some(record) = self.find_record(connection, by, value).await? else { return Ok(None) };
        let profile = self.translate(connection, &record)?.profile;
        let state = self.directory.state(&profile.user_id).await?;
        // Who has moved or gone no longer lives under the identifier that the legacy row still has.
        let lives_there = connection.mode() == Mode::Bridge || state.is_none_or(|state| state == State::Pending);
        Ok(lives_there.then_some(profile))
    }

    /// Whoever would be found under that identifier if somebody new had it: by any look-up that logins use, in any
    /// letter case.
    pub(super) async fn holder(&self, connection: &Arc<Connection>, value: &str) -> Result<Option<(By, Profile)>> {
        let folded = value.to_lowercase();
        for by in connection.identifiers() {
            if let Some(user) = self.directory.moved(connection.name(), &by, value).await? {
                return Ok(Some((by, user.profile)));
            }
            if let Some(profile) = self.lives_in_store(connection, &by, value).await? {
                return Ok(Some((by, profile)));
            }
            if folded != value
                && !connection.translation().folds(&by)
                && let Some(profile) = self.lives_in_store(connection, &by, &folded).await?
            {
                return Ok(Some((by, profile)));
            }
        }
        Ok(None)
    }

    /// Refuses a new user whose id or identifiers somebody has.
    ///
    /// # Errors
    /// [`Conflict`](ErrorKind::Conflict) with code `user_exists`.
    pub(super) async fn check_free(&self, connection: &Arc<Connection>, user: &NewProfile) -> Result<()> {
        let taken = |by: &By| {
            Err(Error::new(ErrorKind::Conflict, format!("there is a user with this {}", by.name()))
                .code("user_exists")
                .with("connection", connection.name()))
        };
        if let Some(id) = &user.id {
            let moved = self.directory.moved(connection.name(), &By::Id, id).await?.is_some();
            if moved || self.lives_in_store(connection, &By::Id, id).await?.is_some() {
                return taken(&By::Id);
            }
        }
        for (_, value) in identifiers(user) {
            if let Some((by, _)) = self.holder(connection, value).await? {
                return taken(&by);
            }
        }
        Ok(())
    }
}

/// What a new user is to be found by.
pub(super) fn identifiers(user: &NewProfile) -> impl Iterator<Item = (By, &str)> {
    [(By::Email, &user.email), (By::Username, &user.username), (By::Phone, &user.phone_number)]
        .into_iter()
        .filter_map(|(by, value)| Some((by, value.as_deref()?)))
}

/// An identifier with an `@` is tried as an e-mail address first, any other one last.
pub(super) fn in_order(by: impl IntoIterator<Item = By>, identifier: &str) -> Vec<By> {
    let mut order: Vec<By> = by.into_iter().collect();
    order.sort_by_key(|by| (*by == By::Email) != address_like(identifier));
    order
}

fn address_like(identifier: &str) -> bool {
    identifier.contains('@')
}

fn spelled<'p>(profile: &'p Profile, by: &By) -> Option<&'p str> {
    match by {
        By::Email => profile.email.as_deref(),
        By::Username => profile.username.as_deref(),
        By::Phone => profile.phone_number.as_deref(),
        // Ids are compared as they are.
        By::Id | By::Field(_) | By::Fields(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_first_looked_for_among_addresses() {
        let by = [By::Username, By::Email, By::Phone];
        assert_eq!(in_order(by.clone(), "j@x.org"), [By::Email, By::Username, By::Phone]);
        assert_eq!(in_order(by, "jane"), [By::Username, By::Phone, By::Email]);
    }
}
