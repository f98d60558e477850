//! Listing users: one streaming statement on a connection of its own; the key only serves to resume.

use crosswalk_contract::{Batch, Batches, Cursor, Error, ErrorKind, Record, Result, canonical_integer};
use futures::{FutureExt, StreamExt, TryStreamExt, future};
use mysql_async::{Params, Row, Value, prelude::Queryable};
use serde_json::{Value as Json, json};

use crate::{
    connect::Purpose,
    failure::failure,
    schema::{Kind, Schema},
    store::Store,
    value::{record, weight},
    wire::{Trouble, Wire},
};

/// Rows of one batch.
const BATCH_ROWS: usize = 500;

/// A batch ends early once its rows weigh this much.
const BATCH_BYTES: usize = 4 << 20;

/// Every user, in the order of what identifies a row.
pub(crate) fn list_users(store: &Store, after: Option<Cursor>) -> Batches<'_> {
    async_stream::try_stream! {
        let schema = store.read(|session| future::ready(Ok(session.schema.clone())).boxed()).await?;
        let table = &store.table.table;
        let order = schema.identity(table)?;
        let names: Vec<&str> = order.iter().map(|term| term.column).collect();
        let start = match after {
            Some(cursor) => read_cursor(&cursor, &schema, &names).ok_or_else(|| bad_cursor(table))?,
            None => Vec::new(),
        };
        let mut columns = schema.reading(table)?;
        columns.extend(&names);
        let statement = crosswalk_sql::Table::new(&crate::dialect::MYSQL, &store.table)
            .page(&columns, &order, &start, u32::MAX);

        // Declared before the rows, so that it goes after them: a reader who leaves early closes the connection.
        let mut wire = Wire::new(store.connector.connect(Purpose::Listing).await?, std::time::Duration::MAX);
        let told = |error| failure(&Trouble::Said(error), store, Some(&schema));
        let conn = wire.for_listing();
        let mut rows = conn.exec_stream::<Row, _, _>(statement.sql, Params::from(statement.values)).await.map_err(told)?;
        let mut batch = Collected::default();
        while let Some(row) = rows.try_next().await.map_err(told)? {
            batch.add(&schema, row, table)?;
            if batch.is_full() {
                yield std::mem::take(&mut batch).finish();
            }
        }
        if !batch.records.is_empty() {
            yield batch.finish();
        }
    }
    .boxed()
}

#[derive(Default)]
struct Collected {
    records: Vec<Record>,
    bytes: usize,
    last: Vec<Value>,
}

impl Collected {
    fn add(&mut self, schema: &Schema, row: Row, table: &str) -> Result<()> {
        self.bytes += (0..row.len()).filter_map(|at| row.as_ref(at)).map(weight).sum::<usize>();
        let (record, key) = record(schema, row);
        if key.contains(&Value::NULL) {
            // Only a view can have one; a listing could not go on after it.
            return Err(Error::new(ErrorKind::Inconsistent, "a row of the view has no id").with("table", table));
        }
        self.records.push(record);
        self.last = key;
        Ok(())
    }

    fn is_full(&self) -> bool {
        self.records.len() >= BATCH_ROWS || self.bytes >= BATCH_BYTES
    }

    fn finish(self) -> Batch {
        Batch { records: self.records, resume: write_cursor(&self.last) }
    }
}

fn bad_cursor(table: &str) -> Error {
    Error::refused("bad_cursor", "the cursor was not made by this table as it is now")
        .with("table", table)
        .hint("start the listing from the beginning")
}

/// A JSON array with one entry per column of the key. What JSON cannot hold exactly is an object.
fn write_cursor(key: &[Value]) -> Cursor {
    let entries: Vec<Json> = key
        .iter()
        .map(|value| match value {
            Value::NULL => Json::Null,
            Value::Int(number) => json!(number),
            Value::UInt(number) => json!(number),
            Value::Float(number) => json!({ "float": number.to_bits() }),
            Value::Double(number) => json!({ "double": number.to_bits() }),
            Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
                Ok(text) => json!(text),
                Err(_) => json!({ "bytes": bytes }),
            },
            Value::Date(year, month, day, hour, minute, second, micros) => {
                json!({ "date": [year, month, day, hour, minute, second, micros] })
            }
            Value::Time(negative, days, hour, minute, second, micros) => {
                json!({ "time": [u8::from(*negative), days, hour, minute, second, micros] })
            }
        })
        .collect();
    Cursor(Json::from(entries).to_string())
}

