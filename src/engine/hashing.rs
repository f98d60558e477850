//! The hashing pool: fixed threads, a bounded queue, memory-weighted permits, deadlines.
//!
//! A password hash is made to be slow. On the runtime's own threads a login storm would stall every look-up (measured:
//! p99 of concurrent reads 4 s instead of 7 ms), and unbounded threads times argon2's memory would exhaust the machine.

use std::{
    collections::VecDeque,
    fmt,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Instant,
};

use crosswalk_contract::{Error, ErrorKind, Result};
use crosswalk_passwords::Cost;
use serde::Deserialize;
use tokio::sync::oneshot;

use crate::policy::ByteSize;

/// The `[hashing]` section.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HashingSettings {
    /// Threads that hash; one for each core where absent.
    pub threads: Option<usize>,
    /// How many logins may wait. One more is told "busy" at once, which beats letting it wait past its deadline.
    pub queue: usize,
    /// Memory that hashes may take at one time. One that needs more than all of it runs alone.
    pub memory: ByteSize,
}

impl Default for HashingSettings {
    fn default() -> Self {
        HashingSettings { threads: None, queue: 256, memory: ByteSize(512 << 20) }
    }
}

/// Runs password work away from the runtime. Clones share one pool; the threads end with the last of them.
#[derive(Clone)]
pub struct HashingPool {
    owner: Arc<Owner>,
}

/// What the pool is doing, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HashingLoad {
    /// Jobs that wait.
    pub waiting: usize,
    /// Jobs that run.
    pub running: usize,
    /// Memory that running jobs have been granted, in bytes.
    pub memory_bytes: u64,
}

impl HashingPool {
    /// Starts the threads.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] where the system gives no thread.
    pub fn start(settings: &HashingSettings) -> Result<HashingPool> {
        let threads = settings
            .threads
            .unwrap_or_else(|| thread::available_parallelism().map_or(1, std::num::NonZero::get))
            .max(1);
        let shared = Arc::new(Shared {
            state: Mutex::new(State::default()),
            changed: Condvar::new(),
            queue: settings.queue.max(1),
            memory: settings.memory.bytes(),
        });
        let owner = Arc::new(Owner { shared: shared.clone() });
        for number in 0..threads {
            let shared = shared.clone();
            thread::Builder::new()
                .name(format!("hashing-{number}"))
                .spawn(move || work(&shared))
                .map_err(|error| Error::new(ErrorKind::Unavailable, "no thread for hashing").source(error))?;
        }
        Ok(HashingPool { owner })
    }

    /// Runs `job`. Cheap work (a plain digest) runs at once where the caller is.
    ///
    /// # Errors
    /// [`ErrorKind::Unavailable`] with code `busy` where the queue is full or the deadline passed before the job began. A
    /// job whose caller has gone is not begun.
    pub async fn run<T: Send + 'static>(
        &self,
        cost: Cost,
        deadline: Instant,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T> {
        if cost.is_cheap() {
            return Ok(job());
        }
        let shared = &self.owner.shared;
        let (answer, waiting) = oneshot::channel();
        {
            let mut state = shared.lock();
            if state.waiting.len() >= shared.queue {
                return Err(busy("too many passwords are waiting to be checked"));
            }
            state.waiting.push_back(Job {
                memory: cost.memory_bytes.min(shared.memory),
                deadline,
                run: Box::new(move || {
                    if !answer.is_closed() {
                        // A caller who left between these two lines does not want the answer any more.
                        let _ = answer.send(job());
                    }
                }),
            });
        }
        shared.changed.notify_one();
        match tokio::time::timeout_at(deadline.into(), waiting).await {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(_)) => Err(busy("the password check was not begun before its deadline")),
            Err(_) => Err(busy("the password check did not end before its deadline")),
        }
    }

    /// What the pool is doing now.
    pub fn load(&self) -> HashingLoad {
        let state = self.owner.shared.lock();
        HashingLoad { waiting: state.waiting.len(), running: state.running, memory_bytes: state.memory }
    }
}

impl fmt::Debug for HashingPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HashingPool").field(&self.load()).finish()
    }
}

fn busy(message: &str) -> Error {
    Error::new(ErrorKind::Unavailable, message)
        .code("busy")
        .hint("try again shortly; hashing.threads and hashing.queue set how much is done at once")
}

/// Ends the threads when the last handle goes.
struct Owner {
    shared: Arc<Shared>,
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
    queue: usize,
    memory: u64,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    running: usize,
    memory: u64,
    closed: bool,
}

