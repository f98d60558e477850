//! Intent rows: changes that were begun and are to be finished.

use crosswalk_contract::Result;
use jiff::Timestamp;

use super::{
    super::{Intent, IntentId, Owner, State},
    Db, Row, Value, audit, error, moved, overlays,
    users::{self, instant},
    values,
};
use crate::profile::{Change, UserId};

const COLUMNS: &str = "id, user_id, connection, store_id, body, begun_at";

/// See [`Directory::begin_intent`](super::super::Directory::begin_intent).
pub(super) fn begin(db: &dyn Db, owner: &Owner, body: &str, at: Timestamp) -> Result<IntentId> {
    let id = audit::next_number(db, "intent")?;
    db.execute(
        &format!("INSERT INTO intents ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6)"),
        values![id, owner.user_id.as_str(), &owner.connection, &owner.store_id, body, at.as_microsecond()],
    )?;
    Ok(IntentId(id))
}

/// See [`Directory::finish_intent`](super::super::Directory::finish_intent).
pub(super) fn finish(db: &dyn Db, id: IntentId, change: &Change, max_bytes: u64, at: Timestamp) -> Result<bool> {
    let Some(intent) = select(db, "WHERE id = ?1", values![id.0])?.into_iter().next() else { return Ok(false) };
    let known = users::settle(db, &intent.owner)?;
    if known.is_some_and(|known| known.state == State::Moved) {
        moved::change_metadata(db, &intent.owner.user_id, change, max_bytes, at)?;
    } else {
        overlays::change(db, &intent.owner, change, max_bytes, at)?;
    }
    abandon(db, id)
}

/// See [`Directory::abandon_intent`](super::super::Directory::abandon_intent).
pub(super) fn abandon(db: &dyn Db, id: IntentId) -> Result<bool> {
    Ok(db.execute("DELETE FROM intents WHERE id = ?1", values![id.0])? > 0)
}

/// Drops all intents of a user.
pub(super) fn forget(db: &dyn Db, user_id: &UserId) -> Result<()> {
    db.execute("DELETE FROM intents WHERE user_id = ?1", values![user_id.as_str()]).map(|_| ())
}

/// See [`Directory::pending_intents`](super::super::Directory::pending_intents).
pub(super) fn pending(db: &dyn Db, before: Timestamp) -> Result<Vec<Intent>> {
    select(db, "WHERE begun_at < ?1 ORDER BY id", values![before.as_microsecond()])
}

/// The intents of one user.
pub(super) fn of(db: &dyn Db, user_id: &UserId) -> Result<Vec<Intent>> {
    select(db, "WHERE user_id = ?1 ORDER BY id", values![user_id.as_str()])
}

fn select(db: &dyn Db, condition: &str, values: &[Value<'_>]) -> Result<Vec<Intent>> {
    db.rows(&format!("SELECT {COLUMNS} FROM intents {condition}"), values)?.into_iter().map(read).collect()
}

fn read(mut row: Row) -> Result<Intent> {
    let id = row.number(0)?.unwrap_or_default();
    let label = id.to_string();
    let broken = |column| error::broken_row("intents", column, &label);
    let mut text = |index: usize, column| row.text(index)?.ok_or_else(|| broken(column));
    let user_id = UserId::parse(&text(1, "user_id")?).map_err(|_| broken("user_id"))?;
    let owner = Owner::new(user_id, text(2, "connection")?, text(3, "store_id")?);
    let body = text(4, "body")?;
    let begun_at = row.number(5)?.ok_or_else(|| broken("begun_at"))?;
    Ok(Intent { id: IntentId(id), owner, body, begun_at: instant(begun_at, "intents", "begun_at", &label)? })
}
