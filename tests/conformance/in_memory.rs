//! The memory store as a fixture, sound or with a fault.

use std::sync::Arc;

use async_trait::async_trait;
use crosswalk::{
    directory::{Directory, sqlite::SqliteDirectory},
    engine::{Engine, Mode, Result},
    harness::{Fixture, Hand, Home, Person, Recorder, Setup, World},
};
use crosswalk_contract::{Adapter, Field, Key, Record};
use crosswalk_memory::MemoryStore;
use crosswalk_passwords::SchemeSpec;
use serde_json::json;

use crate::{
    faulty::{Fault, Faulty},
    house::{self, CONNECTION},
    judging::Judging,
};

/// Fresh memory stores.
pub(crate) struct InMemory {
    mode: Mode,
    home: Home,
    recorder: Option<Recorder>,
    fault: Option<Fault>,
    judges: bool,
    marked: bool,
}

impl InMemory {
    pub(crate) fn new(mode: Mode, home: Home, recorder: Option<Recorder>) -> InMemory {
        InMemory { mode, home, recorder, fault: None, judges: false, marked: true }
    }

    pub(crate) fn with_fault(self, fault: Fault) -> InMemory {
        InMemory { fault: Some(fault), ..self }
    }

    /// The store judges passwords itself.
    pub(crate) fn judging(self) -> InMemory {
        InMemory { judges: true, ..self }
    }

    /// An engine over an empty store, and the store. `marked`: as a test store.
    pub(crate) fn somebodys_own(marked: bool) -> Result<(Engine, MemoryStore)> {
        let fixture = InMemory { marked, ..InMemory::new(Mode::Bridge, Home::Made, None) };
        let store = fresh_store();
        let engine = fixture.engine(&store, &Setup::PLAIN, Arc::new(SqliteDirectory::in_memory()?))?;
        Ok((engine, store))
    }

    fn engine(&self, store: &MemoryStore, setup: &Setup, directory: Arc<dyn Directory>) -> Result<Engine> {
        let mut map = json!({
            "user_id": "id",
            "email": { "field": "email", "fold": "lower" },
            "email_verified": "verified",
            "name": "name",
            "blocked": "blocked",
            "must_change_password": "must_change",
            "password": { "field": "hash", "salt": "salt" },
            "user_metadata": "user_metadata",
            "app_metadata": "metadata",
        });
        let adapter: Arc<dyn Adapter> = match self.fault {
            Some(fault) => Arc::new(Faulty::new(store.adapter(), fault)),
            None if self.judges => Arc::new(Judging(store.adapter())),
            None => store.adapter(),
        };
        let scheme = (!self.judges).then(scheme);
        if let (None, Some(map)) = (&scheme, map.as_object_mut()) {
            map.remove("password");
        }
        house::engine(adapter, house::translation("memory", &map), scheme, self.mode, setup, directory, self.marked)
    }
}

fn fresh_store() -> MemoryStore {
    let columns = ["name", "blocked", "must_change", "hash", "salt", "user_metadata", "metadata", "verified"];
    MemoryStore::new().id(["id"]).auto_id("id").unique_folded("email").columns(columns)
}

fn scheme() -> SchemeSpec {
    serde_json::from_value(json!({ "scheme": "salted-sha256", "order": "salt-first" })).expect("the scheme can be read")
}

#[async_trait]
impl Fixture for InMemory {
    fn mode(&self) -> Mode {
        self.mode
    }

    async fn fresh(&self, setup: &Setup) -> Result<Option<World>> {
        let store = fresh_store();
        let directory: Arc<dyn Directory> = Arc::new(SqliteDirectory::in_memory()?);
        let engine = self.engine(&store, setup, directory.clone())?;
        // Another process on the same store and directory.
        let second = self.engine(&store, setup, directory)?;
        let mut world = World::new(engine, CONNECTION).with_home(self.home).with_second(second);
        if let Some(recorder) = &self.recorder {
            world = world.with_recorder(recorder.clone());
        }
        Ok(Some(world.with_hand(Arc::new(MemoryHand { store, judges: self.judges }))))
    }
}

struct MemoryHand {
    store: MemoryStore,
    judges: bool,
}

#[async_trait]
impl Hand for MemoryHand {
    async fn seed(&self, people: &[Person]) -> Result<Vec<String>> {
        let mut ids = Vec::new();
        for person in people {
            let (hash, salt) = match &person.password {
                Some(password) if self.judges => (password.expose().to_owned(), None),
                Some(password) => house::legacy_hash(&scheme(), password.expose()),
                None => (String::new(), None),
            };
            let text = |text: &Option<String>| text.clone().map_or(Field::Null, Field::Text);
            let mut pairs = vec![
                ("email", Field::Text(person.email.clone())),
                ("verified", Field::Bool(false)),
                ("name", text(&person.name)),
                ("blocked", Field::Bool(person.blocked)),
                ("must_change", Field::Bool(person.must_change_password)),
                ("hash", Field::Text(hash)),
                ("salt", text(&salt)),
                ("user_metadata", text(&person.user_metadata)),
                ("metadata", text(&person.app_metadata)),
                ("balance", Field::Decimal("12.50".to_owned())),
            ];
            if let Some(id) = &person.id {
                pairs.push(("id", Field::I64(id.parse().expect("ids are numbers here"))));
            }
            let record = self.store.insert_pairs(pairs)?;
            let Some(Field::I64(id)) = record.get("id") else { panic!("the memory store gives numbers") };
            ids.push(id.to_string());
        }
        Ok(ids)
    }

    async fn remove(&self, store_id: &str) -> Result<()> {
        let adapter = self.store.adapter();
        let delete = adapter.delete().expect("the memory store removes");
        delete.delete(&Key::field("id", store_id)).await.map(drop)
    }

    async fn row(&self, store_id: &str) -> Result<Option<Record>> {
        let id: i64 = store_id.parse().unwrap_or_default();
        Ok(self.store.rows().into_iter().find(|row| row.get("id") == Some(&Field::I64(id))))
    }

    fn take_down(&self) {
        self.store.set_available(false);
    }

    fn bring_back(&self) {
        self.store.set_available(true);
    }
}
