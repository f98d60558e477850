//! PostgreSQL's errors in the contract's words: what the caller can do decides the kind.
//!
//! PostgreSQL's own text is passed on only where it holds nothing but names (class 42). Its DETAIL holds values, and so
//! may the message of any other class, and everything that a function or trigger raises.

use std::io;

use crosswalk_contract::{Error, ErrorKind};
use tokio_postgres::error::{DbError, SqlState};

use crate::schema::Schema;

const CONTENDED: &str = "contended";

/// What went wrong in one attempt, before it is decided whether to try again.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The driver or the server said so.
    Driver(tokio_postgres::Error),
    /// The server said nothing for longer than a statement may take.
    Silent,
    /// The connection went away after what commits was sent and before the answer came.
    Unsettled,
    /// This adapter said so.
    Told(Error),
    /// Somebody has put it into words already.
    Judged {
        /// The words.
        error: Error,
        /// What to do.
        remedy: Remedy,
        /// Whether the connection can go on after a ROLLBACK.
        leaves_connection: bool,
    },
}

/// What to do about a failure, besides telling of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Remedy {
    /// Two transactions were in each other's way: the loser may simply go again.
    Again,
    /// What is known of the table may be out of date.
    Relearn,
    /// The connection is gone, or of no use.
    Reconnect,
    /// Nothing.
    None,
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Failure {
        Failure::Driver(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Told(error)
    }
}

impl Failure {
    /// A failure of a statement that commits: an answer is an answer, nothing was committed; without one nobody knows.
    pub(crate) fn of_commit(self) -> Failure {
        match self {
            Failure::Driver(error) if error.code().is_some() && !error.is_closed() => Failure::Driver(error),
            Failure::Driver(_) | Failure::Silent => Failure::Unsettled,
            told => told,
        }
    }

    pub(crate) fn remedy(&self) -> Remedy {
        match self {
            Failure::Told(error) if matches!(error.code_name(), "no_such_column" | "no_such_table") => Remedy::Relearn,
            Failure::Told(error) if error.code_name() == CONTENDED => Remedy::Again,
            Failure::Judged { remedy, .. } => *remedy,
            Failure::Told(_) | Failure::Silent | Failure::Unsettled => Remedy::None,
            Failure::Driver(error) => match error.code() {
                None => Remedy::Reconnect,
                Some(code) => remedy(code),
            },
        }
    }

    /// Whether the server only reads.
    pub(crate) fn is_read_only(&self) -> bool {
        matches!(self, Failure::Driver(error) if error.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION))
    }

    /// Whether the connection can go on after a ROLLBACK.
    pub(crate) fn leaves_connection(&self) -> bool {
        match self {
            Failure::Told(_) => true,
            Failure::Judged { leaves_connection, .. } => *leaves_connection,
            Failure::Driver(error) => error.code().is_some() && self.remedy() != Remedy::Reconnect,
            Failure::Silent | Failure::Unsettled => false,
        }
    }

    /// The error for the caller. Values are never in it.
    pub(crate) fn into_error(self, table: &str, schema: Option<&Schema>) -> Error {
        match self {
            Failure::Told(error) | Failure::Judged { error, .. } => error,
            Failure::Silent => Error::new(ErrorKind::Unavailable, "the database server fell silent")
                .code("timeout")
                .with("table", table)
                .hint("try again; check the network between here and the server"),
            Failure::Unsettled => {
                Error::new(ErrorKind::Unavailable, "the connection was lost while the change was being committed")
                    .code("unsettled")
                    .with("table", table)
                    .hint("read the user to see whether the change was made")
            }
            Failure::Driver(error) => match error.as_db_error() {
                Some(answer) => told_by_server(answer, schema).with("table", table),
                None => told_by_driver(&error).with("table", table),
            },
        }
    }
}

fn remedy(code: &SqlState) -> Remedy {
    match *code {
        SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => Remedy::Again,
        // "cached plan must not change result type", and statements that somebody deallocated.
        SqlState::FEATURE_NOT_SUPPORTED | SqlState::INVALID_SQL_STATEMENT_NAME => Remedy::Relearn,
        SqlState::UNDEFINED_COLUMN
        | SqlState::UNDEFINED_TABLE
        | SqlState::UNDEFINED_FUNCTION
        | SqlState::UNDEFINED_OBJECT
        | SqlState::DATATYPE_MISMATCH
        | SqlState::INVALID_TEXT_REPRESENTATION => Remedy::Relearn,
        SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN | SqlState::CANNOT_CONNECT_NOW => Remedy::Reconnect,
        // What was the primary has become a standby.
        SqlState::READ_ONLY_SQL_TRANSACTION => Remedy::Reconnect,
        _ if code.code().starts_with("08") => Remedy::Reconnect,
        _ => Remedy::None,
    }
}

fn told_by_driver(error: &tokio_postgres::Error) -> Error {
    let cause = std::error::Error::source(error);
    if error.is_closed() || cause.is_some_and(|cause| cause.is::<io::Error>()) {
        return Error::new(ErrorKind::Unavailable, "the connection to the database server was lost")
            .hint("try again; check the network between here and the server");
    }
    // What is left are values that could not be read in the form that their type has.
    Error::new(ErrorKind::Unexpected, "the PostgreSQL driver failed").source(error.to_string())
}

