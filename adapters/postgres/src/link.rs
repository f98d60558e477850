//! A server without a table, for whoever brings statements of their own: the same hosts, encryption and time limits.

use std::{borrow::Cow, fmt, path::Path, time::Duration};

use crosswalk_contract::{Error, Field, Result, SecretRef};
use crosswalk_queries::QuerySettings;
use crosswalk_sql::{PoolSettings, Statement};
use tokio_postgres::error::SqlState;

use crate::{
    PostgresSettings, TlsSettings, connection::Connection, dial::Dialer, failure::Failure, parameter::Parameter,
    value::Value,
};

/// A server, nothing of which is reached before [`Server::connect`].
#[derive(Debug)]
pub struct Server(Dialer);

/// A connection for one caller at a time.
#[derive(Debug)]
pub struct Link(Connection);

/// Why a statement failed.
pub struct LinkError(Failure);

impl Server {
    /// The server of that URL; files of `tls` start at `dir`.
    ///
    /// # Errors
    /// `Config` for a URL that is none, a secret or a certificate that is not there.
    pub fn new(url: &SecretRef, tls: Option<&TlsSettings>, statement_timeout: Duration, dir: &Path) -> Result<Server> {
        let settings = PostgresSettings {
            url: url.clone(),
            table: String::new(),
            queries: QuerySettings::default(),
            schema: None,
            condition: None,
            columns: Vec::new(),
            read_only: false,
            pool: PoolSettings::default(),
            lanes: 0,
            statement_timeout,
            connect_timeout: Duration::from_secs(3),
            tls: tls.cloned(),
            pgbouncer: false,
        };
        Dialer::new(&settings, dir).map(Server)
    }

    /// A new connection to the first host that gives one.
    ///
    /// # Errors
    /// `Unavailable` where no host answers, `Config` where one refuses the user or the database.
    pub async fn connect(&self) -> Result<Link> {
        self.0.dial().await.map(Link)
    }
}

impl Link {
    /// Reads all rows of a statement with `$1` parameters, each sent as text; it is prepared once for the connection.
    ///
    /// # Errors
    /// What the server or the network says.
    pub async fn rows(&self, sql: &str, values: Vec<Option<Cow<'_, str>>>) -> Result<Vec<Vec<Field>>, LinkError> {
        let statement = Statement { sql: sql.to_owned(), values: values.into_iter().map(Parameter).collect() };
        let rows = self.0.query(&statement).await.map_err(LinkError)?;
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            let fields = (0..row.len()).map(|at| Ok(row.try_get::<_, Value>(at)?.0));
            found.push(fields.collect::<Result<Vec<Field>, Failure>>().map_err(LinkError)?);
        }
        Ok(found)
    }

    /// Runs a statement with `$1` parameters, and says how many rows it touched.
    ///
    /// # Errors
    /// As [`Link::rows`].
    pub async fn execute(&self, sql: &str, values: Vec<Option<Cow<'_, str>>>) -> Result<u64, LinkError> {
        let statement = Statement { sql: sql.to_owned(), values: values.into_iter().map(Parameter).collect() };
        self.0.execute(&statement).await.map_err(LinkError)
    }

    /// Runs statements without parameters and rows.
    ///
    /// # Errors
    /// As [`Link::rows`].
    pub async fn command(&self, sql: &str) -> Result<(), LinkError> {
        self.0.command(sql).await.map_err(LinkError)
    }

    /// Whether the server hung up.
    pub fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
}

impl LinkError {
    /// Two transactions were in each other's way, or raced for one row: the loser may simply go again.
    pub fn is_conflict(&self) -> bool {
        let conflicts = [
            SqlState::T_R_SERIALIZATION_FAILURE,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::UNIQUE_VIOLATION,
            // Of two who make a table at once.
            SqlState::DUPLICATE_TABLE,
            SqlState::DUPLICATE_SCHEMA,
        ];
        matches!(&self.0, Failure::Driver(error) if error.code().is_some_and(|code| conflicts.contains(code)))
    }

    /// The connection is of no use any more; nothing says whether the statement was done.
    pub fn is_lost(&self) -> bool {
        !self.0.leaves_connection()
    }

    /// The index or constraint that the server names.
    pub fn constraint(&self) -> Option<&str> {
        match &self.0 {
            Failure::Driver(error) => error.as_db_error()?.constraint(),
            _ => None,
        }
    }

    /// The error for a caller, without any value in it.
    pub fn told(self) -> Error {
        self.0.into_error("", None)
    }
}

/// Without the server's own words, which may hold values.
impl fmt::Debug for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LinkError").field("conflict", &self.is_conflict()).field("lost", &self.is_lost()).finish()
    }
}
