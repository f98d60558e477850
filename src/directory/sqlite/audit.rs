//! Audit rows, appended and numbered.

use crosswalk_contract::Result;
use rusqlite::{Connection, Params, Row};

use super::{
    super::{AuditEntry, AuditRecord},
    error,
    users::{count, execute, instant},
};
use crate::profile::UserId;

const COLUMNS: &str = "number, at, actor, action, user_id, connection, names, outcome";

/// See [`Directory::audit`](super::super::Directory::audit).
pub(super) fn append(db: &Connection, entry: &AuditEntry) -> Result<()> {
    let number = next_number(db, "audit")?;
    execute(
        db,
        &format!("INSERT INTO audit ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
        (
            number,
            entry.at.as_microsecond(),
            &entry.actor,
            &entry.action,
            &entry.user_id,
            &entry.connection,
            // A list of strings is always JSON.
            serde_json::to_string(&entry.names).unwrap_or_default(),
            &entry.outcome,
        ),
    )
    .map(|_| ())
}

/// See [`Directory::audit_log`](super::super::Directory::audit_log).
pub(super) fn log(db: &Connection, after: u64, limit: usize) -> Result<Vec<AuditRecord>> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    select(db, "WHERE number > ?1 ORDER BY number LIMIT ?2", (after, count(limit)))
}

/// The records that name a person, as doer or done to.
pub(super) fn of(db: &Connection, user_id: &UserId) -> Result<Vec<AuditRecord>> {
    select(db, "WHERE user_id = ?1 OR actor = ?1 ORDER BY number", [user_id.as_str()])
}

/// Puts a pseudonym in a person's place. How many records named the person.
pub(super) fn forget(db: &Connection, user_id: &UserId, pseudonym: &str) -> Result<usize> {
    let them = (user_id.as_str(), pseudonym);
    Ok(execute(db, "UPDATE audit SET user_id = ?2 WHERE user_id = ?1", them)?
        + execute(db, "UPDATE audit SET actor = ?2 WHERE actor = ?1", them)?)
}

/// The next number of a kind; none is given twice.
pub(super) fn next_number(db: &Connection, of: &'static str) -> Result<i64> {
    db.prepare_cached("UPDATE counters SET value = value + 1 WHERE name = ?1 RETURNING value")
        .and_then(|mut statement| statement.query_row([of], |row| row.get(0)))
        .map_err(error::sqlite)
}

fn select(db: &Connection, condition: &str, params: impl Params) -> Result<Vec<AuditRecord>> {
    let mut statement =
        db.prepare_cached(&format!("SELECT {COLUMNS} FROM audit {condition}")).map_err(error::sqlite)?;
    let mut rows = statement.query(params).map_err(error::sqlite)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(error::sqlite)? {
        found.push(read(row)?);
    }
    Ok(found)
}

fn read(row: &Row<'_>) -> Result<AuditRecord> {
    let number: i64 = row.get(0).map_err(error::sqlite)?;
    let label = number.to_string();
    let text = |index: usize| row.get::<_, String>(index).map_err(error::sqlite);
    let optional = |index: usize| row.get::<_, Option<String>>(index).map_err(error::sqlite);
    Ok(AuditRecord {
        number: u64::try_from(number).map_err(|_| error::broken_row("audit", "number", &label))?,
        entry: AuditEntry {
            at: instant(row.get(1).map_err(error::sqlite)?, "audit", "at", &label)?,
            actor: text(2)?,
            action: text(3)?,
            user_id: optional(4)?,
            connection: optional(5)?,
            names: serde_json::from_str(&text(6)?).map_err(|_| error::broken_row("audit", "names", &label))?,
            outcome: text(7)?,
        },
    })
}
