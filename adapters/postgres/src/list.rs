//! Listing users with one streaming statement on a connection of its own.
//!
//! The server sends rows as fast as they are read and no faster, so memory stays the same whatever the size of the
//! table. Only a listing that goes on after a cursor looks for a key.

use std::{pin::Pin, time::Duration};

use crosswalk_contract::{Batch, Batches, Cursor, Error, ErrorKind, Record, Result};
use crosswalk_sql::Statement;
use futures::{StreamExt, stream};
use tokio::time;
use tokio_postgres::{Row, RowStream};

use crate::{
    column::Column,
    connection::Connection,
    failure::Failure,
    parameter::Parameter,
    schema::Schema,
    store::{Session, Store},
    value::record,
};

/// How many rows a batch has, unless they are heavy or several share one key.
const BATCH_ROWS: usize = 500;

/// A batch ends early once its rows weigh this much: hundreds of rows with 16 MB of metadata each would fit nowhere.
const BATCH_BYTES: usize = 4 << 20;

/// The server may have to sort the whole table before the first row.
const PATIENCE: Duration = Duration::from_secs(120);

/// Every user, in the order of what identifies a row.
pub(crate) fn list_users(store: &Store, after: Option<Cursor>) -> Batches<'_> {
    let start = match after.map(|cursor| read_cursor(&cursor)) {
        None => Some(Vec::new()),
        Some(Some(key)) => Some(key),
        Some(None) => None,
    };
    let Some(after) = start else {
        let error = Error::refused("bad_cursor", "the cursor was not made by this store")
            .hint("start the listing from the beginning");
        return stream::iter([Err(error)]).boxed();
    };
    stream::try_unfold(State::Before(after), move |state| async move {
        let listing = match state {
            State::Before(after) => Listing::start(store, &after).await.map_err(|failure| store.told(failure))?,
            State::Running(listing) => listing,
            State::Done => return Ok(None),
        };
        listing.next(store).await.map_err(|failure| store.told(failure))
    })
    .boxed()
}

enum State {
    Before(Vec<String>),
    Running(Box<Listing>),
    Done,
}

/// A statement in progress. Dropped, it closes its connection and has the server stop.
struct Listing {
    rows: Pin<Box<RowStream>>,
    connection: Connection,
    session: Vocabulary,
    /// A row that was read and belongs to the next batch.
    ahead: Option<(Vec<String>, Row)>,
}

/// What is needed to read rows, without the session's borrows.
struct Vocabulary {
    schema: std::sync::Arc<Schema>,
    keys: usize,
}

impl Listing {
    async fn start(store: &Store, after: &[String]) -> Result<Box<Listing>, Failure> {
        // The table may have changed since it was last looked at; nothing has been sent yet, so that is found out first.
        match Listing::open(store, after).await {
            Err(failure) if store.is_mended(&failure) => Listing::open(store, after).await,
            other => other,
        }
    }

    async fn open(store: &Store, after: &[String]) -> Result<Box<Listing>, Failure> {
        let connection = store.dialer.dial().await?;
        connection.arm();
        let session = store.session(&connection).await?;
        let schema = session.schema.clone();
        let keys = schema.identity().count();
        let statement = statement(&session, after)?;
        // How long the whole takes is up to whoever reads it, not to the limit for one statement.
        connection.command("BEGIN READ ONLY; SET LOCAL statement_timeout = 0").await?;
        let rows = time::timeout(PATIENCE, connection.stream(&statement)).await.map_err(|_| Failure::Silent)??;
        Ok(Box::new(Listing { rows: Box::pin(rows), connection, session: Vocabulary { schema, keys }, ahead: None }))
    }

    async fn next(mut self: Box<Self>, store: &Store) -> Result<Option<(Batch, State)>, Failure> {
        let mut records: Vec<Record> = Vec::with_capacity(BATCH_ROWS);
        let mut last: Vec<String> = Vec::new();
        let mut bytes = 0;
        if let Some((key, row)) = self.ahead.take() {
            bytes += weight(&row);
            records.push(record(&self.session.schema.names, &row)?);
            last = key;
        }
        loop {
            let row = time::timeout(PATIENCE, self.rows.next()).await.map_err(|_| Failure::Silent)?;
            let Some(row) = row.transpose()? else {
                self.connection.disarm();
                let batch =
                    (!records.is_empty()).then(|| (Batch { records, resume: write_cursor(&last) }, State::Done));
                return Ok(batch);
            };
            let key = self.key(&row, store)?;
            let full = records.len() >= BATCH_ROWS || bytes >= BATCH_BYTES;
            // Rows with one key stay together: a cursor between them could not tell them apart.
            if full && key != last {
                self.ahead = Some((key, row));
                return Ok(Some((Batch { records, resume: write_cursor(&last) }, State::Running(self))));
            }
            bytes += weight(&row);
            records.push(record(&self.session.schema.names, &row)?);
            last = key;
        }
    }

    /// The row's key, which stands after the columns of the record.
    fn key(&self, row: &Row, store: &Store) -> Result<Vec<String>, Failure> {
        let first = self.session.schema.names.names().len();
        let mut key = Vec::with_capacity(self.session.keys);
        for index in first..first + self.session.keys {
            let Some(part) = row.try_get::<_, Option<String>>(index)? else {
                let table = &store.table.table;
                return Err(Error::new(ErrorKind::Inconsistent, "a row has no id").with("table", table).into());
            };
            key.push(part);
        }
        Ok(key)
    }
}

fn statement<'a>(session: &Session<'_>, after: &'a [String]) -> Result<Statement<Parameter<'a>>> {
    let table = &session.store.table.table;
    let order = session.schema.order(table)?;
    if !after.is_empty() && after.len() != order.len() {
        return Err(Error::refused("bad_cursor", "the cursor has another key than the table has now")
            .with("table", table)
            .hint("start the listing from the beginning"));
    }
    let mut list = session.schema.reading(table)?.to_owned();
    for key in session.schema.identity().map(Column::reading_text) {
        list.push_str(", ");
        list.push_str(&key);
    }
    let after: Vec<Parameter<'_>> = after.iter().map(|part| Parameter::borrowed(part)).collect();
    Ok(session.store.table().stream_list(&list, &order, &after))
}

/// The bytes of a row as they came.
fn weight(row: &Row) -> usize {
    row.raw_size_bytes()
}

/// A JSON array with the text of each column of the key.
fn write_cursor(key: &[String]) -> Cursor {
    Cursor(serde_json::Value::from(key).to_string())
}

fn read_cursor(cursor: &Cursor) -> Option<Vec<String>> {
    let key: Vec<String> = serde_json::from_str(&cursor.0).ok()?;
    (!key.is_empty() && key.iter().all(|part| !part.contains('\0'))).then_some(key)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_reads_back_as_the_key_that_it_was_written_from(key in prop::collection::vec("[^\0]*", 1..4)) {
            prop_assert_eq!(read_cursor(&write_cursor(&key)), Some(key));
        }

        #[test]
        fn a_foreign_cursor_is_refused_and_never_a_panic(text in ".*") {
            let _ = read_cursor(&Cursor(text));
        }
    }
}
