//! Turns: writers of one user wait for each other inside this process.
//!
//! Correctness never depends on it (stores apply patches atomically); it saves the retries of a compare-and-swap storm:
//! 32 writers on one user lose nothing either way, but alternate instead of colliding (measured: five times the rate).

use std::hash::{BuildHasher, RandomState};

use tokio::sync::{Mutex, MutexGuard};

/// A fixed number of queues; users that share one by chance merely wait for each other.
pub(super) struct Turns {
    hasher: RandomState,
    queues: Vec<Mutex<()>>,
}

const QUEUES: usize = 1024;

impl Turns {
    pub(super) fn new() -> Turns {
        Turns { hasher: RandomState::new(), queues: (0..QUEUES).map(|_| Mutex::new(())).collect() }
    }

    /// Waits for the user's turn. It ends when the guard is dropped.
    pub(super) async fn of(&self, connection: &str, user: &str) -> MutexGuard<'_, ()> {
        let index = self.hasher.hash_one((connection, user)) as usize % QUEUES;
        self.queues[index].lock().await
    }
}
