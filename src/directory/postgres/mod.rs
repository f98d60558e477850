//! The directory in a schema of a PostgreSQL database: several processes on several machines share it.
//!
//! Writes are serializable transactions of one writer for each process, which commits in groups; what loses against
//! another process goes again. Reads are snapshots on connections of their own. The directory's statements wait, so they
//! run on threads of a runtime that belongs to the directory.

mod db;
mod place;
mod schema;
#[cfg(test)]
mod tests;
mod writer;

use std::{path::Path, sync::Arc, thread, time::Duration};

use async_trait::async_trait;
use crosswalk_contract::{Error, ErrorKind, Result, SecretRef};
use crosswalk_postgres::TlsSettings;
use tokio::{
    runtime::{Builder, Runtime},
    sync::Semaphore,
};

use self::{place::Place, writer::Writer};
use super::sql::{Backend, Db, error};

/// How a directory on PostgreSQL is opened.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// Where the server is, as for a store of the kind `postgres`.
    pub url: SecretRef,
    /// The schema of its tables; made if there is none.
    pub schema: String,
    /// Encryption.
    pub tls: Option<TlsSettings>,
    /// Connections that read, from 1. One more writes.
    pub readers: usize,
    /// How long one statement may take.
    pub statement_timeout: Duration,
    /// Make the schema and the tables if there are none.
    pub create: bool,
}

impl PostgresOptions {
    /// The defaults for that server.
    pub fn new(url: SecretRef) -> PostgresOptions {
        PostgresOptions {
            url,
            schema: "crosswalk".to_owned(),
            tls: None,
            readers: 4,
            statement_timeout: Duration::from_secs(5),
            create: true,
        }
    }
}

/// A [`Directory`](super::Directory) in a schema of a PostgreSQL database. Any number of processes may have it open.
pub struct PostgresDirectory {
    place: Arc<Place>,
    readers: Semaphore,
    writer: Writer,
    runtime: Own,
}

impl PostgresDirectory {
    /// Opens the directory, makes it if there is none, and brings its schema up to date. Files of `tls` start at `dir`.
    /// Waits for the network: call it before the server serves, or on a blocking thread.
    ///
    /// # Errors
    /// `Config`: a URL that is none, a user whom the server refuses, a schema that is newer (`directory_newer`) or not
    /// there. `Unavailable`: the server does not answer.
    pub fn open(options: &PostgresOptions, dir: &Path) -> Result<PostgresDirectory> {
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name("directory").enable_all().build();
        let runtime = runtime.map_err(|cause| {
            Error::new(ErrorKind::Unavailable, "the directory's threads cannot be started").source(cause)
        })?;
        let handle = runtime.handle().clone();
        let runtime = Own(Some(runtime));
        let place = Arc::new(Place::new(options, dir, handle)?);
        let (first, create) = (place.clone(), options.create);
        // A thread that belongs to a runtime already may not wait for another one.
        let opened = thread::spawn(move || schema::migrate(&first, create)).join();
        opened.map_err(|_| Error::new(ErrorKind::Unexpected, "opening the directory broke down"))??;
        Ok(PostgresDirectory {
            writer: Writer::start(place.clone())?,
            place,
            readers: Semaphore::new(options.readers.max(1)),
            runtime,
        })
    }
}

#[async_trait]
impl Backend for PostgresDirectory {
    async fn read<T: Send + 'static>(
        &self,
        work: impl for<'d> FnOnce(&'d dyn Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let _turn = self.readers.acquire().await.map_err(|_| error::closed())?;
        let place = self.place.clone();
        let runtime = self.runtime.0.as_ref().ok_or_else(error::closed)?;
        let reading = runtime.spawn_blocking(move || {
            let session = place.snapshot()?;
            let answer = work(&session);
            // A snapshot that cannot be ended takes its connection with it.
            if session.command("COMMIT").is_ok() {
                place.keep(session);
            }
            answer
        });
        reading.await.map_err(|cause| {
            Error::new(ErrorKind::Unexpected, "a read of the directory broke down")
                .with("cancelled", cause.is_cancelled())
        })?
    }

    async fn write<T: Send + 'static>(
        &self,
        mut work: impl for<'d> FnMut(&'d dyn Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writer.write(move |session| work(session)).await
    }

    async fn shut(&self) -> Result<()> {
        self.writer.close().await;
        self.readers.close();
        self.place.forget();
        Ok(())
    }
}

impl std::fmt::Debug for PostgresDirectory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresDirectory").field("place", &self.place).finish_non_exhaustive()
    }
}

/// A runtime that may be dropped wherever the directory is, also by a task of another one.
struct Own(Option<Runtime>);

impl Drop for Own {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
