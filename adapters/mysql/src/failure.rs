//! The server's errors in the contract's words: what the caller can do decides the kind.
//!
//! The server's text is never passed on: it quotes values (`Duplicate entry 'jane@…'`). Only names are taken from it, and
//! only those that the table has.

use std::io;

use crosswalk_contract::{Error, ErrorKind};
use crosswalk_sql::unknown_column;
use mysql_async::{DriverError, Error as Driver, IoError, ServerError};

use crate::{schema::Schema, store::Store, wire::Trouble};

/// The code of an error after which the connection is gone and nothing is known to be written.
pub(crate) const CONNECTION_LOST: &str = "connection_lost";
/// The code of an error after which the transaction is undone and may be tried again.
pub(crate) const DEADLOCK: &str = "deadlock";

/// The error for what went wrong on an open connection.
pub(crate) fn failure(trouble: &Trouble, store: &Store, schema: Option<&Schema>) -> Error {
    let table = &store.table.table;
    let error = match trouble {
        Trouble::Silence => too_slow(),
        Trouble::Said(Driver::Server(error)) => server(error, table, schema),
        Trouble::Said(Driver::Driver(DriverError::PacketTooLarge)) => {
            Error::refused("too_large", "a value is larger than max_allowed_packet lets through")
                .hint("raise max_allowed_packet on the server")
        }
        Trouble::Said(Driver::Driver(error @ (DriverError::StmtParamsMismatch { .. } | DriverError::MixedParams))) => {
            Error::new(ErrorKind::Config, "the statement and its parameters do not fit together")
                .source(error.to_string())
                .hint("check the `condition` of the settings: it must not contain `?` or `:name`")
        }
        Trouble::Said(_) => Error::new(ErrorKind::Unavailable, "the connection to the database was lost")
            .code(CONNECTION_LOST)
            .hint("try again; if it stays so, check that the server runs"),
    };
    if error.context().iter().any(|(name, _)| *name == "table") { error } else { error.with("table", table) }
}

/// The error for what went wrong before there was a connection.
pub(crate) fn connecting(error: &Driver, host: &str, database: Option<&str>) -> Error {
    let config = |message: &str, hint: &str| Error::new(ErrorKind::Config, message).hint(hint);
    let error = match error {
        Driver::Server(error) => match error.code {
            1045 | 1698 => config(
                "the database server refuses the user name or the password",
                "check the URL in the settings of the store, and from which hosts that user may connect",
            )
            .code("access_denied"),
            1044 => config("the user may not use that database", "grant the privileges, or correct the URL")
                .code("access_denied"),
            1049 => {
                config("the database server has no database of that name", "correct the URL").code("no_such_database")
            }
            1129 | 1130 => config(
                "the database server does not let this machine connect",
                "let the user connect from here, or run FLUSH HOSTS after failed attempts",
            ),
            1820 | 1862 | 3118 => {
                config("the password of the database user has expired, or the user is locked", "have it renewed")
            }
            _ => server(error, "", None),
        },
        // The handshake of TLS tells its failures as wrong data.
        Driver::Io(IoError::Tls(_)) => no_tls(),
        Driver::Io(IoError::Io(error)) if error.kind() == io::ErrorKind::InvalidData => no_tls(),
        Driver::Io(IoError::Io(error)) if is_file(error) && !host.starts_with('/') => {
            config("a file that `tls` names cannot be read", "check the paths and who may read them").code("tls")
        }
        Driver::Io(IoError::Io(_)) => unavailable(
            "the database server cannot be reached",
            "check that it runs, and the host, port or socket in the URL",
        )
        .code("unreachable"),
        Driver::Driver(DriverError::NoClientSslFlagFromServer) => {
            config("the database server has no TLS", "set it up there, or set tls.mode = \"prefer\"").code("tls")
        }
        Driver::Driver(DriverError::NoKeyFound) => {
            config("the file of `tls.key` holds no private key", "name a PEM file")
        }
        Driver::Driver(
            error @ (DriverError::UnknownAuthPlugin { .. }
            | DriverError::MysqlOldPasswordDisabled
            | DriverError::CleartextPluginDisabled),
        ) => config("the database server wants a way to log in that is not supported", "give the user another one")
            .source(error.to_string()),
        _ => unavailable("the database server hung up while the connection was made", "try again").code("unreachable"),
    };
    let error = error.with("host", host);
    match (error.code_name(), database) {
        ("no_such_database", Some(database)) => error.with("database", database),
        _ => error,
    }
}

fn no_tls() -> Error {
    Error::new(ErrorKind::Config, "no encrypted connection to the database server could be made")
        .code("tls")
        .hint("check `tls`: the certificate may be of another authority or another host")
}

/// Only a file or a Unix socket can be absent or forbidden; a network cannot.
fn is_file(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied)
}

