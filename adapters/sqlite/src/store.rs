//! What the adapter knows about its store, and how it gets work done on it.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use crosswalk_contract::{Error, ErrorKind, Opening, Result};
use crosswalk_sql::{Statement, Table, TableSettings};
use rusqlite::{CachedStatement, Connection, Transaction, TransactionBehavior, params_from_iter};

use crate::{
    dialect::SQLITE,
    failure::failure,
    file::{Identity, OpenFile},
    pool::Pool,
    schema::Schema,
    settings::SqliteSettings,
    value::Parameter,
};

/// One table in one file.
#[derive(Debug)]
pub(crate) struct Store {
    pub(crate) path: PathBuf,
    pub(crate) table: TableSettings,
    pub(crate) busy_timeout: Duration,
    pub(crate) foreign_keys: bool,
    pub(crate) opening: Opening,
    pub(crate) pool: Pool,
    schema: Mutex<Option<(Identity, Arc<Schema>)>>,
}

/// Whether work only reads. SQLite has one writer at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Intent {
    Read,
    Write,
}

/// A transaction in progress.
pub(crate) struct Session<'s> {
    pub(crate) connection: &'s Connection,
    pub(crate) store: &'s Store,
    identity: Identity,
}

impl Store {
    /// Nothing is reached yet.
    pub(crate) fn new(settings: SqliteSettings, table: TableSettings, opening: &Opening) -> Result<Store> {
        // An absolute path is never taken for a `file:` URI or for `:memory:`.
        let path = std::path::absolute(opening.dir.join(&settings.path))
            .map_err(|error| Error::new(ErrorKind::Config, "the path of the database is not a path").source(error))?;
        Ok(Store {
            path,
            table,
            busy_timeout: settings.busy_timeout,
            foreign_keys: settings.foreign_keys,
            opening: opening.clone(),
            pool: Pool::new(&settings.pool)?,
            schema: Mutex::new(None),
        })
    }

    /// Does the work in one transaction, which is written where the work succeeds and undone where it does not.
    ///
    /// Returns the connection with the result, unless it may be in a bad state.
    pub(crate) fn transact<T>(
        &self,
        open: Option<OpenFile>,
        intent: Intent,
        work: impl FnOnce(&Session<'_>) -> Result<T>,
    ) -> (Option<OpenFile>, Result<T>) {
        let open = match OpenFile::fresh(open, self) {
            Ok(open) => open,
            Err(error) => return (None, Err(error)),
        };
        let result = self.on(&open, intent, work);
        let broken =
            result.as_ref().is_err_and(|error| matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Unexpected));
        let reusable = !broken && open.connection.is_autocommit();
        (reusable.then_some(open), result)
    }

    fn on<T>(&self, open: &OpenFile, intent: Intent, work: impl FnOnce(&Session<'_>) -> Result<T>) -> Result<T> {
        let behavior = match intent {
            Intent::Read => TransactionBehavior::Deferred,
            // The lock comes first: a transaction that reads and then wants to write could only give up.
            Intent::Write => TransactionBehavior::Immediate,
        };
        let transaction =
            Transaction::new_unchecked(&open.connection, behavior).map_err(|error| failure(&error, self))?;
        let session = Session { connection: &open.connection, store: self, identity: open.identity };
        let result = work(&session)?;
        transaction.commit().map_err(|error| failure(&error, self))?;
        Ok(result)
    }
}

impl Session<'_> {
    /// The table's columns and keys, read again only when the file says that its schema changed.
    pub(crate) fn schema(&self) -> Result<Arc<Schema>> {
        let version = self.version()?;
        let mut cache = self.store.schema.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((identity, schema)) = &*cache
            && *identity == self.identity
            && schema.version == version
        {
            return Ok(schema.clone());
        }
        let schema = Arc::new(Schema::read(self, version)?);
        *cache = Some((self.identity, schema.clone()));
        Ok(schema)
    }

    /// The number that changes with the schema. Reading it reaches the file.
    pub(crate) fn version(&self) -> Result<i64> {
        self.prepared("PRAGMA schema_version")?.query_row([], |row| row.get(0)).map_err(|error| self.failure(&error))
    }

    pub(crate) fn table(&self) -> Table<'_> {
        Table::new(&SQLITE, &self.store.table)
    }

    pub(crate) fn prepared(&self, sql: &str) -> Result<CachedStatement<'_>> {
        self.connection.prepare_cached(sql).map_err(|error| self.failure(&error))
    }

    /// Runs a statement that returns no rows, and says how many it changed.
    pub(crate) fn execute(&self, statement: Statement<Parameter<'_>>) -> Result<usize> {
        let mut prepared = self.prepared(&statement.sql)?;
        prepared.execute(params_from_iter(statement.values)).map_err(|error| self.failure(&error))
    }

    pub(crate) fn failure(&self, error: &rusqlite::Error) -> Error {
        failure(error, self.store)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use rusqlite::Connection;
    use serde_json::json;

    use super::*;

    /// A store on the table `t` that `sql` makes, with one connection.
    pub(crate) fn store(dir: &tempfile::TempDir, sql: &str, id_fields: &[&str]) -> Arc<Store> {
        let path = dir.path().join("shop.db");
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let settings = json!({ "path": path, "table": "t", "pool": { "max_size": 1 } });
        let settings: SqliteSettings = serde_json::from_value(settings).unwrap();
        let table = TableSettings { table: "t".to_owned(), ..TableSettings::default() };
        let mut opening = Opening::new("shop", dir.path());
        opening.id_fields = id_fields.iter().map(|&name| name.to_owned()).collect();
        Arc::new(Store::new(settings, table, &opening).unwrap())
    }

    fn steps(session: &Session<'_>, statement: &Statement<Parameter<'_>>) -> Vec<String> {
        let mut explain = session.connection.prepare(&format!("EXPLAIN QUERY PLAN {}", statement.sql)).unwrap();
        let values = params_from_iter(statement.values.iter());
        explain.query_map(values, |row| row.get("detail")).unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }

    #[tokio::test]
    async fn look_ups_and_pages_are_served_by_indexes() {
        for (sql, id) in [
            ("CREATE TABLE t (id INTEGER PRIMARY KEY, m TEXT UNIQUE)", &["id"][..]),
            ("CREATE TABLE t (id INTEGER PRIMARY KEY, m TEXT COLLATE NOCASE NOT NULL UNIQUE)", &["m"]),
            ("CREATE TABLE t (m TEXT, no INT, PRIMARY KEY (m, no)) WITHOUT ROWID", &["no", "m"]),
            ("CREATE TABLE t (m BLOB UNIQUE)", &["m"]),
            ("CREATE TABLE t (m NUMERIC UNIQUE)", &[]),
        ] {
            let dir = tempfile::tempdir().unwrap();
            let store = store(&dir, sql, id);
            let work = move |session: &Session<'_>| {
                let schema = session.schema()?;
                let order = schema.identity("t")?;
                let after = vec![Parameter::from(1_i64); order.len()];
                let page = steps(session, &session.table().page(&["m"], &order, &after, 10));
                let key = crosswalk_contract::Key::field("m", "jane");
                let by = crate::key::criteria(session.store, &schema, &key)?.unwrap();
                Ok((page, steps(session, &session.table().select(&["m"], &by, 2))))
            };
            let (page, look_up) = store.run(Intent::Read, work).await.unwrap();
            for plan in [page, look_up] {
                assert!(plan.iter().all(|step| step.starts_with("SEARCH")), "{sql}: {plan:?}");
            }
        }
    }
}
