//! Finishing what a crash interrupted between the store and the overlay: at the start, or before the next change.

use crosswalk_contract::{By, Error, ErrorKind, Result};
use tracing::{error, info};

use super::{Engine, Inner, call::call, read::Place};
use crate::{
    directory::{Intent, State},
    policy::{self, Actor, PolicySettings, TypeBook, TypesMode},
    profile::Change,
};

/// The body of an intent to remove a user. Every other body is a change, which is a JSON object.
pub(super) const DELETION: &str = "delete";

/// What [`Engine::recover`] found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Changes that are whole now.
    pub finished: usize,
    /// Changes that could not be finished (the store is down); they wait for the next start, or the user's next change.
    pub waiting: usize,
    /// Changes that nothing takes any more (a limit was lowered since); they are given up and logged.
    pub given_up: usize,
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
            if !self.inner.connections.contains_key(&intent.owner.connection) {
                // Not opened by this program; whoever opens it finishes the change.
                recovered.waiting += 1;
                continue;
            }
            match self.inner.finish(&intent).await {
                Ok(true) => recovered.finished += 1,
                Ok(false) => recovered.given_up += 1,
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
    /// Finishes what was interrupted for one user before something newer is written: finished later, it would undo the
    /// newer change.
    pub(super) async fn finish_interrupted(&self, place: &Place) -> Result<()> {
        // Whatever its age: a later replay would undo the newer change, and replaying what somebody is busy with is harmless.
        for intent in self.directory.pending_intents(self.now()).await? {
            if intent.owner.user_id == place.user_id {
                self.finish(&intent).await?;
            }
        }
        Ok(())
    }

    /// `false` where the change was given up.
    async fn finish(&self, intent: &Intent) -> Result<bool> {
        match self.try_finish(intent).await {
            Ok(()) => Ok(true),
            Err(reason) if reason.kind() == ErrorKind::Refused => {
                let (connection, user) = (&intent.owner.connection, &intent.owner.user_id);
                error!(%connection, ?user, %reason, "an interrupted change is given up");
                self.directory.abandon_intent(intent.id).await?;
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    async fn try_finish(&self, intent: &Intent) -> Result<()> {
        let now = self.now();
        let connection = self.connection(&intent.owner.connection)?.clone();
        let limit = connection.policy().metadata_limit.bytes();
        let Some(place) = self.locate(&intent.owner.user_id).await? else {
            return self.directory.abandon_intent(intent.id).await.map(drop);
        };
        let record = match place.state {
            State::Moved => None,
            _ => self.find_record(&connection, &By::Id, &place.store_id).await?,
        };
        if let Some(record) = &record {
            let profile = self.translate(&connection, record)?.profile;
            self.note_sight(&connection, &profile).await?;
            // The id may have gone to somebody else, and what was meant for the former owner with them.
            if !self.directory.pending_intents(now).await?.iter().any(|it| it.id == intent.id) {
                return Ok(());
            }
        }
        if intent.body == DELETION {
            // If the store has the user still, or the user has moved away, it was not done, and whoever asked was told so.
            if record.is_none() && place.state != State::Moved {
                self.directory.delete(&place.user_id, false, now).await?;
            }
            return self.directory.abandon_intent(intent.id).await.map(drop);
        }
        let change = Change::from_json(&intent.body).map_err(|error| {
            Error::new(ErrorKind::Inconsistent, "an interrupted change cannot be read").source(error)
        })?;
        // It was judged when it was accepted. Types that others have set since are no reason to leave it half done.
        let policy = PolicySettings { types: TypesMode::Off, ..connection.policy().clone() };
        let actor = Actor::System("recovery");
        let passed = policy::check_change(&policy, &actor, &intent.owner.user_id, change, &TypeBook::default())?;
        if place.state == State::Moved {
            // Moved since: the directory holds all of the user, and the legacy store is not written any more.
            return self.directory.finish_intent(intent.id, passed.checked, limit, now).await.map(drop);
        }
        let Some(record) = record else {
            return self.directory.abandon_intent(intent.id).await.map(drop);
        };
        let writer = connection.adapter().change_metadata();
        let split = connection.translation().split(&passed.checked, &record, limit, writer.is_some())?;
        if let (Some(writer), false) = (writer, split.patch.is_empty()) {
            let key = self.id_key(&place).await?;
            call(&connection, "change_metadata", writer.change_metadata(&key, &split.patch)).await?;
        }
        let part = passed.checked.part(&split.overlay);
        self.directory.finish_intent(intent.id, part, limit, now).await.map(drop)
    }
}