/// A write of which nobody knows whether it happened.
pub(crate) fn unknown_outcome(error: Error, table: &str) -> Error {
    if error.kind() != ErrorKind::Unavailable || error.code_name() == DEADLOCK {
        return error;
    }
    Error::new(
        ErrorKind::Unavailable,
        "the connection broke while the change was being written; it may be there or not",
    )
    .code("unknown_outcome")
    .with("table", table)
    .hint("read the user, and try again if the change is not there")
}

fn server(error: &ServerError, table: &str, schema: Option<&Schema>) -> Error {
    let text = error.message.as_str();
    let column = || schema.and_then(|schema| named_column(text, schema));
    let named = |error: Error| match column() {
        Some(column) => error.with("field", column),
        None => error,
    };
    match error.code {
        1062 | 1586 => {
            let fields = schema.and_then(|schema| schema.columns_of_index(after(text, " for key ")?));
            let error = Error::new(ErrorKind::Conflict, "another user has this identifier").code("user_exists");
            match fields {
                Some(fields) => error.with("field", fields),
                None => error,
            }
        }
        1048 | 1364 | 1263 => named(
            Error::refused("field_required", "the table wants a value that was not given")
                .hint("map a field or a constant to the column"),
        ),
        1406 => named(Error::refused("too_long", "a value is longer than its column")),
        1366 if text.starts_with("Incorrect string value") => named(
            Error::refused("not_in_charset", "the column's character set cannot hold a character of the value")
                .hint("convert the column to utf8mb4"),
        ),
        1264 | 1265 | 1292 | 1366 | 1367 | 1411 | 1525 | 3140 | 3156 => {
            named(Error::refused("wrong_type", "a value does not fit the type of its column").hint("check the map"))
        }
        3819 | 4025 => named(Error::refused("constraint", "a rule of the table forbids the value")),
        1644 => Error::refused("constraint", "a trigger of the database forbids it"),
        1451 | 1217 => Error::refused("referenced", "rows of another table depend on this one")
            .hint("remove or change those first"),
        1452 | 1216 => Error::refused("constraint", "the value refers to a row of another table that is not there"),
        1153 | 1301 => Error::refused("too_large", "a value is larger than max_allowed_packet lets through")
            .hint("raise max_allowed_packet on the server"),
        1288 | 1348 | 1471 | 1393 | 1394 | 1395 => {
            Error::refused("read_only", "the view cannot be written like this").hint("name the table behind it")
        }
        1906 | 3105 => named(Error::refused("read_only", "the database computes this column by itself")),
        1467 | 167 => Error::refused("ids_exhausted", "the table has counted its ids up to the end")
            .hint("give the column a larger type"),
        1054 => match (schema, after(text, "Unknown column ")) {
            (Some(schema), Some(name)) => {
                let name = name.rsplit('.').next().unwrap_or(name);
                unknown_column(table, name, schema.columns.iter().map(|column| column.name.as_str()))
            }
            _ => statement("a column is unknown").code("no_such_column"),
        },
        1146 | 1051 => Error::new(ErrorKind::Config, "a table that the statement names is not there")
            .code("no_such_table")
            .hint("check `table` and `condition` in the settings of the store"),
        1615 => unavailable("the table changed in the middle of a call", "try again").code("table_changed"),
        1044 | 1142 | 1143 | 1227 | 1356 | 1370 => Error::new(ErrorKind::Config, "the database user lacks a privilege")
            .code("privilege")
            .with("privilege", privilege(text))
            .hint("grant it to the user of the URL"),
        1064 | 1149 => statement("the syntax is wrong"),
        1305 | 1630 => statement("a function is unknown"),
        1052 => statement("a column's name is ambiguous"),
        1049 => Error::new(ErrorKind::Config, "the database server has no database of that name")
            .code("no_such_database")
            .hint("correct the URL, or `schema` in the settings of the store"),
        1046 => Error::new(ErrorKind::Config, "neither the URL nor the settings name a database")
            .hint("write it at the end of the URL, or as `schema`"),
        1213 | 1020 | 1637 => {
            unavailable("the change was undone because another one was in the way", "try again").code(DEADLOCK)
        }
        1205 | 1099 | 1100 | 1192 => {
            unavailable("the row or table is locked by somebody else", "try again, or raise statement_timeout")
                .code("locked")
        }
        1969 | 3024 | 1317 => too_slow(),
        1290 | 1792 | 1836 => {
            unavailable("the database server is read-only at the moment", "try again, or name the writable server")
                .code("read_only_server")
        }
        1114 | 1021 | 1030 | 1034 | 1194 | 1195 | 3 | 28 => unavailable(
            "the database server's disk is full or failed; nothing was written",
            "make room there, or repair the table",
        )
        .code("disk"),
        1040 | 1203 | 1226 | 1461 => unavailable(
            "the database server has too many connections or statements already",
            "try again, or raise its limits",
        )
        .code("busy"),
        1053 | 1077 | 1079 | 1080 | 1152 | 1158..=1161 | 1184 | 1927 | 2006 | 2013 | 3169 | 4031 => {
            unavailable("the database server ended the connection", "try again").code(CONNECTION_LOST)
        }
        1037 | 1038 | 1041 => unavailable("the database server ran out of memory", "try again"),
        1267 | 1270 | 1271 | 3988 => {
            statement("character sets do not fit together").hint("check the collations that the `condition` compares")
        }
        code => Error::new(ErrorKind::Unexpected, format!("the database server answered with error {code}")).with(
            "state",
            if error.state.bytes().all(|byte| byte.is_ascii_alphanumeric()) { &error.state } else { "?" },
        ),
    }
}

