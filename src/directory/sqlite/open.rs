//! Opening the directory's file: whose file it is, permissions, and what SQLite is told about each connection.

use std::{
    fs::{File, OpenOptions},
    io::{ErrorKind as Io, Read},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use crosswalk_contract::{Error, ErrorKind, Result};
use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::error;

/// `XWLK`: what a directory's file says it is, so that nobody's legacy shop is taken for one.
pub(super) const APPLICATION_ID: i32 = 0x5857_4C4B;

/// How a directory is opened.
#[derive(Clone, Debug)]
pub struct SqliteOptions {
    /// Connections that read, from 1.
    pub readers: usize,
    /// How long a write waits for another process's lock.
    pub lock_timeout: Duration,
    /// The largest size that the file may grow to, in bytes; a write beyond is `Unavailable`. `None`: as far as the
    /// disk goes.
    pub max_bytes: Option<u64>,
    /// Make the file if there is none.
    pub create: bool,
    /// Tells the time for the lease that one process takes to migrate the schema.
    pub clock: fn() -> Timestamp,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        SqliteOptions {
            readers: 4,
            lock_timeout: Duration::from_secs(5),
            max_bytes: None,
            create: true,
            clock: Timestamp::now,
        }
    }
}

/// Where a directory is.
#[derive(Clone, Debug)]
pub(super) enum Place {
    File(PathBuf),
    /// A database of this process alone, by a name that SQLite shares between connections.
    Memory(String),
}

impl Place {
    /// A new place in memory.
    pub(super) fn memory() -> Place {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Place::Memory(format!("file:/crosswalk-directory-{number}?vfs=memdb"))
    }

    /// Makes sure that the file is there, is a directory's, and is nobody else's to read.
    pub(super) fn prepare(&self, create: bool) -> Result<()> {
        let Place::File(path) = self else { return Ok(()) };
        match whose(path) {
            Ok(Whose::Directory) => Ok(()),
            Ok(Whose::Empty) => Ok(()),
            Ok(Whose::Other) => Err(not_a_directory(path)),
            Err(cause) if cause.kind() == Io::NotFound && create => make(path),
            Err(cause) => Err(error::file("the directory cannot be opened:", path, cause)),
        }
    }

    /// A connection that reads and writes.
    pub(super) fn connect(&self, options: &SqliteOptions) -> Result<Connection> {
        let connection = match self {
            Place::File(path) => Connection::open_with_flags(path, FLAGS),
            Place::Memory(name) => Connection::open_with_flags(name, FLAGS | OpenFlags::SQLITE_OPEN_URI),
        }
        .map_err(error::sqlite)?;
        tell(&connection, options).map_err(error::sqlite)?;
        // SQLite opens what cannot be written for reading only, without a word.
        if connection.is_readonly(rusqlite::MAIN_DB).map_err(error::sqlite)? {
            return Err(error::read_only());
        }
        Ok(connection)
    }

    /// A connection that only reads.
    pub(super) fn connect_reader(&self, options: &SqliteOptions) -> Result<Connection> {
        let connection = self.connect(options)?;
        connection.pragma_update(None, "query_only", true).map_err(error::sqlite)?;
        Ok(connection)
    }

    /// Switches the file to a write-ahead log, which lets readers and the writer pass each other.
    pub(super) fn use_write_ahead_log(&self, connection: &Connection, options: &SqliteOptions) -> Result<()> {
        let Place::File(path) = self else { return Ok(()) };
        let started = Instant::now();
        let mode = loop {
            match connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get::<_, String>(0)) {
                // SQLite does not wait here by itself when another process opens the new file at the same time.
                Err(cause) if is_busy(&cause) && started.elapsed() < options.lock_timeout => {
                    thread::sleep(Duration::from_millis(10));
                }
                mode => break mode.map_err(error::sqlite)?,
            }
        };
        if mode == "wal" {
            return Ok(());
        }
        Err(Error::new(
            ErrorKind::Config,
            format!("the directory {} cannot have a write-ahead log, it stays in mode `{mode}`", path.display()),
        )
        .hint("put it on a local disk; network file systems do not have what SQLite needs"))
    }
}

const FLAGS: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

fn tell(connection: &Connection, options: &SqliteOptions) -> rusqlite::Result<()> {
    connection.busy_timeout(options.lock_timeout)?;
    connection.set_prepared_statement_cache_capacity(64);
    // FULL: a commit is on the disk when it returns. NORMAL could lose the last ones with the power.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    // What is deleted is overwritten: a person who was erased is not to be found in the file's free pages.
    connection.query_row("PRAGMA secure_delete = ON", [], |_| Ok(()))?;
    // A large change leaves no large log behind.
    connection.query_row("PRAGMA journal_size_limit = 67108864", [], |_| Ok(()))?;
    if let Some(bytes) = options.max_bytes {
        let page: u32 = connection.query_row("PRAGMA page_size", [], |row| row.get(0))?;
        let pages = (bytes / u64::from(page.max(1))).clamp(1, u64::from(u32::MAX - 1));
        connection.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
    }
    Ok(())
}

/// Whether another connection is in the way.
pub(super) fn is_busy(cause: &rusqlite::Error) -> bool {
    matches!(cause.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
}

/// Whose file it is, by its first bytes. The file is not opened as a database: somebody's legacy store must not be
/// touched, not even its log.
pub(super) enum Whose {
    /// A directory's.
    Directory,
    /// Nobody's yet.
    Empty,
    /// Somebody's.
    Other,
}

/// See [`Whose`].
pub(super) fn whose(path: &Path) -> std::io::Result<Whose> {
    let mut head = Vec::with_capacity(100);
    File::open(path)?.take(100).read_to_end(&mut head)?;
    // https://sqlite.org/fileformat2.html#the_database_header: the magic text, and the application id at byte 68.
    let ours = head.starts_with(b"SQLite format 3\0") && head.get(68..72) == Some(&APPLICATION_ID.to_be_bytes());
    Ok(match (head.is_empty(), ours) {
        (true, _) => Whose::Empty,
        (false, true) => Whose::Directory,
        (false, false) => Whose::Other,
    })
}

/// The refusal to open somebody else's file.
pub(super) fn not_a_directory(path: &Path) -> Error {
    Error::new(ErrorKind::Config, format!("{} is not a Crosswalk directory", path.display()))
        .code("not_a_directory")
        .hint("it was left as it is; give the path of a directory, or of a file that is not there yet")
}

fn make(path: &Path) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        // Another process was faster.
        Err(cause) if cause.kind() == Io::AlreadyExists => Ok(()),
        Err(cause) => Err(error::file("the directory cannot be made:", path, cause)),
    }
}
