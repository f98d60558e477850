//! The directory's statements on a connection of PostgreSQL.

use std::{borrow::Cow, cell::Cell as Noted};

use crosswalk_contract::{Error, Field, Result};
use crosswalk_postgres::{Link, LinkError};
use tokio::runtime::Handle;

use super::super::sql::{Cell, Db, Row, Value, error};

/// A connection, used from threads that may wait, for one transaction after the other.
pub(super) struct Session {
    link: Link,
    handle: Handle,
    trouble: Noted<Trouble>,
}

/// What went wrong with a transaction, besides what its work says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    None,
    /// It was in another's way and may go again.
    Conflict,
    /// The connection is gone.
    Lost,
}

impl Session {
    pub(super) fn new(link: Link, handle: Handle) -> Session {
        Session { link, handle, trouble: Noted::new(Trouble::None) }
    }

    /// Begins a transaction.
    ///
    /// # Errors
    /// As [`Db::execute`].
    pub(super) fn begin(&self, sql: &'static str) -> Result<()> {
        self.trouble.set(Trouble::None);
        self.command(sql)
    }

    /// Whether the server hung up.
    pub(super) fn is_closed(&self) -> bool {
        self.link.is_closed()
    }

    /// What has gone wrong since the transaction began.
    pub(super) fn trouble(&self) -> Trouble {
        self.trouble.get()
    }

    /// Runs statements without parameters.
    ///
    /// # Errors
    /// As [`Db::execute`].
    pub(super) fn command(&self, sql: &str) -> Result<()> {
        self.handle.block_on(self.link.command(sql)).map_err(|error| self.told(error))
    }

    fn told(&self, failed: LinkError) -> Error {
        if failed.is_lost() {
            self.trouble.set(Trouble::Lost);
        } else if failed.is_conflict() {
            self.trouble.set(Trouble::Conflict);
        }
        match failed.constraint() {
            Some("moved_by_email") => error::user_exists("email"),
            Some("moved_by_username") => error::user_exists("username"),
            Some("users_pkey") => error::user_exists("user_id"),
            _ => failed.told(),
        }
        .with("directory", "postgres")
    }
}

impl Db for Session {
    fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<usize> {
        if has_nul(values) {
            return Err(Error::refused("nul_character", "PostgreSQL holds no text with the character NUL")
                .hint("leave the character out"));
        }
        let touched = self.handle.block_on(self.link.execute(&numbered(sql), texts(values)));
        touched.map(|rows| usize::try_from(rows).unwrap_or(usize::MAX)).map_err(|error| self.told(error))
    }

    fn rows(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>> {
        if has_nul(values) {
            // No row can have it.
            return Ok(Vec::new());
        }
        let rows = self.handle.block_on(self.link.rows(&numbered(sql), texts(values)));
        let rows = rows.map_err(|error| self.told(error))?;
        Ok(rows.into_iter().map(|row| Row(row.into_iter().map(cell).collect())).collect())
    }
}

/// `?1` is `$1` here; the directory's statements have no other question marks.
fn numbered(sql: &str) -> String {
    sql.replace('?', "$")
}

fn has_nul(values: &[Value<'_>]) -> bool {
    values.iter().any(|value| matches!(value, Value::Text(text) if text.contains('\0')))
}

fn texts<'v>(values: &[Value<'v>]) -> Vec<Option<Cow<'v, str>>> {
    let text = |value: &Value<'v>| match *value {
        Value::Null => None,
        Value::Text(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Flag(flag) => Some(Cow::Borrowed(if flag { "true" } else { "false" })),
    };
    values.iter().map(text).collect()
}

fn cell(field: Field) -> Cell {
    match field {
        Field::Text(text) => Cell::Text(text),
        Field::I64(number) => Cell::Number(number),
        Field::Bool(flag) => Cell::Flag(flag),
        // The schema has no other types.
        _ => Cell::Null,
    }
}
