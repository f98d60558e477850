//! What the adapter knows about its store, how it gets work done on it, and what is tried again.

use std::{
    hash::{BuildHasher, Hasher, RandomState},
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use crosswalk_contract::{Error, Opening, Result};
use crosswalk_sql::{Statement, Table, TableSettings};
use futures::future::BoxFuture;
use mysql_async::{Row, Value};
use tokio::time;

use crate::{
    connect::Connector,
    dialect::MYSQL,
    failure::{self, CONNECTION_LOST, DEADLOCK},
    pool::{Lease, Pool},
    schema::Schema,
    settings::MysqlSettings,
    wire::{Done, Trouble},
};

/// A column that somebody adds is noticed after this long; one that goes is noticed at once.
const SCHEMA_AGE: Duration = Duration::from_secs(60);

/// Transactions that block each other are tried again so many times.
const DEADLOCKS: u32 = 8;

/// One table on one server.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) table: TableSettings,
    pub(crate) opening: Opening,
    pub(crate) connector: Arc<Connector>,
    pool: Pool,
    schema: Mutex<Option<(Instant, Arc<Schema>)>>,
}

/// A connection at work for one call, and what is known of the table.
#[derive(Debug)]
pub(crate) struct Session<'s> {
    pub(crate) store: &'s Store,
    pub(crate) lease: Lease,
    pub(crate) schema: Arc<Schema>,
}

/// What is done with a session; perhaps more than once.
pub(crate) trait Work<'s, T>: for<'a> Fn(&'a mut Session<'s>) -> BoxFuture<'a, Result<T>> + Send + Sync {}

impl<'s, T, F> Work<'s, T> for F where F: for<'a> Fn(&'a mut Session<'s>) -> BoxFuture<'a, Result<T>> + Send + Sync {}

impl Store {
    /// Nothing is reached yet.
    pub(crate) fn new(settings: &MysqlSettings, opening: &Opening) -> Result<Store> {
        let connector = Arc::new(Connector::new(settings, opening)?);
        Ok(Store {
            table: settings.table(),
            opening: opening.clone(),
            pool: Pool::new(&settings.pool, connector.clone(), settings.statement_timeout)?,
            connector,
            schema: Mutex::new(None),
        })
    }

    /// Reaches the server, whatever the table is like.
    pub(crate) async fn ping(&self) -> Result<()> {
        let mut tries = Tries::default();
        loop {
            let mut lease = self.lease().await?;
            let answer = lease.ping().await.map_err(|trouble| failure::failure(&trouble, self, None));
            match tries.settle(self, answer, lease).await {
                Some(answer) => return answer,
                None => continue,
            }
        }
    }

    /// A connection on which nothing has been asked yet.
    pub(crate) async fn lease(&self) -> Result<Lease> {
        self.pool.lease().await
    }

    /// Work that only reads.
    pub(crate) async fn read<'s, T>(&'s self, work: impl Work<'s, T>) -> Result<T> {
        let mut tries = Tries::default();
        loop {
            let (result, lease) = match self.session().await? {
                Ok(mut session) => (work(&mut session).await, session.lease),
                Err((error, lease)) => (Err(error), lease),
            };
            if let Some(result) = tries.settle(self, result, lease).await {
                return result;
            }
        }
    }

    /// Work in a transaction, which is written where the work succeeds and undone where it does not. It is tried again
    /// only while nothing can have been written.
    pub(crate) async fn write<'s, T>(&'s self, work: impl Work<'s, T>) -> Result<T> {
        let mut tries = Tries::default();
        loop {
            let (result, lease) = match self.session().await? {
                Ok(mut session) => (session.transact(&work).await, session.lease),
                Err((error, lease)) => (Err(error), lease),
            };
            if let Some(result) = tries.settle(self, result, lease).await {
                return result;
            }
        }
    }

    async fn session(&self) -> Result<Result<Session<'_>, (Error, Lease)>> {
        let mut lease = self.lease().await?;
        Ok(match self.schema(&mut lease).await {
            Ok(schema) => Ok(Session { store: self, lease, schema }),
            Err(error) => Err((error, lease)),
        })
    }

    /// The table's columns and keys.
    pub(crate) async fn schema(&self, lease: &mut Lease) -> Result<Arc<Schema>> {
        let known = self.schema.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, schema)) = known.filter(|(since, _)| since.elapsed() < SCHEMA_AGE) {
            return Ok(schema);
        }
        let schema = Arc::new(Schema::read(self, lease).await?);
        *self.schema.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), schema.clone()));
        Ok(schema)
    }

    fn forget_schema(&self) {
        *self.schema.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl<'s> Session<'s> {
    pub(crate) fn table(&self) -> Table<'_> {
        Table::new(&MYSQL, &self.store.table)
    }

    /// Runs a statement that has rows.
    pub(crate) async fn rows(&mut self, statement: Statement<Value>) -> Result<Vec<Row>> {
        let answer = self.lease.rows(&statement.sql, statement.values).await;
        answer.map_err(|trouble| self.failure(&trouble))
    }

    /// Runs a statement that has none.
    pub(crate) async fn change(&mut self, statement: Statement<Value>) -> Result<Done> {
        let answer = self.lease.change(&statement.sql, statement.values).await;
        answer.map_err(|trouble| self.failure(&trouble))
    }

    pub(crate) fn failure(&self, trouble: &Trouble) -> Error {
        failure::failure(trouble, self.store, Some(&self.schema))
    }

    async fn transact<T>(&mut self, work: &impl Work<'s, T>) -> Result<T> {
        self.lease.begin().await.map_err(|trouble| self.failure(&trouble))?;
        match work(self).await {
            Ok(result) => {
                let committed = self.lease.commit().await;
                committed
                    .map_err(|trouble| failure::unknown_outcome(self.failure(&trouble), &self.store.table.table))?;
                Ok(result)
            }
            // A table without transactions keeps what was written, so a second try would write twice.
            Err(error) if error.code_name() == CONNECTION_LOST && !self.schema.transactional => {
                Err(failure::unknown_outcome(error, &self.store.table.table))
            }
            Err(error) => {
                // A connection on which this fails is closed, which undoes as well.
                let _ = self.lease.roll_back().await;
                Err(error)
            }
        }
    }
}

/// What a call has tried already.
#[derive(Debug, Default)]
pub(crate) struct Tries {
    lost: bool,
    schema: bool,
    deadlocks: u32,
}

impl Tries {
    /// The result, or `None` where the same call has a chance now.
    pub(crate) async fn settle<T>(&mut self, store: &Store, result: Result<T>, lease: Lease) -> Option<Result<T>> {
        let Err(error) = &result else { return Some(result) };
        let again = match error.code_name() {
            // Every connection of the pool may be dead after a restart of the server; each of them leaves the pool. A new
            // one that dies is given one more chance.
            CONNECTION_LOST => lease.reused || !mem::replace(&mut self.lost, true),
            "no_such_column" | "no_such_table" | "table_changed" => {
                store.forget_schema();
                !mem::replace(&mut self.schema, true)
            }
            DEADLOCK if self.deadlocks < DEADLOCKS => {
                drop(lease);
                self.deadlocks += 1;
                let random = RandomState::new().build_hasher().finish() % (8 << self.deadlocks);
                time::sleep(Duration::from_millis(random)).await;
                true
            }
            _ => false,
        };
        if again { None } else { Some(result) }
    }
}
