//! Puts an engine together around one adapter.

use std::{sync::Arc, time::Duration};

use crosswalk::{
    directory::Directory,
    engine::{Connection, ConnectionParts, Engine, EngineParts, HashingSettings, Mode, Result},
    harness::Setup,
    policy::{ByteSize, PolicySettings},
    translate::{MapSettings, Translation},
};
use crosswalk_contract::{Adapter, Kind, Opening};
use crosswalk_passwords::{HashParams, Limits, Row, SchemeSpec, Verifier};
use serde_json::Value;

/// The one connection's name.
pub(crate) const CONNECTION: &str = "shop";

/// How long an operation of its store may take.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);

/// Compiles a map.
pub(crate) fn translation(table: &str, map: &Value) -> Translation {
    let settings: MapSettings = serde_json::from_value(map.clone()).expect("the fixture's map can be read");
    match Translation::compile(CONNECTION, table, Some(&settings)) {
        Ok(translation) => translation,
        Err(problems) => panic!("the fixture's map has mistakes: {problems:?}"),
    }
}

/// Opens a store the way the configuration does.
pub(crate) fn opened(kind: &Kind, settings: &Value, translation: &Translation) -> Result<Arc<dyn Adapter>> {
    let opening = Opening {
        fields: translation.columns_read(),
        id_fields: translation.id_columns(),
        lookup_fields: translation.lookup_columns(),
        identifiers: translation.identifier_columns(),
        container_fields: translation.container_columns(),
        ..Opening::new(CONNECTION, "/")
    };
    kind.parse(settings).expect("the fixture's settings can be read").open(&opening)
}

/// An engine with one connection.
pub(crate) fn engine(
    adapter: Arc<dyn Adapter>,
    translation: Translation,
    password: Option<SchemeSpec>,
    mode: Mode,
    setup: &Setup,
    directory: Arc<dyn Directory>,
    test_store: bool,
) -> Result<Engine> {
    let connection = connection(adapter, translation, password, mode, setup, test_store)?;
    around(connection, directory, new_hashes())
}

/// The one connection.
pub(crate) fn connection(
    adapter: Arc<dyn Adapter>,
    translation: Translation,
    password: Option<SchemeSpec>,
    mode: Mode,
    setup: &Setup,
    test_store: bool,
) -> Result<Connection> {
    let mut policy = PolicySettings::default();
    if let Some(limit) = setup.metadata_limit {
        policy.metadata_limit = ByteSize(limit);
    }
    if let Some(types) = setup.types {
        policy.types = types;
    }
    Connection::new(ConnectionParts {
        name: CONNECTION.to_owned(),
        mode,
        adapter,
        translation,
        password,
        site_key: None,
        policy,
        timeout: TIMEOUT,
        login_by: Vec::new(),
        tombstones: !setup.no_tombstones,
        test_store,
    })
}

/// An engine around a connection.
pub(crate) fn around(connection: Connection, directory: Arc<dyn Directory>, new_hashes: SchemeSpec) -> Result<Engine> {
    Engine::new(EngineParts {
        connections: vec![connection],
        directory,
        hashing: HashingSettings { threads: Some(2), queue: 4_096, ..HashingSettings::default() },
        new_hashes,
        login_deadline: Duration::from_secs(20),
        clock: Engine::system_clock(),
        random: Engine::system_random(),
    })
}

/// As cheap as argon2id may be: what is tried here is not its strength.
pub(crate) fn new_hashes() -> SchemeSpec {
    let write = HashParams { memory_kib: Some(64), passes: Some(1), lanes: Some(1), ..HashParams::default() };
    SchemeSpec { write, ..SchemeSpec::named("argon2id") }
}

/// As cheap as bcrypt may be.
pub(crate) fn bcrypt() -> SchemeSpec {
    SchemeSpec { write: HashParams { cost: Some(4), ..HashParams::default() }, ..SchemeSpec::named("bcrypt") }
}

/// A password as the legacy application writes it: hash and salt.
pub(crate) fn legacy_hash(spec: &SchemeSpec, password: &str) -> (String, Option<String>) {
    let verifier = Verifier::new(spec, Limits::default()).expect("the fixture's scheme exists");
    let mut random = |bytes: &mut [u8]| Engine::system_random()(bytes);
    let hashed = verifier.hash(&Row::new(b""), password.as_bytes(), &mut random).expect("it can be written");
    let salt = hashed.salt().map(|salt| String::from_utf8(salt.to_vec()).expect("salts are text here"));
    (hashed.hash_text().expect("hashes are text here").to_owned(), salt)
}
