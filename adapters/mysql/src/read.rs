//! Finding one user.

use crosswalk_contract::{Error, ErrorKind, Key, Record, Result};
use crosswalk_sql::Criterion;
use mysql_async::Row;

use crate::{
    key::{Criteria, criteria},
    store::Session,
    value::record,
};

/// Whether a row that is read is locked until the transaction ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lock {
    No,
    /// Others cannot write it, and it is read as it is now.
    Write,
}

impl Session<'_> {
    /// The one user with that key.
    pub(crate) async fn get_user(&mut self, key: &Key) -> Result<Option<Record>> {
        let schema = self.schema.clone();
        let columns = schema.reading(&self.store.table.table)?;
        match criteria(self.store, &schema, key)? {
            Some(by) => Ok(self.only(&columns, &by, Lock::No).await?.map(|row| record(&schema, row).0)),
            None => Ok(None),
        }
    }

    /// The only row that fulfils the criteria, or none.
    ///
    /// # Errors
    /// `Inconsistent` where there are two: never the first row.
    pub(crate) async fn only(&mut self, columns: &[&str], by: &Criteria<'_>, lock: Lock) -> Result<Option<Row>> {
        let mut statement = self.table().select(columns, by, 2);
        if lock == Lock::Write {
            statement.sql.push_str(" FOR UPDATE");
        }
        let mut rows = self.rows(statement).await?;
        match rows.len() {
            0 | 1 => Ok(rows.pop()),
            _ => Err(self.two_rows(by)),
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
