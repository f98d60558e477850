//! `change_metadata`: judged by the policy, split by owner, written whole, read back.

use std::sync::Arc;

use crosswalk_contract::{Ability, By, Error, Key, Result};
use tracing::warn;

use super::{Engine, Inner, Mode, Sight, call::call, moving::move_without_password, read::Place, to_its_end};
use crate::{
    directory::State,
    policy::{self, Actor, Checked},
    profile::{Change, Profile, UserId},
};

impl Engine {
    /// Changes a user's metadata by the rules of `PATCH /api/v2/users/{id}`, and returns the profile as it then is.
    /// `None` where nobody has that id.
    ///
    /// In bridge mode the store gets what it has a home for and the overlay the rest. In migrate mode a user who has not
    /// moved yet moves first (their password stays where it is until the next login), so the legacy store is never
    /// written.
    ///
    /// # Errors
    /// All violations of the policy at once; `store_owned_key` for keys that the store returns and cannot write.
    pub async fn change_metadata(&self, actor: &Actor, user_id: &UserId, change: Change) -> Result<Option<Profile>> {
        let Some(place) = self.inner.locate(user_id).await? else { return Ok(None) };
        let connection = &place.connection;
        let book = connection.types.load(&self.inner, connection).await?;
        let passed = policy::check_change(connection.policy(), actor, user_id, change, &book)?;
        for warning in &passed.warnings {
            warn!(connection = connection.name(), user = ?user_id, %warning);
        }
        let (inner, actor) = (self.inner.clone(), actor.clone());
        to_its_end(async move {
            let sight = inner.change(&place, &passed.checked).await?;
            if sight.is_some() {
                place.connection.types.learn(&inner, &place.connection, &passed.checked).await;
                inner.audit_change(&actor, &place, &passed.checked).await?;
            }
            Ok(sight.map(|sight| sight.profile))
        })
        .await
    }
}

impl Inner {
    async fn change(self: &Arc<Self>, place: &Place, change: &Checked<Change>) -> Result<Option<Sight>> {
        let limit = place.connection.policy().metadata_limit.bytes();
        if place.connection.mode() == Mode::Migrate || place.state == State::Moved {
            if place.state != State::Moved && move_without_password(self, place).await?.is_none() {
                return Ok(None);
            }
            let profile = self.directory.change_metadata(&place.user_id, change.clone(), limit, self.now()).await?;
            return Ok(profile.map(|profile| Sight::new(None, profile)));
        }
        if !self.change_bridged(place, change, limit).await? {
            return Ok(None);
        }
        self.look_at_place(place).await
    }

    /// `false` where the store does not know the user.
    async fn change_bridged(&self, place: &Place, change: &Checked<Change>, limit: u64) -> Result<bool> {
        let connection = &place.connection;
        connection.need(Ability::ChangeMetadata)?;
        let _turn = self.turns.of(connection.name(), place.user_id.as_str()).await;
        let Some(record) = self.find_record(connection, &By::Id, &place.store_id).await? else { return Ok(false) };
        let writer = connection.adapter().change_metadata();
        let split = connection.translation().split(change, &record, limit, writer.is_some())?;
        if !split.refused.is_empty() {
            return Err(store_owned(&split.refused).with("connection", connection.name()));
        }
        let key = self.id_key(place)?;
        match (split.patch.is_empty(), split.overlay.is_empty(), writer) {
            (true, true, _) => Ok(true),
            (true, false, _) => {
                self.change_overlay(place, change, &split.overlay, limit).await?;
                Ok(true)
            }
            (false, true, Some(writer)) => {
                call(connection, "change_metadata", writer.change_metadata(&key, &split.patch)).await
            }
            (false, false, Some(writer)) => {
                // Two places: what is to be done is written down first, and finished at the next start if need be.
                let body = change.to_json();
                let intent = self.directory.begin_intent(&place.owner(), &body, self.now()).await?;
                let written = call(connection, "change_metadata", writer.change_metadata(&key, &split.patch)).await;
                match written {
                    Ok(true) => {
                        let part = change.part(&split.overlay);
                        self.directory.finish_intent(intent, part, limit, self.now()).await?;
                        Ok(true)
                    }
                    Ok(false) => {
                        self.directory.abandon_intent(intent).await?;
                        Ok(false)
                    }
                    Err(error) => {
                        // The caller is told and decides; a change that was refused must not come back at the next start.
                        self.directory.abandon_intent(intent).await?;
                        Err(error)
                    }
                }
            }
            (false, _, None) => Err(Error::unsupported("this store cannot write metadata")),
        }
    }

    async fn change_overlay(&self, place: &Place, whole: &Checked<Change>, part: &Change, limit: u64) -> Result<()> {
        let (owner, part) = (place.owner(), whole.part(part));
        self.directory.change_overlay(&owner, part, limit, self.now()).await.map(drop)
    }

    pub(super) fn id_key(&self, place: &Place) -> Result<Key> {
        place.connection.translation().key(By::Id, &place.store_id).ok_or_else(|| {
            Error::unsupported("this connection cannot find users by id").with("connection", place.connection.name())
        })
    }
}

fn store_owned(refused: &[(crate::profile::Container, String, String)]) -> Error {
    let reasons: Vec<String> =
        refused.iter().map(|(container, key, reason)| format!("`{container}.{key}`: {reason}")).collect();
    Error::refused("store_owned_key", format!("the legacy store owns what cannot be written: {}", reasons.join("; ")))
        .hint("change it in the legacy application, or map it to a column that can be written")
}
