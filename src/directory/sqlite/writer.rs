//! The one writer: a thread that owns a connection and commits in groups, so that many callers share one fsync.
//!
//! Jobs that wait are drained into one transaction, each in its own savepoint: a job that fails takes only itself back.
//! Replies go out after the commit. A caller that goes away takes nothing back. If the group cannot be committed (the
//! disk is full), its jobs run once more one by one, so that a job that cannot be written takes no other with it.

use std::{
    sync::Mutex,
    thread,
    time::{Duration, Instant},
};

use crosswalk_contract::{Error, ErrorKind, Result};
use rusqlite::{Connection, TransactionBehavior};
use tokio::sync::{
    mpsc::{self, error::TryRecvError},
    oneshot,
};

use super::{
    super::sql::{Job, Write},
    error,
};

/// How many jobs may wait before callers wait to hand theirs over.
const QUEUE: usize = 1024;

/// A group ends after so many jobs, or when it has worked so long: what a caller waits for the others is bounded.
const GROUP_JOBS: usize = 512;
const GROUP_TIME: Duration = Duration::from_millis(25);

/// How long a job waits for those that are certain to follow: a few times what an fsync takes.
const PATIENCE: Duration = Duration::from_millis(2);

/// The way to the writer thread.
pub(super) struct Writer {
    door: Mutex<Option<mpsc::Sender<Message>>>,
}

enum Message {
    Job(Box<dyn Job<Connection>>),
    /// One that others are certain to follow, for whom it can wait.
    Patient(Box<dyn Job<Connection>>),
    /// Brings the write-ahead log into the file and empties it: what was erased is then nowhere.
    Checkpoint(oneshot::Sender<()>),
    Close(oneshot::Sender<()>),
}

impl Writer {
    /// Starts the thread. It ends when the writer is closed or dropped, after what was accepted.
    pub(super) fn start(connection: Connection, lock_timeout: Duration) -> Result<Writer> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        thread::Builder::new()
            .name("directory-writer".into())
            .spawn(move || serve(connection, receiver, lock_timeout))
            .map_err(|cause| {
                Error::new(ErrorKind::Unavailable, "the directory's writer thread cannot be started").source(cause)
            })?;
        Ok(Writer { door: Mutex::new(Some(sender)) })
    }

    /// Hands a write over and waits for its commit.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.hand_over(work, Message::Job).await
    }

    /// As [`Writer::write`], and may wait a moment for others that are certain to follow.
    pub(super) async fn write_with_others<T: Send + 'static>(
        &self,
        work: impl FnMut(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.hand_over(work, Message::Patient).await
    }

    async fn hand_over<T: Send + 'static>(
        &self,
        work: impl FnMut(&Connection) -> Result<T> + Send + 'static,
        message: impl FnOnce(Box<dyn Job<Connection>>) -> Message,
    ) -> Result<T> {
        let (job, answer) = Write::new(work);
        self.sender()?.send(message(Box::new(job))).await.map_err(|_| error::closed())?;
        answer.await.map_err(|_| error::closed())?
    }

    /// Empties the write-ahead log, if no reader is in its way.
    pub(super) async fn checkpoint(&self) -> Result<()> {
        let (reply, answer) = oneshot::channel();
        self.sender()?.send(Message::Checkpoint(reply)).await.map_err(|_| error::closed())?;
        answer.await.map_err(|_| error::closed())
    }

    /// Finishes what was accepted and closes the connection.
    pub(super) async fn close(&self) {
        let door = self.door.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).take();
        if let Some(sender) = door {
            let (reply, answer) = oneshot::channel();
            if sender.send(Message::Close(reply)).await.is_ok() {
                let _ = answer.await;
            }
        }
    }

    fn sender(&self) -> Result<mpsc::Sender<Message>> {
        let door = self.door.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        door.clone().ok_or_else(error::closed)
    }
}

fn serve(mut connection: Connection, mut queue: mpsc::Receiver<Message>, lock_timeout: Duration) {
    let mut closing = None;
    while let Some(message) = queue.blocking_recv() {
        let mut next = Some(message);
        while let Some(message) = next.take() {
            match message {
                Message::Job(job) => next = group(&mut connection, &mut queue, vec![job], None),
                Message::Patient(job) => {
                    let (jobs, ended_by) = gather(&mut queue, job);
                    next = group(&mut connection, &mut queue, jobs, ended_by);
                }
                Message::Checkpoint(reply) => {
                    checkpoint(&connection, lock_timeout);
                    let _ = reply.send(());
                }
                Message::Close(reply) => {
                    // Nobody can hand over more; what is in the queue is still done.
                    queue.close();
                    closing = Some(reply);
                }
            }
        }
    }
    checkpoint(&connection, lock_timeout);
    drop(connection);
    if let Some(reply) = closing {
        let _ = reply.send(());
    }
}

