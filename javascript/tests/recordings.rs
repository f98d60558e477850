//! The same scripts, here and in Node with the packages themselves: equal results.
//!
//! `node/record.sh` writes down what Node makes of `node/cases`. Databases are the ones that `./tests/run` finds or starts.

#[path = "recordings/server.rs"]
mod server;
mod stage;

use std::{fs, path::PathBuf};

use crosswalk_javascript::Network;
use crosswalk_test_servers::{Address, Database, Server, Which};
use serde_json::{Value, json};
use stage::{Stage, made};

/// Runs a case and compares.
fn compare(case: &str, configuration: &Value, allowed: &[&str], database: &str) {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/node"));
    let code = fs::read_to_string(folder.join(format!("cases/{case}.js"))).expect("it is as it was recorded");
    let expected: Value = serde_json::from_str(
        &fs::read_to_string(folder.join(format!("recordings/{case}.json"))).expect("it is as it was recorded"),
    )
    .expect("it is as it was recorded");
    let program = made(&code, |parts| {
        parts.configuration = configuration.to_string();
        parts.network = Network::new(allowed.iter().copied()).expect("it is as it was recorded");
    });
    let found = Stage::new().value(&program);
    let found: Value =
        serde_json::from_str(&found.to_string().replace(database, "test")).expect("it is as it was recorded");
    let mut differences = Vec::new();
    differ(case, &expected, &found, &mut differences);
    assert!(differences.is_empty(), "{} differences:\n{}", differences.len(), differences.join("\n"));
}

fn differ(place: &str, expected: &Value, found: &Value, differences: &mut Vec<String>) {
    match (expected, found) {
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (at, (left, right)) in left.iter().zip(right).enumerate() {
                let name = left.get(0).and_then(Value::as_str).map_or(at.to_string(), str::to_owned);
                differ(&format!("{place}[{name}]"), left, right, differences);
            }
        }
        (Value::Object(left), Value::Object(right)) if left.keys().eq(right.keys()) => {
            for (key, left) in left {
                differ(&format!("{place}.{key}"), left, &right[key], differences);
            }
        }
        _ if expected == found => {}
        _ => differences.push(format!("{place}\n   node: {expected}\n   here: {found}")),
    }
}

/// Where a database is, as the packages want it, and what lets a program there.
fn place(server: &Server, database: &str) -> (Value, String) {
    let user = server.user.as_str();
    let mut place = json!({ "user": user, "database": database });
    if let Some(password) = &server.password {
        place["password"] = password.as_str().into();
    }
    let allowed = match (&server.address, server.which) {
        (Address::Tcp(host, port), _) => {
            place["host"] = host.as_str().into();
            place["port"] = (*port).into();
            host.clone()
        }
        (Address::Socket(path), Which::Mysql) => {
            place["socketPath"] = path.display().to_string().into();
            format!("unix:{}", path.display())
        }
        (Address::Socket(path), Which::Postgres) => {
            place["host"] = path.parent().expect("it is as it was recorded").display().to_string().into();
            format!("unix:{}", path.display())
        }
    };
    (place, allowed)
}

/// Runs a case that needs a database, in one of its own.
fn compare_on(which: Which, case: &str) {
    let stage = Stage::new();
    let database = stage.block_on(Database::make(which)).expect("the tests need this database");
    let server = database.server().clone();
    let (name, key) = match which {
        Which::Postgres => (server.database.clone().unwrap_or_default(), "pg"),
        Which::Mysql => (database.name().to_owned(), "mysql"),
    };
    let (place, allowed) = place(&server, &name);
    compare(case, &json!({ key: place }), &[allowed.as_str(), "127.0.0.1"], database.name());
}

#[test]
fn buffers() {
    compare("buffer", &json!({}), &[], "no database");
}

#[test]
fn cryptography() {
    compare("crypto", &json!({}), &[], "no database");
}

#[test]
fn modules_of_text() {
    compare("text_modules", &json!({}), &[], "no database");
}

#[test]
fn clients_of_http() {
    let server = server::start();
    compare("http", &json!({ "server": format!("http://{server}") }), &["127.0.0.1"], "no database");
}

#[test]
fn every_type_of_postgresql() {
    compare_on(Which::Postgres, "pg_types");
}

#[test]
fn every_value_for_postgresql() {
    compare_on(Which::Postgres, "pg_values");
}

#[test]
fn how_pg_behaves() {
    compare_on(Which::Postgres, "pg_behaviour");
}

#[test]
fn every_type_of_mysql() {
    compare_on(Which::Mysql, "mysql_types");
}

#[test]
fn every_type_by_mysql2() {
    compare_on(Which::Mysql, "mysql2_types");
}

#[test]
fn how_mysql_behaves() {
    compare_on(Which::Mysql, "mysql_behaviour");
}

#[test]
fn how_mysql2_behaves() {
    compare_on(Which::Mysql, "mysql2_behaviour");
}
