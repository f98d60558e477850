//! Removing users: from the legacy store first, then what the directory holds, so that a reused id inherits nothing.

use std::sync::Arc;

use crosswalk_contract::{Ability, By, Delete, Error, ErrorKind, Result};

use super::{Engine, Inner, Mode, call::call, read::Place, recover::DELETION};
use crate::{
    directory::{IntentId, State},
    policy::Actor,
    profile::UserId,
};

impl Engine {
    /// Removes a user; `false` where nobody has that id. In migrate mode the legacy record stays where it is and a
    /// tombstone keeps the next login from bringing the user back (`tombstones = false` switches that off).
    ///
    /// # Errors
    /// Those of the store.
    pub async fn delete(&self, actor: &Actor, user_id: &UserId) -> Result<bool> {
        self.managed(actor, user_id, "delete", async move |inner, place| inner.delete(&place).await).await
    }
}

impl Inner {
    async fn delete(self: &Arc<Self>, place: &Place) -> Result<bool> {
        let connection = &place.connection;
        let _turn = self.turns.of(connection.name(), place.user_id.as_str()).await;
        let existed = match (connection.mode(), place.state) {
            (_, State::Moved) => true,
            (Mode::Migrate, State::Deleted) if connection.tombstones() => return Ok(false),
            (Mode::Migrate, _) => match self.find_record(connection, &By::Id, &place.store_id).await? {
                None => false,
                Some(record) => {
                    // The tombstone needs a row to stand on.
                    let profile = self.translate(connection, &record)?.profile;
                    self.seen.invalidate(&place.user_id);
                    self.note_sight(connection, &profile).await?;
                    true
                }
            },
            (Mode::Bridge, _) => {
                connection.need(Ability::Delete)?;
                let writer = connection
                    .adapter()
                    .delete()
                    .ok_or_else(|| Error::unsupported("this store cannot remove users"))?;
                return self.delete_in_store(place, writer).await;
            }
        };
        let tombstone = connection.mode() == Mode::Migrate && connection.tombstones();
        if existed || !tombstone {
            self.directory.delete(&place.user_id, tombstone, self.now()).await?;
        }
        self.seen.invalidate(&place.user_id);
        Ok(existed)
    }

    /// Removes the record and then what the directory holds. It is written down first: if the process dies between the
    /// two, whoever gets the id next would inherit.
    async fn delete_in_store(&self, place: &Place, writer: &dyn Delete) -> Result<bool> {
        let key = self.id_key(place).await?;
        let known = self.directory.state(&place.user_id).await?.is_some();
        let intent = match known {
            true => Some(self.directory.begin_intent(&place.owner(), DELETION, self.now()).await?),
            false => None,
        };
        match call(&place.connection, "delete", writer.delete(&key)).await {
            Ok(existed) => {
                self.directory.delete(&place.user_id, false, self.now()).await?;
                self.abandon(intent).await?;
                self.seen.invalidate(&place.user_id);
                Ok(existed)
            }
            // Nobody knows whether the record is gone: that is looked up when the store answers again.
            Err(error) if matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Unexpected) => Err(error),
            Err(error) => {
                self.abandon(intent).await?;
                Err(error)
            }
        }
    }

    async fn abandon(&self, intent: Option<IntentId>) -> Result<()> {
        match intent {
            Some(intent) => self.directory.abandon_intent(intent).await.map(drop),
            None => Ok(()),
        }
    }
}
