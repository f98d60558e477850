//! The engine: connections, logins, reads and writes. Everything that waits for a store or the directory is here.
//!
//! Doors (command line, HTTP) call [`Engine`]; only `call.rs` awaits an adapter. Every write runs in a task of its own:
//! a caller that goes away never stops it between two stores.

mod audit;
mod call;
mod change;
mod connection;
mod create;
mod credentials;
mod delete;
mod examine;
mod hashing;
mod identifier;
mod list;
mod login;
mod moving;
mod password;
mod read;
mod recover;
mod turns;
mod type_books;

pub use connection::{Connection, ConnectionParts, Mode};
pub use crosswalk_contract::{Ability, By, Error, ErrorKind, Result, Secret, Verdict};
pub use examine::Examined;
pub use hashing::{HashingLoad, HashingPool, HashingSettings};
pub use list::{Listed, Listing};
pub use read::Sight;
pub use recover::Recovered;

use std::{collections::BTreeMap, future::Future, sync::Arc, time::Duration, time::Instant};

use crosswalk_passwords::{Limits, SchemeSpec, Verifier};
use jiff::Timestamp;
use moka::sync::Cache;
use tracing::Instrument;

use crate::{directory::Directory, profile::UserId};
use turns::Turns;

/// The engine. Clones share everything.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

/// Reads the clock. Passed in, so that tests decide what time it is.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Fills a slice with bytes that nobody can guess. Passed in.
pub type Randomness = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// What an engine is made of.
pub struct EngineParts {
    /// The connections, by name.
    pub connections: Vec<Connection>,
    /// Where migrated users live.
    pub directory: Arc<dyn Directory>,
    /// Threads, queue and memory for hashing.
    pub hashing: HashingSettings,
    /// How new hashes of the directory are made. Users whose hash is another get a fresh one at their next login.
    pub new_hashes: SchemeSpec,
    /// How long a login may wait for its hash.
    pub login_deadline: Duration,
    /// What time it is.
    pub clock: Clock,
    /// Where randomness comes from.
    pub random: Randomness,
}

struct Inner {
    connections: BTreeMap<String, Arc<Connection>>,
    directory: Arc<dyn Directory>,
    hashing: HashingPool,
    /// Reads whatever the directory holds, writes new hashes.
    moved: Arc<Verifier>,
    /// The scheme of new hashes.
    new_scheme: String,
    login_deadline: Duration,
    clock: Clock,
    random: Randomness,
    turns: Turns,
    /// Users whose index row is known to be up to date, with a fingerprint of what it says.
    seen: Cache<UserId, u64>,
}

const SEEN_USERS: u64 = 100_000;

impl Engine {
    /// Puts an engine together. No store is reached.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] for two connections of one name or hash parameters out of bounds.
    pub fn new(parts: EngineParts) -> Result<Engine> {
        let moved = Verifier::new(&parts.new_hashes, Limits::default())
            .map_err(|error| Error::new(ErrorKind::Config, format!("hashing: {error}")))?;
        let mut connections = BTreeMap::new();
        for connection in parts.connections {
            let name = connection.name().to_owned();
            if connections.insert(name.clone(), Arc::new(connection)).is_some() {
                return Err(Error::new(ErrorKind::Config, format!("there are two connections named `{name}`")));
            }
        }
        Ok(Engine {
            inner: Arc::new(Inner {
                connections,
                directory: parts.directory,
                hashing: HashingPool::start(&parts.hashing)?,
                moved: Arc::new(moved),
                new_scheme: parts.new_hashes.scheme.unwrap_or_default(),
                login_deadline: parts.login_deadline,
                clock: parts.clock,
                random: parts.random,
                turns: Turns::new(),
                seen: Cache::new(SEEN_USERS),
            }),
        })
    }

    /// The system's clock.
    pub fn system_clock() -> Clock {
        Arc::new(Timestamp::now)
    }

    /// The system's randomness.
    pub fn system_random() -> Randomness {
        Arc::new(|bytes: &mut [u8]| {
            // Without randomness every salt would be the same: stopping is the only safe answer.
            getrandom::fill(bytes).expect("the operating system gives randomness");
        })
    }

    /// The connections, in order of their names.
    pub fn connections(&self) -> impl Iterator<Item = &Connection> {
        self.inner.connections.values().map(|connection| &**connection)
    }

    /// The connection of that name.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] with code `inexistent_connection`, naming those that exist.
    pub fn connection(&self, name: &str) -> Result<&Connection> {
        self.inner.connection(name).map(|connection| &**connection)
    }

    /// The directory.
    pub fn directory(&self) -> &dyn Directory {
        &*self.inner.directory
    }

    /// What the hashing pool is doing.
    pub fn hashing_load(&self) -> HashingLoad {
        self.inner.hashing.load()
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.connections()).finish()
    }
}

impl Inner {
    fn connection(&self, name: &str) -> Result<&Arc<Connection>> {
        self.connections.get(name).ok_or_else(|| {
            let names: Vec<&str> = self.connections.keys().map(String::as_str).collect();
            Error::new(ErrorKind::Config, format!("there is no connection `{name}`"))
                .code("inexistent_connection")
                .hint(format!("the connections are: {}", names.join(", ")))
        })
    }

    fn now(&self) -> Timestamp {
        (self.clock)()
    }

    fn deadline(&self) -> Instant {
        Instant::now() + self.login_deadline
    }
}

/// Runs a flow that writes in a task of its own, to its end, whoever stops listening.
async fn to_its_end<T: Send + 'static>(flow: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    match tokio::spawn(flow.in_current_span()).await {
        Ok(result) => result,
        // What a panic says may quote values, so it is not told on.
        Err(_) => Err(Error::new(ErrorKind::Unexpected, "the operation was broken off by a fault of its own")
            .hint("the process's standard error says where; whether it was done has to be looked up")),
    }
}
