//! What went wrong, as node-postgres tells it.

use std::io;

use tokio_postgres::error::SqlState;

use crate::session::OpError;

pub(super) enum Failure {
    Server(tokio_postgres::Error),
    /// The same, of a statement that was run by its name.
    Running(tokio_postgres::Error),
    /// What node-postgres would have got from the server.
    Told(&'static str, String),
    TooLarge,
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Failure {
        Failure::Server(error)
    }
}

impl Failure {
    pub(super) fn told(&self) -> OpError {
        match self {
            Failure::Server(error) => told(error),
            Failure::Running(error) => told(error).without("position"),
            Failure::Told(code, message) => OpError::new(message).code(code).with("severity", "ERROR"),
            Failure::TooLarge => OpError::new("the result is larger than the memory that this script may have"),
        }
    }

    /// Whether a prepared statement is of no use any more: the table was changed, or somebody threw it away.
    pub(super) fn is_outdated(&self) -> bool {
        let code = match self {
            Failure::Running(error) => error.code(),
            _ => None,
        };
        code == Some(&SqlState::INVALID_SQL_STATEMENT_NAME) || code == Some(&SqlState::FEATURE_NOT_SUPPORTED)
    }
}

/// What node-postgres says: the server's own words, or that the connection is gone.
pub(super) fn told(error: &tokio_postgres::Error) -> OpError {
    let Some(database) = error.as_db_error() else {
        let source = std::error::Error::source(error);
        let cut = source.and_then(|source| source.downcast_ref::<io::Error>()).is_some_and(is_cut);
        let source = source.map(ToString::to_string).unwrap_or_default();
        return match error.to_string() {
            _ if error.is_closed() || cut => OpError::new("Connection terminated unexpectedly"),
            text if text.contains("TLS") && source.contains("server does not support") => {
                OpError::new("The server does not support SSL connections")
            }
            text if source.is_empty() => OpError::new(text),
            text => OpError::new(format!("{text}: {source}")),
        };
    };
    let mut made = OpError::new(database.message()).code(database.code().code()).with("severity", database.severity());
    let texts = [
        ("detail", database.detail()),
        ("hint", database.hint()),
        ("where", database.where_()),
        ("schema", database.schema()),
        ("table", database.table()),
        ("column", database.column()),
        ("dataType", database.datatype()),
        ("constraint", database.constraint()),
        ("file", database.file()),
        ("routine", database.routine()),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            made = made.with(name, text);
        }
    }
    if let Some(line) = database.line() {
        made = made.with("line", line.to_string());
    }
    if let Some(tokio_postgres::error::ErrorPosition::Original(position)) = database.position() {
        made = made.with("position", position.to_string());
    }
    made
}

fn is_cut(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
}
