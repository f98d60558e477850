//! Type book rows: one for each connection, saved against a revision.

use crosswalk_contract::{Error, ErrorKind, Result};
use rusqlite::{Connection, OptionalExtension};

use super::{super::StoredTypeBook, error, users::execute};

/// See [`Directory::type_book`](super::super::Directory::type_book).
pub(super) fn find(db: &Connection, connection: &str) -> Result<Option<StoredTypeBook>> {
    let row: Option<(String, i64)> = db
        .prepare_cached("SELECT book, revision FROM type_books WHERE connection = ?1")
        .and_then(|mut statement| statement.query_row([connection], |row| Ok((row.get(0)?, row.get(1)?))).optional())
        .map_err(error::sqlite)?;
    row.map(|(json, revision)| {
        let revision = u64::try_from(revision).map_err(|_| error::broken_row("type_books", "revision", connection))?;
        Ok(StoredTypeBook { json, revision })
    })
    .transpose()
}

/// See [`Directory::save_type_book`](super::super::Directory::save_type_book).
pub(super) fn save(db: &Connection, connection: &str, json: &str, expected: Option<u64>) -> Result<u64> {
    let changed = match expected {
        None => execute(
            db,
            "INSERT INTO type_books (connection, revision, book) VALUES (?1, 1, ?2) ON CONFLICT (connection) DO NOTHING",
            (connection, json),
        )?,
        Some(revision) => execute(
            db,
            "UPDATE type_books SET book = ?2, revision = revision + 1 WHERE connection = ?1 AND revision = ?3",
            (connection, json, i64::try_from(revision).unwrap_or(-1)),
        )?,
    };
    if changed == 0 {
        return Err(Error::new(ErrorKind::Conflict, "the type book was saved by somebody else first")
            .code("type_book_changed")
            .with("connection", connection)
            .hint("read it again, merge, and save against its new revision"));
    }
    Ok(expected.map_or(1, |revision| revision + 1))
}
