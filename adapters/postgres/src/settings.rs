//! The settings of a PostgreSQL store, and its kind.

use std::{path::PathBuf, sync::Arc, time::Duration};

use crosswalk_contract::{Adapter, Error, ErrorKind, Kind, Opening, Result, SecretRef, Settings, SettingsError};
use crosswalk_queries::{QueryAdapter, QuerySettings};
use crosswalk_sql::{PoolSettings, TableSettings};
use serde::Deserialize;

use crate::{adapter::PostgresAdapter, dialect::POSTGRES, queries::Queried, store::Store};

/// `kind = "postgres"`.
pub const KIND: Kind = Kind::of::<PostgresSettings>("postgres");

/// The section `[connection.x.store]` of a PostgreSQL connection.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostgresSettings {
    /// Where the server is: `postgres://user:password@host:5432/database` or `host=… dbname=…`. Several hosts, separated
    /// by commas, are tried in turn; with `target_session_attrs=read-write` the one that takes writes is found. A host
    /// that is a path (`host=/var/run/postgresql`) is the folder of a unix socket.
    pub url: SecretRef,
    /// The table or view of the users, as the database has it, without quotes. It may be left out where `queries` find
    /// the users.
    #[serde(default)]
    pub table: String,
    /// Hand-written queries, for any ability.
    #[serde(default)]
    pub queries: QuerySettings,
    /// The schema of the table, where it is not on the search path.
    #[serde(default)]
    pub schema: Option<String>,
    /// SQL that every row read and written must fulfil, such as `deleted_at IS NULL`. Other rows do not exist.
    #[serde(default)]
    pub condition: Option<String>,
    /// The columns to read. Default: those that the map names, or all where there is no map.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Promises no writes, and has the server refuse them as well. Default: false.
    #[serde(default)]
    pub read_only: bool,
    /// The connections for exclusive use. A listing has one of its own beside them.
    #[serde(default)]
    pub pool: PoolSettings,
    /// How many connections are shared by all reads of single users, beside the pool. Each serves many callers at a
    /// time. 0: such reads use the pool. Default: 2.
    #[serde(default = "default_lanes")]
    pub lanes: usize,
    /// How long one statement may take (`"5s"`), waiting for locks included. Default: 5 seconds.
    #[serde(default = "default_statement_timeout", with = "jiff::fmt::serde::unsigned_duration::required")]
    pub statement_timeout: Duration,
    /// How long reaching one host may take (`"3s"`), logging in included. Default: 3 seconds.
    #[serde(default = "default_connect_timeout", with = "jiff::fmt::serde::unsigned_duration::required")]
    pub connect_timeout: Duration,
    /// Encryption. Default: what `sslmode` in the URL says, which is `prefer` where it says nothing.
    #[serde(default)]
    pub tls: Option<TlsSettings>,
    /// Set it where a PgBouncer in transaction mode stands before the server: statements are then not prepared,
    /// sessions are not set up, and there are no lanes. Default: false.
    #[serde(default)]
    pub pgbouncer: bool,
}

/// How the connection is encrypted.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TlsSettings {
    /// How much is wanted. Default: `"prefer"`.
    pub mode: TlsMode,
    /// The certificates that the server's may be signed by, as a PEM file. Default: those that the system trusts. Only
    /// for `verify-full`.
    pub ca: Option<PathBuf>,
    /// This client's certificate and its chain, as a PEM file.
    pub cert: Option<PathBuf>,
    /// The private key of that certificate, in PEM.
    pub key: Option<SecretRef>,
}

/// How much encryption is wanted. Unix sockets are never encrypted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsMode {
    /// None.
    Off,
    /// Where the server can. Protects from nobody who can change what is sent.
    #[default]
    Prefer,
    /// Always, but to whoever answers: the server's certificate is not looked at.
    Require,
    /// Always, and the server's certificate must be valid for the name of the host.
    VerifyFull,
}

impl PostgresSettings {
    /// Where queries find the users, a table is only for what has no query.
    fn has_table(&self) -> bool {
        !self.table.is_empty() || !self.queries.find_users()
    }

