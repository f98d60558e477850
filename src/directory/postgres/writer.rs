//! The one writer of this process: a thread that commits in groups, so that many callers share one flush of the server's
//! log, and that does again what lost against another process.

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use crosswalk_contract::{Error, ErrorKind, Result};
use tokio::sync::{mpsc, oneshot};

use super::{
    super::sql::{Job, Write, error},
    db::{Session, Trouble},
    place::Place,
};

/// How many jobs may wait before callers wait to hand theirs over.
const QUEUE: usize = 1024;

/// A group ends after so many jobs: what one caller waits for the others is bounded.
const GROUP_JOBS: usize = 64;

/// How often a transaction goes again that lost against others.
const MOST_CONFLICTS: u32 = 20;

type AnyJob = Box<dyn Job<Session>>;

/// The way to the writer thread.
pub(super) struct Writer {
    door: Mutex<Option<mpsc::Sender<Message>>>,
}

enum Message {
    Job(AnyJob),
    Close(oneshot::Sender<()>),
}

impl Writer {
    /// Starts the thread. It ends when the writer is closed or dropped, after what was accepted.
    pub(super) fn start(place: Arc<Place>) -> Result<Writer> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let desk = Desk { place, session: None };
        thread::Builder::new().name("directory-writer".into()).spawn(move || desk.serve(receiver)).map_err(
            |cause| Error::new(ErrorKind::Unavailable, "the directory's writer thread cannot be started").source(cause),
        )?;
        Ok(Writer { door: Mutex::new(Some(sender)) })
    }

    /// Hands a write over and waits for its commit.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        work: impl FnMut(&Session) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (job, answer) = Write::new(work);
        let sender = self.door().clone().ok_or_else(error::closed)?;
        sender.send(Message::Job(Box::new(job))).await.map_err(|_| error::closed())?;
        answer.await.map_err(|_| error::closed())?
    }

    /// Finishes what was accepted and closes the connection.
    pub(super) async fn close(&self) {
        let door = self.door().take();
        if let Some(sender) = door {
            let (reply, answer) = oneshot::channel();
            if sender.send(Message::Close(reply)).await.is_ok() {
                let _ = answer.await;
            }
        }
    }

    fn door(&self) -> std::sync::MutexGuard<'_, Option<mpsc::Sender<Message>>> {
        self.door.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a transaction came to nothing.
struct Stopped {
    trouble: Trouble,
    error: Error,
    /// It may have been committed all the same.
    unsettled: bool,
}

/// The writer at work.
struct Desk {
    place: Arc<Place>,
    session: Option<Session>,
}

impl Desk {
    fn serve(mut self, mut queue: mpsc::Receiver<Message>) {
        let mut closing = None;
        while let Some(message) = queue.blocking_recv() {
            match message {
                Message::Job(job) => {
                    let mut jobs = vec![job];
                    while jobs.len() < GROUP_JOBS {
                        match queue.try_recv() {
                            Ok(Message::Job(job)) => jobs.push(job),
                            Ok(Message::Close(reply)) => {
                                queue.close();
                                closing = Some(reply);
                            }
                            Err(_) => break,
                        }
                    }
                    self.settle(jobs);
                }
                Message::Close(reply) => {
                    // Nobody can hand over more; what is in the queue is still done.
                    queue.close();
                    closing = Some(reply);
                }
            }
        }
        self.session = None;
        if let Some(reply) = closing {
            let _ = reply.send(());
        }
    }

    /// Answers all of them. Jobs whose common transaction came to nothing are done one by one.
    fn settle(&mut self, mut jobs: Vec<AnyJob>) {
        if jobs.len() > 1 {
            match self.attempt(&mut jobs) {
                Ok(()) => return jobs.into_iter().for_each(|job| job.reply(Ok(()))),
                // Nobody waits once more for a server that is not there.
                Err(stopped) if self.session.is_none() && !stopped.unsettled => {
                    if let Err(error) = self.connected() {
                        return jobs.into_iter().for_each(|job| job.reply(Err(&|| same(&error))));
                    }
                }
                Err(stopped) if stopped.unsettled => {
                    return jobs.into_iter().for_each(|job| job.reply(Err(&|| same(&stopped.error))));
                }
                Err(_) => {}
            }
        }
        for job in jobs {
            self.alone(job);
        }
    }