fn read_cursor(cursor: &Cursor, schema: &Schema, names: &[&str]) -> Option<Vec<Value>> {
    let entries: Vec<Json> = serde_json::from_str(&cursor.0).ok()?;
    if entries.len() != names.len() {
        return None;
    }
    entries.iter().zip(names).map(|(entry, name)| value(entry, schema.find(name)?.kind)).collect()
}

fn value(entry: &Json, kind: Kind) -> Option<Value> {
    let parts = |value: &Json| -> Option<Vec<u32>> { serde_json::from_value(value.clone()).ok() };
    let byte = |part: u32| u8::try_from(part).ok();
    match entry {
        Json::Number(number) => number.as_i64().map(Value::Int).or(number.as_u64().map(Value::UInt)),
        Json::String(text) => match (kind, canonical_integer(text)) {
            // A decimal compared with text would be a binary floating-point number.
            (Kind::Decimal(..), Some(number)) => Some(Value::Int(number)),
            _ => Some(Value::from(text)),
        },
        Json::Object(object) => match object.iter().next()? {
            (name, bits) if name == "double" => bits.as_u64().map(|bits| Value::Double(f64::from_bits(bits))),
            (name, bits) if name == "float" => {
                bits.as_u64().and_then(|bits| u32::try_from(bits).ok()).map(|bits| Value::Float(f32::from_bits(bits)))
            }
            (name, bytes) if name == "bytes" => serde_json::from_value::<Vec<u8>>(bytes.clone()).ok().map(Value::Bytes),
            (name, date) if name == "date" => match parts(date)?[..] {
                [year, month, day, hour, minute, second, micros] => Some(Value::Date(
                    u16::try_from(year).ok()?,
                    byte(month)?,
                    byte(day)?,
                    byte(hour)?,
                    byte(minute)?,
                    byte(second)?,
                    micros,
                )),
                _ => None,
            },
            (name, time) if name == "time" => match parts(time)?[..] {
                [negative, days, hour, minute, second, micros] => {
                    Some(Value::Time(negative == 1, days, byte(hour)?, byte(minute)?, byte(second)?, micros))
                }
                _ => None,
            },
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn back(cursor: &Cursor) -> Option<Vec<Value>> {
        let entries: Vec<Json> = serde_json::from_str(&cursor.0).ok()?;
        entries.iter().map(|entry| value(entry, Kind::Other)).collect()
    }

    proptest! {
        #[test]
        fn a_cursor_reads_back_as_the_key_that_it_was_written_from(
            integer in any::<i64>(), large in (i64::MAX as u64 + 1)..=u64::MAX, real in any::<f64>(), single in any::<f32>(),
            text in any::<String>(), bytes in any::<Vec<u8>>(), date in any::<(u16, u8, u8, u8, u8, u8, u32)>(),
            time in any::<(bool, u32, u8, u8, u8, u32)>(),
        ) {
            let key = vec![
                Value::Int(integer),
                Value::UInt(large),
                Value::Double(if real.is_nan() { 0.5 } else { real }),
                Value::Float(if single.is_nan() { 0.5 } else { single }),
                Value::from(text),
                Value::Bytes(bytes),
                Value::Date(date.0, date.1, date.2, date.3, date.4, date.5, date.6),
                Value::Time(time.0, time.1, time.2, time.3, time.4, time.5),
            ];
            prop_assert_eq!(back(&write_cursor(&key)), Some(key));
        }

        #[test]
        fn a_foreign_cursor_is_refused_and_never_a_panic(text in ".*") {
            let _ = back(&Cursor(text));
        }
    }
}
