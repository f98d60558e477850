//! `scripts/rest` over a user service of its own.

use std::sync::Arc;

use async_trait::async_trait;
use crosswalk::{
    directory::{Directory, sqlite::SqliteDirectory},
    engine::{Engine, Error, ErrorKind, Mode, Result},
    harness::{Fixture, Hand, Home, Person, Recorder, Setup, World},
};
use crosswalk_contract::{Field, Record};
use crosswalk_test_servers::{Address, Gate};
use serde_json::json;

use crate::{
    house::CONNECTION,
    scripted::{self, hash_of, own, sayable},
    user_service::{TOKEN, User, UserService},
};

pub(crate) struct Rest {
    mode: Mode,
    home: Home,
    recorder: Option<Recorder>,
}

impl Rest {
    pub(crate) fn new(mode: Mode, home: Home, recorder: Option<Recorder>) -> Rest {
        Rest { mode, home, recorder }
    }

    fn engine(&self, gate: &Gate, setup: &Setup, directory: Arc<dyn Directory>) -> Result<Engine> {
        let settings = json!({
            "dir": scripted::folder("rest"),
            "configuration": {
                "API_URL": format!("http://127.0.0.1:{}", gate.port()),
                "API_TOKEN": TOKEN,
                "NAMESPACE": CONNECTION,
            },
            "allow_hosts": ["127.0.0.1"],
            "threads": 8,
            "connections": if setup.one_connection { 1 } else { 16 },
        });
        scripted::engine(&settings, self.mode, setup, directory)
    }
}

#[async_trait]
impl Fixture for Rest {
    fn mode(&self) -> Mode {
        self.mode
    }

    async fn fresh(&self, setup: &Setup) -> Result<Option<World>> {
        let (service, address) = UserService::start().await;
        let gate = Gate::before(&Address::Tcp(address.ip().to_string(), address.port()));
        let directory: Arc<dyn Directory> = Arc::new(SqliteDirectory::in_memory()?);
        let first = self.engine(&gate, setup, directory.clone())?;
        let second = self.engine(&gate, setup, directory)?;
        let mut world = World::new(first, CONNECTION).with_home(self.home).with_second(second);
        if let Some(recorder) = &self.recorder {
            world = world.with_recorder(recorder.clone());
        }
        Ok(Some(world.with_hand(Arc::new(RestHand { service, gate }))))
    }
}

struct RestHand {
    service: UserService,
    gate: Gate,
}

#[async_trait]
impl Hand for RestHand {
    async fn seed(&self, people: &[Person]) -> Result<Vec<String>> {
        let mut ids = Vec::new();
        for person in people {
            sayable(person)?;
            let user = User {
                id: person.id.as_deref().map(own).unwrap_or_default().to_owned(),
                email: person.email.clone(),
                name: person.name.clone(),
                password_hash: hash_of(person),
                metadata: person.app_metadata.clone(),
                user_metadata: person.user_metadata.clone(),
                ..User::default()
            };
            let taken = || Error::new(ErrorKind::Conflict, "the service has such a user");
            let id = self.service.add(user).ok_or_else(taken)?;
            ids.push(format!("{CONNECTION}|{id}"));
        }
        Ok(ids)
    }

    async fn remove(&self, store_id: &str) -> Result<()> {
        self.service.remove(own(store_id));
        Ok(())
    }

    async fn row(&self, store_id: &str) -> Result<Option<Record>> {
        let text = |text: Option<String>| text.map_or(Field::Null, Field::Text);
        Ok(self.service.get(own(store_id)).map(|user| {
            Record::from_pairs([
                ("id", Field::Text(user.id)),
                ("email", Field::Text(user.email)),
                ("email_verified", Field::Bool(user.email_verified)),
                ("name", text(user.name)),
                ("password_hash", text(user.password_hash)),
                ("metadata", text(user.metadata)),
                ("user_metadata", text(user.user_metadata)),
            ])
        }))
    }

    fn take_down(&self) {
        self.gate.shut();
    }

    fn bring_back(&self) {
        self.gate.open();
    }
}
