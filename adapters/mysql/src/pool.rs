//! Who has which connection: deadpool, and a lease that only gives clean connections back.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
    time::Duration,
};

use crosswalk_contract::{Error, ErrorKind, Result};
use crosswalk_sql::PoolSettings;
use deadpool::{
    Runtime,
    managed::{self, Manager, Metrics, Object, PoolError, RecycleError, RecycleResult},
};

use crate::{
    connect::{Connector, Purpose},
    wire::Wire,
};

/// A bounded set of connections.
#[derive(Debug)]
pub(crate) struct Pool {
    wires: managed::Pool<Wires>,
}

/// A connection for as long as one call takes. A caller may drop it at any instant.
#[derive(Debug)]
pub(crate) struct Lease {
    /// There until the drop.
    wire: Option<Object<Wires>>,
}

#[derive(Debug)]
pub(crate) struct Wires {
    connector: Arc<Connector>,
    statement_timeout: Duration,
}

impl Pool {
    pub(crate) fn new(settings: &PoolSettings, connector: Arc<Connector>, statement_timeout: Duration) -> Result<Pool> {
        let wires = managed::Pool::builder(Wires { connector, statement_timeout })
            .max_size(settings.max_size)
            .wait_timeout(Some(settings.wait))
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| Error::new(ErrorKind::Config, "the pool cannot be made").source(error))?;
        Ok(Pool { wires })
    }

    /// A connection that is free, or a new one.
    pub(crate) async fn lease(&self) -> Result<Lease> {
        match self.wires.get().await {
            Ok(wire) => Ok(Lease { wire: Some(wire) }),
            Err(PoolError::Backend(error)) => Err(error),
            Err(_) => Err(Error::new(ErrorKind::Unavailable, "all connections to the database are busy")
                .code("busy")
                .hint("try again, or raise pool.wait or pool.max_size")),
        }
    }
}

impl Manager for Wires {
    type Type = Wire;
    type Error = Error;

    async fn create(&self) -> Result<Wire> {
        Ok(Wire::new(self.connector.connect(Purpose::Calls).await?, self.statement_timeout))
    }

    /// No question to the server: whether it still answers shows in the call itself, which is then tried once more.
    async fn recycle(&self, wire: &mut Wire, _: &Metrics) -> RecycleResult<Error> {
        wire.reused = true;
        if wire.is_clean() { Ok(()) } else { Err(RecycleError::message("in the middle of an answer")) }
    }
}

impl Deref for Lease {
    type Target = Wire;
    fn deref(&self) -> &Wire {
        self.wire.as_ref().expect("a lease has its wire until it is dropped")
    }
}

impl DerefMut for Lease {
    fn deref_mut(&mut self) -> &mut Wire {
        self.wire.as_mut().expect("a lease has its wire until it is dropped")
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(wire) = self.wire.take()
            && !wire.is_clean()
        {
            drop(Object::take(wire));
        }
    }
}
