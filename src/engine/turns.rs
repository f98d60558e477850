//! Turns: writers of one user wait for each other inside this process.
//!
//! Correctness never depends on it (stores apply patches atomically); it saves the retries of a compare-and-swap storm:
//! 32 writers on one user lose nothing either way, but alternate instead of colliding (measured: five times the rate).

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicUsize, Ordering},
};

use tokio::sync::{Mutex, MutexGuard};

/// A fixed number of queues; users that share one by chance merely wait for each other.
pub(super) struct Turns {
    hasher: RandomState,
    queues: Vec<Queue>,
}

#[derive(Default)]
struct Queue {
    turn: Mutex<()>,
    waiting: AtomicUsize,
}

/// Counts as waiting for as long as it lives, also where the caller goes away.
struct Waiting<'q>(&'q Queue);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

const QUEUES: usize = 1024;

impl Turns {
    pub(super) fn new() -> Turns {
        Turns { hasher: RandomState::new(), queues: (0..QUEUES).map(|_| Queue::default()).collect() }
    }

    /// Waits for the user's turn. It ends when the guard is dropped.
    pub(super) async fn of(&self, connection: &str, user: &str) -> MutexGuard<'_, ()> {
        let queue = self.queue(connection, user);
        queue.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(queue);
        queue.turn.lock().await
    }

    /// Whether somebody waits for that user's turn, and so writes at once.
    pub(super) fn are_awaited(&self, connection: &str, user: &str) -> bool {
        self.queue(connection, user).waiting.load(Ordering::Relaxed) > 0
    }

    fn queue(&self, connection: &str, user: &str) -> &Queue {
        &self.queues[self.hasher.hash_one((connection, user)) as usize % QUEUES]
    }
}
