//! One connection: its prepared statements, the time it gives the server, and its end.

use std::{
    collections::HashMap,
    fmt,
    future::poll_fn,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use crosswalk_sql::Statement;
use futures::TryStreamExt;
use tokio::{runtime::Handle, task::AbortHandle, time};
use tokio_postgres::{Client, Row, RowStream, Socket, tls::TlsStream, types::Type};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{failure::Failure, parameter::Parameter};

/// How much longer than the server's own limit a statement is waited for, before the network is taken for dead.
const GRACE: Duration = Duration::from_secs(1);

/// How long a lost statement's cancellation may take; nobody waits for it.
const CANCELLATION: Duration = Duration::from_secs(5);

/// Prepared statements are few: one for each shape of call. More are a sign of shapes without end.
const MOST_STATEMENTS: usize = 256;

/// A connection to the server.
pub(crate) struct Connection {
    client: Client,
    tls: MakeRustlsConnect,
    task: AbortHandle,
    statements: Mutex<HashMap<String, tokio_postgres::Statement>>,
    generation: AtomicU64,
    /// Whether statements are prepared and kept. Behind a PgBouncer the next one may reach another server session.
    prepares: bool,
    patience: Duration,
    /// Set before each exclusive command and taken back after its last byte was read. Dropped while armed, the
    /// connection is torn down and what it was doing is cancelled.
    armed: AtomicBool,
}

impl Connection {
    /// Runs the connection's traffic in a task of its own.
    pub(crate) fn start<S>(
        client: Client,
        mut link: tokio_postgres::Connection<Socket, S>,
        tls: MakeRustlsConnect,
        statement_timeout: Duration,
        prepares: bool,
    ) -> Connection
    where
        S: TlsStream + Unpin + Send + 'static,
    {
        let task = tokio::spawn(async move {
            // Notices are read and dropped: the driver would log their text, which may hold values.
            while let Some(Ok(_)) = poll_fn(|context| link.poll_message(context)).await {}
        });
        Connection {
            client,
            tls,
            task: task.abort_handle(),
            statements: Mutex::default(),
            generation: AtomicU64::new(0),
            prepares,
            patience: statement_timeout + GRACE,
            armed: AtomicBool::new(false),
        }
    }

    /// Says what holds for the whole session.
    pub(crate) async fn set_up(&self, commands: &str) -> Result<(), tokio_postgres::Error> {
        self.client.batch_execute(commands).await
    }

    /// Reads all rows of a statement that is asked for often.
    pub(crate) async fn query(&self, statement: &Statement<Parameter<'_>>) -> Result<Vec<Row>, Failure> {
        self.in_time(async {
            let rows = self.start_rows(statement).await?;
            rows.try_collect().await
        })
        .await
    }

    /// The rows as they come. Waiting for them is up to the caller.
    pub(crate) async fn stream(&self, statement: &Statement<Parameter<'_>>) -> Result<RowStream, Failure> {
        Ok(self.start_rows(statement).await?)
    }

    /// Runs a statement that returns no rows, and says how many it changed.
    pub(crate) async fn execute(&self, statement: &Statement<Parameter<'_>>) -> Result<u64, Failure> {
        self.in_time(async {
            if self.prepares {
                let prepared = self.prepared(&statement.sql).await?;
                self.client.execute_raw(&prepared, statement.values.iter()).await
            } else {
                let values: Vec<_> = typed(&statement.values);
                self.client.execute_typed(&statement.sql, &values).await
            }
        })
        .await
    }

    /// Reads all rows of a statement that is asked for seldom: one round trip, nothing kept.
    pub(crate) async fn query_once(&self, sql: &str, values: &[Parameter<'_>]) -> Result<Vec<Row>, Failure> {
        self.in_time(self.client.query_typed(sql, &typed(values))).await
    }

    /// The types that the server wants for a statement's parameters; none where statements are not prepared.
    pub(crate) async fn parameter_types(&self, sql: &str) -> Result<Vec<Type>, Failure> {
        if !self.prepares {
            return Ok(Vec::new());
        }
        self.in_time(async { Ok(self.prepared(sql).await?.params().to_vec()) }).await
    }

    /// Runs commands without values and rows.
    pub(crate) async fn command(&self, sql: &str) -> Result<(), Failure> {
        self.in_time(self.client.batch_execute(sql)).await
    }

    /// Whether the server hung up.
    pub(crate) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// From now on the connection is of no use to anybody else until it is [disarmed](Connection::disarm).
    pub(crate) fn arm(&self) {
        self.armed.store(true, Ordering::Relaxed);
    }

    /// The last byte was read.
    pub(crate) fn disarm(&self) {
        self.armed.store(false, Ordering::Relaxed);
    }

    pub(crate) fn is_armed(&self) -> bool {
        self.armed.load(Ordering::Relaxed)
    }

    /// Prepares statements anew where the table has changed under them: `generation` counts how often it has.
    pub(crate) fn follow(&self, generation: u64) {
        if self.generation.swap(generation, Ordering::Relaxed) != generation {
            self.statements().clear();
            self.client.clear_type_cache();
        }
    }

    async fn start_rows(&self, statement: &Statement<Parameter<'_>>) -> Result<RowStream, tokio_postgres::Error> {
        if self.prepares {
            let prepared = self.prepared(&statement.sql).await?;
            self.client.query_raw(&prepared, statement.values.iter()).await
        } else {
            let values = statement.values.iter().map(|value| (value, Type::UNKNOWN));
            self.client.query_typed_raw(&statement.sql, values).await
        }
    }

    async fn prepared(&self, sql: &str) -> Result<tokio_postgres::Statement, tokio_postgres::Error> {
        if let Some(statement) = self.statements().get(sql) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await?;
        let mut statements = self.statements();
        if statements.len() >= MOST_STATEMENTS {
            statements.clear();
        }
        statements.insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    fn statements(&self) -> std::sync::MutexGuard<'_, HashMap<String, tokio_postgres::Statement>> {
        self.statements.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn in_time<T>(&self, work: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T, Failure> {
        match time::timeout(self.patience, work).await {
            Ok(result) => Ok(result?),
            Err(_) => Err(Failure::Silent),
        }
    }
}

/// A command whose caller has gone may still run, hold locks and send rows that nobody reads.
impl Drop for Connection {
    fn drop(&mut self) {
        if !self.is_armed() || self.client.is_closed() {
            return;
        }
        self.task.abort();
        if let Ok(runtime) = Handle::try_current() {
            let (token, tls) = (self.client.cancel_token(), self.tls.clone());
            runtime.spawn(async move {
                let _ = time::timeout(CANCELLATION, token.cancel_query(tls)).await;
            });
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("armed", &self.is_armed()).finish_non_exhaustive()
    }
}

/// The server is to tell the types by where the values stand.
fn typed<'a>(values: &'a [Parameter<'a>]) -> Vec<(&'a (dyn tokio_postgres::types::ToSql + Sync), Type)> {
    values.iter().map(|value| (value as &(dyn tokio_postgres::types::ToSql + Sync), Type::UNKNOWN)).collect()
}
