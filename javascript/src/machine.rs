//! The threads that run programs.

use std::{
    collections::{HashMap, VecDeque},
    fmt,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use tokio::{
    runtime::Handle,
    sync::{oneshot, watch},
    time,
};

use crate::{Invocation, Outcome, Program, Report, engine::Engine, session::Services};

/// How many engines a thread keeps warm.
const MOST_ENGINES: usize = 16;

/// How long after its deadline a call may still answer, before its thread is given up.
const GRACE: Duration = Duration::from_millis(250);

/// The stack of a thread: the engine's own limit is below it.
const STACK: usize = 4 << 20;

/// How large a machine is.
#[derive(Clone, Copy, Debug)]
pub struct MachineSettings {
    /// How many calls run at a time.
    pub threads: usize,
    /// How many may wait for a thread.
    pub queue: usize,
}

impl Default for MachineSettings {
    fn default() -> MachineSettings {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        MachineSettings { threads: (cores * 4).max(16), queue: 1024 }
    }
}

/// Threads that run programs. A clone is the same machine.
#[derive(Clone)]
pub struct Machine {
    shared: Arc<Shared>,
    _open: Arc<watch::Sender<()>>,
}

/// Why a call was not begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejected {
    /// All threads are at work, and so many calls wait already.
    Busy,
    /// The deadline passed before a thread was free.
    Late,
    /// Threads that a native loop holds are not replaced without end.
    Lost,
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Rejected::Busy => "all script threads are at work and the queue is full",
            Rejected::Late => "no script thread was free in time",
            Rejected::Lost => "too many script threads are held by loops that cannot be stopped",
        })
    }
}

impl std::error::Error for Rejected {}

struct Shared {
    settings: MachineSettings,
    services: Arc<Services>,
    queue: Mutex<Queue>,
    wake: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    idle: usize,
    threads: usize,
    lost: usize,
    is_closed: bool,
}

struct Job {
    program: Arc<Program>,
    invocation: Invocation,
    reply: oneshot::Sender<Report>,
    begun: Arc<AtomicBool>,
    given_up: Arc<AtomicBool>,
}

impl Machine {
    /// A machine whose operations run on that runtime. Threads start when they are needed.
    pub fn new(settings: MachineSettings, runtime: Handle) -> Machine {
        let (open, mut closing) = watch::channel(());
        let services = Arc::new(Services::new(runtime.clone()));
        let shared = Arc::new(Shared { settings, services, queue: Mutex::default(), wake: Condvar::new() });
        let (queue, keeper) = (shared.clone(), runtime);
        keeper.spawn(async move {
            // The last clone of the machine is gone: the threads end after what they are at.
            let _ = closing.changed().await;
            queue.queue().is_closed = true;
            queue.wake.notify_all();
        });
        Machine { shared, _open: Arc::new(open) }
    }

    /// Calls a function of a program. The answer comes before the invocation's deadline, or not much later.
    ///
    /// # Errors
    /// Where the call was not begun.
    pub async fn call(&self, program: &Arc<Program>, invocation: Invocation) -> Result<Report, Rejected> {
        let (reply, report) = oneshot::channel();
        let (begun, given_up) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
        let deadline = invocation.deadline;
        let started = Instant::now();
        self.shared.put(Job {
            program: program.clone(),
            invocation,
            reply,
            begun: begun.clone(),
            given_up: given_up.clone(),
        })?;
        match time::timeout_at((deadline + GRACE).into(), report).await {
            Ok(Ok(report)) => Ok(report),
            // The thread itself broke down. It was the call's doing, or its bad luck; the next one has another thread.
            Ok(Err(_)) => Ok(stopped(started)),
            Err(_) if begun.load(Ordering::Acquire) => {
                given_up.store(true, Ordering::Release);
                self.shared.lose_thread();
                Ok(stopped(started))
            }
            Err(_) => {
                given_up.store(true, Ordering::Release);
                Err(Rejected::Late)
            }
        }
    }

