//! What the adapter knows about its store, how it gets work done there, and what is tried again.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crosswalk_contract::{Error, Opening, Result};
use crosswalk_sql::{Table, TableSettings};
use futures::future;
use tokio::time;

use crate::{
    connection::Connection,
    dial::Dialer,
    dialect::POSTGRES,
    failure::{Failure, Remedy},
    lanes::Lanes,
    pool::{Exclusive, Pool},
    schema::Schema,
    settings::PostgresSettings,
};

/// How long the table is taken to be what it was. Most changes are noticed before, by an error of the server.
const SCHEMA_AGE: Duration = Duration::from_secs(60);

/// How often a transaction goes again that lost against others.
const MOST_CONFLICTS: u32 = 10;

/// One table on one server.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) table: TableSettings,
    pub(crate) opening: Opening,
    pub(crate) dialer: Arc<Dialer>,
    pub(crate) pool: Pool,
    lanes: Lanes,
    /// How a transaction begins.
    begin: String,
    /// Whether what holds for sessions elsewhere is said at the beginning of each transaction.
    sets_up_each_transaction: bool,
    schema: Mutex<Option<(Instant, Arc<Schema>)>>,
    /// How often the table turned out to be another than was known.
    generation: AtomicU64,
}

/// A connection, and the table as it is known.
#[derive(Debug)]
pub(crate) struct Session<'s> {
    pub(crate) connection: &'s Connection,
    pub(crate) store: &'s Store,
    pub(crate) schema: Arc<Schema>,
}

/// Something to be done in one session, that may be done again from the beginning.
pub(crate) trait Work: Sync {
    /// What comes of it.
    type Answer: Send;
    /// Does it once.
    fn run(&self, session: &Session<'_>) -> impl Future<Output = Result<Self::Answer, Failure>> + Send;
}

impl Store {
    /// Nothing is reached yet.
    pub(crate) fn new(settings: &PostgresSettings, table: TableSettings, opening: &Opening) -> Result<Store> {
        let dialer = Arc::new(Dialer::new(settings, &opening.dir)?);
        let mut begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE".to_owned();
        if settings.pgbouncer {
            begin.push_str(&format!("; SET LOCAL statement_timeout = {}", settings.statement_timeout.as_millis()));
        }
        let lanes = if settings.pgbouncer { 0 } else { settings.lanes };
        Ok(Store {
            table,
            opening: opening.clone(),
            pool: Pool::new(&settings.pool, dialer.clone())?,
            lanes: Lanes::new(lanes, settings.pool.wait, dialer.clone()),
            dialer,
            begin,
            sets_up_each_transaction: settings.pgbouncer,
            schema: Mutex::new(None),
            generation: AtomicU64::new(0),
        })
    }

    /// Does work that only reads, on a lane where there are lanes.
    pub(crate) async fn read<W: Work>(&self, work: &W) -> Result<W::Answer> {
        let mut tries = Tries::default();
        loop {
            match self.read_once(work).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => self.judge(&mut tries, failure).await?,
            }
        }
    }

