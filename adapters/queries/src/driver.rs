//! What queries need of a database.

use async_trait::async_trait;
use crosswalk_contract::{Error, Examination, Record, Result};

use crate::{Query, Values};

/// A connection for the length of one piece of work.
#[async_trait]
pub trait Session: Send {
    /// Runs a query, and returns every row with the names of the result's columns.
    ///
    /// # Errors
    /// Those of the database, values never among their words.
    async fn rows(&mut self, query: &Query, values: &Values) -> Result<Vec<Record>>;

    /// Runs a statement, and returns how many rows it found to change.
    ///
    /// # Errors
    /// As [`Session::rows`].
    async fn change(&mut self, query: &Query, values: &Values) -> Result<u64>;

    /// The error for work that lost against somebody else's: [`Driver::write`] does it again.
    fn contended(&self) -> Error;
}

/// Something to be done with a session, that may be done again from the beginning.
#[async_trait]
pub trait Work: Send + Sync {
    /// What comes of it.
    type Answer: Send;

    /// Does it once.
    ///
    /// # Errors
    /// Those of the session, and its own.
    async fn run(&self, session: &mut dyn Session) -> Result<Self::Answer>;
}

/// A database: reaches it, and tries again what may be tried again.
#[async_trait]
pub trait Driver: Send + Sync + 'static {
    /// The kind's name, as in `kind = "postgres"`.
    fn kind(&self) -> &'static str;

    /// Reaches the database and comes back.
    ///
    /// # Errors
    /// [`Unavailable`](crosswalk_contract::ErrorKind::Unavailable) where it does not answer.
    async fn ping(&self) -> Result<()>;

    /// Facts and findings about the server, whatever the tables are like.
    ///
    /// # Errors
    /// As [`Driver::ping`].
    async fn examine(&self) -> Result<Examination>;

    /// Work that only reads, on a connection for itself.
    ///
    /// # Errors
    /// Those of the work, after whatever is worth another try.
    async fn read<W: Work>(&self, work: &W) -> Result<W::Answer>;

    /// Work in a transaction, committed where the work succeeds and undone where it does not. Each statement sees what
    /// others have committed before it (`READ COMMITTED`).
    ///
    /// # Errors
    /// As [`Driver::read`].
    async fn write<W: Work>(&self, work: &W) -> Result<W::Answer>;
}