/// The error for what the server says.
pub(crate) fn told_by_server(answer: &DbError, schema: Option<&Schema>) -> Error {
    let code = answer.code().code();
    let error = match answer.code().clone() {
        SqlState::UNIQUE_VIOLATION | SqlState::EXCLUSION_VIOLATION => {
            Error::new(ErrorKind::Conflict, "another user has this identifier").code("user_exists")
        }
        SqlState::NOT_NULL_VIOLATION => Error::refused("field_required", "the table wants a value that was not given")
            .hint("map a field or a constant to the column"),
        SqlState::CHECK_VIOLATION => Error::refused("constraint", "a rule of the table forbids the value"),
        SqlState::FOREIGN_KEY_VIOLATION => {
            Error::refused("referenced", "rows of another table depend on this one, or it names one that is not there")
                .hint("remove or change those first")
        }
        SqlState::WITH_CHECK_OPTION_VIOLATION => {
            Error::refused("constraint", "the view or a policy of the table forbids the row")
        }
        SqlState::STRING_DATA_RIGHT_TRUNCATION => {
            Error::refused("too_long", "a value is longer than its column").hint("shorten it, or widen the column")
        }
        SqlState::UNTRANSLATABLE_CHARACTER | SqlState::CHARACTER_NOT_IN_REPERTOIRE => {
            Error::refused("wrong_encoding", "a character does not exist in the encoding of the database")
                .hint("only a database in UTF8 holds every character")
        }
        SqlState::QUERY_CANCELED => unavailable("timeout", "the database did not finish in time")
            .hint("try again, or raise statement_timeout; another program may hold a lock on the table"),
        SqlState::LOCK_NOT_AVAILABLE => {
            unavailable("locked", "another program holds a lock on the table or the row").hint("try again")
        }
        SqlState::TOO_MANY_CONNECTIONS | SqlState::CONFIGURATION_LIMIT_EXCEEDED => {
            unavailable("too_many_connections", "the database server takes no more connections")
                .hint("lower pool.max_size and lanes here or elsewhere, or raise max_connections there")
        }
        SqlState::DISK_FULL => unavailable("disk_full", "the disk of the database server is full; nothing was written")
            .hint("make room there"),
        SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN | SqlState::CANNOT_CONNECT_NOW => {
            unavailable("restarting", "the database server is starting, stopping, or ended the session")
                .hint("try again")
        }
        SqlState::T_R_SERIALIZATION_FAILURE | SqlState::T_R_DEADLOCK_DETECTED => contended(),
        SqlState::READ_ONLY_SQL_TRANSACTION => {
            Error::refused("read_only", "the database server or the session only reads")
                .hint("name the primary server in `url`, or all servers together with target_session_attrs=read-write")
        }
        SqlState::INVALID_PASSWORD => Error::new(ErrorKind::Config, "the database server refuses the password")
            .code("wrong_password")
            .hint("correct user and password in `url`"),
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            Error::new(ErrorKind::Config, "the database server refuses the user")
                .code("not_authorized")
                .hint("correct the user in `url`, or let pg_hba.conf allow it from here")
        }
        SqlState::INVALID_CATALOG_NAME => Error::new(ErrorKind::Config, "the database server has no such database")
            .code("no_such_database")
            .hint("correct the database's name in `url`"),
        SqlState::INSUFFICIENT_PRIVILEGE => {
            Error::new(ErrorKind::Config, format!("the database user may not do this{}", names(answer)))
                .code("not_permitted")
                .hint("the owner of the table can GRANT it, see `crosswalk doctor`, or set read_only = true")
        }
        _ => by_class(code, answer),
    };
    located(error, answer, schema)
}

fn by_class(code: &str, answer: &DbError) -> Error {
    match code.get(..2).unwrap_or_default() {
        "08" => unavailable("connection", "the connection to the database server was lost").hint("try again"),
        "53" => unavailable("resources", "the database server ran out of something it needs").hint("try again"),
        "57" | "58" => unavailable("server", "the database server had to give up").hint("try again"),
        "22" => Error::refused("wrong_type", "a value does not fit the type of its column").hint("check the map"),
        "23" | "44" => Error::refused("constraint", "a rule of the database forbids it"),
        "25" | "40" => unavailable("transaction", "the database gave the transaction up").hint("try again"),
        "28" => Error::new(ErrorKind::Config, "the database server refuses the user")
            .hint("correct user and password in `url`"),
        "42" | "3F" | "0A" => {
            Error::new(ErrorKind::Config, format!("PostgreSQL does not accept the statement{}", names(answer)))
                .hint("check the columns of the map, and the `condition` and the queries of the settings")
        }
        "54" => Error::refused("too_large", "a value is larger than PostgreSQL can hold there"),
        "P0" | "09" | "21" | "27" | "38" | "39" => {
            Error::refused("constraint", "a trigger or function of the database forbids it")
        }
        "XX" => unavailable("damaged", "the database server reports a damage or a fault of its own")
            .hint("look into the server's log"),
        _ => Error::new(ErrorKind::Unexpected, "PostgreSQL failed in a way that is not known here"),
    }
    .with("sqlstate", code)
}

/// The server's own message, where it can only hold names: what a function raises may hold anything.
fn names(answer: &DbError) -> String {
    if answer.where_().is_some() { String::new() } else { format!(": {}", answer.message()) }
}

/// Adds the names that the server gives apart from its messages.
fn located(error: Error, answer: &DbError, schema: Option<&Schema>) -> Error {
    let columns = answer.constraint().and_then(|name| schema?.index_columns(name));
    let error = match (answer.column(), columns) {
        (Some(column), _) => error.with("field", column),
        (None, Some(columns)) => error.with("field", columns),
        (None, None) => error,
    };
    match answer.constraint() {
        Some(constraint) => error.with("constraint", constraint),
        None => error,
    }
}

/// Somebody else wrote first.
pub(crate) fn contended() -> Error {
    unavailable(CONTENDED, "others kept changing the same rows").hint("try again")
}

fn unavailable(code: &'static str, message: &str) -> Error {
    Error::new(ErrorKind::Unavailable, message).code(code)
}
