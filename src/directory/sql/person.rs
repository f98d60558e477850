//! One person: everything that is held, and taking all of it away.

use crosswalk_contract::{Error, ErrorKind, Result};
use jiff::Timestamp;
use serde::Serialize;

use super::{
    super::{Credential, Overlay, OverlayContainer},
    Db, audit, intents, moved, overlays, users, values,
};
use crate::profile::{Metadata, Profile, UserId};

#[derive(Serialize)]
struct Export<'e> {
    user_id: &'e str,
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<Index<'e>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<&'e Profile>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credential: Option<CredentialKind<'e>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    overlay: Option<OverlayForm<'e>>,
    /// Of a former owner of the id, or of this one where a change of address was taken for one.
    #[serde(skip_serializing_if = "Option::is_none")]
    former_overlay: Option<OverlayForm<'e>>,
    intents: Vec<IntentForm<'e>>,
    audit: Vec<AuditForm<'e>>,
}

#[derive(Serialize)]
struct Index<'e> {
    connection: &'e str,
    store_id: &'e str,
    email: Option<&'e str>,
    username: Option<&'e str>,
    phone: Option<&'e str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<Timestamp>,
    state: &'static str,
    seen_at: Timestamp,
}

#[derive(Serialize)]
struct CredentialKind<'e> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    scheme: Option<&'e str>,
}

#[derive(Serialize)]
struct OverlayForm<'e> {
    user_metadata: ContainerForm<'e>,
    app_metadata: ContainerForm<'e>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blocked: Option<bool>,
}

#[derive(Serialize)]
struct ContainerForm<'e> {
    values: &'e Metadata,
    removed: Vec<&'e str>,
}

#[derive(Serialize)]
struct IntentForm<'e> {
    id: i64,
    body: &'e str,
    begun_at: Timestamp,
}

#[derive(Serialize)]
struct AuditForm<'e> {
    number: u64,
    at: Timestamp,
    actor: &'e str,
    action: &'e str,
    user_id: Option<&'e str>,
    connection: Option<&'e str>,
    names: &'e [String],
    outcome: &'e str,
}

/// See [`Directory::export`](super::super::Directory::export).
pub(super) fn export(db: &dyn Db, user_id: &UserId) -> Result<Option<String>> {
    let entry = users::entry(db, user_id)?;
    let user = moved::by_id(db, user_id)?;
    let overlay = overlays::find(db, user_id)?;
    let former = overlays::former(db, user_id)?;
    let intents = intents::of(db, user_id)?;
    let records = audit::of(db, user_id)?;
    if entry.is_none() && intents.is_empty() && records.is_empty() {
        return Ok(None);
    }
    let document = Export {
        user_id: user_id.as_str(),
        index: entry.as_ref().map(|entry| Index {
            connection: &entry.owner.connection,
            store_id: &entry.owner.store_id,
            email: entry.identity.identifiers.email(),
            username: entry.identity.identifiers.username(),
            phone: entry.identity.identifiers.phone(),
            created_at: entry.identity.created_at,
            state: entry.state.name(),
            seen_at: entry.seen_at,
        }),
        profile: user.as_ref().map(|user| &user.profile),
        credential: user.as_ref().map(|user| credential(&user.credential)),
        overlay: overlay.as_ref().map(overlay_form),
        former_overlay: former.as_ref().map(overlay_form),
        intents: intents
            .iter()
            .map(|intent| IntentForm { id: intent.id.0, body: &intent.body, begun_at: intent.begun_at })
            .collect(),
        audit: records
            .iter()
            .map(|record| AuditForm {
                number: record.number,
                at: record.entry.at,
                actor: &record.entry.actor,
                action: &record.entry.action,
                user_id: record.entry.user_id.as_deref(),
                connection: record.entry.connection.as_deref(),
                names: &record.entry.names,
                outcome: &record.entry.outcome,
            })
            .collect(),
    };
    serde_json::to_string(&document).map(Some).map_err(|_| {
        Error::new(ErrorKind::Inconsistent, "what is held about the user cannot be written as JSON")
            .with("user", user_id.label())
    })
}

/// See [`Directory::erase`](super::super::Directory::erase).
pub(super) fn erase(db: &dyn Db, user_id: &UserId, tombstone: bool, at: Timestamp) -> Result<bool> {
    let digest = users::digest(db, user_id)?;
    let intents = intents::of(db, user_id)?.len();
    users::strip(db, user_id)?;
    let rows = db.execute("DELETE FROM users WHERE user_id = ?1", values![user_id.as_str()])?;
    let pseudonym = format!("erased:{}", digest.get(..16).unwrap_or(&digest));
    let named = audit::forget(db, user_id, &pseudonym)?;
    let held = rows + named + intents > 0;
    if held && tombstone {
        db.execute(
            "INSERT INTO erased (digest, at) VALUES (?1, ?2) ON CONFLICT (digest) DO NOTHING",
            values![&digest, at.as_microsecond()],
        )?;
    }
    Ok(held)
}

fn credential(credential: &Credential) -> CredentialKind<'_> {
    CredentialKind { kind: credential.kind(), scheme: credential.scheme() }
}

fn overlay_form(overlay: &Overlay) -> OverlayForm<'_> {
    OverlayForm {
        user_metadata: container_form(&overlay.user_metadata),
        app_metadata: container_form(&overlay.app_metadata),
        blocked: overlay.blocked,
    }
}

fn container_form(container: &OverlayContainer) -> ContainerForm<'_> {
    ContainerForm { values: &container.values, removed: container.tombstones.iter().map(String::as_str).collect() }
}
