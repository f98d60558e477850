//! Errors of the directory that do not depend on what keeps it.

use crosswalk_contract::{Error, ErrorKind};

/// The error for a row that the directory cannot have written: where, never what.
pub(in crate::directory) fn broken_row(table: &'static str, column: &'static str, row: &str) -> Error {
    Error::new(ErrorKind::Inconsistent, "a row of the directory cannot be read")
        .with("table", table)
        .with("column", column)
        .row(row)
        .hint("it was changed by something else; restore a backup, or erase this row's user")
}

/// Another moved user has that identifier, or the id is in use.
pub(in crate::directory) fn user_exists(what: &'static str) -> Error {
    Error::new(ErrorKind::Conflict, format!("another user of the connection has this {what}"))
        .code("user_exists")
        .with("field", what)
}

/// Two connections call a user the same.
pub(in crate::directory) fn collision(user: &str, here: &str, there: &str) -> Error {
    Error::new(
        ErrorKind::Inconsistent,
        format!("the connections `{here}` and `{there}` both have a user with this user_id"),
    )
    .code("user_id_collision")
    .with("user", user)
    .hint("let one of the two connections put its own name before its ids")
}

/// The directory was closed, or its writer is gone.
pub(in crate::directory) fn closed() -> Error {
    Error::new(ErrorKind::Unavailable, "the directory is closed").code("directory_closed")
}
