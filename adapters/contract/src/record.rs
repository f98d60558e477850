//! One row of a legacy store: shared column names and the row's own fields.

use std::{collections::HashMap, fmt, sync::Arc};

use crate::Field;

/// Column names, shared by all records of one statement.
///
/// Whoever compiles a map against these names may remember the positions for as long as it sees the same [`Arc`].
#[derive(Debug, PartialEq, Eq)]
pub struct Columns {
    names: Vec<String>,
    positions: HashMap<String, usize>,
}

impl Columns {
    /// Makes the shared names. Where a name occurs twice (`SELECT u.*, p.*`), the first one is found by name.
    pub fn new<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Arc<Columns> {
        let names: Vec<String> = names.into_iter().map(Into::into).collect();
        let mut positions = HashMap::with_capacity(names.len());
        for (position, name) in names.iter().enumerate() {
            positions.entry(name.clone()).or_insert(position);
        }
        Arc::new(Columns { names, positions })
    }

    /// The names in the order of the statement.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Where a column is, by its exact name.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.positions.get(name).copied()
    }
}

/// A row as the store returned it.
#[derive(Clone, PartialEq)]
pub struct Record {
    columns: Arc<Columns>,
    fields: Vec<Field>,
}

impl Record {
    /// Joins names and fields. Missing fields count as [`Field::Null`]; fields beyond the names are dropped.
    pub fn new(columns: Arc<Columns>, mut fields: Vec<Field>) -> Record {
        fields.resize(columns.names.len(), Field::Null);
        Record { columns, fields }
    }

    /// A record from pairs, for stores whose records have no fixed columns.
    pub fn from_pairs<N: Into<String>>(pairs: impl IntoIterator<Item = (N, Field)>) -> Record {
        let (names, fields): (Vec<String>, Vec<Field>) = pairs.into_iter().map(|(n, f)| (n.into(), f)).unzip();
        Record::new(Columns::new(names), fields)
    }

    /// The shared column names.
    pub fn columns(&self) -> &Arc<Columns> {
        &self.columns
    }

    /// All fields in the order of the columns.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The field of that name. `None` means that the store has no such column, not that it is null.
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.columns.position(name).and_then(|position| self.fields.get(position))
    }

    /// Name and field pairs in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Field)> {
        self.columns.names.iter().map(String::as_str).zip(&self.fields)
    }
}

/// Prints names and types, never values.
impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
