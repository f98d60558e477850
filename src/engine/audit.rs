//! Audit entries for what the engine writes: who, what, whom, which names; never values.

use crosswalk_contract::{ErrorKind, Result};
use tracing::error;

use super::{Connection, Inner, read::Place};
use crate::{
    directory::AuditEntry,
    policy::{Actor, clipped},
    profile::{Change, Container, UserId},
};

/// So many names are noted for one deed, or a few changes could fill the disk.
const MAX_NAMES: usize = 100;

impl Inner {
    pub(super) async fn audit(
        &self,
        actor: &Actor,
        action: &'static str,
        connection: &Connection,
        user_id: &UserId,
        names: Vec<String>,
    ) -> Result<()> {
        let entry = AuditEntry {
            at: self.now(),
            actor: actor.to_string(),
            action: action.to_owned(),
            connection: Some(connection.name().to_owned()),
            user_id: Some(user_id.to_string()),
            names,
            outcome: "done".to_owned(),
        };
        let others_follow = self.turns.are_awaited(connection.name(), user_id.as_str());
        match self.directory.audit(&entry, others_follow).await {
            // What is done is done: reported as a failure it would be done twice.
            Err(error) if error.kind() == ErrorKind::Unavailable => {
                error!(connection = connection.name(), user = ?user_id, action, %error, "done, and not in the audit log");
                Ok(())
            }
            noted => noted,
        }
    }

    pub(super) async fn audit_move(&self, connection: &Connection, user_id: &UserId) -> Result<()> {
        self.audit(&Actor::System("lazy migration"), "move", connection, user_id, Vec::new()).await
    }

    pub(super) async fn audit_change(&self, actor: &Actor, place: &Place, change: &Change) -> Result<()> {
        let mut names = Vec::new();
        for container in Container::ALL {
            let Some(part) = change.container(container) else { continue };
            if part.clear {
                names.push(container.to_string());
            }
            let keys = part.set.iter().map(|(key, _)| key).chain(&part.remove);
            names.extend(keys.map(|key| format!("{container}.{}", clipped(key))));
        }
        if names.len() > MAX_NAMES {
            let more = names.len() - MAX_NAMES;
            names.truncate(MAX_NAMES);
            names.push(format!("and {more} more"));
        }
        if change.blocked.is_some() {
            names.push("blocked".to_owned());
        }
        self.audit(actor, "change_metadata", &place.connection, &place.user_id, names).await
    }
}