    fn alone(&mut self, job: AnyJob) {
        let mut jobs = vec![job];
        let (mut conflicts, mut lost) = (0, false);
        let outcome = loop {
            match self.attempt(&mut jobs) {
                Ok(()) => break Ok(()),
                Err(stopped) if stopped.trouble == Trouble::Conflict && conflicts < MOST_CONFLICTS => {
                    conflicts += 1;
                    back_off(conflicts);
                }
                // A connection that died at rest shows only now.
                Err(stopped) if stopped.trouble == Trouble::Lost && !stopped.unsettled && !lost => lost = true,
                Err(stopped) => break Err(stopped.error),
            }
        };
        for job in jobs {
            match &outcome {
                Ok(()) => job.reply(Ok(())),
                Err(error) => job.reply(Err(&|| same(error))),
            }
        }
    }

    fn connected(&mut self) -> Result<()> {
        if self.session.as_ref().is_none_or(Session::is_closed) {
            self.session = Some(self.place.connect()?);
        }
        Ok(())
    }

    /// Runs the jobs in one transaction. A job that fails by itself takes only itself back.
    fn attempt(&mut self, jobs: &mut [AnyJob]) -> Result<(), Stopped> {
        let not_begun = |error| Stopped { trouble: Trouble::None, error, unsettled: false };
        self.connected().map_err(not_begun)?;
        let Some(session) = self.session.take() else { return Err(not_begun(error::closed())) };
        let outcome = transact(&session, jobs);
        if let Err(stopped) = &outcome {
            let gone = stopped.trouble == Trouble::Lost || session.command("ROLLBACK").is_err();
            if gone {
                return outcome;
            }
        }
        self.session = Some(session);
        outcome
    }
}

fn transact(session: &Session, jobs: &mut [AnyJob]) -> Result<(), Stopped> {
    let stopped = |error| Stopped { trouble: session.trouble(), error, unsettled: false };
    session.begin("BEGIN ISOLATION LEVEL SERIALIZABLE").map_err(stopped)?;
    for job in jobs.iter_mut() {
        session.command("SAVEPOINT job").map_err(stopped)?;
        let failed = job.run(session).is_err();
        if session.trouble() != Trouble::None {
            return Err(stopped(
                Error::new(ErrorKind::Unavailable, "others kept changing the same rows of the directory")
                    .code("directory_contended")
                    .hint("try again"),
            ));
        }
        session.command(if failed { "ROLLBACK TO SAVEPOINT job" } else { "RELEASE SAVEPOINT job" }).map_err(stopped)?;
    }
    session.command("COMMIT").map_err(|error| {
        let unsettled = session.trouble() == Trouble::Lost;
        let error = if unsettled { lost_at_commit() } else { error };
        Stopped { trouble: session.trouble(), error, unsettled }
    })
}

fn lost_at_commit() -> Error {
    Error::new(ErrorKind::Unavailable, "the connection was lost while the directory was being written")
        .code("directory_unsettled")
        .hint("look whether the change was made, then try again")
}

/// A random time up to 2, 4, 8 … ms, so that those who met do not meet again.
pub(super) fn back_off(round: u32) {
    let most = 1_000_u64 << round.min(8);
    let random = getrandom::u64().unwrap_or(most / 2);
    thread::sleep(Duration::from_micros(random % most));
}

/// The same error for everybody who waited for the same thing.
fn same(error: &Error) -> Error {
    let mut copy = Error::new(error.kind(), error.message()).code(error.code_name());
    if let Some(hint) = error.hint_text() {
        copy = copy.hint(hint);
    }
    error.context().iter().fold(copy, |copy, (name, value)| copy.with(name, value))
}
