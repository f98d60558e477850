//! Type book rows: one for each connection, saved against a revision.

use crosswalk_contract::{Error, ErrorKind, Result};

use super::{super::StoredTypeBook, Db, error, values};

/// See [`Directory::type_book`](super::super::Directory::type_book).
pub(super) fn find(db: &dyn Db, connection: &str) -> Result<Option<StoredTypeBook>> {
    let sql = "SELECT book, revision FROM type_books WHERE connection = ?1";
    let Some(mut row) = db.row(sql, values![connection])? else { return Ok(None) };
    let broken = |column| error::broken_row("type_books", column, connection);
    let revision =
        row.number(1)?.and_then(|revision| u64::try_from(revision).ok()).ok_or_else(|| broken("revision"))?;
    Ok(Some(StoredTypeBook { json: row.text(0)?.ok_or_else(|| broken("book"))?, revision }))
}

/// See [`Directory::save_type_book`](super::super::Directory::save_type_book).
pub(super) fn save(db: &dyn Db, connection: &str, json: &str, expected: Option<u64>) -> Result<u64> {
    let changed = match expected {
        None => db.execute(
            "INSERT INTO type_books (connection, revision, book) VALUES (?1, 1, ?2) ON CONFLICT (connection) DO NOTHING",
            values![connection, json],
        )?,
        Some(revision) => db.execute(
            "UPDATE type_books SET book = ?2, revision = revision + 1 WHERE connection = ?1 AND revision = ?3",
            values![connection, json, i64::try_from(revision).unwrap_or(-1)],
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
