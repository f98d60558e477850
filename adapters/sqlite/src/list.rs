//! Listing users in pages, each its own short read.
//!
//! Not one streaming statement: while it runs, no writer could commit to a file with a rollback journal, which is what
//! legacy files have, and the application that owns the file would be locked out for as long as the listing takes. A
//! page by key is as fast here, since there is no network between.

use std::sync::Arc;

use crosswalk_contract::{Batch, Batches, Cursor, Error, ErrorKind, Record, Result};
use futures::{StreamExt, stream};
use rusqlite::params_from_iter;
use serde_json::{Value, json};

use crate::{
    read::record,
    store::{Intent, Session, Store},
    value::{Parameter, Stored, weight},
};

/// The most rows of one page.
const PAGE_ROWS: u32 = 1_000;

/// A page ends early once its rows weigh this much: a thousand rows with 16 MB of metadata each would not fit anywhere.
const PAGE_BYTES: usize = 4 << 20;

/// Every user, in the order of what identifies a row.
pub(crate) fn list_users(store: &Arc<Store>, after: Option<Cursor>) -> Batches<'_> {
    let start = match after.map(|cursor| read_cursor(&cursor)) {
        None => Some(Vec::new()),
        Some(Some(key)) => Some(key),
        Some(None) => {
            let error = Error::refused("bad_cursor", "the cursor was not made by this store")
                .hint("start the listing from the beginning");
            return stream::iter([Err(error)]).boxed();
        }
    };
    stream::try_unfold(start, move |after| async move {
        let Some(after) = after else { return Ok(None) };
        let page = store.run(Intent::Read, move |session| session.page(&after)).await?;
        let Some(last) = page.last else { return Ok(None) };
        let batch = Batch { records: page.records, resume: write_cursor(&last) };
        Ok(Some((batch, page.more.then_some(last))))
    })
    .boxed()
}

struct Page {
    records: Vec<Record>,
    /// The key of the last row.
    last: Option<Vec<Stored>>,
    more: bool,
}

impl Session<'_> {
    fn page(&self, after: &[Stored]) -> Result<Page> {
        let schema = self.schema()?;
        let table = &self.store.table.table;
        let order = schema.identity(table)?;
        if !after.is_empty() && after.len() != order.len() {
            return Err(Error::refused("bad_cursor", "the cursor has another key than the table has now")
                .with("table", table)
                .hint("start the listing from the beginning"));
        }
        let mut columns = schema.reading(table)?;
        let width = columns.len();
        columns.extend(order.iter().map(|term| term.column));
        let after: Vec<Parameter<'_>> = after.iter().map(Stored::parameter).collect();
        let statement = self.table().page(&columns, &order, &after, PAGE_ROWS);
        let mut prepared = self.prepared(&statement.sql)?;
        let mut rows = prepared.query(params_from_iter(statement.values)).map_err(|error| self.failure(&error))?;

        let mut page = Page { records: Vec::new(), last: None, more: false };
        let mut bytes = 0;
        while let Some(row) = rows.next().map_err(|error| self.failure(&error))? {
            let read = || -> rusqlite::Result<(Record, Vec<Stored>, usize)> {
                let key: rusqlite::Result<Vec<Stored>> =
                    (width..columns.len()).map(|at| Ok(row.get_ref(at)?.into())).collect();
                let weights: rusqlite::Result<Vec<usize>> = (0..width).map(|at| Ok(weight(row.get_ref(at)?))).collect();
                Ok((record(&schema, row)?, key?, weights?.iter().sum()))
            };
            let (record, key, weight) = read().map_err(|error| self.failure(&error))?;
            if key.contains(&Stored::Null) {
                // Only a view can have one; a listing could not go on after it.
                return Err(Error::new(ErrorKind::Inconsistent, "a row of the view has no id").with("table", table));
            }
            page.records.push(record);
            page.last = Some(key);
            bytes += weight;
            if bytes >= PAGE_BYTES || page.records.len() >= PAGE_ROWS as usize {
                page.more = true;
                break;
            }
        }
        Ok(page)
    }
}

/// A JSON array with one entry per column of the key. What JSON cannot hold exactly is an object with its bits.
fn write_cursor(key: &[Stored]) -> Cursor {
    let entries: Vec<Value> = key
        .iter()
        .map(|value| match value {
            Stored::Null => Value::Null,
            Stored::Integer(number) => json!(number),
            Stored::Real(number) => json!({ "real": number.to_bits() }),
            Stored::Text(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => json!(text),
                Err(_) => json!({ "text": bytes }),
            },
            Stored::Blob(bytes) => json!({ "blob": bytes }),
        })
        .collect();
    Cursor(Value::from(entries).to_string())
}

fn read_cursor(cursor: &Cursor) -> Option<Vec<Stored>> {
    let entries: Vec<Value> = serde_json::from_str(&cursor.0).ok()?;
    let bytes = |value: &Value| -> Option<Vec<u8>> { serde_json::from_value(value.clone()).ok() };
    let key: Option<Vec<Stored>> = entries
        .iter()
        .map(|entry| match entry {
            Value::Number(number) => number.as_i64().map(Stored::Integer),
            Value::String(text) => Some(Stored::Text(text.clone().into_bytes())),
            Value::Object(object) => match object.iter().next()? {
                (name, bits) if name == "real" => bits.as_u64().map(|bits| Stored::Real(f64::from_bits(bits))),
                (name, value) if name == "text" => bytes(value).map(Stored::Text),
                (name, value) if name == "blob" => bytes(value).map(Stored::Blob),
                _ => None,
            },
            _ => None,
        })
        .collect();
    key.filter(|key| !key.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cursor_reads_back_as_the_key_that_it_was_written_from(
            integer in any::<i64>(), real in any::<f64>(), text in any::<String>(), bytes in any::<Vec<u8>>(),
        ) {
            let real = if real.is_nan() { 0.5 } else { real };
            let key = vec![
                Stored::Integer(integer),
                Stored::Real(real),
                Stored::Text(text.into_bytes()),
                Stored::Text(bytes.clone()),
                Stored::Blob(bytes),
            ];
            prop_assert_eq!(read_cursor(&write_cursor(&key)), Some(key));
        }

        #[test]
        fn a_foreign_cursor_is_refused_and_never_a_panic(text in ".*") {
            let _ = read_cursor(&Cursor(text));
        }
    }
}