    fn table(&self) -> TableSettings {
        TableSettings {
            schema: self.schema.clone(),
            table: self.table.clone(),
            condition: self.condition.clone(),
            read_only: self.read_only,
            columns: self.columns.clone(),
        }
    }
}

impl Settings for PostgresSettings {
    fn problems(&self) -> Vec<SettingsError> {
        let mut problems = self.queries.problems("queries", &POSTGRES);
        if self.has_table() {
            problems.extend(self.table().problems());
        }
        problems.extend(self.queries.written("queries").filter(|_| self.read_only));
        let mut report = |path: &str, message: &str| {
            problems.push(SettingsError { path: path.to_owned(), message: message.to_owned() });
        };
        for (path, time) in [("statement_timeout", self.statement_timeout), ("connect_timeout", self.connect_timeout)] {
            if time < Duration::from_millis(1) {
                report(path, "without any time nothing could be done; use at least 1ms");
            } else if time > Duration::from_secs(3_600) {
                report(path, "waiting longer than an hour helps nobody");
            }
        }
        if self.lanes > 64 {
            report("lanes", "one or two shared connections serve a processor; more than 64 only burden the server");
        }
        if let Some(tls) = &self.tls {
            if tls.ca.is_some() && tls.mode != TlsMode::VerifyFull {
                report("tls.ca", "certificates are only looked at with mode = \"verify-full\"");
            }
            if tls.cert.is_some() != tls.key.is_some() {
                report("tls.cert", "a client certificate needs both `cert` and `key`");
            }
        }
        problems.extend(self.pool.problems("pool"));
        problems
    }

    fn open(self, opening: &Opening) -> Result<Arc<dyn Adapter>> {
        if let Some(problem) = self.problems().first() {
            return Err(Error::new(ErrorKind::Config, problem.to_string()));
        }
        let store = Arc::new(Store::new(&self, self.table(), &self.queries.left_to_table(opening))?);
        let table: Arc<dyn Adapter> = Arc::new(PostgresAdapter::new(store.clone()));
        if self.queries.is_empty() {
            return Ok(table);
        }
        let table = self.has_table().then_some(table);
        Ok(Arc::new(QueryAdapter::new(Queried::new(store), &self.queries, &POSTGRES, opening, table)?))
    }
}

fn default_lanes() -> usize {
    2
}

fn default_statement_timeout() -> Duration {
    Duration::from_secs(5)
}

fn default_connect_timeout() -> Duration {
    Duration::from_secs(3)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_defaults_are_enough_for_a_url_and_a_table() {
        let settings = json!({ "url": "postgres://localhost/shop", "table": "users" });
        assert!(KIND.parse(&settings).ok().unwrap().problems().is_empty());
    }

    #[test]
    fn every_mistake_is_told_with_its_path() {
        let settings = json!({
            "url": "postgres://localhost", "table": "", "schema": "", "columns": [""], "condition": "",
            "pool": { "max_size": 0 }, "lanes": 100, "statement_timeout": "0s", "connect_timeout": "2h",
            "tls": { "mode": "require", "ca": "ca.pem", "cert": "c.pem" },
        });
        let problems = KIND.parse(&settings).ok().unwrap().problems();
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "table",
                "schema",
                "columns",
                "condition",
                "statement_timeout",
                "connect_timeout",
                "lanes",
                "tls.ca",
                "tls.cert",
                "pool.max_size"
            ]
        );
        for (key, value) in [("tabel", json!("t")), ("tls", json!({ "mode": "on" })), ("pool", json!({ "wiat": "1s" }))]
        {
            let mut settings = json!({ "url": "a", "table": "t" });
            settings[key] = value;
            assert!(KIND.parse(&settings).is_err(), "{key}");
        }
    }

    #[test]
    fn the_url_is_never_printed() {
        let settings = json!({ "url": "postgres://jane:hunter2@localhost", "table": "t" });
        let settings: PostgresSettings = serde_json::from_value(settings).unwrap();
        assert!(!format!("{settings:?}").contains("hunter2"));
    }
}
