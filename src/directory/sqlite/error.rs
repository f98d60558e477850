//! SQLite's result codes, as errors that say what the caller can do. SQLite's own words stay out where they could hold
//! a value.

use std::path::Path;

use crosswalk_contract::{Error, ErrorKind};
use rusqlite::{Error as Sqlite, ErrorCode};

pub(super) use super::super::sql::error::closed;
use super::super::sql::error::user_exists;

/// The error for something SQLite refused.
pub(super) fn sqlite(error: Sqlite) -> Error {
    let Sqlite::SqliteFailure(failure, ref text) = error else {
        return unexpected(&error);
    };
    let told = match failure.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => unavailable(
            "directory_locked",
            "the directory is locked by another process",
            "try again; if it stays locked, look for a backup tool, a shell or another server that has the file open",
        ),
        ErrorCode::DiskFull => unavailable(
            "directory_full",
            "the directory cannot grow: the disk is full or its size limit is reached; nothing was written",
            "free space on the disk or raise the limit, then try again",
        ),
        ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::AuthorizationForStatementDenied => read_only(),
        ErrorCode::CannotOpen | ErrorCode::SystemIoFailure | ErrorCode::FileLockingProtocolFailed => unavailable(
            "directory_unreadable",
            "the directory's file cannot be read or written",
            "check the disk, its free space and the permissions of the file and its folder; a network file system will not do",
        ),
        ErrorCode::OperationInterrupted | ErrorCode::OutOfMemory => {
            unavailable("directory_interrupted", "the operation was cut short; nothing was written", "try again")
        }
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => damaged(),
        ErrorCode::TooBig => Error::refused("too_large", "a value is larger than the directory can hold")
            .hint("SQLite holds at most 1,000,000,000 bytes in one value"),
        ErrorCode::ConstraintViolation => return constraint(failure.extended_code, text.as_deref()),
        _ => return unexpected(&error),
    };
    told.with("sqlite", failure.extended_code)
}

/// The file cannot be written.
pub(super) fn read_only() -> Error {
    unavailable(
        "directory_read_only",
        "the directory cannot be written",
        "let the process that runs Crosswalk write the file and the folder it is in",
    )
}

/// The file is damaged.
pub(super) fn damaged() -> Error {
    Error::new(ErrorKind::Inconsistent, "the directory's file is damaged")
        .code("directory_damaged")
        .hint("stop, keep a copy of the file, and restore the last backup")
}

/// A file operation failed.
pub(super) fn file(what: &str, path: &Path, error: std::io::Error) -> Error {
    use std::io::ErrorKind as Io;
    let hint = match error.kind() {
        Io::NotFound => "create the folder first, or correct the path",
        Io::PermissionDenied => "let the process that runs Crosswalk read and write there",
        Io::StorageFull | Io::QuotaExceeded => "free space on the disk, then try again",
        Io::AlreadyExists => "choose another name, or force it",
        _ => "check the path and the disk",
    };
    let kind = match error.kind() {
        Io::NotFound | Io::IsADirectory | Io::NotADirectory => ErrorKind::Config,
        Io::AlreadyExists => ErrorKind::Conflict,
        _ => ErrorKind::Unavailable,
    };
    Error::new(kind, format!("{what} {}", path.display())).source(error).hint(hint)
}

fn unavailable(code: &'static str, message: &str, hint: &str) -> Error {
    Error::new(ErrorKind::Unavailable, message).code(code).hint(hint)
}

/// SQLite names the columns of a broken constraint, not the values.
fn constraint(extended: i32, text: Option<&str>) -> Error {
    let text = text.unwrap_or_default();
    if text.contains("users.email") {
        user_exists("email")
    } else if text.contains("users.username") {
        user_exists("username")
    } else if text.contains("users.user_id") {
        user_exists("user_id")
    } else {
        Error::new(ErrorKind::Unexpected, "the directory refused a row that contradicts its schema")
            .with("sqlite", extended)
    }
}

/// Only what cannot hold a value is told of the rest: a code, or a column's name and type.
fn unexpected(error: &Sqlite) -> Error {
    let told = Error::new(ErrorKind::Unexpected, "the directory met something that should not happen");
    match error {
        Sqlite::SqliteFailure(failure, _) => told.with("sqlite", failure.extended_code),
        Sqlite::InvalidColumnType(_, name, kind) => {
            Error::new(ErrorKind::Inconsistent, "a column of the directory holds a value of the wrong type")
                .with("column", name)
                .with("type", kind)
        }
        Sqlite::Utf8Error(index, _) => {
            Error::new(ErrorKind::Inconsistent, "a column of the directory holds text that is not UTF-8")
                .with("column number", index)
        }
        Sqlite::QueryReturnedMoreThanOneRow => told.with("rows", "more than one"),
        Sqlite::QueryReturnedNoRows => told.with("rows", "none"),
        Sqlite::InvalidParameterCount(given, needed) => told.with("parameters", format!("{given} of {needed}")),
        _ => told,
    }
}
