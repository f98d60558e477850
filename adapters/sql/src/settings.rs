//! What every SQL store's settings have: a table, a condition on it, and a pool of connections.

use std::time::Duration;

use crosswalk_contract::SettingsError;
use serde::Deserialize;

/// The part of a SQL store's settings that is about its table.
///
/// Adapters spell these keys out in their own settings, flat, and hand them over as this: serde cannot refuse unknown
/// keys in a section that flattens another struct into itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TableSettings {
    /// The schema (database, in MySQL's words) of the table, where it is not the connection's own.
    pub schema: Option<String>,
    /// The table's or view's name as the database has it, without quotes.
    pub table: String,
    /// SQL that every row read and written must fulfil, such as `deleted_at IS NULL`. Other rows do not exist.
    pub condition: Option<String>,
    /// Whether the connection promises no writes.
    pub read_only: bool,
    /// The columns to read. Empty: those that the map names, or all where there is no map.
    pub columns: Vec<String>,
}

impl TableSettings {
    /// Mistakes that can be known without reaching the store.
    pub fn problems(&self) -> Vec<SettingsError> {
        let mut problems = Vec::new();
        let mut report = |path: &str, message: &str| {
            problems.push(SettingsError { path: path.to_owned(), message: message.to_owned() });
        };
        let names = [("table", Some(&self.table)), ("schema", self.schema.as_ref())];
        let columns = self.columns.iter().map(|column| ("columns", Some(column)));
        for (path, name) in names.into_iter().chain(columns) {
            match name {
                Some(name) if name.is_empty() => report(path, "a name is empty"),
                Some(name) if name.contains('\0') => report(path, "a name contains a NUL, which no database allows"),
                _ => {}
            }
        }
        if self.condition.as_ref().is_some_and(|condition| condition.trim().is_empty()) {
            report("condition", "the condition is empty; leave the key out where all rows count");
        }
        problems
    }
}

/// A bounded set of connections.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PoolSettings {
    /// The most connections at one time. Default: 8.
    pub max_size: usize,
    /// How long a call waits for its turn (`"1s"`) before it is told that the store is busy. Default: 1 second.
    #[serde(with = "jiff::fmt::serde::unsigned_duration::required")]
    pub wait: Duration,
}

impl PoolSettings {
    /// Mistakes that can be known without reaching the store; `path` is the section's own.
    pub fn problems(&self, path: &str) -> Vec<SettingsError> {
        let problem =
            |key: &str, message: &str| SettingsError { path: format!("{path}.{key}"), message: message.into() };
        let mut problems = Vec::new();
        if self.max_size == 0 {
            problems.push(problem("max_size", "a pool without connections serves nobody; use at least 1"));
        }
        if self.wait.is_zero() {
            problems.push(problem("wait", "without any wait every second caller would be refused; use at least 1ms"));
        }
        problems
    }
}

impl Default for PoolSettings {
    fn default() -> Self {
        PoolSettings { max_size: 8, wait: Duration::from_secs(1) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mistake_is_told_at_once() {
        let settings = TableSettings {
            schema: Some("a\0b".to_owned()),
            condition: Some(" ".to_owned()),
            columns: vec!["id".to_owned(), String::new()],
            ..TableSettings::default()
        };
        let paths: Vec<_> = settings.problems().into_iter().map(|problem| problem.path).collect();
        assert_eq!(paths, ["table", "schema", "columns", "condition"]);
        let pool = PoolSettings { max_size: 0, wait: Duration::ZERO };
        assert_eq!(pool.problems("pool").len(), 2);
        assert!(PoolSettings::default().problems("pool").is_empty());
    }

    #[test]
    fn a_pool_is_written_as_people_write_it() {
        let pool: PoolSettings = serde_json::from_str(r#"{ "max_size": 2, "wait": "250ms" }"#).unwrap();
        assert_eq!(pool, PoolSettings { max_size: 2, wait: Duration::from_millis(250) });
        assert!(serde_json::from_str::<PoolSettings>(r#"{ "max": 2 }"#).is_err());
    }
}
