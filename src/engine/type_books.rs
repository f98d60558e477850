//! The live type book of a connection: loaded once, taught after each write, saved where other processes see it.

use std::sync::Arc;

use crosswalk_contract::{Error, ErrorKind, Result};
use tokio::sync::RwLock;
use tracing::warn;

use super::{Connection, Engine, Inner};
use crate::{
    policy::{TypeBook, TypesMode},
    profile::{Change, Container},
};

/// A connection's type book in memory.
#[derive(Default)]
pub(super) struct LiveTypeBook {
    book: RwLock<Option<Arc<TypeBook>>>,
}

impl Engine {
    /// The type book of a connection as the directory has it.
    ///
    /// # Errors
    /// Those of the directory.
    pub async fn type_book(&self, connection: &str) -> Result<Arc<TypeBook>> {
        let connection = self.inner.connection(connection)?;
        connection.types.load(&self.inner, connection).await
    }

    /// Replaces the type book, after it has been built from existing data.
    ///
    /// # Errors
    /// Those of the directory.
    pub async fn set_type_book(&self, connection: &str, book: TypeBook) -> Result<()> {
        let connection = self.inner.connection(connection)?;
        let mut live = connection.types.book.write().await;
        loop {
            let revision = self.inner.directory.type_book(connection.name()).await?.map(|stored| stored.revision);
            match self.inner.directory.save_type_book(connection.name(), &json(&book)?, revision).await {
                Ok(_) => {
                    *live = Some(Arc::new(book));
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl LiveTypeBook {
    /// The book; an empty one where types are not looked at.
    pub(super) async fn load(&self, inner: &Inner, connection: &Connection) -> Result<Arc<TypeBook>> {
        if connection.policy().types == TypesMode::Off {
            return Ok(Arc::default());
        }
        if let Some(book) = &*self.book.read().await {
            return Ok(book.clone());
        }
        let mut live = self.book.write().await;
        let book = Arc::new(stored(inner, connection).await?.0);
        *live = Some(book.clone());
        Ok(book)
    }

    /// Learns the fields that a write has introduced. The write stands whether or not this works.
    pub(super) async fn learn(&self, inner: &Inner, connection: &Connection, change: &Change) {
        if connection.policy().types == TypesMode::Off {
            return;
        }
        if let Err(error) = self.try_learn(inner, connection, change).await {
            warn!(connection = connection.name(), %error, "the type book could not be kept up");
        }
    }

    async fn try_learn(&self, inner: &Inner, connection: &Connection, change: &Change) -> Result<()> {
        let current = self.load(inner, connection).await?;
        if taught(&current, change).is_none() {
            return Ok(());
        }
        let mut live = self.book.write().await;
        loop {
            let (current, revision) = stored(inner, connection).await?;
            let Some(book) = taught(&current, change) else {
                // Another process has learnt the same meanwhile.
                *live = Some(Arc::new(current));
                return Ok(());
            };
            match inner.directory.save_type_book(connection.name(), &json(&book)?, revision).await {
                Ok(_) => {
                    *live = Some(Arc::new(book));
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::Conflict => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// The book with the change's new fields; `None` where there are none.
fn taught(book: &TypeBook, change: &Change) -> Option<TypeBook> {
    let mut taught = book.clone();
    let mut changed = false;
    for container in Container::ALL {
        for (key, value) in change.container(container).into_iter().flat_map(|part| &part.set) {
            changed |= taught.learn(container, key, value.get());
        }
    }
    changed.then_some(taught)
}

async fn stored(inner: &Inner, connection: &Connection) -> Result<(TypeBook, Option<u64>)> {
    match inner.directory.type_book(connection.name()).await? {
        None => Ok((TypeBook::default(), None)),
        Some(stored) => {
            let book = serde_json::from_str(&stored.json).map_err(|error| {
                Error::new(ErrorKind::Inconsistent, "the directory's type book cannot be read")
                    .with("connection", connection.name())
                    .source(error)
                    .hint("build it anew with `crosswalk types`")
            })?;
            Ok((book, Some(stored.revision)))
        }
    }
}

fn json(book: &TypeBook) -> Result<String> {
    serde_json::to_string(book)
        .map_err(|error| Error::new(ErrorKind::Unexpected, "a type book cannot be written as JSON").source(error))
}
