//! The directory's statements on a connection of SQLite.

use crosswalk_contract::Result;
use rusqlite::{
    Connection, ToSql, params_from_iter,
    types::{ToSqlOutput, ValueRef},
};

use super::{
    super::sql::{Cell, Db, Row, Value},
    error,
};

impl Db for Connection {
    fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<usize> {
        self.prepare_cached(sql)
            .and_then(|mut statement| statement.execute(params_from_iter(values)))
            .map_err(error::sqlite)
    }

    fn rows(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>> {
        let mut statement = self.prepare_cached(sql).map_err(error::sqlite)?;
        let columns = statement.column_count();
        let mut rows = statement.query(params_from_iter(values)).map_err(error::sqlite)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(error::sqlite)? {
            let cells: rusqlite::Result<Vec<Cell>> = (0..columns)
                .map(|at| {
                    Ok(match row.get_ref(at)? {
                        ValueRef::Null => Cell::Null,
                        ValueRef::Integer(number) => Cell::Number(number),
                        ValueRef::Text(_) => Cell::Text(row.get(at)?),
                        // The schema has neither; the reader of the row says which column it is.
                        ValueRef::Real(_) | ValueRef::Blob(_) => Cell::Flag(false),
                    })
                })
                .collect();
            found.push(Row(cells.map_err(error::sqlite)?));
        }
        Ok(found)
    }
}

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Number(number) => ValueRef::Integer(*number),
            Value::Flag(flag) => ValueRef::Integer(i64::from(*flag)),
        }))
    }
}
