//! Finishing at the start what a crash interrupted between the store and the overlay.

use crosswalk_contract::{Error, ErrorKind, Result};
use tracing::{error, info};

use super::{Engine, Inner, call::call};
use crate::{
    directory::Intent,
    policy::{self, Actor},
    profile::Change,
};

/// What [`Engine::recover`] found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Changes that are whole now.
    pub finished: usize,
    /// Changes that could not be finished (the store is down); they wait for the next start.
    pub waiting: usize,
}

impl Engine {
    /// Finishes changes that were accepted and not completed. Applying one again changes nothing that is done already:
    /// keys are set to the same values.
    ///
    /// # Errors
    /// Those of the directory. A store that is down is counted, not an error.
    pub async fn recover(&self) -> Result<Recovered> {
        let mut recovered = Recovered::default();
        for intent in self.inner.directory.pending_intents(self.inner.now()).await? {
            match self.inner.finish(&intent).await {
                Ok(()) => recovered.finished += 1,
                Err(reason) => {
                    recovered.waiting += 1;
                    error!(connection = %intent.owner.connection, user = ?intent.owner.user_id, %reason, "an interrupted change waits");
                }
            }
        }
        if recovered != Recovered::default() {
            info!(finished = recovered.finished, waiting = recovered.waiting, "interrupted changes");
        }
        Ok(recovered)
    }
}

impl Inner {
    async fn finish(&self, intent: &Intent) -> Result<()> {
        let now = self.now();
        let connection = self.connection(&intent.owner.connection)?.clone();
        let limit = connection.policy().metadata_limit.bytes();
        let Some(place) = self.locate(&intent.owner.user_id).await? else {
            return self.directory.abandon_intent(intent.id).await.map(drop);
        };
        let change = Change::from_json(&intent.body).map_err(|error| {
            Error::new(ErrorKind::Inconsistent, "an interrupted change cannot be read").source(error)
        })?;
        let book = connection.types.load(self, &connection).await?;
        let passed = policy::check_change(
            connection.policy(),
            &Actor::System("recovery"),
            &intent.owner.user_id,
            change,
            &book,
        )?;
        let record = self.find_record(&connection, &crosswalk_contract::By::Id, &place.store_id).await?;
        let Some(record) = record else {
            return self.directory.abandon_intent(intent.id).await.map(drop);
        };
        let writer = connection.adapter().change_metadata();
        let split = connection.translation().split(&passed.checked, &record, limit, writer.is_some())?;
        if let (Some(writer), false) = (writer, split.patch.is_empty()) {
            let key = self.id_key(&place)?;
            call(&connection, "change_metadata", writer.change_metadata(&key, &split.patch)).await?;
        }
        let part = passed.checked.part(&split.overlay);
        self.directory.finish_intent(intent.id, part, limit, now).await.map(drop)
    }
}
