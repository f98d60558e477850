//! The directory in one SQLite file: one writer with group commit, readers that never wait for it.

mod backup;
mod db;
mod error;
mod open;
mod readers;
mod schema;
#[cfg(test)]
mod tests;
mod writer;

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use crosswalk_contract::{Error, ErrorKind, Result};

pub use self::open::SqliteOptions;
use self::{open::Place, readers::Readers, writer::Writer};
use super::sql::{Backend, Db};

/// A [`Directory`] in one SQLite file. Several processes may have it open.
pub struct SqliteDirectory {
    writer: Writer,
    readers: Readers,
    place: Place,
    options: SqliteOptions,
}

impl SqliteDirectory {
    /// Opens the directory, makes it if there is none (readable by its owner alone), and brings its schema up to date.
    /// Waits for the disk: call it before the server serves, or on a blocking thread.
    ///
    /// # Errors
    /// `Config`: the file is not a directory (`not_a_directory`; it is left as it is), its schema is newer
    /// (`directory_newer`), its folder is missing, its file system does not do. `Unavailable`: locked, not permitted.
    pub fn open(path: impl AsRef<Path>, options: SqliteOptions) -> Result<SqliteDirectory> {
        let place = Place::File(path.as_ref().to_owned());
        let what = path.as_ref().display().to_string();
        SqliteDirectory::start(place, options).map_err(|error| error.with("directory", what))
    }

    /// A directory that lives as long as this value, for tests and trials.
    ///
    /// # Errors
    /// As [`SqliteDirectory::open`].
    pub fn in_memory() -> Result<SqliteDirectory> {
        SqliteDirectory::start(Place::memory(), SqliteOptions { readers: 1, ..SqliteOptions::default() })
    }

    fn start(place: Place, options: SqliteOptions) -> Result<SqliteDirectory> {
        place.prepare(options.create)?;
        let mut connection = place.connect(&options)?;
        schema::claim(&mut connection)?;
        place.use_write_ahead_log(&connection, &options)?;
        schema::migrate(&mut connection, &options)?;
        let readers = (0..options.readers.max(1)).map(|_| place.connect_reader(&options)).collect::<Result<_>>()?;
        Ok(SqliteDirectory {
            writer: Writer::start(connection, options.lock_timeout)?,
            readers: Readers::new(readers),
            place,
            options,
        })
    }

    /// Copies the directory, as it is at this instant, to a new file that is complete by itself. Reading and writing go
    /// on meanwhile. The file appears under its name only when it is whole and on the disk.
    ///
    /// # Errors
    /// `Conflict`: `to` exists and `force` is not given (`file_exists`), or is a directory that is open, such as this
    /// one (`directory_in_use`). `Config`: `to` is somebody else's file.
    pub async fn backup(&self, to: &Path, force: bool) -> Result<()> {
        self.writer.write(|_| Ok(())).await?;
        let (place, options, to) = (self.place.clone(), self.options.clone(), to.to_owned());
        blocking(move || backup::backup(&place.connect_reader(&options)?, &to, force)).await
    }

    /// Puts a backup in the place of the directory `to`, after it was found sound and of a known schema. An old file is
    /// kept beside it; its new name is returned. Waits for the disk.
    ///
    /// # Errors
    /// `Conflict`: `to` exists and `force` is not given (`file_exists`), or a process has it open (`directory_in_use`,
    /// whatever `force` says: its writes would be lost). `Config`: one of the two is not a directory, or the backup is
    /// of a newer schema. `Inconsistent`: the backup is damaged.
    pub fn restore(from: &Path, to: &Path, force: bool) -> Result<Option<PathBuf>> {
        backup::restore(from, to, force)
    }
}

impl std::fmt::Debug for SqliteDirectory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SqliteDirectory").field("place", &self.place).finish_non_exhaustive()
    }
}

#[async_trait]
impl Backend for SqliteDirectory {
    async fn read<T: Send + 'static>(
        &self,
        work: impl for<'d> FnOnce(&'d dyn Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.readers.read(|connection| work(connection)).await
    }

    async fn glance<T: Send + 'static>(
        &self,
        work: impl for<'d> FnOnce(&'d dyn Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.readers.glance(|connection| work(connection)).await
    }

    async fn write<T: Send + 'static>(
        &self,
        mut work: impl for<'d> FnMut(&'d dyn Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writer.write(move |connection| work(connection)).await
    }

    async fn write_with_others<T: Send + 'static>(
        &self,
        mut work: impl for<'d> FnMut(&'d dyn Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.writer.write_with_others(move |connection| work(connection)).await
    }

    async fn forget_erased(&self) {
        // The log still holds old pages of the person's rows. If a reader is in the way, they go with the next one.
        let _ = self.writer.checkpoint().await;
    }

    async fn shut(&self) -> Result<()> {
        self.writer.close().await;
        self.readers.close();
        Ok(())
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|cause| {
        Error::new(ErrorKind::Unexpected, "a file operation of the directory broke down")
            .with("cancelled", cause.is_cancelled())
    })?
}