fn unavailable(message: &str, hint: &str) -> Error {
    Error::new(ErrorKind::Unavailable, message).hint(hint)
}

fn too_slow() -> Error {
    unavailable(
        "the database server did not answer in time; the table may be locked or lack an index",
        "try again, or raise statement_timeout",
    )
    .code("timeout")
}

fn statement(what: &str) -> Error {
    Error::new(ErrorKind::Config, format!("the database server does not accept the statement: {what}"))
        .code("bad_statement")
        .hint("check the columns of the map, and the `condition` and the queries of the settings")
}

/// The name in quotes that follows the last `marker`: what comes before it may quote a value.
fn after<'t>(text: &'t str, marker: &str) -> Option<&'t str> {
    let rest = text.get(text.rfind(marker)? + marker.len()..)?;
    let quote = rest.chars().next().filter(|first| matches!(first, '\'' | '`'))?;
    rest.get(1..)?.split(quote).next()
}

/// The column that the message is about, by its name in the table.
fn named_column<'s>(text: &str, schema: &'s Schema) -> Option<&'s str> {
    let name = match text.rfind(" for column ") {
        // `db`.`table`.`column`, or 'column'
        Some(at) => {
            let rest = text.get(at + " for column ".len()..)?;
            let path = rest.split(" at row ").next()?;
            path.rsplit('.').next()?.trim_matches(['`', '\''])
        }
        None => ["Column ", "Field ", "column ", "CONSTRAINT ", "constraint "]
            .iter()
            .find_map(|marker| after(text, marker))?,
    };
    let name = name.rsplit('.').next()?;
    schema.columns.iter().map(|column| column.name.as_str()).find(|column| column.eq_ignore_ascii_case(name))
}

/// `SELECT command denied to user …`
fn privilege(text: &str) -> &'static str {
    let known = ["SELECT", "INSERT", "UPDATE", "DELETE", "LOCK TABLES", "EXECUTE"];
    known.into_iter().find(|word| text.starts_with(&format!("{word} command denied"))).unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_caller_can_do_decides_the_kind_and_no_text_of_the_server_is_passed_on() {
        for (code, kind, name) in [
            (1062, ErrorKind::Conflict, "user_exists"),
            (1406, ErrorKind::Refused, "too_long"),
            (1290, ErrorKind::Unavailable, "read_only_server"),
            (1213, ErrorKind::Unavailable, DEADLOCK),
            (1205, ErrorKind::Unavailable, "locked"),
            (3024, ErrorKind::Unavailable, "timeout"),
            (1021, ErrorKind::Unavailable, "disk"),
            (1040, ErrorKind::Unavailable, "busy"),
            (2013, ErrorKind::Unavailable, CONNECTION_LOST),
            (1142, ErrorKind::Config, "privilege"),
            (1146, ErrorKind::Config, "no_such_table"),
            (9_999, ErrorKind::Unexpected, "unexpected"),
        ] {
            let message = "Duplicate entry 'jane@secret' for key 'jane@secret'".to_owned();
            let said = ServerError { code, message, state: "23000".to_owned() };
            let error = server(&said, "user", None);
            assert_eq!((error.kind(), error.code_name()), (kind, name), "{code}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn names_are_taken_from_behind_the_value() {
        assert_eq!(after("Duplicate entry 'x' for key 'y' for key 'mail'", " for key "), Some("mail"));
        assert_eq!(after("Column 'a' cannot be null", "Column "), Some("a"));
        assert_eq!(after("for key ", "for key "), None);
        assert_eq!(privilege("DELETE command denied to user"), "DELETE");
    }

    #[test]
    fn only_a_failed_commit_leaves_it_open_whether_something_is_written() {
        let lost = unavailable("gone", "try again").code(CONNECTION_LOST);
        assert_eq!(unknown_outcome(lost, "user").code_name(), "unknown_outcome");
        let deadlock = unavailable("undone", "try again").code(DEADLOCK);
        assert_eq!(unknown_outcome(deadlock, "user").code_name(), DEADLOCK);
    }
}
