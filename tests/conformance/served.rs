//! Legacy shops on a database server as fixtures: a database or schema of its own for each law, behind a network that
//! can be cut.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use crosswalk::{
    directory::{
        Directory,
        postgres::{PostgresDirectory, PostgresOptions},
        sqlite::{SqliteDirectory, SqliteOptions},
    },
    engine::{Engine, Error, ErrorKind, Mode, Result},
    harness::{Fixture, Hand, Home, Person, Recorder, Setup, World},
    profile::Container,
};
use crosswalk_contract::{Field, Kind, Record, SecretRef};
use crosswalk_test_servers::{Database, Gate, TextRow, Which};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    house::{self, CONNECTION},
    shop::Shop,
};

/// Fresh shops on a server.
pub(crate) struct Served {
    which: Which,
    shop: Shop,
    mode: Mode,
    home: Home,
    recorder: Option<Recorder>,
    /// The directory is in a schema of the same server.
    directory_there: bool,
}

impl Served {
    pub(crate) fn new(which: Which, shop: Shop, mode: Mode, home: Home, recorder: Option<Recorder>) -> Served {
        Served { which, shop, mode, home, recorder, directory_there: false }
    }

    pub(crate) fn with_directory_there(self) -> Served {
        Served { directory_there: true, ..self }
    }

    fn engine(&self, database: &Database, gate: &Gate, setup: &Setup, directory: Arc<dyn Directory>) -> Result<Engine> {
        let translation = house::translation(self.shop.table(), &self.shop.map());
        let mut settings = json!({ "url": database.url(gate) });
        match self.shop.queries(self.which) {
            Some(queries) => settings["queries"] = queries,
            None => settings["table"] = self.shop.table().into(),
        }
        settings["pool"] = json!({ "max_size": if setup.one_connection { 1 } else { 4 }, "wait": "10s" });
        let adapter = house::opened(kind(self.which), &settings, &translation)?;
        house::engine(adapter, translation, Some(self.shop.scheme()), self.mode, setup, directory, true)
    }
}

#[async_trait]
impl Fixture for Served {
    fn mode(&self) -> Mode {
        self.mode
    }

    async fn fresh(&self, setup: &Setup) -> Result<Option<World>> {
        let database = Arc::new(Database::make(self.which).await.map_err(failed)?);
        database
            .run(match self.which {
                Which::Postgres => self.shop.postgres(),
                Which::Mysql => self.shop.mysql(),
            })
            .await
            .map_err(failed)?;
        let gate = Gate::before(&database.server().address);
        let folder = TempDir::new().expect("a folder for the test");
        let directory: Arc<dyn Directory> = if self.directory_there {
            let url = SecretRef::Plain(database.server().url());
            // Beside the legacy tables: no name of the one is a name of the other.
            let options = PostgresOptions { schema: database.name().to_owned(), ..PostgresOptions::new(url) };
            Arc::new(PostgresDirectory::open(&options, folder.path())?)
        } else {
            let options = SqliteOptions { readers: 2, ..SqliteOptions::default() };
            Arc::new(SqliteDirectory::open(folder.path().join("directory.db"), options)?)
        };
        let engine = self.engine(&database, &gate, setup, directory.clone())?;
        let second = self.engine(&database, &gate, setup, directory)?;
        let mut world = World::new(engine, CONNECTION).with_home(self.home).with_second(second);
        if let Some(recorder) = &self.recorder {
            world = world.with_recorder(recorder.clone());
        }
        Ok(Some(world.with_hand(Arc::new(ServedHand { shop: self.shop, database, gate })).holding(folder)))
    }
}

/// The kind of store on that kind of server.
fn kind(which: Which) -> &'static Kind {
    match which {
        Which::Postgres => &crosswalk_postgres::KIND,
        Which::Mysql => &crosswalk_mysql::KIND,
    }
}

fn failed(reason: String) -> Error {
    Error::new(ErrorKind::Unexpected, reason)
}

struct ServedHand {
    shop: Shop,
    database: Arc<Database>,
    gate: Gate,
}

#[async_trait]
impl Hand for ServedHand {
    async fn seed(&self, people: &[Person]) -> Result<Vec<String>> {
        let mut rows = Vec::new();
        for person in people {
            rows.push(self.shop.row_of(person)?);
        }
        let ids = self.database.insert(self.shop.table(), self.shop.id(), &rows).await.map_err(failed)?;
        let mut beside: BTreeMap<&str, Vec<TextRow>> = BTreeMap::new();
        for (person, id) in people.iter().zip(&ids) {
            for (table, mut row) in self.shop.side_rows(person) {
                row.push((self.shop.id(), Some(id.clone())));
                beside.entry(table).or_default().push(row);
            }
        }
        for (table, rows) in beside {
            self.database.insert(table, self.shop.id(), &rows).await.map_err(failed)?;
        }
        Ok(ids)
    }

    async fn remove(&self, store_id: &str) -> Result<()> {
        let id = self.database.literal(Some(store_id));
        for (table, column) in self.shop.tables() {
            self.database
                .run(&format!("DELETE FROM {} WHERE {column} = {id}", self.database.quoted(table)))
                .await
                .map_err(failed)?;
        }
        Ok(())
    }

    async fn row(&self, store_id: &str) -> Result<Option<Record>> {
        let id = self.database.literal(Some(store_id));
        let sql = format!("{} = {id}", self.shop.whole_row(&self.database.quoted(self.shop.table())));
        let rows = self.database.rows(&sql).await.map_err(failed)?;
        let record = |row: Vec<(String, Option<String>)>| {
            Record::from_pairs(row.into_iter().map(|(name, value)| (name, value.map_or(Field::Null, Field::Text))))
        };
        match rows.len() {
            0 | 1 => Ok(rows.into_iter().next().map(record)),
            _ => Err(Error::new(ErrorKind::Inconsistent, "the fixture's table has two rows with one id")),
        }
    }

    fn take_down(&self) {
        self.gate.shut();
    }

    fn bring_back(&self) {
        self.gate.open();
    }

    fn key_it_cannot_write(&self) -> Option<(Container, String)> {
        self.shop.key_it_cannot_write()
    }
}
