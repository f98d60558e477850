//! The index rows, one for every user ever seen, and what deleting takes with them.

use crosswalk_contract::{By, Error, ErrorKind, Result};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use super::{
    super::{Identifiers, Identity, IndexEntry, Owner, Seen, Sighting, State, person::fold},
    Db, Row, Value, error, intents, overlays, values,
};
use crate::profile::UserId;

const COLUMNS: &str = "user_id, connection, store_id, email, username, phone, state, seen_at, created_at";

/// How many rows a look-up by identifier gives at most.
const SAME_IDENTIFIER: usize = 16;

/// See [`Directory::see`](super::super::Directory::see).
pub(super) fn see(db: &dyn Db, sighting: &Sighting) -> Result<Seen> {
    let familiar = |state| Seen { state, stranger: false };
    let Some(known) = settle(db, &sighting.owner)? else {
        if is_erased(db, &sighting.owner.user_id)? {
            return Ok(familiar(State::Deleted));
        }
        insert(db, &sighting.owner, &sighting.identity, State::Pending, sighting.at)?;
        return Ok(familiar(State::Pending));
    };
    if known.state != State::Pending || known.seen_at > sighting.at {
        return Ok(familiar(known.state));
    }
    let stranger = !known.identity.may_be(&sighting.identity);
    if stranger {
        overlays::set_aside(db, &sighting.owner, sighting.at)?;
        intents::forget(db, &sighting.owner.user_id)?;
    }
    write(db, &sighting.owner, &sighting.identity, State::Pending, sighting.at)?;
    Ok(Seen { state: State::Pending, stranger })
}

/// See [`Directory::reidentify`](super::super::Directory::reidentify).
pub(super) fn reidentify(db: &dyn Db, sighting: &Sighting) -> Result<()> {
    match settle(db, &sighting.owner)? {
        Some(known) if known.state == State::Pending => {
            write(db, &sighting.owner, &sighting.identity, State::Pending, sighting.at)
        }
        _ => Ok(()),
    }
}

/// See [`Directory::state`](super::super::Directory::state).
pub(super) fn state(db: &dyn Db, user_id: &UserId) -> Result<Option<State>> {
    match entry(db, user_id)? {
        Some(known) => Ok(Some(known.state)),
        None => Ok(is_erased(db, user_id)?.then_some(State::Deleted)),
    }
}

/// The row of a user, whatever the connection.
pub(super) fn entry(db: &dyn Db, user_id: &UserId) -> Result<Option<IndexEntry>> {
    let found = select(db, "WHERE user_id = ?1", values![user_id.as_str()])?;
    Ok(found.into_iter().next())
}

/// The row of an owner, who must be the one it was.
///
/// # Errors
/// `user_id_collision`.
pub(super) fn settle(db: &dyn Db, owner: &Owner) -> Result<Option<IndexEntry>> {
    match entry(db, &owner.user_id)? {
        Some(known) if known.owner.connection != owner.connection => {
            Err(error::collision(&owner.user_id.label(), &owner.connection, &known.owner.connection))
        }
        known => Ok(known),
    }
}

/// See [`Directory::entries_by`](super::super::Directory::entries_by).
pub(super) fn entries_by(db: &dyn Db, connection: &str, by: &By, value: &str) -> Result<Vec<IndexEntry>> {
    let (column, value) = column(by, value)?;
    select(
        db,
        &format!(
            "WHERE connection = ?1 AND {column} = ?2
             ORDER BY CASE state WHEN 'moved' THEN 0 ELSE 1 END, seen_at DESC, user_id LIMIT {SAME_IDENTIFIER}"
        ),
        values![connection, &value],
    )
}

/// See [`Directory::list`](super::super::Directory::list).
pub(super) fn list(db: &dyn Db, connection: &str, after: Option<&UserId>, limit: usize) -> Result<Vec<IndexEntry>> {
    select(
        db,
        "WHERE connection = ?1 AND user_id > ?2 ORDER BY user_id LIMIT ?3",
        values![connection, after.map_or("", UserId::as_str), count(limit)],
    )
}

/// The column that holds an identifier, and the value as it stands there.
pub(super) fn column(by: &By, value: &str) -> Result<(&'static str, String)> {
    Ok(match by {
        By::Id => ("store_id", value.to_owned()),
        By::Email => ("email", fold(value)),
        By::Username => ("username", fold(value)),
        By::Phone => ("phone", value.to_owned()),
        By::Field(_) | By::Fields(_) => {
            return Err(Error::unsupported("the directory looks users up by id, email, username and phone only"));
        }
    })
}

