//! Reading one user: by an identifier of a connection, or by the canonical id wherever the user lives.

use std::{
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
};

use crosswalk_contract::{Ability, By, Error, ErrorKind, Key, Record, Result};
use tracing::{debug, warn};

use super::{Connection, Engine, Inner, Mode, call::call};
use crate::{
    directory::{Identity, Owner, Sighting, State},
    profile::{Profile, UserId},
    translate::Translated,
};

/// One look at a user, with the record it came from: what `crosswalk try` shows.
#[derive(Debug)]
pub struct Sight {
    /// The legacy store's record; `None` for a user who lives in the directory.
    pub record: Option<Record>,
    /// The profile, with defaults and overlay.
    pub profile: Profile,
}

impl Engine {
    /// The user whom the connection knows by that identifier.
    ///
    /// # Errors
    /// Those of the store. An unknown user is `None`.
    pub async fn get_user(&self, connection: &str, by: By, value: &str) -> Result<Option<Profile>> {
        Ok(self.look_at(connection, by, value).await?.map(|sight| sight.profile))
    }

    /// As [`Engine::get_user`], with the record.
    ///
    /// # Errors
    /// As [`Engine::get_user`].
    pub async fn look_at(&self, connection: &str, by: By, value: &str) -> Result<Option<Sight>> {
        let connection = self.inner.connection(connection)?;
        if connection.mode() == Mode::Migrate
            && let Some(user) = self.inner.moved(connection, &by, value).await?
        {
            return Ok(Some(Sight::new(None, user.profile)));
        }
        connection.need(Ability::GetUser)?;
        self.inner.look_in_store(connection, &by, value).await
    }

    /// The user of that id, wherever they live.
    ///
    /// # Errors
    /// Those of the store. An unknown user is `None`.
    pub async fn get_user_by_id(&self, user_id: &UserId) -> Result<Option<Profile>> {
        let Some(place) = self.inner.locate(user_id).await? else { return Ok(None) };
        Ok(self.inner.look_at_place(&place).await?.map(|sight| sight.profile))
    }
}

impl Sight {
    pub(super) fn new(record: Option<Record>, mut profile: Profile) -> Sight {
        profile.complete();
        Sight { record, profile }
    }
}

/// Where a user lives.
pub(super) struct Place {
    pub(super) user_id: UserId,
    pub(super) connection: Arc<Connection>,
    /// The store's own id.
    pub(super) store_id: String,
    pub(super) state: State,
}

impl Place {
    pub(super) fn owner(&self) -> Owner {
        Owner::new(self.user_id.clone(), self.connection.name(), self.store_id.clone())
    }
}

impl Inner {
    /// Finds the connection and the state of a user id: by the index, or by the namespace that table stores put into
    /// their ids. `None` for an id that no connection gives out.
    pub(super) async fn locate(&self, user_id: &UserId) -> Result<Option<Place>> {
        if let Some(entry) = self.directory.entry(user_id).await? {
            let connection = self.connection(&entry.owner.connection)?.clone();
            let user_id = user_id.clone();
            return Ok(Some(Place { user_id, connection, store_id: entry.owner.store_id, state: entry.state }));
        }
        // The longest namespace wins: `shop|eu|7` may be `eu|7` of `shop` or `7` of `shop|eu`, and any id at all may be
        // one of a store without a namespace.
        let owner = self
            .connections
            .values()
            .filter_map(|connection| Some((connection, connection.translation().rest_of(user_id)?)))
            .min_by_key(|(_, rest)| *rest);
        let Some((connection, _)) = owner else { return Ok(None) };
        let Some(store_id) = connection.translation().store_id(user_id) else { return Ok(None) };
        let canonical = connection.translation().canonical(user_id);
        if canonical != *user_id {
            return Box::pin(self.locate(&canonical)).await;
        }
        Ok(Some(Place { user_id: canonical, connection: connection.clone(), store_id, state: State::Pending }))
    }

    pub(super) async fn look_at_place(&self, place: &Place) -> Result<Option<Sight>> {
        match (place.connection.mode(), place.state) {
            (_, State::Moved) => {
                let user = self.directory.moved_by_id(&place.user_id).await?;
                Ok(user.map(|user| Sight::new(None, user.profile)))
            }
            (Mode::Migrate, State::Deleted) if place.connection.tombstones() => Ok(None),
            _ => {
                place.connection.need(Ability::GetUser)?;
                self.look_in_store(&place.connection, &By::Id, &place.store_id).await
            }
        }
    }

    /// Looks into the legacy store and puts the overlay on top.
    async fn look_in_store(&self, connection: &Arc<Connection>, by: &By, value: &str) -> Result<Option<Sight>> {
        let Some(record) = self.find_record(connection, by, value).await? else { return Ok(None) };
        let translated = self.translate(connection, &record)?;
        self.note_sight(connection, &translated.profile).await?;
        if connection.mode() == Mode::Migrate {
            match self.directory.state(&translated.profile.user_id).await? {
                Some(State::Deleted) if connection.tombstones() => return Ok(None),
                // Found in the store under an identifier that changed in the directory since: the directory is the truth.
                Some(State::Moved) => {
                    let user = self.moved(connection, by, value).await?;
                    return Ok(user
                        .filter(|user| user.profile.user_id == translated.profile.user_id)
                        .map(|user| Sight::new(None, user.profile)));
                }
                _ => {}
            }
        }
        let profile = self.with_overlay(translated.profile).await?;
        Ok(Some(Sight::new(Some(record), profile)))
    }

