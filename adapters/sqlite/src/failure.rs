//! SQLite's errors in the contract's words: what the caller can do decides the kind.
//!
//! SQLite's own text is passed on only where it holds nothing but names: a trigger's message may hold values.

use crosswalk_contract::{Error, ErrorKind};
use rusqlite::ffi;

use crate::store::Store;

/// The error for what SQLite says.
pub(crate) fn failure(error: &rusqlite::Error, store: &Store) -> Error {
    let (code, text) = match error {
        rusqlite::Error::SqliteFailure(code, text) => (code.extended_code, text.as_deref().unwrap_or_default()),
        rusqlite::Error::SqlInputError { error, msg, .. } => (error.extended_code, msg.as_str()),
        other => {
            // What is left are mistakes of this adapter (parameter counts and types); their text names positions.
            return Error::new(ErrorKind::Unexpected, format!("the SQLite driver failed: {other}"))
                .with("table", &store.table.table);
        }
    };
    let unavailable = |message: &str, hint: &str| {
        Error::new(ErrorKind::Unavailable, message).with("file", store.path.display()).hint(hint)
    };
    match code & 0xff {
        ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED | ffi::SQLITE_PROTOCOL => {
            unavailable("the database file is locked by another program", "try again, or raise busy_timeout")
        }
        ffi::SQLITE_READONLY if code == ffi::SQLITE_READONLY_DBMOVED => {
            unavailable("the database file was moved or replaced", "try again")
        }
        ffi::SQLITE_READONLY if code != ffi::SQLITE_READONLY => unavailable(
            "the database file needs recovery that this process may not do",
            "give this process the right to write the file and its folder once",
        ),
        ffi::SQLITE_READONLY => Error::refused("read_only", "the database file may only be read")
            .with("file", store.path.display())
            .hint("give this process the right to write the file and its folder, or set read_only = true"),
        ffi::SQLITE_PERM | ffi::SQLITE_CANTOPEN | ffi::SQLITE_AUTH => unavailable(
            "the database file cannot be opened",
            "give this process the right to read the file and, for a file in WAL mode, to write its folder",
        ),
        ffi::SQLITE_FULL => unavailable("the disk is full; nothing was written", "make room on the disk"),
        ffi::SQLITE_IOERR => unavailable("the disk failed to read or write", "check the disk and the free space"),
        ffi::SQLITE_NOTADB => unavailable(
            "the file is not an SQLite database, or it is encrypted",
            "check `path` in the settings of the store, or restore the file",
        ),
        ffi::SQLITE_CORRUPT => {
            unavailable("the database file is damaged", "run `PRAGMA integrity_check` or restore it")
        }
        ffi::SQLITE_NOMEM => unavailable("SQLite ran out of memory", "try again with more memory"),
        ffi::SQLITE_SCHEMA => unavailable("the schema changed in the middle of a call", "try again"),
        ffi::SQLITE_TOOBIG => Error::refused("too_large", "a value is larger than SQLite can hold"),
        ffi::SQLITE_MISMATCH => {
            Error::refused("wrong_type", "a value does not fit the type of its column").hint("check the map")
        }
        ffi::SQLITE_CONSTRAINT => constraint(code, text),
        ffi::SQLITE_ERROR => statement(text),
        _ => Error::new(ErrorKind::Unexpected, format!("SQLite answered with code {code}")),
    }
    .with("table", &store.table.table)
}

fn constraint(code: i32, text: &str) -> Error {
    // "UNIQUE constraint failed: users.email, users.shop"
    let columns = text.split_once(": ").map(|(_, columns)| columns).filter(|columns| !columns.is_empty());
    let named = |error: Error| match columns {
        Some(columns) => error.with("field", columns),
        None => error,
    };
    match code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            named(Error::new(ErrorKind::Conflict, "another user has this identifier").code("user_exists"))
        }
        ffi::SQLITE_CONSTRAINT_NOTNULL => named(
            Error::refused("field_required", "the table wants a value that was not given")
                .hint("map a field or a constant to the column"),
        ),
        ffi::SQLITE_CONSTRAINT_CHECK => named(Error::refused("constraint", "a rule of the table forbids the value")),
        ffi::SQLITE_CONSTRAINT_DATATYPE => {
            Error::refused("wrong_type", "a value does not fit the strict type of its column").hint("check the map")
        }
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Error::refused("referenced", "rows of another table depend on this one")
            .hint("remove or change those first, or set foreign_keys = false"),
        ffi::SQLITE_CONSTRAINT_TRIGGER => Error::refused("constraint", "a trigger of the database forbids it"),
        _ => Error::refused("constraint", "a rule of the database forbids it"),
    }
}

/// `SQLITE_ERROR` is what a statement earns that does not fit the schema: names, and the condition of the settings.
fn statement(text: &str) -> Error {
    let hint = if text.starts_with("foreign key mismatch") {
        "mend the schema, or set foreign_keys = false"
    } else {
        "check the columns of the map and the `condition` of the settings"
    };
    let known = ["no such column", "no such table", "no such function", "foreign key mismatch", "no such collation"];
    let syntax = text.contains("syntax error");
    let names_only = known.iter().any(|start| text.starts_with(start)) || syntax;
    let detail = if names_only { format!(": {text}") } else { String::new() };
    Error::new(ErrorKind::Config, format!("SQLite does not accept the statement{detail}")).hint(hint)
}
