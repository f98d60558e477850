//! What a statement returned, on its way to JavaScript.

use std::sync::Arc;

use serde::{
    Serialize, Serializer,
    ser::{Error, SerializeSeq},
};
use tokio_postgres::{Row, SimpleQueryRow};

use super::binary;

/// Names of columns and the numbers of their types; the same for every run of a statement.
pub(super) type Fields = Arc<Vec<(String, u32)>>;

/// What one statement returned.
#[derive(Serialize)]
pub(super) struct Answer {
    pub(super) command: String,
    pub(super) count: Option<u64>,
    #[serde(serialize_with = "one_by_one")]
    pub(super) fields: Fields,
    pub(super) rows: Vec<Cells>,
}

impl Answer {
    /// In a word or two.
    pub(super) fn word(&self) -> String {
        self.count.map_or_else(|| self.command.clone(), |count| format!("{} {count}", self.command))
    }
}

/// A row, written out cell by cell.
pub(super) enum Cells {
    Text(SimpleQueryRow),
    Binary(Row),
}

impl Serialize for Cells {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Cells::Text(row) => {
                let mut cells = serializer.serialize_seq(Some(row.len()))?;
                for at in 0..row.len() {
                    // `get` would panic on what is no UTF-8, which a database without an encoding may send.
                    let cell =
                        row.try_get(at).map_err(|_| S::Error::custom("a column holds text that is not UTF-8"))?;
                    cells.serialize_element(&cell)?;
                }
                cells.end()
            }
            Cells::Binary(row) => serializer.collect_seq(row.columns().iter().enumerate().map(|(at, column)| {
                let cell: Option<binary::Cell<'_>> = row.try_get(at).unwrap_or_default();
                cell.and_then(|cell| cell.text(column.type_().oid()))
            })),
        }
    }
}

/// Whether a command says how many rows it was about.
pub(super) fn counts(command: &str) -> bool {
    matches!(command, "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "FETCH" | "MOVE" | "COPY")
}

fn one_by_one<S: Serializer>(fields: &Fields, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(fields.iter())
}
