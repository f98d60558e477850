//! A database, or a schema of one, that is made for a test and gone afterwards.

use std::{
    fmt::Display,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use mysql_async::{Conn, Opts, Row, Value as Cell, prelude::Queryable};
use tokio_postgres::{NoTls, SimpleQueryMessage};

use crate::{Gate, Server, Which};

/// What a test's own statement came to; the error is for a person.
pub type Result<T, E = String> = std::result::Result<T, E>;

/// Columns and their values as text.
pub type TextRow = Vec<(&'static str, Option<String>)>;

/// Columns with their values as text, as they were found.
pub type FoundRow = Vec<(String, Option<String>)>;

/// A schema in PostgreSQL, a database in MySQL.
pub struct Database {
    server: Server,
    name: String,
}

impl Database {
    /// A new one on the server that is there.
    ///
    /// # Errors
    /// No server, or one that does not let us.
    pub async fn make(which: Which) -> Result<Database> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let server = Server::find(which)?;
        let name = format!("crosswalk_law_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        // Named before it is made: whatever is half made is dropped.
        let database = Database { server, name };
        let sql = match which {
            Which::Postgres => format!("CREATE SCHEMA {}", database.name),
            Which::Mysql => format!("CREATE DATABASE {} CHARACTER SET utf8mb4", database.name),
        };
        run(&database.server, "", &sql).await?;
        Ok(database)
    }

    /// Its URL through the gate. In PostgreSQL statements find its tables without naming the schema.
    pub fn url(&self, gate: &Gate) -> String {
        let server = self.server.through(gate.port());
        match self.server.which {
            Which::Postgres => format!("{}?options=-csearch_path%3D{}", server.url(), self.name),
            Which::Mysql => server.url_of(&self.name),
        }
    }

    /// Its own name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it is.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// A name as an identifier.
    pub fn quoted(&self, name: &str) -> String {
        match self.server.which {
            Which::Postgres => format!("\"{name}\""),
            Which::Mysql => format!("`{name}`"),
        }
    }

    /// A value as a literal.
    pub fn literal(&self, value: Option<&str>) -> String {
        let Some(value) = value else { return "NULL".to_owned() };
        let value = match self.server.which {
            Which::Postgres => value.to_owned(),
            Which::Mysql => value.replace('\\', "\\\\"),
        };
        format!("'{}'", value.replace('\'', "''"))
    }

    /// Runs statements.
    pub async fn run(&self, sql: &str) -> Result<()> {
        self.rows(sql).await.map(drop)
    }

    /// Inserts rows, together or not at all, and returns their ids.
    pub async fn insert(&self, table: &str, id: &str, rows: &[TextRow]) -> Result<Vec<String>> {
        let table = self.quoted(table);
        let mut sql = "BEGIN".to_owned();
        for row in rows {
            let names: Vec<&str> = row.iter().map(|(name, _)| *name).collect();
            let values: Vec<String> = row.iter().map(|(_, value)| self.literal(value.as_deref())).collect();
            sql.push_str(&format!("; INSERT INTO {table} ({}) VALUES ({})", names.join(", "), values.join(", ")));
            let chosen = row.iter().find(|(name, _)| *name == id).and_then(|(_, value)| value.as_deref());
            sql.push_str(&match (self.server.which, chosen) {
                (Which::Postgres, _) => format!(" RETURNING {id}"),
                (Which::Mysql, None) => format!("; SELECT LAST_INSERT_ID() AS {id}"),
                (Which::Mysql, Some(chosen)) => format!("; SELECT {} AS {id}", self.literal(Some(chosen))),
            });
        }
        if self.server.which == Which::Postgres && rows.iter().flatten().any(|(name, _)| *name == id) {
            // An id that was chosen does not move the sequence on by itself.
            sql.push_str(&format!(
                "; SELECT setval(sequence, max({id})) FROM {table}, \
                 pg_get_serial_sequence('{table}', '{id}') sequence WHERE sequence IS NOT NULL GROUP BY sequence"
            ));
        }
        let found = self.rows(&format!("{sql}; COMMIT")).await?;
        let ids = found.into_iter().flatten().filter(|(name, _)| name == id);
        Ok(ids.filter_map(|(_, value)| value).collect())
    }

    /// Runs statements, and returns all rows of all of them.
    pub async fn rows(&self, sql: &str) -> Result<Vec<FoundRow>> {
        match self.server.which {
            Which::Postgres => run(&self.server, "", &format!("SET search_path = {}; {sql}", self.name)).await,
            Which::Mysql => run(&self.server, &self.name, sql).await,
        }
    }
}

/// Runs statements in that database, or in the server's own where it is without a name.
async fn run(server: &Server, database: &str, sql: &str) -> Result<Vec<FoundRow>> {
    match server.which {
        Which::Postgres => postgres(server, sql).await,
        Which::Mysql => mysql(&server.url_of(database), sql).await,
    }
}

async fn postgres(server: &Server, sql: &str) -> Result<Vec<FoundRow>> {
    let (client, connection) = tokio_postgres::connect(&server.url(), NoTls).await.map_err(failed)?;
    let traffic = tokio::spawn(connection);
    let messages = client.simple_query(sql).await.map_err(failed)?;
    drop(client);
    traffic.await.map_err(failed)?.map_err(failed)?;
    let rows = messages.into_iter().filter_map(|message| match message {
        SimpleQueryMessage::Row(row) => Some(row),
        _ => None,
    });
    Ok(rows
        .map(|row| {
            let names = row.columns().iter().map(|column| column.name().to_owned());
            names.enumerate().map(|(at, name)| (name, row.get(at).map(str::to_owned))).collect()
        })
        .collect())
}

async fn mysql(url: &str, sql: &str) -> Result<Vec<FoundRow>> {
    let mut connection = Conn::new(Opts::from_url(url).map_err(failed)?).await.map_err(failed)?;
    let mut found = Vec::new();
    let mut result = connection.query_iter(sql).await.map_err(failed)?;
    while !result.is_empty() {
        found.extend(result.collect::<Row>().await.map_err(failed)?.into_iter().map(text_row));
    }
    drop(result);
    connection.disconnect().await.map_err(failed)?;
    Ok(found)
}

fn text_row(row: Row) -> FoundRow {
    let columns = row.columns();
    let names = columns.iter().map(|column| column.name_str().into_owned());
    names
        .zip(row.unwrap())
        .map(|(name, cell)| {
            let text = match cell {
                Cell::NULL => None,
                Cell::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
                other => Some(other.as_sql(true)),
            };
            (name, text)
        })
        .collect()
}

impl Drop for Database {
    fn drop(&mut self) {
        let (server, name) = (self.server.clone(), self.name.clone());
        // A drop may happen inside of a runtime, which must not wait; and must be over before the process is.
        let dropped = thread::spawn(move || {
            let sql = match server.which {
                Which::Postgres => format!("SET lock_timeout = '20s'; DROP SCHEMA IF EXISTS {name} CASCADE"),
                Which::Mysql => format!("DROP DATABASE IF EXISTS {name}"),
            };
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(run(&server, "", &sql)).ok()
        });
        // A schema that stays does no harm to the next run: its name is never given again.
        let _ = dropped.join();
    }
}

fn failed(cause: impl Display) -> String {
    format!("the test's own statement failed: {cause}")
}
