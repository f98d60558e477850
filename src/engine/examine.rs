//! Looking at a store itself, for `crosswalk doctor`: is it there, how far away, what does it hold.

use std::time::{Duration, Instant};

use crosswalk_contract::{Examination, Result};

use super::{Connection, Engine, call::call};

/// What a look at a store found.
#[derive(Clone, Debug)]
pub struct Examined {
    /// How long one round trip took, once connected.
    pub latency: Duration,
    /// What the adapter found.
    pub examination: Examination,
}

impl Engine {
    /// Reaches the connection's store and examines it.
    ///
    /// # Errors
    /// [`Unavailable`](super::ErrorKind::Unavailable) where the store does not answer; those of the adapter.
    pub async fn examine(&self, connection: &str) -> Result<Examined> {
        self.inner.connection(connection)?.inspect().await
    }
}

impl Connection {
    /// Reaches the store and examines it, without an engine around.
    ///
    /// # Errors
    /// As [`Engine::examine`].
    pub async fn inspect(&self) -> Result<Examined> {
        let (connection, adapter) = (self, self.adapter());
        // The first one connects; only the second one measures the way.
        call(connection, "ping", adapter.ping()).await?;
        let start = Instant::now();
        call(connection, "ping", adapter.ping()).await?;
        let latency = start.elapsed();
        let examination = call(connection, "examine", adapter.examine()).await?;
        Ok(Examined { latency, examination })
    }
}
