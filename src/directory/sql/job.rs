//! Writes that wait for one writer, which runs many of them in one transaction.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crosswalk_contract::{Error, ErrorKind, Result};
use tokio::sync::oneshot;

use super::error;

/// A write on a connection `C`. It can be run again after its transaction was taken back.
pub trait Job<C: ?Sized>: Send {
    /// Does it once. Why it failed is kept for the reply.
    ///
    /// # Errors
    /// It failed by itself.
    fn run(&mut self, connection: &C) -> Result<(), Failed>;

    /// Answers the caller: with the write's own outcome, or with what became of its transaction.
    fn reply(self: Box<Self>, group: Result<(), &dyn Fn() -> Error>);
}

/// A job failed by itself, and only that is to be taken back.
#[derive(Clone, Copy, Debug)]
pub struct Failed;

/// A piece of work and whoever waits for it.
pub struct Write<T, F> {
    work: F,
    outcome: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

impl<T, F> Write<T, F> {
    /// The work, and where its outcome will be.
    pub fn new(work: F) -> (Write<T, F>, oneshot::Receiver<Result<T>>) {
        let (reply, answer) = oneshot::channel();
        (Write { work, outcome: None, reply }, answer)
    }
}

impl<C: ?Sized, T: Send, F: FnMut(&C) -> Result<T> + Send> Job<C> for Write<T, F> {
    fn run(&mut self, connection: &C) -> Result<(), Failed> {
        let work = &mut self.work;
        // A defect in one job must not end everybody's writes.
        let outcome = catch_unwind(AssertUnwindSafe(|| work(connection)))
            .unwrap_or_else(|_| Err(Error::new(ErrorKind::Unexpected, "a write of the directory broke down")));
        let failed = outcome.is_err();
        self.outcome = Some(outcome);
        if failed { Err(Failed) } else { Ok(()) }
    }

    fn reply(self: Box<Self>, group: Result<(), &dyn Fn() -> Error>) {
        let outcome = match (group, self.outcome) {
            // A job that failed by itself keeps its own reason.
            (_, Some(Err(error))) => Err(error),
            (Ok(()), Some(outcome)) => outcome,
            (Err(make), _) => Err(make()),
            (Ok(()), None) => Err(error::closed()),
        };
        // The caller may be gone; the write stands.
        let _ = self.reply.send(outcome);
    }
}
