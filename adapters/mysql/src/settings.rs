//! The settings of a MySQL or MariaDB store, and its kind.

use std::{path::PathBuf, sync::Arc, time::Duration};

use crosswalk_contract::{Adapter, Error, ErrorKind, Kind, Opening, Result, SecretRef, Settings, SettingsError};
use crosswalk_queries::{QueryAdapter, QuerySettings};
use crosswalk_sql::{PoolSettings, TableSettings};
use serde::Deserialize;

use crate::{adapter::MysqlAdapter, dialect::MYSQL, queries::Queried, store::Store};

/// `kind = "mysql"`, for MariaDB as well.
pub const KIND: Kind = Kind::of::<MysqlSettings>("mysql");

/// The section `[connection.x.store]` of a MySQL or MariaDB connection.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MysqlSettings {
    /// Where the server is: `mysql://user:password@host:3306/database`. Special characters in name and password are
    /// percent-encoded. `?socket=/run/mysqld/mysqld.sock` goes by a Unix socket. Several hosts, separated by commas
    /// (`db1:3306,db2:3306`), are tried in this order whenever a connection is made.
    pub url: SecretRef,
    /// The database of the table, where it is not the one in the URL.
    #[serde(default)]
    pub schema: Option<String>,
    /// The table or view of the users, as the database has it, without quotes. It may be left out where `queries` find
    /// the users.
    #[serde(default)]
    pub table: String,
    /// Hand-written queries, for any ability.
    #[serde(default)]
    pub queries: QuerySettings,
    /// SQL that every row read and written must fulfil, such as `deleted_at IS NULL`. Other rows do not exist.
    #[serde(default)]
    pub condition: Option<String>,
    /// The columns to read. Default: those that the map names, or all where there is no map.
    #[serde(default)]
    pub columns: Vec<String>,
    /// Promises no writes. Default: false.
    #[serde(default)]
    pub read_only: bool,
    /// How long one statement may take, waiting for locks included (`"5s"`), before the server is told to stop it.
    /// Default: 5 seconds. A listing is not bound by it.
    #[serde(default = "default_statement_timeout", with = "jiff::fmt::serde::unsigned_duration::required")]
    pub statement_timeout: Duration,
    /// How long making a connection to one host may take (`"3s"`). Default: 3 seconds.
    #[serde(default = "default_connect_timeout", with = "jiff::fmt::serde::unsigned_duration::required")]
    pub connect_timeout: Duration,
    /// Encryption of connections over a network. A Unix socket is never encrypted.
    #[serde(default)]
    pub tls: TlsSettings,
    /// The connections.
    #[serde(default)]
    pub pool: PoolSettings,
}

/// Encryption of connections over a network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TlsSettings {
    /// How much of it. Default: `"prefer"`.
    pub mode: TlsMode,
    /// A PEM file of the certificate authorities to trust, for `"verify-full"`. Default: those that browsers trust.
    pub ca: Option<PathBuf>,
    /// A PEM file of the client's own certificate; needs `key`.
    pub cert: Option<PathBuf>,
    /// A PEM file of the private key for `cert`.
    pub key: Option<PathBuf>,
}

/// How much encryption a connection needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TlsMode {
    /// None.
    Off,
    /// Where the server has it; nobody's certificate is verified, so it does not stop an attacker who can change what
    /// passes through the network.
    #[default]
    Prefer,
    /// Always; nobody's certificate is verified.
    Require,
    /// Always, and the certificate must be valid for the host's name.
    VerifyFull,
}

impl MysqlSettings {
    /// Where queries find the users, a table is only for what has no query.
    fn has_table(&self) -> bool {
        !self.table.is_empty() || !self.queries.find_users()
    }

    pub(crate) fn table(&self) -> TableSettings {
        TableSettings {
            schema: self.schema.clone(),
            table: self.table.clone(),
            condition: self.condition.clone(),
            read_only: self.read_only,
            columns: self.columns.clone(),
        }
    }
}

impl Settings for MysqlSettings {
    fn problems(&self) -> Vec<SettingsError> {
        let mut problems = self.queries.problems("queries", &MYSQL);
        if self.has_table() {
            problems.extend(self.table().problems());
        }
        problems.extend(self.queries.written("queries").filter(|_| self.read_only));
        let mut report = |path: &str, message: &str| {
            problems.push(SettingsError { path: path.to_owned(), message: message.to_owned() });
        };
        for (path, duration) in
            [("statement_timeout", self.statement_timeout), ("connect_timeout", self.connect_timeout)]
        {
            if duration < Duration::from_millis(1) {
                report(path, "without any time nothing could be done; use at least 1ms");
            } else if duration > Duration::from_secs(3_600) {
                report(path, "waiting longer than an hour helps nobody");
            }
        }
        let tls = &self.tls;
        if tls.cert.is_some() != tls.key.is_some() {
            report("tls", "a client certificate needs both `cert` and `key`");
        }
        if tls.ca.is_some() && tls.mode != TlsMode::VerifyFull {
            report("tls.ca", "nothing is verified in this mode; use mode = \"verify-full\", or leave `ca` out");
        }
        problems.extend(self.pool.problems("pool"));
        problems
    }

    fn open(self, opening: &Opening) -> Result<Arc<dyn Adapter>> {
        if let Some(problem) = self.problems().first() {
            return Err(Error::new(ErrorKind::Config, problem.to_string()));
        }
        let store = Arc::new(Store::new(&self, &self.queries.left_to_table(opening))?);
        let table: Arc<dyn Adapter> = Arc::new(MysqlAdapter::new(store.clone()));
        if self.queries.is_empty() {
            return Ok(table);
        }
        let table = self.has_table().then_some(table);
        Ok(Arc::new(QueryAdapter::new(Queried::new(store), &self.queries, &MYSQL, opening, table)?))
    }
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
    fn the_defaults_are_enough_for_an_address_and_a_table() {
        let settings = json!({ "url": "mysql://shop@localhost/shop", "table": "user" });
        assert!(KIND.parse(&settings).ok().unwrap().problems().is_empty());
        assert!(KIND.parse(&settings).ok().unwrap().open(&Opening::new("shop", ".")).is_ok());
    }

    #[test]
    fn every_mistake_is_told_with_its_path() {
        let settings = json!({
            "url": { "env": "X" }, "table": "", "statement_timeout": "0s", "connect_timeout": "2h",
            "tls": { "mode": "prefer", "ca": "ca.pem", "cert": "c.pem" }, "pool": { "max_size": 0 }
        });
        let problems = KIND.parse(&settings).ok().unwrap().problems();
        let paths: Vec<_> = problems.iter().map(|problem| problem.path.as_str()).collect();
        assert_eq!(paths, ["table", "statement_timeout", "connect_timeout", "tls", "tls.ca", "pool.max_size"]);
        let unknown = KIND.parse(&json!({ "url": "a", "table": "t", "tabel": "t" })).err().unwrap();
        assert!(unknown.message.contains("unknown field `tabel`"), "{unknown}");
        let nested = KIND.parse(&json!({ "url": "a", "table": "t", "tls": { "mode": "maybe" } })).err().unwrap();
        assert!(nested.path.starts_with("tls"), "{nested}");
    }
}
