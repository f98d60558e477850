//! Removing users: from the legacy store first, then what the directory holds, so that a reused id inherits nothing.

use std::sync::Arc;

use crosswalk_contract::{Ability, By, Error, Result};

use super::{Engine, Inner, Mode, call::call, read::Place};
use crate::{directory::State, policy::Actor, profile::UserId};

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
                let key = self.id_key(place)?;
                call(connection, "delete", writer.delete(&key)).await?
            }
        };
        let tombstone = connection.mode() == Mode::Migrate && connection.tombstones();
        if existed || !tombstone {
            self.directory.delete(&place.user_id, tombstone, self.now()).await?;
        }
        self.seen.invalidate(&place.user_id);
        Ok(existed)
    }
}
