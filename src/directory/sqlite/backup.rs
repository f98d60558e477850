//! Backup while running, and restore: always whole files, never over somebody else's.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    time::Duration,
};

use crosswalk_contract::{Error, ErrorKind, Result};
use rusqlite::{
    Connection, OpenFlags,
    backup::{Backup, StepResult},
};
use tempfile::{NamedTempFile, TempPath};

use super::{
    error,
    open::{Whose, is_busy, not_a_directory, whose},
    schema,
};

/// Copies a directory as it is at this instant into a new file at `to`, by way of a temporary file beside it.
///
/// # Errors
/// `Conflict` where `to` exists and is not to be replaced, or is in use; `Inconsistent` where the copy is damaged.
pub(super) fn backup(source: &Connection, to: &Path, force: bool) -> Result<()> {
    make_way(to, force)?;
    let copy = copy(source, to)?;
    // Asked again: copying takes its time.
    make_way(to, force)?;
    put(copy, to, force)
}

/// See [`SqliteDirectory::restore`](super::SqliteDirectory::restore).
pub(super) fn restore(from: &Path, to: &Path, force: bool) -> Result<Option<PathBuf>> {
    match whose(from).map_err(|cause| unreadable(from, cause))? {
        Whose::Directory => {}
        Whose::Empty | Whose::Other => return Err(not_a_directory(from)),
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let source = Connection::open_with_flags(from, flags).map_err(error::sqlite)?;
    let copy = copy(&source, to)?;
    drop(source);

    let exists = to.try_exists().map_err(|cause| error::file("the directory cannot be reached:", to, cause))?;
    if !exists {
        // A log without its file belongs to nothing, and would be replayed into the restored file.
        put_companions_aside(to, &free_name(to)?)?;
        put(copy, to, false)?;
        return Ok(None);
    }
    make_way(to, force)?;
    let aside = free_name(to)?;
    put_companions_aside(to, &aside)?;
    fs::rename(to, &aside).map_err(|cause| error::file("the old directory cannot be put aside as", &aside, cause))?;
    put(copy, to, false)?;
    Ok(Some(aside))
}

/// Whoever restores has named the backup, and no folder is to be made for it.
fn unreadable(backup: &Path, cause: std::io::Error) -> Error {
    let error = error::file("the backup cannot be read:", backup, cause);
    if error.kind() != ErrorKind::Config {
        return error;
    }
    error.code("inexistent_backup").hint("name a file that `crosswalk directory backup` has made")
}

/// A checked, self-contained copy in the folder of `to`.
fn copy(source: &Connection, to: &Path) -> Result<TempPath> {
    let folder = folder(to);
    let part = tempfile::Builder::new()
        .prefix(".crosswalk-")
        .suffix(".part")
        .tempfile_in(folder)
        .map_err(|cause| error::file("no file can be made in", folder, cause))
        .map(NamedTempFile::into_temp_path)?;
    let mut target = Connection::open(&part).map_err(error::sqlite)?;
    {
        let backup = Backup::new(source, &mut target).map_err(error::sqlite)?;
        // In one step it is one snapshot, and writers go on meanwhile; in several, each write would begin it anew.
        for attempt in 0.. {
            match backup.step(-1).map_err(error::sqlite)? {
                StepResult::Done => break,
                StepResult::More => {}
                _ if attempt < 50 => std::thread::sleep(Duration::from_millis(100)),
                _ => {
                    return Err(Error::new(ErrorKind::Unavailable, "the directory is locked by another process")
                        .code("directory_locked")
                        .hint("try again when the other process has finished"));
                }
            }
        }
    }
    // Without a log of its own, the one file is everything.
    target.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).map_err(error::sqlite)?;
    check(&target)?;
    drop(target);
    File::open(&part).and_then(|file| file.sync_all()).map_err(|cause| error::file("cannot flush", &part, cause))?;
    Ok(part)
}

/// That a copy is sound and of a version this program knows.
fn check(copy: &Connection) -> Result<()> {
    let verdict: String = copy.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0)).map_err(error::sqlite)?;
    if verdict != "ok" {
        return Err(error::damaged());
    }
    match schema::version(copy)? {
        Some(version) => schema::refuse_newer(version),
        None => Err(error::damaged()),
    }
}

/// Makes sure that nobody has the old file open, and brings its log into it. A damaged file is let pass: it is why
/// people restore.
fn retire(path: &Path) -> Result<()> {
    let in_use = || {
        Error::new(ErrorKind::Conflict, format!("the directory {} is in use", path.display()))
            .code("directory_in_use")
            .hint("stop every process that has it open, then restore: what it still writes would be lost")
    };
    let old =
        match Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX) {
            Ok(old) => old,
            Err(_) => return Ok(()),
        };
    old.busy_timeout(Duration::from_millis(200)).map_err(error::sqlite)?;
    // Leaving the log mode needs the file for oneself.
    match old.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get::<_, String>(0)) {
        Ok(mode) if mode == "wal" => Err(in_use()),
        Ok(_) => Ok(()),
        Err(cause) if is_busy(&cause) => Err(in_use()),
        Err(_) => Ok(()),
    }
}

fn put_companions_aside(path: &Path, aside: &Path) -> Result<()> {
    for ending in ["-wal", "-shm", "-journal"] {
        let (old, new) = (with_ending(path, ending), with_ending(aside, ending));
        match fs::rename(&old, &new) {
            Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
                return Err(error::file("cannot be put aside:", &old, cause));
            }
            _ => {}
        }
    }
    Ok(())
}

fn put(part: TempPath, to: &Path, force: bool) -> Result<()> {
    let put = if force { part.persist(to) } else { part.persist_noclobber(to) };
    put.map_err(|failed| error::file("the file cannot be put in its place:", to, failed.error))?;
    // The name, too, is to survive a power cut.
    #[cfg(unix)]
    File::open(folder(to))
        .and_then(|folder| folder.sync_all())
        .map_err(|cause| error::file("cannot flush the folder of", to, cause))?;
    Ok(())
}

/// Makes sure that a file of that name, if there is one, may be replaced: it is a directory, and nobody has it open.
fn make_way(to: &Path, force: bool) -> Result<()> {
    match whose(to) {
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Ok(_) if !force => Err(Error::new(ErrorKind::Conflict, format!("{} exists", to.display()))
            .code("file_exists")
            .hint("choose another name, or force it")),
        Ok(Whose::Directory) => retire(to),
        Ok(Whose::Empty) => Ok(()),
        Ok(Whose::Other) => Err(not_a_directory(to)),
        Err(cause) => Err(error::file("the file cannot be read:", to, cause)),
    }
}

fn free_name(path: &Path) -> Result<PathBuf> {
    (1..10_000)
        .map(|number| with_ending(path, &format!(".before-restore-{number}")))
        .find(|name| !name.exists())
        .ok_or_else(|| {
            Error::new(ErrorKind::Conflict, "there are too many files of earlier restores")
                .hint("remove the `.before-restore-…` files that are not needed")
        })
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
