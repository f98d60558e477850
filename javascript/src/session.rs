//! What one call holds of the world outside: connections, and a note of what it sent.

use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use serde_json::{Map, Value, json};
use tokio::{
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
    task::JoinHandle,
};

use crate::{
    Program, Trace,
    modules::{http::Clients, mysql, postgres},
};

/// What all calls share.
pub(crate) struct Services {
    /// Where what waits is done.
    pub(crate) runtime: Handle,
    pub(crate) postgres: postgres::Pools,
    pub(crate) mysql: mysql::Pools,
    pub(crate) http: Clients,
    /// Hashing takes processors, and logins must not take them all.
    hashing: Arc<Semaphore>,
}

impl Services {
    pub(crate) fn new(runtime: Handle) -> Services {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Services {
            runtime,
            postgres: postgres::Pools::default(),
            mysql: mysql::Pools::default(),
            http: Clients::default(),
            hashing: Arc::new(Semaphore::new(cores)),
        }
    }

    /// Does work that takes a processor for a while.
    pub(crate) async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, OpError> + Send + 'static,
    ) -> Result<T, OpError> {
        let permit: Option<OwnedSemaphorePermit> = self.hashing.clone().acquire_owned().await.ok();
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        done.await.unwrap_or_else(|_| Err(OpError::new("the computation broke down")))
    }
}

/// One call's share.
pub(crate) struct Session {
    pub(crate) services: Arc<Services>,
    pub(crate) program: Arc<Program>,
    pub(crate) deadline: Instant,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    postgres: HashMap<u32, postgres::Client>,
    mysql: HashMap<u32, mysql::Client>,
    running: HashMap<u32, JoinHandle<()>>,
    traces: Vec<Trace>,
    is_over: bool,
}

/// So many statements and requests are noted.
const MOST_TRACES: usize = 200;
const MOST_TRACED: usize = 2_000;

impl Session {
    pub(crate) fn new(services: Arc<Services>, program: Arc<Program>, deadline: Instant) -> Arc<Session> {
        Arc::new(Session { services, program, deadline, held: Mutex::default() })
    }

    /// Starts an operation; its completion comes through the outbox.
    pub(crate) fn start(
        self: &Arc<Session>,
        id: u32,
        work: impl Future<Output = Result<Done, OpError>> + Send + 'static,
        outbox: std::sync::mpsc::Sender<Completion>,
    ) {
        let session = self.clone();
        let task = self.services.runtime.spawn(async move {
            let result = work.await;
            session.held().running.remove(&id);
            let _ = outbox.send(Completion { id, result });
        });
        let mut held = self.held();
        if held.is_over {
            task.abort();
        } else if !task.is_finished() {
            held.running.insert(id, task);
        }
    }

    /// The connection of that number, made when it is first asked for.
    pub(crate) fn postgres(&self, number: u32) -> postgres::Client {
        self.held().postgres.entry(number).or_default().clone()
    }

    pub(crate) fn mysql(&self, number: u32) -> mysql::Client {
        self.held().mysql.entry(number).or_default().clone()
    }

    /// Lets go of a connection.
    pub(crate) fn release(&self, kind: &str, number: u32) {
        match kind {
            "pg" => {
                let client = self.held().postgres.remove(&number);
                if let Some(client) = client {
                    client.release(&self.services.runtime);
                }
            }
            _ => {
                let client = self.held().mysql.remove(&number);
                if let Some(client) = client {
                    client.release(&self.services.runtime);
                }
            }
        }
    }

    /// Lets go of everything: what still runs is stopped, and its connections are not used again.
    pub(crate) fn end(&self) {
        let (running, postgres, mysql) = {
            let mut held = self.held();
            held.is_over = true;
            (std::mem::take(&mut held.running), std::mem::take(&mut held.postgres), std::mem::take(&mut held.mysql))
        };
        running.into_values().for_each(|task| task.abort());
        postgres.into_values().for_each(|client| client.release(&self.services.runtime));
        mysql.into_values().for_each(|client| client.release(&self.services.runtime));
    }

    /// Notes what was sent.
    pub(crate) fn trace(&self, kind: &'static str, text: &str, outcome: String, elapsed: Duration) {
        let mut held = self.held();
        if held.traces.len() < MOST_TRACES {
            held.traces.push(Trace { kind, text: text.chars().take(MOST_TRACED).collect(), outcome, elapsed });
        }
    }

    pub(crate) fn traces(&self) -> Vec<Trace> {
        self.held().traces.clone()
    }

    /// How long may be waited for a connection.
    pub(crate) fn patience(&self) -> Duration {
        self.program.parts.limits.connect.min(self.deadline.saturating_duration_since(Instant::now()))
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An operation came to its end.
pub(crate) struct Completion {
    pub(crate) id: u32,
    pub(crate) result: Result<Done, OpError>,
}

/// What came of it.
#[derive(Default)]
pub(crate) struct Done {
    pub(crate) json: Option<String>,
    pub(crate) bytes: Option<Vec<u8>>,
}

impl Done {
    pub(crate) fn json(json: impl Into<String>) -> Done {
        Done { json: Some(json.into()), bytes: None }
    }

    pub(crate) fn bytes(bytes: Vec<u8>) -> Done {
        Done { json: None, bytes: Some(bytes) }
    }
}

/// What becomes an `Error` in the script: a message and further properties.
#[derive(Clone, Debug)]
pub(crate) struct OpError {
    message: String,
    properties: Map<String, Value>,
}

impl OpError {
    pub(crate) fn new(message: impl Into<String>) -> OpError {
        OpError { message: message.into(), properties: Map::new() }
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> OpError {
        self.properties.insert(name.to_owned(), value.into());
        self
    }

    pub(crate) fn code(self, code: &str) -> OpError {
        self.with("code", code)
    }

    pub(crate) fn without(mut self, name: &str) -> OpError {
        self.properties.remove(name);
        self
    }

    pub(crate) fn is(&self, code: &str) -> bool {
        self.properties.get("code").and_then(Value::as_str) == Some(code)
    }

    /// A connection that cannot be made, as Node on Linux says it.
    pub(crate) fn connecting(error: &io::Error, place: impl std::fmt::Display) -> OpError {
        let (code, number) = match error.kind() {
            io::ErrorKind::ConnectionRefused => ("ECONNREFUSED", -111),
            io::ErrorKind::NotFound => ("ENOENT", -2),
            io::ErrorKind::PermissionDenied => ("EACCES", -13),
            io::ErrorKind::TimedOut => ("ETIMEDOUT", -110),
            io::ErrorKind::HostUnreachable => ("EHOSTUNREACH", -113),
            io::ErrorKind::NetworkUnreachable => ("ENETUNREACH", -101),
            io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted | io::ErrorKind::UnexpectedEof => {
                ("ECONNRESET", -104)
            }
            io::ErrorKind::BrokenPipe => ("EPIPE", -32),
            _ => ("EIO", -5),
        };
        OpError::new(format!("connect {code} {place}")).code(code).with("errno", number).with("syscall", "connect")
    }

    pub(crate) fn word(&self) -> String {
        match self.properties.get("code").and_then(Value::as_str) {
            Some(code) => code.to_owned(),
            None => self.message.clone(),
        }
    }

    pub(crate) fn to_json(&self) -> String {
        let mut json = json!({ "message": self.message });
        if let Some(object) = json.as_object_mut() {
            object.extend(self.properties.clone());
        }
        json.to_string()
    }
}
