//! Overlay rows: one for each user to whom something is added.

use std::collections::BTreeSet;

use crosswalk_contract::{Error, ErrorKind, Result};
use jiff::Timestamp;

use super::{
    super::{AuditEntry, Identity, Overlay, OverlayContainer, Owner, State},
    Db, audit, error, users, values,
};
use crate::profile::{Change, Metadata, UserId};

const COLUMNS: &str = "user_metadata, user_metadata_removed, app_metadata, app_metadata_removed, blocked";

/// See [`Directory::overlay`](super::super::Directory::overlay).
pub(super) fn of(db: &dyn Db, user_id: &UserId, identity: &Identity) -> Result<Option<Overlay>> {
    let Some(overlay) = find(db, user_id)? else { return Ok(None) };
    let theirs = users::entry(db, user_id)?.is_none_or(|known| known.identity.may_be(identity));
    Ok(theirs.then_some(overlay))
}

/// Whether anything is added to anybody.
pub(super) fn are_there(db: &dyn Db) -> Result<bool> {
    let row = db.row("SELECT EXISTS (SELECT 1 FROM overlays)", &[])?;
    Ok(row.map(|mut row| row.flag(0)).transpose()?.flatten() == Some(true))
}

/// The overlay under that id, whosever it is; `None` where nothing is added.
pub(super) fn find(db: &dyn Db, user_id: &UserId) -> Result<Option<Overlay>> {
    select(db, "overlays", user_id)
}

/// The overlay that was set aside last.
pub(super) fn former(db: &dyn Db, user_id: &UserId) -> Result<Option<Overlay>> {
    select(db, "former_overlays", user_id)
}

fn select(db: &dyn Db, table: &'static str, user_id: &UserId) -> Result<Option<Overlay>> {
    let last = if table == "former_overlays" { "ORDER BY number DESC LIMIT 1" } else { "" };
    let sql = format!("SELECT {COLUMNS} FROM {table} WHERE user_id = ?1 {last}");
    let Some(mut row) = db.row(&sql, values![user_id.as_str()])? else { return Ok(None) };
    let mut text = |index: usize| row.text(index).map(Option::unwrap_or_default);
    let (user, user_removed, app, app_removed) = (text(0)?, text(1)?, text(2)?, text(3)?);
    let blocked = row.flag(4)?;
    let broken = |column| error::broken_row(table, column, user_id.as_str());
    let container = |values: String, column, removed: &str, removed_column| -> Result<OverlayContainer> {
        Ok(OverlayContainer {
            values: Metadata::from_store(values).map_err(|_| broken(column))?,
            tombstones: serde_json::from_str::<BTreeSet<String>>(removed).map_err(|_| broken(removed_column))?,
        })
    };
    Ok(Some(Overlay {
        user_metadata: container(user, "user_metadata", &user_removed, "user_metadata_removed")?,
        app_metadata: container(app, "app_metadata", &app_removed, "app_metadata_removed")?,
        blocked,
    }))
}

/// See [`Directory::change_overlay`](super::super::Directory::change_overlay).
pub(super) fn change(db: &dyn Db, owner: &Owner, change: &Change, max_bytes: u64, at: Timestamp) -> Result<Overlay> {
    match users::settle(db, owner)?.map(|known| known.state) {
        Some(State::Pending) => {}
        Some(State::Moved) => return Err(refused("user_moved", "the user lives in the directory; change the profile")),
        Some(State::Deleted) => return Err(refused("user_deleted", "the user is deleted")),
        None if users::is_erased(db, &owner.user_id)? => return Err(refused("user_deleted", "the user is deleted")),
        None => users::insert(db, owner, &Identity::default(), State::Pending, at)?,
    }
    let overlay = find(db, &owner.user_id)?.unwrap_or_default().changed(change, max_bytes)?;
    if overlay.is_empty() {
        remove(db, &owner.user_id)?;
    } else {
        write(db, &owner.user_id, &overlay)?;
    }
    Ok(overlay)
}

/// Puts the overlay of a former owner of the id where nobody sees it and [`reattach`] finds it.
pub(super) fn set_aside(db: &dyn Db, owner: &Owner, at: Timestamp) -> Result<()> {
    let user_id = owner.user_id.as_str();
    if find(db, &owner.user_id)?.is_none() {
        return Ok(());
    }
    let number = audit::next_number(db, "former_overlay")?;
    db.execute(
        &format!(
            "INSERT INTO former_overlays (number, user_id, {COLUMNS}, set_aside_at)
             SELECT CAST(?1 AS BIGINT), user_id, {COLUMNS}, CAST(?3 AS BIGINT) FROM overlays WHERE user_id = ?2"
        ),
        values![number, user_id, at.as_microsecond()],
    )?;
    remove(db, &owner.user_id)?;
    note(db, owner, "set_aside_overlay", at)
}

/// See [`Directory::reattach`](super::super::Directory::reattach).
pub(super) fn reattach(db: &dyn Db, user_id: &UserId, at: Timestamp) -> Result<bool> {
    let Some(former) = former(db, user_id)? else { return Ok(false) };
    let Some(known) = users::entry(db, user_id)?.filter(|known| known.state == State::Pending) else {
        return Ok(false);
    };
    let overlay = find(db, user_id)?.unwrap_or_default().over(&former);
    write(db, user_id, &overlay)?;
    db.execute(
        "DELETE FROM former_overlays WHERE number = (SELECT MAX(number) FROM former_overlays WHERE user_id = ?1)",
        values![user_id.as_str()],
    )?;
    note(db, &known.owner, "reattach_overlay", at)?;
    Ok(true)
}

fn note(db: &dyn Db, owner: &Owner, action: &str, at: Timestamp) -> Result<()> {
    audit::append(
        db,
        &AuditEntry {
            at,
            actor: "directory".to_owned(),
            action: action.to_owned(),
            user_id: Some(owner.user_id.to_string()),
            connection: Some(owner.connection.clone()),
            names: Vec::new(),
            outcome: "done".to_owned(),
        },
    )
}

/// Removes a user's overlay.
pub(super) fn remove(db: &dyn Db, user_id: &UserId) -> Result<()> {
    db.execute("DELETE FROM overlays WHERE user_id = ?1", values![user_id.as_str()]).map(|_| ())
}

fn write(db: &dyn Db, user_id: &UserId, overlay: &Overlay) -> Result<()> {
    // A set of strings is always JSON.
    let list = |keys: &BTreeSet<String>| serde_json::to_string(keys).unwrap_or_default();
    db.execute(
        "INSERT INTO overlays
             (user_id, user_metadata, user_metadata_removed, app_metadata, app_metadata_removed, blocked)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (user_id) DO UPDATE SET user_metadata = excluded.user_metadata,
             user_metadata_removed = excluded.user_metadata_removed, app_metadata = excluded.app_metadata,
             app_metadata_removed = excluded.app_metadata_removed, blocked = excluded.blocked",
        values![
            user_id.as_str(),
            overlay.user_metadata.values.as_str(),
            &list(&overlay.user_metadata.tombstones),
            overlay.app_metadata.values.as_str(),
            &list(&overlay.app_metadata.tombstones),
            overlay.blocked,
        ],
    )
    .map(|_| ())
}

fn refused(code: &'static str, message: &str) -> Error {
    Error::new(ErrorKind::Conflict, message).code(code)
}
