//! Intent rows: changes that were begun and are to be finished.

use crosswalk_contract::Result;
use jiff::Timestamp;
use rusqlite::{Connection, Params, Row};

use super::{
    super::{Intent, IntentId, Owner, State},
    audit, error, moved, overlays,
    users::{self, execute, instant},
};
use crate::profile::{Change, UserId};

const COLUMNS: &str = "id, user_id, connection, store_id, body, begun_at";

/// See [`Directory::begin_intent`](super::super::Directory::begin_intent).
pub(super) fn begin(db: &Connection, owner: &Owner, body: &str, at: Timestamp) -> Result<IntentId> {
    let id = audit::next_number(db, "intent")?;
    execute(
        db,
        &format!("INSERT INTO intents ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
        (id, owner.user_id.as_str(), &owner.connection, &owner.store_id, body, at.as_microsecond()),
    )?;
    Ok(IntentId(id))
}

/// See [`Directory::finish_intent`](super::super::Directory::finish_intent).
pub(super) fn finish(db: &Connection, id: IntentId, change: &Change, max_bytes: u64, at: Timestamp) -> Result<bool> {
    let Some(intent) = select(db, "WHERE id = ?1", [id.0])?.into_iter().next() else { return Ok(false) };
    let known = users::settle(db, &intent.owner)?;
    if known.is_some_and(|known| known.state == State::Moved) {
        moved::change_metadata(db, &intent.owner.user_id, change, max_bytes, at)?;
    } else {
        overlays::change(db, &intent.owner, change, max_bytes, at)?;
    }
    abandon(db, id)
}

/// See [`Directory::abandon_intent`](super::super::Directory::abandon_intent).
pub(super) fn abandon(db: &Connection, id: IntentId) -> Result<bool> {
    Ok(execute(db, "DELETE FROM intents WHERE id = ?1", [id.0])? > 0)
}

/// Drops all intents of a user.
pub(super) fn forget(db: &Connection, user_id: &UserId) -> Result<()> {
    execute(db, "DELETE FROM intents WHERE user_id = ?1", [user_id.as_str()]).map(|_| ())
}

/// See [`Directory::pending_intents`](super::super::Directory::pending_intents).
pub(super) fn pending(db: &Connection, before: Timestamp) -> Result<Vec<Intent>> {
    select(db, "WHERE begun_at < ?1 ORDER BY id", [before.as_microsecond()])
}

/// The intents of one user.
pub(super) fn of(db: &Connection, user_id: &UserId) -> Result<Vec<Intent>> {
    select(db, "WHERE user_id = ?1 ORDER BY id", [user_id.as_str()])
}

fn select(db: &Connection, condition: &str, params: impl Params) -> Result<Vec<Intent>> {
    let mut statement =
        db.prepare_cached(&format!("SELECT {COLUMNS} FROM intents {condition}")).map_err(error::sqlite)?;
    let mut rows = statement.query(params).map_err(error::sqlite)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(error::sqlite)? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<Intent> {
    let id: i64 = row.get(0).map_err(error::sqlite)?;
    let text = |index: usize| row.get::<_, String>(index).map_err(error::sqlite);
    let label = id.to_string();
    let user_id = UserId::parse(&text(1)?).map_err(|_| error::broken_row("intents", "user_id", &label))?;
    Ok(Intent {
        id: IntentId(id),
        owner: Owner::new(user_id, text(2)?, text(3)?),
        body: text(4)?,
        begun_at: instant(row.get(5).map_err(error::sqlite)?, "intents", "begun_at", &label)?,
    })
}
