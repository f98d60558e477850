//! The ready-made custom-database scripts, each set over its own store.

use std::{path::PathBuf, sync::Arc};

use async_trait::async_trait;
use crosswalk::{
    directory::{
        Directory,
        sqlite::{SqliteDirectory, SqliteOptions},
    },
    engine::{Engine, Error, ErrorKind, Mode, Result},
    harness::{Fixture, Hand, Home, Person, Recorder, Setup, World},
    translate::Translation,
};
use crosswalk_contract::{Field, Opening, Record};
use crosswalk_test_servers::{Database, Gate, TextRow, Which};
use serde_json::json;
use tempfile::TempDir;

use crate::house::{self, CONNECTION};

/// `scripts/postgres` or `scripts/mysql` over a table of their own.
pub(crate) struct Scripted {
    which: Which,
    mode: Mode,
    home: Home,
    recorder: Option<Recorder>,
}

impl Scripted {
    pub(crate) fn new(which: Which, mode: Mode, home: Home, recorder: Option<Recorder>) -> Scripted {
        Scripted { which, mode, home, recorder }
    }

    fn engine(&self, database: &Database, gate: &Gate, setup: &Setup, directory: Arc<dyn Directory>) -> Result<Engine> {
        let variable = match self.which {
            Which::Postgres => "PG_URL",
            Which::Mysql => "MYSQL_URL",
        };
        let settings = json!({
            "dir": folder(self.which.name()),
            "configuration": { variable: database.url(gate), "NAMESPACE": CONNECTION },
            "allow_hosts": ["127.0.0.1"],
            "threads": 8,
            "connections": if setup.one_connection { 1 } else { 16 },
        });
        engine(&settings, self.mode, setup, directory)
    }
}

/// An engine over a set of scripts.
pub(crate) fn engine(
    settings: &serde_json::Value,
    mode: Mode,
    setup: &Setup,
    directory: Arc<dyn Directory>,
) -> Result<Engine> {
    let translation = Translation::compile(CONNECTION, "script", None).expect("scripts need no map");
    let settings = crosswalk_script::KIND.parse(settings).expect("the fixture's settings can be read");
    let adapter = settings.open(&Opening { timeout: Some(house::TIMEOUT), ..Opening::new(CONNECTION, "/") })?;
    house::engine(adapter, translation, None, mode, setup, directory, true)
}

/// One of the ready-made sets.
pub(crate) fn folder(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/scripts")).join(name)
}

/// The store's own id, as the scripts have it: the namespace, then what the store itself counts by.
pub(crate) fn own(store_id: &str) -> &str {
    store_id.strip_prefix(CONNECTION).and_then(|rest| rest.strip_prefix('|')).unwrap_or(store_id)
}

#[async_trait]
impl Fixture for Scripted {
    fn mode(&self) -> Mode {
        self.mode
    }

    async fn fresh(&self, setup: &Setup) -> Result<Option<World>> {
        let database = Arc::new(Database::make(self.which).await.map_err(failed)?);
        let schema =
            std::fs::read_to_string(folder(self.which.name()).join("schema.sql")).expect("the set has a schema");
        database.run(&schema).await.map_err(failed)?;
        let gate = Gate::before(&database.server().address);
        let folder = TempDir::new().expect("a folder for the test");
        let options = SqliteOptions { readers: 2, ..SqliteOptions::default() };
        let directory: Arc<dyn Directory> =
            Arc::new(SqliteDirectory::open(folder.path().join("directory.db"), options)?);
        let first = self.engine(&database, &gate, setup, directory.clone())?;
        let second = self.engine(&database, &gate, setup, directory)?;
        let mut world = World::new(first, CONNECTION).with_home(self.home).with_second(second);
        if let Some(recorder) = &self.recorder {
            world = world.with_recorder(recorder.clone());
        }
        Ok(Some(world.with_hand(Arc::new(ScriptedHand { database, gate })).holding(folder)))
    }
}

struct ScriptedHand {
    database: Arc<Database>,
    gate: Gate,
}

#[async_trait]
impl Hand for ScriptedHand {
    async fn seed(&self, people: &[Person]) -> Result<Vec<String>> {
        let rows: Vec<TextRow> = people.iter().map(row_of).collect::<Result<_>>()?;
        let ids = self.database.insert("users", "id", &rows).await.map_err(failed)?;
        Ok(ids.into_iter().map(|id| format!("{CONNECTION}|{id}")).collect())
    }

    async fn remove(&self, store_id: &str) -> Result<()> {
        let id = self.database.literal(Some(own(store_id)));
        self.database.run(&format!("DELETE FROM users WHERE id = {id}")).await.map_err(failed)
    }

    async fn row(&self, store_id: &str) -> Result<Option<Record>> {
        let id = self.database.literal(Some(own(store_id)));
        let rows = self.database.rows(&format!("SELECT * FROM users WHERE id = {id}")).await.map_err(failed)?;
        let record = |row: Vec<(String, Option<String>)>| {
            Record::from_pairs(row.into_iter().map(|(name, value)| (name, value.map_or(Field::Null, Field::Text))))
        };
        Ok(rows.into_iter().next().map(record))
    }

    fn take_down(&self) {
        self.gate.shut();
    }

    fn bring_back(&self) {
        self.gate.open();
    }
}

/// Somebody's password as the sets' tables have it.
pub(crate) fn hash_of(person: &Person) -> Option<String> {
    person.password.as_ref().map(|password| house::legacy_hash(&house::bcrypt(), password.expose()).0)
}

/// # Errors
/// `Unsupported` for what these stores cannot say of anybody.
pub(crate) fn sayable(person: &Person) -> Result<()> {
    match person.blocked || person.must_change_password {
        true => Err(Error::unsupported("this store has no room for such a user")),
        false => Ok(()),
    }
}

fn row_of(person: &Person) -> Result<TextRow> {
    sayable(person)?;
    let mut row = vec![
        ("email", Some(person.email.clone())),
        ("name", person.name.clone()),
        ("password_hash", hash_of(person)),
        ("metadata", person.app_metadata.clone()),
        ("user_metadata", person.user_metadata.clone()),
    ];
    if let Some(id) = &person.id {
        row.push(("id", Some(own(id).to_owned())));
    }
    Ok(row)
}

fn failed(reason: String) -> Error {
    Error::new(ErrorKind::Unexpected, reason)
}
