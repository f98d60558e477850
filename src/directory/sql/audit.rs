//! Audit rows, appended and numbered.

use crosswalk_contract::Result;

use super::{
    super::{AuditEntry, AuditRecord},
    Db, Row, Value, error,
    users::{count, instant},
    values,
};
use crate::profile::UserId;

const COLUMNS: &str = "number, at, actor, action, user_id, connection, names, outcome";

/// See [`Directory::audit`](super::super::Directory::audit).
pub(super) fn append(db: &dyn Db, entry: &AuditEntry) -> Result<()> {
    let number = next_number(db, "audit")?;
    db.execute(
        &format!("INSERT INTO audit ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
        values![
            number,
            entry.at.as_microsecond(),
            &entry.actor,
            &entry.action,
            entry.user_id.as_deref(),
            entry.connection.as_deref(),
            // A list of strings is always JSON.
            &serde_json::to_string(&entry.names).unwrap_or_default(),
            &entry.outcome,
        ],
    )
    .map(|_| ())
}

/// See [`Directory::audit_log`](super::super::Directory::audit_log).
pub(super) fn log(db: &dyn Db, after: u64, limit: usize) -> Result<Vec<AuditRecord>> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    select(db, "WHERE number > ?1 ORDER BY number LIMIT ?2", values![after, count(limit)])
}

/// The records that name a person, as doer or done to.
pub(super) fn of(db: &dyn Db, user_id: &UserId) -> Result<Vec<AuditRecord>> {
    select(db, "WHERE user_id = ?1 OR actor = ?1 ORDER BY number", values![user_id.as_str()])
}

/// Puts a pseudonym in a person's place. How many records named the person.
pub(super) fn forget(db: &dyn Db, user_id: &UserId, pseudonym: &str) -> Result<usize> {
    let them = values![user_id.as_str(), pseudonym];
    Ok(db.execute("UPDATE audit SET user_id = ?2 WHERE user_id = ?1", them)?
        + db.execute("UPDATE audit SET actor = ?2 WHERE actor = ?1", them)?)
}

/// The next number of a kind; none is given twice.
pub(super) fn next_number(db: &dyn Db, of: &'static str) -> Result<i64> {
    let sql = "UPDATE counters SET value = value + 1 WHERE name = ?1 RETURNING value";
    let number = db.row(sql, values![of])?.map(|mut row| row.number(0)).transpose()?.flatten();
    number.ok_or_else(|| error::broken_row("counters", "value", of))
}

fn select(db: &dyn Db, condition: &str, values: &[Value<'_>]) -> Result<Vec<AuditRecord>> {
    db.rows(&format!("SELECT {COLUMNS} FROM audit {condition}"), values)?.into_iter().map(read).collect()
}

fn read(mut row: Row) -> Result<AuditRecord> {
    let number = row.number(0)?.unwrap_or_default();
    let label = number.to_string();
    let broken = |column| error::broken_row("audit", column, &label);
    let at = row.number(1)?.ok_or_else(|| broken("at"))?;
    let mut text = |index: usize, column| row.text(index)?.ok_or_else(|| broken(column));
    let (actor, action, names) = (text(2, "actor")?, text(3, "action")?, text(6, "names")?);
    Ok(AuditRecord {
        number: u64::try_from(number).map_err(|_| broken("number"))?,
        entry: AuditEntry {
            at: instant(at, "audit", "at", &label)?,
            actor,
            action,
            names: serde_json::from_str(&names).map_err(|_| broken("names"))?,
            outcome: text(7, "outcome")?,
            user_id: row.text(4)?,
            connection: row.text(5)?,
        },
    })
}