    /// Does work in a transaction of its own, which is committed where the work succeeds and undone where it does not.
    pub(crate) async fn write<W: Work>(&self, work: &W) -> Result<W::Answer> {
        let mut tries = Tries::default();
        loop {
            match self.write_once(work).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => self.judge(&mut tries, failure).await?,
            }
        }
    }

    /// Does work of one single change without a transaction, which saves its journeys. `None` where that did not go: a
    /// transaction then does it, or tells why not.
    pub(crate) async fn at_once<W: Work<Answer = Option<A>>, A: Send>(&self, work: &W) -> Result<Option<A>> {
        if self.sets_up_each_transaction {
            return Ok(None);
        }
        match self.on_exclusive(work).await {
            Ok(answer) => Ok(answer),
            Err(failure @ (Failure::Unsettled | Failure::Silent)) => Err(self.told(failure)),
            Err(_) => Ok(None),
        }
    }

    /// Reaches the server and comes back, whatever the table is like. Where that shows a connection to be dead, another
    /// one is tried.
    pub(crate) async fn ping(&self) -> Result<()> {
        let mut tries = Tries::default();
        loop {
            let exclusive = self.pool.get().await?;
            match exclusive.query_once("SELECT 1", &[]).await {
                Ok(_) => {
                    exclusive.give_back();
                    return Ok(());
                }
                Err(failure) => self.judge(&mut tries, failure).await?,
            }
        }
    }

    /// A session on that connection.
    pub(crate) async fn session<'s>(&'s self, connection: &'s Connection) -> Result<Session<'s>, Failure> {
        let generation = self.generation();
        connection.follow(generation);
        let schema = match self.known_schema() {
            Some(schema) => schema,
            None => {
                let schema = Arc::new(Schema::read(connection, &self.table, &self.opening).await?);
                // Somebody who found out meanwhile that the table has changed is not to be overruled.
                if self.generation.load(Ordering::Relaxed) == generation {
                    *self.schema() = Some((Instant::now(), schema.clone()));
                }
                schema
            }
        };
        Ok(Session { connection, store: self, schema })
    }

    /// Whether something that has not begun yet is worth another try, after the table was forgotten where it changed.
    pub(crate) fn is_mended(&self, failure: &Failure) -> bool {
        let remedy = failure.remedy();
        if remedy == Remedy::Relearn {
            self.forget();
        }
        matches!(remedy, Remedy::Relearn | Remedy::Reconnect)
    }

    /// The error for the caller.
    pub(crate) fn told(&self, failure: Failure) -> Error {
        let schema = self.schema().as_ref().map(|(_, schema)| schema.clone());
        failure.into_error(&self.table.table, schema.as_deref())
    }

    /// How often statements had to be prepared anew.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Relaxed)
    }

    pub(crate) fn table(&self) -> Table<'_> {
        Table::new(&POSTGRES, &self.table)
    }

    async fn read_once<W: Work>(&self, work: &W) -> Result<W::Answer, Failure> {
        let Some(lane) = self.lanes.lane().await? else {
            return self.on_exclusive(work).await;
        };
        let result = match self.session(&lane).await {
            Ok(session) => work.run(&session).await,
            Err(failure) => Err(failure),
        };
        // Whoever tries again must not meet it once more, which may not know yet that it is closed.
        let is_lost = |failure: &Failure| matches!(failure, Failure::Silent) || failure.remedy() == Remedy::Reconnect;
        if result.as_ref().is_err_and(is_lost) {
            self.lanes.discard(&lane);
        }
        result
    }

    async fn on_exclusive<W: Work>(&self, work: &W) -> Result<W::Answer, Failure> {
        let exclusive = self.pool.get().await?;
        let result = match self.session(&exclusive).await {
            Ok(session) => work.run(&session).await,
            Err(failure) => Err(failure),
        };
        if result.as_ref().err().is_none_or(Failure::leaves_connection) {
            exclusive.give_back();
        }
        result
    }

    async fn write_once<W: Work>(&self, work: &W) -> Result<W::Answer, Failure> {
        let exclusive = self.pool.get().await?;
        match self.transact(&exclusive, work).await {
            Ok(answer) => {
                exclusive.give_back();
                Ok(answer)
            }
            Err(failure) => {
                self.undo(exclusive, &failure).await;
                Err(failure)
            }
        }
    }

    async fn transact<W: Work>(&self, connection: &Connection, work: &W) -> Result<W::Answer, Failure> {
        let session = self.session(connection).await?;
        // The first statement is sent along with the beginning, which saves a journey. Answers come in order: where the
        // beginning fails, nothing further is sent.
        let ((), answer) = future::try_join(self.begin(connection), work.run(&session)).await?;
        self.commit(connection).await?;
        Ok(answer)
    }

    pub(crate) async fn begin(&self, connection: &Connection) -> Result<(), Failure> {
        connection.command(&self.begin).await
    }

    pub(crate) async fn commit(&self, connection: &Connection) -> Result<(), Failure> {
        connection.command("COMMIT").await.map_err(Failure::of_commit)
    }

    /// Ends a transaction that failed; a connection on which that fails as well is not given back.
    pub(crate) async fn undo(&self, exclusive: Exclusive, failure: &Failure) {
        if failure.leaves_connection() && exclusive.command("ROLLBACK").await.is_ok() {
            exclusive.give_back();
        }
    }

    /// Says whether to try again, after whatever is needed before that.
    pub(crate) async fn judge(&self, tries: &mut Tries, failure: Failure) -> Result<()> {
        match failure.remedy() {
            Remedy::Again if tries.conflicts < MOST_CONFLICTS => {
                tries.conflicts += 1;
                time::sleep(backoff(tries.conflicts)).await;
            }
            Remedy::Relearn if !tries.relearned => {
                tries.relearned = true;
                self.forget();
            }
            Remedy::Reconnect if !tries.reconnected && (self.dialer.has_others() || !failure.is_read_only()) => {
                tries.reconnected = true;
            }
            _ => return Err(self.told(failure)),
        }
        Ok(())
    }

    fn known_schema(&self) -> Option<Arc<Schema>> {
        let mut known = self.schema();
        let (since, schema) = known.as_mut()?;
        if since.elapsed() < SCHEMA_AGE {
            return Some(schema.clone());
        }
        // One caller reads it anew; the others go on with what is known.
        *since = Instant::now();
        None
    }

    /// What is known of the table is out of date.
    pub(crate) fn forget(&self) {
        let mut known = self.schema();
        self.generation.fetch_add(1, Ordering::Relaxed);
        *known = None;
    }

    fn schema(&self) -> std::sync::MutexGuard<'_, Option<(Instant, Arc<Schema>)>> {
        self.schema.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a call has tried already.
#[derive(Default)]
pub(crate) struct Tries {
    conflicts: u32,
    relearned: bool,
    reconnected: bool,
}

/// A random time up to 2, 4, 8 … ms, so that those who met do not meet again.
fn backoff(round: u32) -> Duration {
    let most = 1_000_u32 << round.min(8);
    let random = getrandom::u32().unwrap_or(most / 2);
    Duration::from_micros((random % most).into())
}
