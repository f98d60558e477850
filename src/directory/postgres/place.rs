//! Where the directory is, and connections at rest.

use std::{
    fmt,
    path::Path,
    sync::{Mutex, PoisonError},
};

use crosswalk_contract::{Error, ErrorKind, Result};
use crosswalk_postgres::Server;
use tokio::runtime::Handle;

use super::{PostgresOptions, db::Session};

/// A schema on a server.
pub(super) struct Place {
    server: Server,
    schema: String,
    handle: Handle,
    /// Connections that read and have nothing to do.
    resting: Mutex<Vec<Session>>,
}

impl Place {
    pub(super) fn new(options: &PostgresOptions, dir: &Path, handle: Handle) -> Result<Place> {
        let name = &options.schema;
        let is_name = !name.is_empty() && name.len() <= 63 && !name.contains('\0');
        if !is_name {
            return Err(Error::new(ErrorKind::Config, "the schema of the directory needs a name of 1 to 63 bytes"));
        }
        let server = Server::new(&options.url, options.tls.as_ref(), options.statement_timeout, dir)?;
        Ok(Place { server, schema: name.clone(), handle, resting: Mutex::default() })
    }

    /// The schema's name as an identifier.
    pub(super) fn schema(&self) -> String {
        format!("\"{}\"", self.schema.replace('"', "\"\""))
    }

    /// A new connection on which the schema's tables have their bare names.
    ///
    /// # Errors
    /// `Unavailable` where no host answers, `Config` where one refuses the user or the database.
    pub(super) fn connect(&self) -> Result<Session> {
        let session = Session::new(self.handle.block_on(self.server.connect())?, self.handle.clone());
        session.command(&format!("SET search_path TO {}", self.schema()))?;
        Ok(session)
    }

    /// A connection in a snapshot. One that died at rest is replaced.
    ///
    /// # Errors
    /// As [`Place::connect`].
    pub(super) fn snapshot(&self) -> Result<Session> {
        const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        loop {
            // The lock is not held while the server is waited for.
            let Some(session) = self.resting().pop() else { break };
            if !session.is_closed() && session.begin(BEGIN).is_ok() {
                return Ok(session);
            }
        }
        let session = self.connect()?;
        session.begin(BEGIN)?;
        Ok(session)
    }

    /// Keeps a connection for the next read.
    pub(super) fn keep(&self, session: Session) {
        self.resting().push(session);
    }

    /// Closes what is at rest.
    pub(super) fn forget(&self) {
        self.resting().clear();
    }

    fn resting(&self) -> std::sync::MutexGuard<'_, Vec<Session>> {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("server", &self.server).field("schema", &self.schema).finish_non_exhaustive()
    }
}
