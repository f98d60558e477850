//! What a law is tried in: an engine, a connection, and, for a fixture, a hand in the legacy store.

use std::{
    any::Any,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use crosswalk_contract::{Record, Result};

use super::{Person, Recorder, Setup, Stop, people::operator};
use crate::{
    engine::{Ability, Engine, Mode},
    profile::{Container, UserId},
};

/// Makes fresh worlds: one for each law, with a store of its own.
#[async_trait]
pub trait Fixture: Send + Sync {
    /// The mode of its worlds' connections: laws about the other one are left out before a world is made.
    fn mode(&self) -> Mode;

    /// A world nobody has been in. A setup that this fixture cannot give is `None`, and the law does not run.
    ///
    /// # Errors
    /// Whatever keeps the store from being made.
    async fn fresh(&self, setup: &Setup) -> Result<Option<World>>;
}

/// A fixture's hand in the legacy store: what the legacy application and the weather do.
#[async_trait]
pub trait Hand: Send + Sync {
    /// Writes people as the legacy application would. Returns their ids in the store.
    ///
    /// # Errors
    /// [`Unsupported`](crosswalk_contract::ErrorKind::Unsupported) for somebody whom this store cannot express.
    async fn seed(&self, people: &[Person]) -> Result<Vec<String>>;

    /// Removes somebody behind the engine's back.
    ///
    /// # Errors
    /// Those of the store.
    async fn remove(&self, store_id: &str) -> Result<()>;

    /// The row as it is, every column.
    ///
    /// # Errors
    /// Those of the store.
    async fn row(&self, store_id: &str) -> Result<Option<Record>>;

    /// Makes the store unreachable.
    fn take_down(&self);

    /// Makes it reachable again.
    fn bring_back(&self);

    /// A metadata key that this store returns for everybody and cannot write.
    fn key_it_cannot_write(&self) -> Option<(Container, String)> {
        None
    }
}

/// Where the people of a world live, if the law does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// Where the engine's `create` puts them.
    Made,
    /// In the legacy store, written by the fixture's hand.
    Seeded,
    /// In the directory, moved by a first login.
    Moved,
}

/// What a law is tried in.
pub struct World {
    pub(super) engine: Engine,
    pub(super) connection: String,
    pub(super) home: Home,
    second: Option<Engine>,
    hand: Option<Arc<dyn Hand>>,
    recorder: Option<Recorder>,
    made: Mutex<Vec<UserId>>,
    words: AtomicU64,
    /// What has to live as long as the world: a folder, a server.
    _held: Vec<Box<dyn Any + Send + Sync>>,
}

impl World {
    /// A world around a connection. People are made through the engine.
    pub fn new(engine: Engine, connection: impl Into<String>) -> World {
        let mut seed = [0; 8];
        // Words only have to differ from those of earlier runs; where randomness fails they differ by number alone.
        let _ = getrandom::fill(&mut seed);
        World {
            engine,
            connection: connection.into(),
            home: Home::Made,
            second: None,
            hand: None,
            recorder: None,
            made: Mutex::default(),
            words: AtomicU64::new(u64::from_le_bytes(seed) >> 24 << 12),
            _held: Vec::new(),
        }
    }

    /// The same with a hand in the legacy store.
    #[must_use]
    pub fn with_hand(self, hand: Arc<dyn Hand>) -> World {
        World { hand: Some(hand), ..self }
    }

    /// The same with people who live elsewhere.
    #[must_use]
    pub fn with_home(self, home: Home) -> World {
        World { home, ..self }
    }

    /// The same with a second engine on the same store and directory: what another process would be. Nothing in the
    /// memory of the first can then keep the two apart.
    #[must_use]
    pub fn with_second(self, engine: Engine) -> World {
        World { second: Some(engine), ..self }
    }

    /// The same with a recorder that hears all that is logged.
    #[must_use]
    pub fn with_recorder(self, recorder: Recorder) -> World {
        World { recorder: Some(recorder), ..self }
    }

    /// Keeps something alive as long as the world.
    #[must_use]
    pub fn holding(mut self, thing: impl Any + Send + Sync) -> World {
        self._held.push(Box::new(thing));
        self
    }

    /// The mode of the connection.
    pub(super) fn mode(&self) -> Mode {
        self.engine.connection(&self.connection).map_or(Mode::Bridge, |connection| connection.mode())
    }

    /// The engine, or the second one where there is one and the number is odd.
    pub(super) fn any_engine(&self, number: usize) -> Engine {
        match &self.second {
            Some(second) if number % 2 == 1 => second.clone(),
            _ => self.engine.clone(),
        }
    }

    /// Whether the store belongs to the test.
    pub(super) fn is_ours(&self) -> bool {
        self.hand.is_some()
    }

    pub(super) fn hand(&self) -> Result<&Arc<dyn Hand>, Stop> {
        self.hand.as_ref().ok_or_else(|| Stop::not_applicable("the store does not belong to the test"))
    }

    pub(super) fn recorder(&self) -> Result<&Recorder, Stop> {
        self.recorder.as_ref().ok_or_else(|| Stop::not_applicable("nothing records what is logged here"))
    }

    /// Not applicable, with the connection's own reason, where it cannot do that.
    pub(super) fn can(&self, ability: Ability) -> Result<(), Stop> {
        self.engine.connection(&self.connection)?.can(ability).map_err(Stop::NotApplicable)
    }

    pub(super) fn able(&self, ability: Ability) -> bool {
        self.can(ability).is_ok()
    }

    /// A word that no other run has said.
    pub(super) fn fresh_word(&self) -> String {
        format!("{:x}", self.words.fetch_add(1, Ordering::Relaxed))
    }

    pub(super) fn remember(&self, id: &UserId) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).push(id.clone());
    }

    /// Removes whoever was made, where the store is not thrown away anyway. Returns how many are left behind.
    pub(super) async fn clean(&self) -> usize {
        if self.is_ours() {
            return 0;
        }
        let made = std::mem::take(&mut *self.made.lock().unwrap_or_else(PoisonError::into_inner));
        let mut left = 0;
        for id in made {
            // Who was removed by the law itself is an absence, and that is fine.
            if self.engine.delete(&operator(), &id).await.is_err() {
                left += 1;
            }
        }
        left
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").field("connection", &self.connection).field("home", &self.home).finish_non_exhaustive()
    }
}
