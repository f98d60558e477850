//! Connections on blocking threads: bounded, and untouched by callers that go away.
//!
//! The pool (deadpool) hands out places, not connections: a place is empty until work on its blocking thread has opened
//! the file, and is emptied *before* each piece of work and filled again only after it ended well. So neither a panic
//! nor a broken file leaves a bad connection to the next caller. deadpool-sqlite opens with fixed flags that make a
//! missing file, and is bound to another release of rusqlite.

use std::{convert::Infallible, sync::Arc, time::Duration};

use crosswalk_contract::{Error, ErrorKind, Result};
use crosswalk_sql::PoolSettings;
use deadpool::{
    Runtime,
    managed::{self, Manager, Metrics, RecycleResult},
};
use tokio::{sync::Mutex, task, time};

use crate::{
    file::OpenFile,
    store::{Intent, Session, Store},
};

/// Places for connections, and the queue of writers.
#[derive(Debug)]
pub(crate) struct Pool {
    places: managed::Pool<Places>,
    /// SQLite lets one writer in and makes others poll for its lock, the unlucky ones until they give up. Writers of
    /// this process queue here instead, in order; only other programs are polled for.
    writers: Arc<Mutex<()>>,
    wait: Duration,
}

/// Where a connection is kept between two calls.
#[derive(Debug, Default)]
pub(crate) struct Place(Option<OpenFile>);

#[derive(Debug)]
struct Places;

impl Pool {
    pub(crate) fn new(settings: &PoolSettings) -> Result<Pool> {
        let places = managed::Pool::builder(Places)
            .max_size(settings.max_size)
            .wait_timeout(Some(settings.wait))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| Error::new(ErrorKind::Config, "the pool cannot be made").source(error))?;
        Ok(Pool { places, writers: Arc::default(), wait: settings.wait })
    }
}

impl Store {
    /// Does the work in a transaction of its own on a blocking thread. Once begun it runs to its end, whether or not
    /// the caller is still there, and place and turn are given back by that thread and nobody else.
    pub(crate) async fn run<T, W>(self: &Arc<Store>, intent: Intent, work: W) -> Result<T>
    where
        T: Send + 'static,
        W: FnOnce(&Session<'_>) -> Result<T> + Send + 'static,
    {
        let turn = match intent {
            Intent::Read => None,
            Intent::Write => {
                let turn = self.pool.writers.clone().lock_owned();
                Some(time::timeout(self.pool.wait, turn).await.map_err(|_| self.busy())?)
            }
        };
        let mut place = self.pool.places.get().await.map_err(|_| self.busy())?;
        let store = self.clone();
        let done = task::spawn_blocking(move || {
            let open = place.0.take();
            let (open, result) = store.transact(open, intent, work);
            place.0 = open;
            drop((place, turn));
            result
        });
        done.await.map_err(|error| {
            let what = if error.is_panic() { "work on the database panicked" } else { "the runtime is shutting down" };
            Error::new(ErrorKind::Unexpected, what).with("table", &self.table.table)
        })?
    }

    fn busy(&self) -> Error {
        Error::new(ErrorKind::Unavailable, "all connections to the database are busy")
            .code("busy")
            .with("file", self.path.display())
            .hint("try again, or raise pool.wait or pool.max_size")
    }
}

impl Manager for Places {
    type Type = Place;
    type Error = Infallible;

    async fn create(&self) -> Result<Place, Infallible> {
        Ok(Place::default())
    }

    async fn recycle(&self, _: &mut Place, _: &Metrics) -> RecycleResult<Infallible> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crosswalk_contract::Key;

    use super::*;
    use crate::store::tests::store;

    const TABLE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT)";

    async fn write(store: &Arc<Store>, pragma: &'static str, text: String) -> Error {
        let work = move |session: &Session<'_>| {
            session.connection.execute_batch(pragma).map_err(|error| session.failure(&error))?;
            session.create(&[("a".to_owned(), text.into())])
        };
        store.run(Intent::Write, work).await.unwrap_err()
    }

    #[tokio::test]
    async fn work_that_panics_gives_its_place_back_without_the_connection() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir, TABLE, &[]);
        let error = store.run::<(), _>(Intent::Write, |_| panic!("on purpose")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unexpected);
        assert!(store.run(Intent::Write, |session| session.delete(&Key::field("id", "1"))).await.is_ok());
    }

    #[tokio::test]
    async fn a_full_disk_and_a_read_only_file_are_told_apart_and_nothing_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(&dir, TABLE, &[]);
        // Permissions do not bind root, so SQLite's own switches stand in for the disk and the file.
        let full = write(&store, "PRAGMA max_page_count = 1", "x".repeat(100_000)).await;
        assert_eq!(full.kind(), ErrorKind::Unavailable);
        assert!(full.to_string().contains("disk is full"), "{full}");
        let read_only = write(&store, "PRAGMA query_only = 1", "x".to_owned()).await;
        assert_eq!((read_only.kind(), read_only.code_name()), (ErrorKind::Refused, "read_only"));
        let count = store.run(Intent::Read, |session| {
            Ok(session.connection.query_row("SELECT count(*) FROM t", [], |row| row.get::<_, i64>(0)).unwrap())
        });
        assert_eq!(count.await.unwrap(), 0);
    }
}
