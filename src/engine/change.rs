//! `change_metadata`: judged by the policy, split by owner, written whole, read back.

use std::sync::Arc;

use crosswalk_contract::{Ability, By, ChangeMetadata, Error, ErrorKind, Key, Patch, Result};
use tracing::warn;

use super::{Engine, Inner, Mode, Sight, call::call, moving::move_without_password, read::Place, to_its_end};
use crate::{
    directory::{Identity, State},
    policy::{self, Actor, Checked},
    profile::{Change, Container, Profile, UserId},
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
        self.finish_interrupted(place).await?;
        let Some(record) = self.find_record(connection, &By::Id, &place.store_id).await? else { return Ok(false) };
        let mut shown = self.translate(connection, &record)?.profile;
        // Before anything is added: the id may have gone to somebody else.
        self.note_sight(connection, &shown).await?;
        let overlay = self.directory.overlay(&place.user_id, &Identity::of(&shown)).await?;
        overlay.lay_over(&mut shown);
        check_size(&mut shown, change, limit)?;

        let writer = connection.adapter().change_metadata();
        let split = connection.translation().split(change, &record, limit, writer.is_some())?;
        if !split.refused.is_empty() {
            return Err(store_owned(&split.refused).with("connection", connection.name()));
        }
        let rest = change.part(&split.overlay);
        match (split.patch.is_empty(), split.overlay.is_empty(), writer) {
            (true, true, _) => Ok(true),
            (true, false, _) => {
                self.directory.change_overlay(&place.owner(), rest, limit, self.now()).await?;
                Ok(true)
            }
            (false, true, Some(writer)) => {
                let key = self.id_key(place).await?;
                call(connection, "change_metadata", writer.change_metadata(&key, &split.patch)).await
            }
            (false, false, Some(writer)) => {
                // What the overlay will refuse must be known before the store is written, or half of it would be done.
                overlay.changed(&rest, limit)?;
                self.change_both(place, writer, change, &split.patch, rest, limit).await
            }
            (false, _, None) => Err(Error::unsupported("this store cannot write metadata")),
        }
    }

    /// A change of two places: what is to be done is written down first, and finished later if need be.
    async fn change_both(
        &self,
        place: &Place,
        writer: &dyn ChangeMetadata,
        change: &Checked<Change>,
        patch: &Patch,
        rest: Checked<Change>,
        limit: u64,
    ) -> Result<bool> {
        let key = self.id_key(place).await?;
        let intent = self.directory.begin_intent(&place.owner(), &change.to_json(), self.now()).await?;
        match call(&place.connection, "change_metadata", writer.change_metadata(&key, patch)).await {
            Ok(true) => {
                let finished = self.directory.finish_intent(intent, rest, limit, self.now()).await;
                finished.map(|_| true).map_err(|error| {
                    Error::new(error.kind(), "the store has taken its part of the change; the directory's part waits")
                        .code("change_waits")
                        .with("connection", place.connection.name())
                        .hint("the change is written down and finished at the user's next change or the next start")
                        .source(error)
                })
            }
            Ok(false) => {
                self.directory.abandon_intent(intent).await?;
                Ok(false)
            }
            // Nobody knows whether the store took its part: the change stays written down until the store answers.
            Err(error) if matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Unexpected) => {
                Err(error
                    .hint("the change is written down: it is finished at the user's next change or the next start"))
            }
            Err(error) => {
                // A change that was refused must not come back at the next start.
                self.directory.abandon_intent(intent).await?;
                Err(error)
            }
        }
    }

    /// The key for a write that no read of the user came before; `None` where nobody has the id. A store that is asked by
    /// address is asked first whose the address is: it may have gone to somebody else, whose password must not change.
    pub(super) async fn key_of_somebody(&self, place: &Place) -> Result<Option<Key>> {
        let connection = &place.connection;
        if connection.takes_identifiers()
            && connection.adapter().get_user().is_some()
            && self.find_record(connection, &By::Id, &place.store_id).await?.is_none()
        {
            return Ok(None);
        }
        self.id_key(place).await.map(Some)
    }

    /// The key for a write to a user whose record was just read.
    pub(super) async fn id_key(&self, place: &Place) -> Result<Key> {
        self.key(&place.connection, &By::Id, &place.store_id).await?.ok_or_else(|| {
            Error::unsupported("this connection cannot find users by id").with("connection", place.connection.name())
        })
    }
}

/// A container is one document to whoever reads it, however many places keep it: together they may grow to the limit.
/// `shown` is used up.
///
/// # Errors
/// `metadata_too_large`.
fn check_size(shown: &mut Profile, change: &Change, limit: u64) -> Result<()> {
    for container in Container::ALL {
        let Some(part) = change.container(container) else { continue };
        let document = shown.container_mut(container).get_or_insert_default();
        // Mostly it is far from the limit, and nothing has to be put together.
        if document.len_bytes() + part.added_bytes() > limit {
            part.patch(container, limit).apply(document)?;
        }
    }
    Ok(())
}

fn store_owned(refused: &[(Container, String, String)]) -> Error {
    let reasons: Vec<String> =
        refused.iter().map(|(container, key, reason)| format!("`{container}.{key}`: {reason}")).collect();
    Error::refused("store_owned_key", format!("the legacy store owns what cannot be written: {}", reasons.join("; ")))
        .hint("change it in the legacy application, or map it to a column that can be written")
}
