//! Listing users page by page, each page strictly above the one before.

use async_stream::try_stream;
use async_trait::async_trait;
use crosswalk_contract::{Batch, Batches, Cursor, Error, ErrorKind, Field, Record, Result};
use crosswalk_sql::Dialect;
use futures::StreamExt;
use serde_json::Value;

use crate::{Driver, ListQuery, Query, QueryAdapter, Session, Values, Work, adapter::compiled, read::Lookups};

/// How many users a page has.
pub(crate) const PAGE: usize = 500;

/// The query for a page.
pub(crate) struct Page {
    query: Query,
    key: Vec<String>,
    start: Vec<Field>,
}

/// One page after that key.
pub(crate) struct ReadPage<'p> {
    pub(crate) page: &'p Page,
    pub(crate) lookups: &'p Lookups,
    pub(crate) after: &'p [Field],
    pub(crate) limit: usize,
}

/// Users with the key of the last one.
pub(crate) type Users = (Vec<Record>, Vec<Field>);

/// Every user, in the order of the query's key.
pub(crate) fn list_users<D: Driver>(adapter: &QueryAdapter<D>, after: Option<Cursor>) -> Batches<'_> {
    try_stream! {
        let Some(page) = &adapter.queries.list else { return };
        let mut after = match after {
            Some(cursor) => page.read_cursor(&cursor)?,
            None => page.start.clone(),
        };
        loop {
            let work = ReadPage { page, lookups: &adapter.queries.lookups, after: &after, limit: PAGE };
            let Some((records, last)) = adapter.driver.read(&work).await? else { break };
            yield Batch { records, resume: write_cursor(&last) };
            after = last;
        }
    }
    .boxed()
}

#[async_trait]
impl Work for ReadPage<'_> {
    type Answer = Option<Users>;

    async fn run(&self, session: &mut dyn Session) -> Result<Option<Users>> {
        let mut values = Values::default();
        values.set("limit", Field::I64(i64::try_from(self.limit).unwrap_or(i64::MAX)));
        for (column, value) in self.page.key.iter().zip(self.after) {
            values.set(self.page.parameter(column), value.clone());
        }
        let rows = session.rows(&self.page.query, &values).await?;
        let mut last = self.after.to_vec();
        let mut users = Vec::with_capacity(rows.len());
        for row in rows {
            let key = self.page.key_of(&row)?;
            // In circles a listing would never end, and a key that two rows have would hide one of them.
            if key == last {
                return Err(not_rising());
            }
            last = key;
            users.push(self.lookups.completed(session, row).await?);
        }
        Ok((!users.is_empty()).then_some((users, last)))
    }
}

impl Page {
    pub(crate) fn new(given: &ListQuery, sql: &str, dialect: &Dialect) -> Result<Page> {
        Ok(Page {
            query: compiled("list", sql, dialect)?,
            key: given.key.clone(),
            start: given.start.iter().map(field).collect(),
        })
    }

    pub(crate) fn start(&self) -> &[Field] {
        &self.start
    }

    /// The values of the key in a row.
    pub(crate) fn key_of(&self, row: &Record) -> Result<Vec<Field>> {
        let part = |column: &String| match row.get(column) {
            Some(Field::Null) => Err(Error::new(ErrorKind::Inconsistent, "a row of the listing has no key")
                .with("query", "list")
                .with("field", column)),
            Some(field) => Ok(field.clone()),
            None => Err(Error::new(ErrorKind::Config, format!("the query returns no column {column}"))
                .with("query", "list")
                .hint("let it return every column of its key, by its name")),
        };
        self.key.iter().map(part).collect()
    }

    fn parameter(&self, column: &str) -> String {
        if self.key.len() == 1 { "after".to_owned() } else { format!("after_{column}") }
    }

    fn read_cursor(&self, cursor: &Cursor) -> Result<Vec<Field>> {
        let values: Option<Vec<Value>> = serde_json::from_str(&cursor.0).ok();
        let fit = |values: &Vec<Value>| values.len() == self.key.len() && values.iter().all(|it| !it.is_null());
        values.filter(fit).map(|values| values.iter().map(field).collect()).ok_or_else(|| {
            Error::refused("bad_cursor", "the cursor was not made by this query")
                .hint("start the listing from the beginning")
        })
    }
}

/// Two rows have one key, or a page does not begin after the one before.
pub(crate) fn not_rising() -> Error {
    Error::new(ErrorKind::Inconsistent, "the listing does not strictly rise by its key")
        .with("query", "list")
        .hint("order by `key`, take only rows above `:after`, and let the query return one row for each user")
}

fn field(value: &Value) -> Field {
    match value {
        Value::Number(number) => {
            number.as_i64().map(Field::I64).or(number.as_u64().map(Field::U64)).unwrap_or(Field::Null)
        }
        Value::String(text) => Field::Text(text.clone()),
        _ => Field::Null,
    }
}

/// Whole numbers as they are, everything else as its text.
fn write_cursor(key: &[Field]) -> Cursor {
    let part = |field: &Field| match field {
        Field::I64(number) => Value::from(*number),
        Field::U64(number) => Value::from(*number),
        Field::Text(text) | Field::Decimal(text) | Field::Json(text) => Value::from(text.as_str()),
        Field::Bytes(bytes) => Value::from(String::from_utf8_lossy(bytes).into_owned()),
        _ => Value::Null,
    };
    Cursor(Value::from_iter(key.iter().map(part)).to_string())
}
