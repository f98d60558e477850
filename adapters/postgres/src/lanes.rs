//! Connections that are shared by all reads of single users at once.
//!
//! The driver sends requests on without waiting for the answers before, and hands each answer to whoever asked. A caller
//! that leaves is an answer that nobody takes; nothing else is ever done on a lane, so there is nothing to undo.
//!
//! A thread keeps to its lane: where each processor has a runtime of its own, an answer then finds its caller without
//! waking another thread, which costs more than the whole request.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use crosswalk_contract::{Error, ErrorKind, Result};
use tokio::time;

use crate::{connection::Connection, dial::Dialer};

thread_local! {
    /// The threads in the order in which they first asked for a lane.
    static THREAD: usize = {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        NEXT.fetch_add(1, Ordering::Relaxed)
    };
}

/// The lanes, shared out among the threads.
#[derive(Debug)]
pub(crate) struct Lanes {
    lanes: Vec<Lane>,
    dialer: Arc<Dialer>,
    wait: Duration,
}

#[derive(Debug, Default)]
struct Lane {
    current: Mutex<Option<Arc<Connection>>>,
    /// One caller dials, the others wait for it.
    dialing: tokio::sync::Mutex<()>,
}

impl Lanes {
    pub(crate) fn new(count: usize, wait: Duration, dialer: Arc<Dialer>) -> Lanes {
        let lanes = std::iter::repeat_with(Lane::default).take(count).collect();
        Lanes { lanes, dialer, wait }
    }

    /// A lane, or `None` where there are to be none.
    ///
    /// # Errors
    /// What [`Dialer::dial`] says, or `Unavailable` where another caller has been dialling for too long.
    pub(crate) async fn lane(&self) -> Result<Option<Arc<Connection>>> {
        if self.lanes.is_empty() {
            return Ok(None);
        }
        let number = THREAD.with(|number| *number) % self.lanes.len();
        let Some(lane) = self.lanes.get(number) else { return Ok(None) };
        if let Some(connection) = lane.open() {
            return Ok(Some(connection));
        }
        let dialing = time::timeout(self.wait, lane.dialing.lock()).await.map_err(|_| {
            Error::new(ErrorKind::Unavailable, "the database server is being reached and does not answer yet")
                .hint("try again; check that the server runs")
        })?;
        if let Some(connection) = lane.open() {
            return Ok(Some(connection));
        }
        let connection = Arc::new(self.dialer.dial().await?);
        *lane.current() = Some(connection.clone());
        drop(dialing);
        Ok(Some(connection))
    }

    /// Takes a lane that fell silent out of use; those who still wait on it are told so by themselves.
    pub(crate) fn discard(&self, connection: &Arc<Connection>) {
        connection.arm();
        for lane in &self.lanes {
            let mut current = lane.current();
            if current.as_ref().is_some_and(|current| Arc::ptr_eq(current, connection)) {
                *current = None;
            }
        }
    }
}

impl Lane {
    fn open(&self) -> Option<Arc<Connection>> {
        self.current().as_ref().filter(|connection| !connection.is_closed()).cloned()
    }

    fn current(&self) -> std::sync::MutexGuard<'_, Option<Arc<Connection>>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
