//! The settings of the memory store, and its kind.

use std::sync::Arc;

use crosswalk_contract::{Adapter, Field, Kind, Opening, Result, Settings, SettingsError};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::MemoryStore;

/// `kind = "memory"`.
pub const KIND: Kind = Kind::of::<MemorySettings>("memory");

/// The section `[connection.x.store]` of a memory connection. What is written to it is gone when the process ends.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MemorySettings {
    /// Columns that make up the user's id. Default: what the map names as `user_id`.
    #[serde(default)]
    pub id: Vec<String>,
    /// Columns in which no two users may have the same value. A column that the map folds to lower case is compared
    /// without regard to letter case.
    #[serde(default)]
    pub unique: Vec<String>,
    /// A column that gets the next free number where a new user brings no value for it.
    #[serde(default)]
    pub auto_id: Option<String>,
    /// Whether writes are refused. Default: false.
    #[serde(default)]
    pub read_only: bool,
    /// The users to begin with, one table each.
    #[serde(default)]
    pub rows: Vec<Map<String, Value>>,
}

impl Settings for MemorySettings {
    fn problems(&self) -> Vec<SettingsError> {
        let names = self.id.iter().map(|name| ("id", name));
        let names = names.chain(self.unique.iter().map(|name| ("unique", name)));
        names
            .chain(self.auto_id.iter().map(|name| ("auto_id", name)))
            .filter(|(_, name)| name.is_empty())
            .map(|(path, _)| SettingsError { path: path.to_owned(), message: "a column name is empty".to_owned() })
            .collect()
    }

    fn open(self, opening: &Opening) -> Result<Arc<dyn Adapter>> {
        let id = if self.id.is_empty() { opening.id_fields.clone() } else { self.id };
        let mut store = MemoryStore::new().id(id);
        for column in self.unique {
            let folded = opening.lookup_fields.iter().any(|(name, folded)| *folded && *name == column);
            store = if folded { store.unique_folded(column) } else { store.unique(column) };
        }
        if let Some(column) = self.auto_id {
            store = store.auto_id(column);
        }
        if self.read_only {
            store = store.read_only();
        }
        for row in self.rows {
            store.insert_pairs(row.into_iter().map(|(name, value)| (name, field(value))))?;
        }
        Ok(store.adapter())
    }
}

/// A value of the configuration as the field that a database would have returned for it.
fn field(value: Value) -> Field {
    match value {
        Value::Null => Field::Null,
        Value::Bool(value) => Field::Bool(value),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), _, _) => Field::I64(number),
            (None, Some(number), _) => Field::U64(number),
            (None, None, Some(number)) => Field::F64(number),
            (None, None, None) => Field::Decimal(number.to_string()),
        },
        Value::String(text) => Field::Text(text),
        Value::Array(values) => Field::List(values.into_iter().map(field).collect()),
        object @ Value::Object(_) => Field::Json(object.to_string()),
    }
}