/// Waits for jobs beside a patient one, until one comes that is in a hurry. Returns the message that ended it, if one did.
fn gather(
    queue: &mut mpsc::Receiver<Message>,
    first: Box<dyn Job<Connection>>,
) -> (Vec<Box<dyn Job<Connection>>>, Option<Message>) {
    let (mut jobs, started) = (vec![first], Instant::now());
    while started.elapsed() < PATIENCE {
        match queue.try_recv() {
            Ok(Message::Patient(job)) => jobs.push(job),
            Ok(Message::Job(job)) => {
                jobs.push(job);
                break;
            }
            Ok(other) => return (jobs, Some(other)),
            Err(TryRecvError::Empty) => thread::sleep(PATIENCE / 20),
            Err(TryRecvError::Disconnected) => break,
        }
    }
    (jobs, None)
}

/// Runs one group; returns the message that ended it.
fn group(
    connection: &mut Connection,
    queue: &mut mpsc::Receiver<Message>,
    mut jobs: Vec<Box<dyn Job<Connection>>>,
    mut ended_by: Option<Message>,
) -> Option<Message> {
    let started = Instant::now();
    let mut take = |jobs: &mut Vec<Box<dyn Job<Connection>>>| {
        if ended_by.is_some() || jobs.len() >= GROUP_JOBS || started.elapsed() >= GROUP_TIME {
            return false;
        }
        match queue.try_recv() {
            Ok(Message::Job(job) | Message::Patient(job)) => {
                jobs.push(job);
                true
            }
            Ok(other) => {
                ended_by = Some(other);
                false
            }
            Err(_) => false,
        }
    };
    match commit(connection, &mut jobs, &mut take) {
        Ok(()) => jobs.into_iter().for_each(|job| job.reply(Ok(()))),
        Err(Failure::Begin(cause)) => {
            // Whoever waits in the queue has waited for the same lock, and is not to wait for it once more.
            while ended_by.is_none() {
                match queue.try_recv() {
                    Ok(Message::Job(job) | Message::Patient(job)) => jobs.push(job),
                    Ok(other) => ended_by = Some(other),
                    Err(_) => break,
                }
            }
            let make = || error::sqlite(again(&cause));
            jobs.into_iter().for_each(|job| job.reply(Err(&make)));
        }
        Err(Failure::Within(cause)) if jobs.len() == 1 => {
            let make = || error::sqlite(again(&cause));
            jobs.into_iter().for_each(|job| job.reply(Err(&make)));
        }
        Err(Failure::Within(_)) => {
            for job in jobs {
                let mut alone = vec![job];
                let result = commit(connection, &mut alone, &mut |_| false);
                for job in alone {
                    match &result {
                        Ok(()) => job.reply(Ok(())),
                        Err(Failure::Begin(cause) | Failure::Within(cause)) => {
                            job.reply(Err(&|| error::sqlite(again(cause))));
                        }
                    }
                }
            }
        }
    }
    ended_by
}

enum Failure {
    /// The lock was not to be had.
    Begin(rusqlite::Error),
    /// The transaction was lost on the way or at its commit.
    Within(rusqlite::Error),
}

/// Adds a job that waits, if there is one and the group may grow.
type Take<'t> = dyn FnMut(&mut Vec<Box<dyn Job<Connection>>>) -> bool + 't;

/// Runs the jobs, and those that `take` adds meanwhile, in one transaction.
fn commit(
    connection: &mut Connection,
    jobs: &mut Vec<Box<dyn Job<Connection>>>,
    take: &mut Take<'_>,
) -> Result<(), Failure> {
    let mut transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(Failure::Begin)?;
    let mut index = 0;
    loop {
        {
            // A savepoint that is dropped is rolled back.
            let savepoint = transaction.savepoint().map_err(Failure::Within)?;
            if jobs[index].run(&savepoint).is_ok() {
                savepoint.commit().map_err(Failure::Within)?;
            }
        }
        // A full disk ends the whole transaction, not only the statement.
        if transaction.is_autocommit() {
            return Err(Failure::Within(full()));
        }
        index += 1;
        if index == jobs.len() && !take(jobs) {
            break;
        }
    }
    transaction.commit().map_err(Failure::Within)
}

fn full() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL), None)
}

/// rusqlite's errors cannot be cloned; each job of a group gets its own.
fn again(cause: &rusqlite::Error) -> rusqlite::Error {
    match cause {
        rusqlite::Error::SqliteFailure(failure, text) => rusqlite::Error::SqliteFailure(*failure, text.clone()),
        _ => rusqlite::Error::InvalidQuery,
    }
}

fn checkpoint(connection: &Connection, lock_timeout: Duration) {
    // Writers must not wait long for a slow reader.
    let _ = connection.busy_timeout(lock_timeout.min(Duration::from_millis(100)));
    // A reader in the way leaves the log longer; the next commit or checkpoint sees to it.
    let done = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get::<_, i64>(0));
    if let Ok(1) | Err(_) = done {
        tracing::debug!("the directory's write-ahead log could not be emptied yet");
    }
    let _ = connection.busy_timeout(lock_timeout);
}
