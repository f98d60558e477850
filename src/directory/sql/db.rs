//! What the directory's SQL needs of a database: statements with numbered parameters, and rows of texts and numbers.

use crosswalk_contract::{Error, ErrorKind, Result};

/// A connection inside of a transaction.
pub trait Db {
    /// Runs a statement; how many rows it touched.
    ///
    /// # Errors
    /// Those of the database, in the words of [`super::super::Directory`].
    fn execute(&self, sql: &str, values: &[Value<'_>]) -> Result<usize>;

    /// Reads all rows of a statement.
    ///
    /// # Errors
    /// As [`Db::execute`].
    fn rows(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>>;
}

impl dyn Db + '_ {
    /// Reads the first row of a statement.
    ///
    /// # Errors
    /// As [`Db::execute`].
    pub(super) fn row(&self, sql: &str, values: &[Value<'_>]) -> Result<Option<Row>> {
        Ok(self.rows(sql, values)?.into_iter().next())
    }
}

/// A parameter. `?1` is the first one.
#[derive(Clone, Copy)]
pub enum Value<'v> {
    Null,
    Text(&'v str),
    Number(i64),
    Flag(bool),
}

/// The columns of a row, each taken once.
pub struct Row(pub Vec<Cell>);

/// What a column holds.
pub enum Cell {
    Null,
    Text(String),
    Number(i64),
    Flag(bool),
}

impl Row {
    /// Takes a text out; large ones are not copied.
    ///
    /// # Errors
    /// `Inconsistent` for a column that holds something else.
    pub fn text(&mut self, index: usize) -> Result<Option<String>> {
        match self.take(index) {
            Cell::Text(text) => Ok(Some(text)),
            Cell::Null => Ok(None),
            _ => Err(wrong_type(index)),
        }
    }

    /// # Errors
    /// As [`Row::text`].
    pub fn number(&mut self, index: usize) -> Result<Option<i64>> {
        match self.take(index) {
            Cell::Number(number) => Ok(Some(number)),
            Cell::Null => Ok(None),
            _ => Err(wrong_type(index)),
        }
    }

    /// SQLite has no booleans of its own; there they are 0 and 1.
    ///
    /// # Errors
    /// As [`Row::text`].
    pub fn flag(&mut self, index: usize) -> Result<Option<bool>> {
        match self.take(index) {
            Cell::Flag(flag) => Ok(Some(flag)),
            Cell::Number(number) => Ok(Some(number != 0)),
            Cell::Null => Ok(None),
            Cell::Text(_) => Err(wrong_type(index)),
        }
    }

    fn take(&mut self, index: usize) -> Cell {
        self.0.get_mut(index).map_or(Cell::Null, |cell| std::mem::replace(cell, Cell::Null))
    }
}

fn wrong_type(index: usize) -> Error {
    Error::new(ErrorKind::Inconsistent, "a column of the directory holds a value of the wrong type")
        .with("column number", index)
}

impl<'v> From<&'v str> for Value<'v> {
    fn from(text: &'v str) -> Value<'v> {
        Value::Text(text)
    }
}

impl<'v> From<&'v String> for Value<'v> {
    fn from(text: &'v String) -> Value<'v> {
        Value::Text(text)
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Value::Number(number)
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Value::Flag(flag)
    }
}

impl<'v, T: Into<Value<'v>>> From<Option<T>> for Value<'v> {
    fn from(value: Option<T>) -> Value<'v> {
        value.map_or(Value::Null, Into::into)
    }
}

/// Parameters in order.
macro_rules! values {
    ($($value:expr),* $(,)?) => { &[$($crate::directory::sql::Value::from($value)),*] };
}
pub(super) use values;
