//! The file: opening it without ever making it, and noticing that it went away or was replaced.
//!
//! Only SQLite itself opens it. Another open and close of the same file in this process would drop SQLite's locks
//! (POSIX advisory locks belong to the process), so everything else here is `stat`.

use std::{
    fs::{self, Metadata},
    io,
    path::Path,
};

use crosswalk_contract::{Error, ErrorKind, Result};
use rusqlite::{Connection, OpenFlags, config::DbConfig};

use crate::{dialect::add_functions, failure::failure, store::Store};

/// A connection and the file that it was opened on.
#[derive(Debug)]
pub(crate) struct OpenFile {
    pub(crate) connection: Connection,
    pub(crate) identity: Identity,
}

/// What makes a file the same file. A connection keeps its file open, so the number is not given to another meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    device: u64,
    number: u64,
}

impl OpenFile {
    /// Takes the connection back into use if its file is still the one at the path, else opens the one that is there.
    pub(crate) fn fresh(old: Option<OpenFile>, store: &Store) -> Result<OpenFile> {
        let identity = identity(&store.path)?;
        match old {
            Some(open) if open.identity == identity => Ok(open),
            _ => OpenFile::open(store, identity),
        }
    }

    fn open(store: &Store, before: Identity) -> Result<OpenFile> {
        let access =
            if store.table.read_only { OpenFlags::SQLITE_OPEN_READ_ONLY } else { OpenFlags::SQLITE_OPEN_READ_WRITE };
        // One thread uses a connection at a time, so SQLite need not lock it.
        let connection = Connection::open_with_flags(&store.path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)
            .and_then(|connection| {
                connection.busy_timeout(store.busy_timeout)?;
                connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, store.foreign_keys)?;
                connection.set_prepared_statement_cache_capacity(64);
                add_functions(&connection)?;
                Ok(connection)
            })
            .map_err(|error| failure(&error, store))?;
        let identity = identity(&store.path)?;
        if identity != before {
            return Err(Error::new(ErrorKind::Unavailable, "the database file was replaced while it was being opened")
                .with("file", store.path.display())
                .hint("try again"));
        }
        Ok(OpenFile { connection, identity })
    }
}

fn identity(path: &Path) -> Result<Identity> {
    let metadata = fs::metadata(path).map_err(|error| not_there(path, error))?;
    if !metadata.is_file() {
        return Err(Error::new(ErrorKind::Config, "the path of the database is not a file")
            .with("file", path.display())
            .hint("correct `path` in the settings of the store"));
    }
    Ok(numbers(&metadata))
}

fn not_there(path: &Path, error: io::Error) -> Error {
    let (message, hint) = match error.kind() {
        io::ErrorKind::NotFound => {
            ("the database file is not there", "check `path` in the settings of the store; the file is never made here")
        }
        io::ErrorKind::PermissionDenied => {
            ("the database file may not be reached", "give this process the right to its folder")
        }
        _ => ("the database file cannot be reached", "check the disk or the network mount that it lies on"),
    };
    Error::new(ErrorKind::Unavailable, message).with("file", path.display()).source(error).hint(hint)
}

#[cfg(unix)]
fn numbers(metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt;
    Identity { device: metadata.dev(), number: metadata.ino() }
}

/// Where there are no such numbers, a replaced file is recognised by the time it was made.
#[cfg(not(unix))]
fn numbers(metadata: &Metadata) -> Identity {
    let made = metadata.created().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    Identity { device: 0, number: made.map_or(0, |time| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)) }
}