    /// Threads that a native loop holds.
    pub fn lost_threads(&self) -> usize {
        self.shared.queue().lost
    }
}

impl fmt::Debug for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Machine").field("settings", &self.shared.settings).finish_non_exhaustive()
    }
}

fn stopped(started: Instant) -> Report {
    Report {
        outcome: Outcome::TimedOut,
        console: Vec::new(),
        diagnostics: Vec::new(),
        traces: Vec::new(),
        elapsed: started.elapsed(),
    }
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(self: &Arc<Shared>, job: Job) -> Result<(), Rejected> {
        let mut queue = self.queue();
        if queue.jobs.len() >= self.settings.queue {
            return Err(Rejected::Busy);
        }
        queue.jobs.push_back(job);
        if queue.idle >= queue.jobs.len() {
            self.wake.notify_one();
        } else if queue.threads < self.settings.threads {
            self.start_thread(&mut queue);
        } else if queue.threads == 0 {
            queue.jobs.pop_back();
            return Err(Rejected::Lost);
        }
        Ok(())
    }

    fn start_thread(self: &Arc<Shared>, queue: &mut Queue) {
        let shared = self.clone();
        let started = thread::Builder::new().name("script".to_owned()).stack_size(STACK).spawn(move || shared.serve());
        queue.threads += usize::from(started.is_ok());
    }

    /// A thread does not come back in time: another one takes its place, as often as there are threads.
    fn lose_thread(self: &Arc<Shared>) {
        let mut queue = self.queue();
        queue.lost += 1;
        queue.threads -= 1;
        if queue.lost <= self.settings.threads {
            self.start_thread(&mut queue);
        }
    }

    fn serve(&self) {
        let _gone = Gone(self);
        let mut engines = Engines::default();
        while let Some(job) = self.next() {
            job.begun.store(true, Ordering::Release);
            if job.given_up.load(Ordering::Acquire) || Instant::now() >= job.invocation.deadline {
                let started = Instant::now();
                let _ = job.reply.send(stopped(started));
                continue;
            }
            let given_up = job.given_up.clone();
            engines.run(job, &self.services);
            if given_up.load(Ordering::Acquire) {
                // Somebody else has this thread's place.
                let mut queue = self.queue();
                queue.lost -= 1;
                queue.threads += 1;
                break;
            }
        }
    }

    fn next(&self) -> Option<Job> {
        let mut queue = self.queue();
        queue.idle += 1;
        let job = loop {
            if let Some(job) = queue.jobs.pop_front() {
                break Some(job);
            }
            if queue.is_closed {
                break None;
            }
            queue = self.wake.wait(queue).unwrap_or_else(PoisonError::into_inner);
        };
        queue.idle -= 1;
        job
    }
}

/// However a thread ends, it is not counted any more.
struct Gone<'s>(&'s Shared);

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        queue.threads = queue.threads.saturating_sub(1);
    }
}

/// The engines of one thread, by program.
#[derive(Default)]
struct Engines {
    warm: HashMap<u64, Engine>,
    used: VecDeque<u64>,
}

impl Engines {
    fn run(&mut self, job: Job, services: &Arc<Services>) {
        let Job { program, invocation, reply, .. } = job;
        let id = program.id;
        let known = if program.parts.isolated { None } else { self.warm.remove(&id) };
        let mut engine = match known.map_or_else(|| Engine::new(program.clone()), Ok) {
            Ok(engine) => engine,
            Err(message) => {
                tracing::error!(program = program.parts.name, message, "a script engine cannot be made");
                let _ = reply.send(Report { outcome: Outcome::OutOfMemory, ..stopped(Instant::now()) });
                return;
            }
        };
        engine.run(&invocation, services, reply);
        if !engine.is_spent() && !program.parts.isolated {
            self.used.retain(|other| *other != id);
            self.used.push_back(id);
            self.warm.insert(id, engine);
            if self.used.len() > MOST_ENGINES
                && let Some(oldest) = self.used.pop_front()
            {
                self.warm.remove(&oldest);
            }
        }
    }
}