/// A limit as SQL takes it.
pub(super) fn count(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// A new row.
pub(in crate::directory) fn insert(
    db: &dyn Db,
    owner: &Owner,
    them: &Identity,
    state: State,
    at: Timestamp,
) -> Result<()> {
    let Identity { identifiers: found_by, created_at } = them;
    db.execute(
        &format!("INSERT INTO users ({COLUMNS}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)"),
        values![
            owner.user_id.as_str(),
            &owner.connection,
            &owner.store_id,
            found_by.email(),
            found_by.username(),
            found_by.phone(),
            state.name(),
            at.as_microsecond(),
            created_at.map(Timestamp::as_microsecond),
        ],
    )
    .map(|_| ())
}

/// Brings a row up to date.
pub(super) fn write(db: &dyn Db, owner: &Owner, them: &Identity, state: State, at: Timestamp) -> Result<()> {
    let Identity { identifiers: found_by, created_at } = them;
    db.execute(
        "UPDATE users SET store_id = ?2, email = ?3, username = ?4, phone = ?5, state = ?6, seen_at = ?7,
             created_at = ?8
         WHERE user_id = ?1",
        values![
            owner.user_id.as_str(),
            &owner.store_id,
            found_by.email(),
            found_by.username(),
            found_by.phone(),
            state.name(),
            at.as_microsecond(),
            created_at.map(Timestamp::as_microsecond),
        ],
    )
    .map(|_| ())
}

/// Sets the identifiers of a user who lives here.
pub(super) fn write_identifiers(db: &dyn Db, user_id: &UserId, them: &Identifiers) -> Result<()> {
    db.execute(
        "UPDATE users SET email = ?2, username = ?3, phone = ?4 WHERE user_id = ?1",
        values![user_id.as_str(), them.email(), them.username(), them.phone()],
    )
    .map(|_| ())
}

/// See [`Directory::delete`](super::super::Directory::delete).
pub(super) fn delete(db: &dyn Db, user_id: &UserId, tombstone: bool, at: Timestamp) -> Result<bool> {
    let Some(known) = entry(db, user_id)?.filter(|known| known.state != State::Deleted) else { return Ok(false) };
    strip(db, user_id)?;
    if tombstone {
        write(db, &known.owner, &Identity::default(), State::Deleted, at)?;
    } else {
        db.execute("DELETE FROM users WHERE user_id = ?1", values![user_id.as_str()])?;
    }
    Ok(true)
}

/// Removes everything that hangs on a user's row.
pub(super) fn strip(db: &dyn Db, user_id: &UserId) -> Result<()> {
    for statement in [
        "DELETE FROM credentials WHERE user_id = ?1",
        "DELETE FROM profiles WHERE user_id = ?1",
        "DELETE FROM overlays WHERE user_id = ?1",
        "DELETE FROM former_overlays WHERE user_id = ?1",
        "DELETE FROM intents WHERE user_id = ?1",
    ] {
        db.execute(statement, values![user_id.as_str()])?;
    }
    Ok(())
}

/// See [`Directory::revive`](super::super::Directory::revive).
pub(super) fn revive(db: &dyn Db, user_id: &UserId) -> Result<bool> {
    let rows = db.execute("DELETE FROM users WHERE user_id = ?1 AND state = 'deleted'", values![user_id.as_str()])?;
    let hashes = db.execute("DELETE FROM erased WHERE digest = ?1", values![&digest(db, user_id)?])?;
    Ok(rows + hashes > 0)
}

/// Whether the person was erased and is not to come back.
pub(super) fn is_erased(db: &dyn Db, user_id: &UserId) -> Result<bool> {
    let exists = |sql: &str, values: &[Value<'_>]| -> Result<bool> {
        db.row(sql, values)?.map_or(Ok(false), |mut row| Ok(row.flag(0)? == Some(true)))
    };
    // Most directories have erased nobody, and a keyed hash is not free.
    if !exists("SELECT EXISTS (SELECT 1 FROM erased)", &[])? {
        return Ok(false);
    }
    exists("SELECT EXISTS (SELECT 1 FROM erased WHERE digest = ?1)", values![&digest(db, user_id)?])
}

/// A person's id under this directory's own key.
pub(super) fn digest(db: &dyn Db, user_id: &UserId) -> Result<String> {
    let row = db.row("SELECT value FROM settings WHERE name = 'erasure_key'", &[])?;
    let key = row.map(|mut row| row.text(0)).transpose()?.flatten();
    let key = key.ok_or_else(|| error::broken_row("settings", "value", "erasure_key"))?;
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes())
        .map_err(|_| error::broken_row("settings", "value", "erasure_key"))?;
    mac.update(user_id.as_str().as_bytes());
    Ok(mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect())
}

/// An instant as it stands in the directory.
pub(super) fn instant(microseconds: i64, table: &'static str, column: &'static str, row: &str) -> Result<Timestamp> {
    Timestamp::from_microsecond(microseconds).map_err(|_| error::broken_row(table, column, row))
}

fn select(db: &dyn Db, condition: &str, values: &[Value<'_>]) -> Result<Vec<IndexEntry>> {
    db.rows(&format!("SELECT {COLUMNS} FROM users {condition}"), values)?.into_iter().map(read).collect()
}

fn read(mut row: Row) -> Result<IndexEntry> {
    let user_id = row.text(0)?.unwrap_or_default();
    let broken = |column| error::broken_row("users", column, &user_id);
    let seen_at = row.number(7)?.ok_or_else(|| broken("seen_at"))?;
    let seen_at = instant(seen_at, "users", "seen_at", &user_id)?;
    let created_at = row.number(8)?.map(|at| instant(at, "users", "created_at", &user_id)).transpose()?;
    Ok(IndexEntry {
        owner: Owner::new(
            UserId::parse(&user_id).map_err(|_| broken("user_id"))?,
            row.text(1)?.ok_or_else(|| broken("connection"))?,
            row.text(2)?.ok_or_else(|| broken("store_id"))?,
        ),
        identity: Identity {
            identifiers: Identifiers::new(row.text(3)?.as_deref(), row.text(4)?.as_deref(), row.text(5)?.as_deref()),
            created_at,
        },
        state: row.text(6)?.as_deref().and_then(State::from_name).ok_or_else(|| broken("state"))?,
        seen_at,
    })
}

/// Turns a `SELECT` about identifiers into the error that more than one user is there.
pub(super) fn ambiguous(by: &By) -> Error {
    Error::new(ErrorKind::Inconsistent, format!("two users of the connection have the same {}", by.name()))
        .code("ambiguous_identifier")
        .with("table", "users")
        .hint("look the user up by another identifier, or give one of the two another value")
}
