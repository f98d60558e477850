//! Finding one user.

use crosswalk_contract::{Error, ErrorKind, Field, Key, Record, Result};
use crosswalk_sql::Criterion;
use rusqlite::{Row, params_from_iter};

use crate::{
    key::criteria,
    schema::Schema,
    store::Session,
    value::{Parameter, field},
};

impl Session<'_> {
    /// The one user with that key.
    pub(crate) fn get_user(&self, key: &Key) -> Result<Option<Record>> {
        let schema = self.schema()?;
        let columns = schema.reading(&self.store.table.table)?;
        match criteria(self.store, &schema, key)? {
            Some(by) => self.only(&columns, &by, |row| record(&schema, row)),
            None => Ok(None),
        }
    }

    /// The only row that fulfils the criteria, or none.
    ///
    /// # Errors
    /// `Inconsistent` where there are two: never the first row.
    pub(crate) fn only<'v, T>(
        &self,
        columns: &[&str],
        by: &[Criterion<'v, Parameter<'v>>],
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        let statement = self.table().select(columns, by, 2);
        let mut prepared = self.prepared(&statement.sql)?;
        let mut rows = prepared.query(params_from_iter(statement.values)).map_err(|error| self.failure(&error))?;
        let found = match rows.next().map_err(|error| self.failure(&error))? {
            Some(row) => read(row).map_err(|error| self.failure(&error))?,
            None => return Ok(None),
        };
        match rows.next().map_err(|error| self.failure(&error))? {
            Some(_) => Err(self.two_rows(by)),
            None => Ok(Some(found)),
        }
    }

    /// Two rows have what should be one row's own.
    pub(crate) fn two_rows(&self, by: &[Criterion<'_, Parameter<'_>>]) -> Error {
        let mut columns: Vec<&str> = by.iter().map(column).collect();
        columns.dedup();
        Error::new(ErrorKind::Inconsistent, "two rows have the same identifier")
            .code("two_rows")
            .with("table", &self.store.table.table)
            .with("field", columns.join(", "))
            .hint("remove one of them, or look users up by something that is unique")
    }
}

/// The record of a row that was selected by [`Schema::reading`].
pub(crate) fn record(schema: &Schema, row: &Row<'_>) -> rusqlite::Result<Record> {
    let width = schema.names.names().len();
    let fields: rusqlite::Result<Vec<Field>> = (0..width).map(|at| Ok(field(row.get_ref(at)?))).collect();
    Ok(Record::new(schema.names.clone(), fields?))
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
