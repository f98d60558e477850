//! Finding one user.

use crosswalk_contract::{Error, ErrorKind, Key, Record, Result};
use crosswalk_sql::Criterion;
use tokio_postgres::Row;

use crate::{
    failure::Failure,
    key::{Criteria, criteria},
    store::{Session, Work},
    value::record,
};

/// The one user with that key.
pub(crate) struct GetOne<'k> {
    pub(crate) key: &'k Key,
}

impl Work for GetOne<'_> {
    type Answer = Option<Record>;

    async fn run(&self, session: &Session<'_>) -> Result<Option<Record>, Failure> {
        let schema = &session.schema;
        let list = schema.reading(&session.store.table.table)?;
        let Some(by) = criteria(session.store, schema, self.key)? else { return Ok(None) };
        match session.only(list, &by, "").await? {
            Some(row) => Ok(Some(record(&schema.names, &row)?)),
            None => Ok(None),
        }
    }
}

impl Session<'_> {
    /// The only row that fulfils the criteria, or none; `lock` ends the statement (` FOR UPDATE`).
    ///
    /// # Errors
    /// `Inconsistent` where there are two: never the first row.
    pub(crate) async fn only(&self, list: &str, by: &Criteria<'_>, lock: &str) -> Result<Option<Row>, Failure> {
        let mut statement = self.store.table().select_list(list, by, 2);
        statement.sql.push_str(lock);
        let mut rows = self.connection.query(&statement).await?.into_iter();
        match (rows.next(), rows.next()) {
            (Some(_), Some(_)) => Err(self.two_rows(by).into()),
            (first, _) => Ok(first),
        }
    }

    /// Two rows have what should be one row's own.
    pub(crate) fn two_rows(&self, by: &Criteria<'_>) -> Error {
        let mut columns: Vec<&str> = by.iter().map(column).collect();
        columns.dedup();
        Error::new(ErrorKind::Inconsistent, "two rows have the same identifier")
            .code("two_rows")
            .with("table", &self.store.table.table)
            .with("field", columns.join(", "))
            .hint("remove one of them, or look users up by something that is unique")
    }
}

/// The column that a criterion is about.
pub(crate) fn column<'c, V>(criterion: &Criterion<'c, V>) -> &'c str {
    match criterion {
        Criterion::Equal(column, _)
        | Criterion::OneOf(column, _)
        | Criterion::SameBytes(column, _)
        | Criterion::Folded(column, _)
        | Criterion::NotDistinct(column, _)
        | Criterion::Matching(column, ..) => column,
    }
}
