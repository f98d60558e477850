//! Connections for exclusive use: bounded, and never handed on in the middle of something.

use std::{ops::Deref, sync::Arc};

use crosswalk_contract::{Error, ErrorKind, Result};
use crosswalk_sql::PoolSettings;
use deadpool::{
    Runtime,
    managed::{self, Manager, Metrics, Object, PoolError, RecycleError, RecycleResult},
};

use crate::{connection::Connection, dial::Dialer};

/// The pool (deadpool). deadpool-postgres hands a connection on whatever its last user was in the middle of.
#[derive(Debug)]
pub(crate) struct Pool {
    connections: managed::Pool<Dials>,
}

/// A connection for one caller. Dropped while armed, it leaves the pool and is closed.
#[derive(Debug)]
pub(crate) struct Exclusive {
    /// Only empty while it is being dropped.
    object: Option<Object<Dials>>,
    connection: Arc<Connection>,
}

#[derive(Debug)]
pub(crate) struct Dials(Arc<Dialer>);

impl Pool {
    pub(crate) fn new(settings: &PoolSettings, dialer: Arc<Dialer>) -> Result<Pool> {
        let connections = managed::Pool::builder(Dials(dialer))
            .max_size(settings.max_size)
            .wait_timeout(Some(settings.wait))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| Error::new(ErrorKind::Config, "the pool cannot be made").source(error))?;
        Ok(Pool { connections })
    }

    /// A connection, armed.
    ///
    /// # Errors
    /// `Unavailable` (`busy`) where none is free in time, or what [`Dialer::dial`] says.
    pub(crate) async fn get(&self) -> Result<Exclusive> {
        let object = self.connections.get().await.map_err(|error| match error {
            PoolError::Backend(error) => error,
            PoolError::Timeout(_) => busy(),
            other => Error::new(ErrorKind::Unexpected, "the pool of connections failed").source(other.to_string()),
        })?;
        let connection = Arc::clone(&object);
        connection.arm();
        Ok(Exclusive { object: Some(object), connection })
    }
}

impl Exclusive {
    /// Gives the connection back: the last byte was read, and no transaction is open.
    pub(crate) fn give_back(self) {
        self.connection.disarm();
    }
}

impl Deref for Exclusive {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.connection
    }
}

impl Drop for Exclusive {
    fn drop(&mut self) {
        if self.connection.is_armed()
            && let Some(object) = self.object.take()
        {
            drop(Object::take(object));
        }
    }
}

impl Manager for Dials {
    type Type = Arc<Connection>;
    type Error = Error;

    async fn create(&self) -> Result<Arc<Connection>> {
        self.0.dial().await.map(Arc::new)
    }

    async fn recycle(&self, connection: &mut Arc<Connection>, _: &Metrics) -> RecycleResult<Error> {
        if connection.is_closed() || connection.is_armed() {
            return Err(RecycleError::message("the connection is closed"));
        }
        Ok(())
    }
}

/// All connections are taken.
pub(crate) fn busy() -> Error {
    Error::new(ErrorKind::Unavailable, "all connections to the database are busy")
        .code("busy")
        .hint("try again, or raise pool.wait or pool.max_size")
}