    /// The record for an identifier. What comes back is compared with what was asked: a store that compares without
    /// accents or reads `'4711abc'` as 4711 must not hand somebody else's row to whoever asked.
    pub(super) async fn find_record(&self, connection: &Connection, by: &By, value: &str) -> Result<Option<Record>> {
        let translation = connection.translation();
        let Some(key) = self.key(connection, by, value).await? else {
            debug!(connection = connection.name(), by = by.name(), "no such look-up");
            return Ok(None);
        };
        let get_user = connection
            .adapter()
            .get_user()
            .ok_or_else(|| Error::unsupported("this store cannot find users").with("connection", connection.name()))?;
        let Some(record) = call(connection, "get_user", get_user.get_user(&key)).await? else { return Ok(None) };
        if translation.answers(&record, by, value) {
            return Ok(Some(record));
        }
        warn!(
            connection = connection.name(),
            by = by.name(),
            "the store answered with a user who does not have the identifier that was asked for; treated as unknown"
        );
        Ok(None)
    }

    /// The key for a look-up. A store that finds users by identifiers alone gets those that the index has with an id;
    /// the index has them without regard to letter case.
    pub(super) async fn key(&self, connection: &Connection, by: &By, value: &str) -> Result<Option<Key>> {
        let Some(mut key) = connection.translation().key(by.clone(), value) else { return Ok(None) };
        if *by == By::Id
            && connection.takes_identifiers()
            && let Ok(user_id) = UserId::from_store(value)
            && let Some(entry) = self.directory.entry(&user_id).await?
        {
            key.also = entry.identity.identifiers.known().map(|(by, value)| (by, value.to_owned())).collect();
        }
        Ok(Some(key))
    }

    /// Adds what the directory holds beside the store.
    pub(super) async fn with_overlay(&self, mut profile: Profile) -> Result<Profile> {
        self.directory.overlay(&profile.user_id, &Identity::of(&profile)).await?.lay_over(&mut profile);
        Ok(profile)
    }

    /// Record to profile, diagnostics to the log.
    ///
    /// # Errors
    /// Those of [`Translation::profile`](crate::translate::Translation::profile); `foreign_user_id`.
    pub(super) fn translate(&self, connection: &Connection, record: &Record) -> Result<Translated> {
        let translated =
            connection.translation().profile(record).map_err(|error| error.with("connection", connection.name()))?;
        if let Some(other) = self.whose_namespace(connection, &translated.profile.user_id) {
            return Err(Error::new(
                ErrorKind::Inconsistent,
                format!("the store returned an id in the namespace of the connection `{}`", other.name()),
            )
            .code("foreign_user_id")
            .with("connection", connection.name())
            .hint("give its users ids that begin with a word of their own, or rename one of the two connections"));
        }
        for diagnostic in &translated.diagnostics {
            debug!(connection = connection.name(), user = ?translated.profile.user_id, %diagnostic);
        }
        Ok(translated)
    }

    /// Keeps the user's index row, unless it is known to be up to date.
    pub(super) async fn note_sight(&self, connection: &Connection, profile: &Profile) -> Result<()> {
        let fingerprint = fingerprint(connection, profile);
        if self.seen.get(&profile.user_id) == Some(fingerprint) {
            return Ok(());
        }
        match self.directory.see(&self.sighting(connection, profile)?).await {
            Ok(seen) if seen.stranger => warn!(
                connection = connection.name(),
                user = ?profile.user_id,
                "the store has given this id to somebody else; what was added for the former owner is set aside"
            ),
            Ok(_) => {}
            // A look-up does not depend on the index: it is kept at the next sight.
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                warn!(connection = connection.name(), %error, "the index of users could not be kept");
                return Ok(());
            }
            Err(error) => return Err(error),
        }
        self.seen.insert(profile.user_id.clone(), fingerprint);
        Ok(())
    }

    /// What the index is told of a profile that the store shows.
    pub(super) fn sighting(&self, connection: &Connection, profile: &Profile) -> Result<Sighting> {
        let store_id = connection.translation().store_id(&profile.user_id).ok_or_else(|| {
            Error::new(ErrorKind::Unexpected, "a profile has an id that its connection does not give out")
                .with("connection", connection.name())
        })?;
        Ok(Sighting {
            owner: Owner::new(profile.user_id.clone(), connection.name(), store_id),
            identity: Identity::of(profile),
            at: self.now(),
        })
    }

    /// The other connection whose users have such ids, if one has a longer namespace than this one.
    pub(super) fn whose_namespace(&self, connection: &Connection, user_id: &UserId) -> Option<&Arc<Connection>> {
        let own = connection.translation().rest_of(user_id)?;
        self.connections.values().find(|other| {
            other.name() != connection.name() && other.translation().rest_of(user_id).is_some_and(|rest| rest < own)
        })
    }
}

fn fingerprint(connection: &Connection, profile: &Profile) -> u64 {
    let mut hasher = DefaultHasher::new();
    let Profile { email, username, phone_number, created_at, .. } = profile;
    (connection.name(), email, username, phone_number, created_at).hash(&mut hasher);
    hasher.finish()
}
