//! A small fixed set of connections that only read, used on blocking threads. In WAL mode they never wait for the
//! writer, nor the writer for them.

use crosswalk_contract::{Error, ErrorKind, Result};
use deadpool::unmanaged::Pool;
use rusqlite::Connection;

use super::error;

/// The connections.
pub(super) struct Readers {
    pool: Pool<Connection>,
}

impl Readers {
    /// Takes the connections over.
    pub(super) fn new(connections: Vec<Connection>) -> Readers {
        Readers { pool: Pool::from(connections) }
    }

    /// Reads in one snapshot: everything that `work` sees is of one instant.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let connection = self.pool.get().await.map_err(|_| error::closed())?;
        let reading = tokio::task::spawn_blocking(move || {
            // Dropped at the end, which ends the snapshot.
            let snapshot = connection.unchecked_transaction().map_err(error::sqlite)?;
            work(&snapshot)
        });
        reading.await.map_err(|cause| {
            Error::new(ErrorKind::Unexpected, "a read of the directory broke down")
                .with("cancelled", cause.is_cancelled())
        })?
    }

    /// As [`Readers::read`], at once and on the caller's own thread where a connection is free: for a few rows by key,
    /// which take less time than handing them to another thread.
    pub(super) async fn glance<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        match self.pool.try_get() {
            Ok(connection) => {
                let snapshot = connection.unchecked_transaction().map_err(error::sqlite)?;
                work(&snapshot)
            }
            Err(_) => self.read(work).await,
        }
    }

    /// Closes the connections that are at rest; those in use close when they come back.
    pub(super) fn close(&self) {
        self.pool.close();
    }
}
