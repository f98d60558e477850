//! The settings of a SQLite store, and its kind.

use std::{path::PathBuf, sync::Arc, time::Duration};

use crosswalk_contract::{Adapter, Error, ErrorKind, Kind, Opening, Result, Settings, SettingsError};
use crosswalk_sql::{PoolSettings, TableSettings};
use serde::Deserialize;

use crate::{adapter::SqliteAdapter, store::Store};

/// `kind = "sqlite"`.
pub const KIND: Kind = Kind::of::<SqliteSettings>("sqlite");

/// The section `[connection.x.store]` of a SQLite connection.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SqliteSettings {
    /// The file; a relative path starts at the configuration's folder. It must exist and is never made.
    pub path: PathBuf,
    /// The table or view of the users, as the file has it, without quotes.
    pub table: String,
    /// SQL that every row read and written must fulfil, such as `deleted_at IS NULL`. Other rows do not exist.
    #[serde(default)]
    pub condition: Option<String>,
    /// The columns to read. Default: those that the map names, or all where there is no map.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Opens the file for reading only and promises no writes. Default: false.
    #[serde(default)]
    pub read_only: bool,
    /// How long to wait for another program's lock on the file (`"1s"`). Default: 1 second.
    #[serde(default = "default_busy_timeout", with = "jiff::fmt::serde::unsigned_duration::required")]
    pub busy_timeout: Duration,
    /// Whether foreign keys that the schema declares are enforced on writes. Default: true, although SQLite's own
    /// default is false: a removed user must not leave orders behind that belong to nobody.
    #[serde(default = "default_foreign_keys")]
    pub foreign_keys: bool,
    /// The connections.
    #[serde(default)]
    pub pool: PoolSettings,
}

impl SqliteSettings {
    fn table(&self) -> TableSettings {
        TableSettings {
            schema: None,
            table: self.table.clone(),
            condition: self.condition.clone(),
            read_only: self.read_only,
            columns: self.columns.clone(),
        }
    }
}

impl Settings for SqliteSettings {
    fn problems(&self) -> Vec<SettingsError> {
        let mut problems = self.table().problems();
        let mut report = |path: &str, message: &str| {
            problems.push(SettingsError { path: path.to_owned(), message: message.to_owned() });
        };
        if self.path.as_os_str().is_empty() {
            report("path", "the path is empty; name the SQLite file");
        } else if self.path.to_str() == Some(":memory:") {
            report("path", "`:memory:` would be an empty database of its own; name a file, or use kind = \"memory\"");
        }
        if self.busy_timeout > Duration::from_secs(3_600) {
            report("busy_timeout", "waiting longer than an hour for a lock helps nobody");
        }
        problems.extend(self.pool.problems("pool"));
        problems
    }

    fn open(self, opening: &Opening) -> Result<Arc<dyn Adapter>> {
        if let Some(problem) = self.problems().first() {
            return Err(Error::new(ErrorKind::Config, problem.to_string()));
        }
        let table = self.table();
        Ok(Arc::new(SqliteAdapter::new(Store::new(self, table, opening)?)))
    }
}

/// Below the time that a connection gives its store, so that a lock is told as one.
fn default_busy_timeout() -> Duration {
    Duration::from_secs(1)
}

fn default_foreign_keys() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_defaults_are_enough_for_a_path_and_a_table() {
        assert!(KIND.parse(&json!({ "path": "shop.db", "table": "user" })).ok().unwrap().problems().is_empty());
    }

    #[test]
    fn every_mistake_is_told_with_its_path() {
        let settings = json!({
            "path": ":memory:", "table": "", "columns": [""], "condition": "", "pool": { "max_size": 0 }
        });
        let problems = KIND.parse(&settings).ok().unwrap().problems();
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, ["table", "columns", "condition", "path", "pool.max_size"]);
        let unknown = KIND.parse(&json!({ "path": "a", "table": "t", "tabel": "t" })).err().unwrap();
        assert!(unknown.message.contains("unknown field `tabel`"), "{unknown}");
        let nested = KIND.parse(&json!({ "path": "a", "table": "t", "pool": { "wiat": "1s" } })).err().unwrap();
        assert!(nested.path.starts_with("pool"), "{nested}");
    }
}
