//! The engine where two stores know somebody, and where one of them fails in the middle.

#[path = "engine/hashes.rs"]
mod hashes;
#[path = "conformance/house.rs"]
#[expect(dead_code, reason = "only memory stores are opened here, and those without settings")]
mod house;
#[path = "engine/identity.rs"]
mod identity;
#[path = "engine/interrupted.rs"]
mod interrupted;

use std::sync::Arc;

use crosswalk::{
    directory::{Directory, sqlite::SqliteDirectory},
    engine::{Engine, Mode, Secret, Verdict},
    harness::Setup,
    policy::Actor,
    profile::{Change, NewProfile, Profile, UserId},
};
use crosswalk_contract::{Adapter, Field};
use crosswalk_memory::MemoryStore;
use crosswalk_passwords::SchemeSpec;
use serde_json::{Value, json};

use house::CONNECTION;

/// A legacy store whose look-ups regard letter case.
fn store() -> MemoryStore {
    MemoryStore::new().id(["id"]).auto_id("id").columns(["email", "nick", "phone", "hash", "salt", "metadata"])
}

fn map() -> Value {
    json!({
        "user_id": "id",
        "email": "email",
        "username": "nick",
        "phone_number": "phone",
        "password": { "field": "hash", "salt": "salt" },
        "app_metadata": "metadata",
    })
}

fn scheme() -> SchemeSpec {
    serde_json::from_value(json!({ "scheme": "salted-sha256", "order": "salt-first" }))
        .expect("the test's own parts are sound")
}

fn directory() -> Arc<dyn Directory> {
    Arc::new(SqliteDirectory::in_memory().expect("the test's own parts are sound"))
}

fn engine(adapter: Arc<dyn Adapter>, map: &Value, mode: Mode, setup: &Setup, directory: Arc<dyn Directory>) -> Engine {
    house::engine(adapter, house::translation("memory", map), Some(scheme()), mode, setup, directory, true)
        .expect("the test's own parts are sound")
}

/// Writes somebody into the legacy store.
fn seed(store: &MemoryStore, password: &str, columns: &[(&str, &str)]) -> UserId {
    let (hash, salt) = house::legacy_hash(&scheme(), password);
    let mut pairs = vec![("hash", Field::Text(hash)), ("salt", salt.map_or(Field::Null, Field::Text))];
    pairs.extend(columns.iter().map(|(name, value)| (*name, Field::Text((*value).to_owned()))));
    let record = store.insert_pairs(pairs).expect("the test's own parts are sound");
    let Some(Field::I64(id)) = record.get("id") else { panic!("the memory store gives numbers") };
    UserId::namespaced(CONNECTION, &id.to_string()).expect("the test's own parts are sound")
}

async fn login(engine: &Engine, identifier: &str, password: &str) -> Verdict<Profile> {
    engine.login(CONNECTION, identifier, &Secret::new(password)).await.expect("the test's own parts are sound")
}

async fn make(engine: &Engine, user: NewProfile) -> crosswalk::engine::Result<Profile> {
    engine.create(&operator(), CONNECTION, user, &Secret::new("attacker")).await
}

fn accepted(verdict: Verdict<Profile>) -> UserId {
    match verdict {
        Verdict::Accepted(profile) => profile.user_id,
        other => panic!("the login was {}", other.name()),
    }
}

fn change(text: &str) -> Change {
    Change::from_json(text).expect("the test's own parts are sound")
}

fn operator() -> Actor {
    Actor::operator("test")
}
