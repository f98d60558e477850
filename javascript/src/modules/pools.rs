//! Connections to databases, shared by all calls of one program: bounded, and never handed on in the middle of something.

use std::{fmt, sync::Arc, time::Duration};

use deadpool::{
    Runtime,
    managed::{Manager, Metrics, Object, Pool, PoolError, RecycleError, RecycleResult, TimeoutType, Timeouts},
};
use moka::sync::Cache;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::{runtime::Handle, sync::Mutex, time};

use super::argument;
use crate::{
    Network,
    session::{OpError, Session},
};

/// Places whose connections are kept, and for how long after their last use.
const MOST_PLACES: u64 = 256;
const KEPT_FOR: Duration = Duration::from_secs(300);

/// How long a connection that was left in disorder may take to be put in order.
const RESET: Duration = Duration::from_secs(2);

/// One connection to one kind of database.
pub(crate) trait Wire: Sized + Send + 'static {
    /// Where it leads to, and as whom.
    type Place: DeserializeOwned + Send + Sync + 'static;

    /// How long a script wants to wait for a connection.
    fn patience(place: &Self::Place) -> Option<Duration>;

    fn dial(
        place: &Self::Place,
        network: &Network,
        patience: Duration,
    ) -> impl Future<Output = Result<Self, OpError>> + Send;

    fn state(&self) -> State;

    /// Makes it as good as new.
    fn reset(&mut self) -> impl Future<Output = Result<(), OpError>> + Send;

    /// Tells the server to stop what it is at. The connection itself is closed.
    fn abandon(self) -> impl Future<Output = ()> + Send;
}

/// What may be done with a connection when nobody holds it any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Clean,
    /// A transaction, a setting, a temporary table may be left on it.
    Dirty,
    /// An answer has not come to its end.
    Busy,
    Closed,
}

/// All pools of one kind of database, by program and the text of the place.
pub(crate) struct Pools<W: Wire>(Cache<(u64, String), Pool<Dials<W>>>);

impl<W: Wire> Default for Pools<W> {
    fn default() -> Pools<W> {
        Pools(Cache::builder().max_capacity(MOST_PLACES).time_to_idle(KEPT_FOR).build())
    }
}

impl<W: Wire> Pools<W> {
    /// A connection to that place (JSON), for a program's own use.
    pub(crate) async fn get(&self, session: &Session, place: &RawValue) -> Result<Object<Dials<W>>, OpError> {
        let program = &session.program;
        let limits = program.parts.limits;
        let pool = self.0.try_get_with((program.id, place.get().to_owned()), || -> Result<_, OpError> {
            let place = argument(place.get())?;
            let dials = Dials { place, network: program.parts.network.clone(), patience: limits.connect };
            let pool = Pool::builder(dials).max_size(limits.connections).runtime(Runtime::Tokio1).build();
            pool.map_err(|error| OpError::new(format!("the pool cannot be made: {error}")))
        });
        let pool = pool.map_err(|error| (*error).clone())?;
        let patience = session.patience().min(W::patience(&pool.manager().place).unwrap_or(Duration::MAX));
        let timeouts = Timeouts { wait: Some(patience), create: Some(patience), recycle: None };
        pool.timeout_get(&timeouts).await.map_err(|error| match error {
            PoolError::Backend(error) => error,
            PoolError::Timeout(TimeoutType::Wait) => OpError::new(format!(
                "timeout exceeded when trying to connect: all {} connections of this script are in use",
                limits.connections
            ))
            .code("ETIMEDOUT"),
            _ => OpError::new("timeout expired while connecting").code("ETIMEDOUT"),
        })
    }
}

/// A client of a script: a connection once it has asked for something.
pub(crate) struct Client<W: Wire>(Arc<Mutex<Option<Object<Dials<W>>>>>);

impl<W: Wire> Clone for Client<W> {
    fn clone(&self) -> Client<W> {
        Client(self.0.clone())
    }
}

impl<W: Wire> Default for Client<W> {
    fn default() -> Client<W> {
        Client(Arc::default())
    }
}

impl<W: Wire> Client<W> {
    pub(crate) async fn lock(&self) -> tokio::sync::MutexGuard<'_, Option<Object<Dials<W>>>> {
        self.0.lock().await
    }

    /// Gives its connection back, after what it is at.
    pub(crate) fn release(self, runtime: &Handle) {
        match self.0.clone().try_lock_owned() {
            Ok(mut slot) => give_back(slot.take(), runtime),
            Err(_) => {
                let handle = runtime.clone();
                runtime.spawn(async move { give_back(self.0.lock().await.take(), &handle) });
            }
        }
    }
}

fn give_back<W: Wire>(object: Option<Object<Dials<W>>>, runtime: &Handle) {
    let Some(mut object) = object else { return };
    match object.state() {
        State::Clean => drop(object),
        State::Closed => drop(Object::take(object)),
        State::Busy => {
            let wire = Object::take(object);
            runtime.spawn(async move { time::timeout(RESET, wire.abandon()).await });
        }
        State::Dirty => {
            runtime.spawn(async move {
                let is_reset = matches!(time::timeout(RESET, object.reset()).await, Ok(Ok(())));
                if !is_reset || object.state() != State::Clean {
                    drop(Object::take(object));
                }
            });
        }
    }
}

/// Makes the connections of one pool.
pub(crate) struct Dials<W: Wire> {
    place: W::Place,
    network: Network,
    patience: Duration,
}

impl<W: Wire> fmt::Debug for Dials<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dials").finish_non_exhaustive()
    }
}

impl<W: Wire> Manager for Dials<W> {
    type Type = W;
    type Error = OpError;

    async fn create(&self) -> Result<W, OpError> {
        W::dial(&self.place, &self.network, self.patience).await
    }

    async fn recycle(&self, wire: &mut W, _: &Metrics) -> RecycleResult<OpError> {
        match wire.state() {
            State::Clean => Ok(()),
            _ => Err(RecycleError::message("the connection is closed")),
        }
    }
}
