//! One runtime for each processor, each on a thread of its own: the way short look-ups are served fastest.

use std::{future::Future, thread};

use futures::future::join_all;
use tokio::{
    runtime::{Builder, Handle},
    sync::oneshot,
};

/// The runtimes. They end with the process.
pub(crate) struct Cores {
    handles: Vec<Handle>,
}

impl Cores {
    pub(crate) fn start() -> Cores {
        let count = thread::available_parallelism().map_or(1, usize::from);
        let handles = (0..count).map(|_| {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            let handle = runtime.handle().clone();
            thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
            handle
        });
        Cores { handles: handles.collect() }
    }

    /// Waits for one piece of work, done on the first of them.
    pub(crate) fn one<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> T {
        let (give, take) = oneshot::channel();
        self.handles[0].spawn(async move { give.send(work.await) });
        take.blocking_recv().unwrap()
    }

    /// Waits for as many pieces of work, shared out among them.
    pub(crate) fn all<F>(&self, count: u64, work: impl FnMut(u64) -> F) -> Vec<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let started: Vec<_> =
            self.handles.iter().cycle().zip((0..count).map(work)).map(|(handle, work)| handle.spawn(work)).collect();
        self.one(join_all(started)).into_iter().map(Result::unwrap).collect()
    }
}