struct Job {
    memory: u64,
    deadline: Instant,
    run: Box<dyn FnOnce() + Send>,
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // The state is plain counters: a panic elsewhere leaves them sound.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next job whose memory fits. First come, first served: a large job is not starved by small ones behind it.
    fn next(&self) -> Option<Job> {
        let mut state = self.lock();
        loop {
            if state.closed {
                return None;
            }
            let fits = state
                .waiting
                .front()
                .is_some_and(|job| state.memory == 0 || state.memory.saturating_add(job.memory) <= self.memory);
            if fits && let Some(job) = state.waiting.pop_front() {
                state.running += 1;
                state.memory += job.memory;
                return Some(job);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn done(&self, memory: u64) {
        let mut state = self.lock();
        state.running -= 1;
        state.memory -= memory;
        drop(state);
        self.changed.notify_all();
    }
}

fn work(shared: &Shared) {
    while let Some(job) = shared.next() {
        let memory = job.memory;
        if Instant::now() < job.deadline {
            // A panic in a dependency costs one login, not a thread of the pool.
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(job.run));
        }
        shared.done(memory);
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::atomic::{AtomicUsize, Ordering},
        time::Duration,
    };

    use super::*;

    const SLOW: Cost = Cost { memory_bytes: 0, micros: 50_000 };

    fn pool(threads: usize, queue: usize, memory: u64) -> HashingPool {
        HashingPool::start(&HashingSettings { threads: Some(threads), queue, memory: ByteSize(memory) }).unwrap()
    }

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(10)
    }

    #[tokio::test]
    async fn a_full_queue_says_busy_at_once() {
        let pool = pool(1, 1, 1);
        let hold = Duration::from_millis(200);
        let first = tokio::spawn({
            let pool = pool.clone();
            async move { pool.run(SLOW, soon(), move || thread::sleep(hold)).await }
        });
        while pool.load().running == 0 {
            tokio::task::yield_now().await;
        }
        let second = tokio::spawn({
            let pool = pool.clone();
            async move { pool.run(SLOW, soon(), || 2).await }
        });
        while pool.load().waiting == 0 {
            tokio::task::yield_now().await;
        }
        let error = pool.run(SLOW, soon(), || 3).await.unwrap_err();
        assert_eq!((error.kind(), error.code_name()), (ErrorKind::Unavailable, "busy"));
        first.await.unwrap().unwrap();
        assert_eq!(second.await.unwrap().unwrap(), 2);
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_is_not_begun() {
        let pool = pool(1, 8, 1);
        let begun = Arc::new(AtomicUsize::new(0));
        let first = tokio::spawn({
            let pool = pool.clone();
            async move { pool.run(SLOW, soon(), || thread::sleep(Duration::from_millis(100))).await }
        });
        while pool.load().running == 0 {
            tokio::task::yield_now().await;
        }
        let left = {
            let (pool, begun) = (pool.clone(), begun.clone());
            tokio::spawn(async move { pool.run(SLOW, soon(), move || begun.fetch_add(1, Ordering::SeqCst)).await })
        };
        while pool.load().waiting == 0 {
            tokio::task::yield_now().await;
        }
        left.abort();
        first.await.unwrap().unwrap();
        assert_eq!(pool.run(SLOW, soon(), || 1).await.unwrap(), 1);
        assert_eq!(begun.load(Ordering::SeqCst), 0);
    }

    #[tokio::test]
    async fn a_passed_deadline_is_busy_and_the_work_is_not_done() {
        let pool = pool(1, 8, 1);
        let past = Instant::now();
        assert_eq!(pool.run(SLOW, past, || 1).await.unwrap_err().code_name(), "busy");
    }

    #[tokio::test]
    async fn memory_is_shared_out_and_a_large_job_runs_alone() {
        let pool = pool(4, 64, 100);
        let (now, peak) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let jobs = [60, 60, 40, 500, 30, 30].map(|memory| {
            let (pool, now, peak) = (pool.clone(), now.clone(), peak.clone());
            tokio::spawn(async move {
                let cost = Cost { memory_bytes: memory, micros: 50_000 };
                pool.run(cost, soon(), move || {
                    let sum = now.fetch_add(memory as usize, Ordering::SeqCst) + memory as usize;
                    peak.fetch_max(if memory == 500 { sum - 400 } else { sum }, Ordering::SeqCst);
                    thread::sleep(Duration::from_millis(20));
                    now.fetch_sub(memory as usize, Ordering::SeqCst);
                })
                .await
            })
        });
        for job in jobs {
            job.await.unwrap().unwrap();
        }
        assert!(peak.load(Ordering::SeqCst) <= 100, "{}", peak.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn a_panicking_job_does_not_cost_a_thread() {
        let pool = pool(1, 8, 1);
        let error = pool
            .run(SLOW, soon(), || {
                if true {
                    panic!("a test's own panic")
                }
            })
            .await
            .unwrap_err();
        assert_eq!(error.code_name(), "busy");
        assert_eq!(pool.run(SLOW, soon(), || 1).await.unwrap(), 1);
    }
}
