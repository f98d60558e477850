//! Legacy shops in SQLite files as fixtures.

use std::{fs, path::PathBuf, sync::Arc};

use async_trait::async_trait;
use crosswalk::{
    directory::{
        Directory,
        sqlite::{SqliteDirectory, SqliteOptions},
    },
    engine::{Engine, Error, ErrorKind, Mode, Result},
    harness::{Fixture, Hand, Home, Person, Recorder, Setup, World},
    profile::Container,
};
use crosswalk_contract::{Field, Record};
use rusqlite::{Connection, OptionalExtension, params_from_iter, types::ValueRef};
use serde_json::json;
use tempfile::TempDir;

use crate::{
    house::{self, CONNECTION},
    shop::Shop,
};

/// Fresh shops.
pub(crate) struct Sqlite {
    shop: Shop,
    mode: Mode,
    home: Home,
    recorder: Option<Recorder>,
}

impl Sqlite {
    pub(crate) fn new(shop: Shop, mode: Mode, home: Home, recorder: Option<Recorder>) -> Sqlite {
        Sqlite { shop, mode, home, recorder }
    }

    fn engine(&self, file: &PathBuf, setup: &Setup, directory: Arc<dyn Directory>) -> Result<Engine> {
        let translation = house::translation(self.shop.table(), &self.shop.map());
        let settings = json!({
            "path": file,
            "table": self.shop.table(),
            "pool": { "max_size": if setup.one_connection { 1 } else { 4 }, "wait": "10s" },
        });
        let adapter = house::opened(&crosswalk_sqlite::KIND, &settings, &translation)?;
        house::engine(adapter, translation, Some(self.shop.scheme()), self.mode, setup, directory, true)
    }
}

#[async_trait]
impl Fixture for Sqlite {
    fn mode(&self) -> Mode {
        self.mode
    }

    async fn fresh(&self, setup: &Setup) -> Result<Option<World>> {
        let folder = TempDir::new().expect("a folder for the test");
        let file = folder.path().join("shop.db");
        let database = Connection::open(&file).expect("a database");
        database.execute_batch(self.shop.sqlite()).expect("a table");
        drop(database);
        let options = SqliteOptions { readers: 2, ..SqliteOptions::default() };
        let directory: Arc<dyn Directory> =
            Arc::new(SqliteDirectory::open(folder.path().join("directory.db"), options)?);
        let engine = self.engine(&file, setup, directory.clone())?;
        let second = self.engine(&file, setup, directory)?;
        let mut world = World::new(engine, CONNECTION).with_home(self.home).with_second(second);
        if let Some(recorder) = &self.recorder {
            world = world.with_recorder(recorder.clone());
        }
        Ok(Some(world.with_hand(Arc::new(ShopHand { shop: self.shop, file })).holding(folder)))
    }
}

struct ShopHand {
    shop: Shop,
    file: PathBuf,
}

impl ShopHand {
    fn database(&self) -> Connection {
        let database = Connection::open(&self.file).expect("the shop's file");
        database.busy_timeout(std::time::Duration::from_secs(10)).expect("a timeout");
        database
    }

    fn away(&self) -> PathBuf {
        self.file.with_extension("away")
    }
}

fn failed(error: rusqlite::Error) -> Error {
    Error::new(ErrorKind::Unexpected, "the fixture's own statement failed").source(error)
}

#[async_trait]
impl Hand for ShopHand {
    async fn seed(&self, people: &[Person]) -> Result<Vec<String>> {
        let mut database = self.database();
        let transaction = database.transaction().map_err(failed)?;
        let mut ids = Vec::new();
        for person in people {
            let row = self.shop.row_of(person)?;
            let names: Vec<&str> = row.iter().map(|(name, _)| *name).collect();
            let places = vec!["?"; row.len()].join(", ");
            let sql = format!("INSERT INTO \"{}\" ({}) VALUES ({places})", self.shop.table(), names.join(", "));
            transaction.execute(&sql, params_from_iter(row.iter().map(|(_, value)| value))).map_err(failed)?;
            ids.push(transaction.last_insert_rowid().to_string());
        }
        transaction.commit().map_err(failed)?;
        Ok(ids)
    }

    async fn remove(&self, store_id: &str) -> Result<()> {
        let sql = format!("DELETE FROM \"{}\" WHERE {} = ?1", self.shop.table(), self.shop.id());
        self.database().execute(&sql, [store_id]).map(drop).map_err(failed)
    }

    async fn row(&self, store_id: &str) -> Result<Option<Record>> {
        let sql = format!("SELECT * FROM \"{}\" WHERE {} = ?1", self.shop.table(), self.shop.id());
        let database = self.database();
        let mut statement = database.prepare(&sql).map_err(failed)?;
        let names: Vec<String> = statement.column_names().map(str::to_owned).collect();
        statement
            .query_row([store_id], |row| {
                let fields = (0..names.len()).map(|at| {
                    Ok(match row.get_ref(at)? {
                        ValueRef::Null => Field::Null,
                        ValueRef::Integer(number) => Field::I64(number),
                        ValueRef::Real(number) => Field::F64(number),
                        ValueRef::Text(text) => Field::Text(String::from_utf8_lossy(text).into_owned()),
                        ValueRef::Blob(bytes) => Field::Bytes(bytes.to_vec()),
                    })
                });
                let fields: rusqlite::Result<Vec<Field>> = fields.collect();
                Ok(Record::from_pairs(names.iter().cloned().zip(fields?)))
            })
            .optional()
            .map_err(failed)
    }

    fn take_down(&self) {
        fs::rename(&self.file, self.away()).expect("the file can be moved away");
    }

    fn bring_back(&self) {
        fs::rename(self.away(), &self.file).expect("the file can be moved back");
    }

    fn key_it_cannot_write(&self) -> Option<(Container, String)> {
        self.shop.key_it_cannot_write()
    }
}
