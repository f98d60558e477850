//! Custom-database scripts: the same text here and in Node with the real packages, on the same rows, in the same run; and
//! what the engine for scripts costs by itself.
//!
//! ```sh
//! cargo bench --bench scripts
//! ```
//!
//! Needs both servers (see `tests/servers`), Node 20 and npm. Everything shares the machine's processors, so only ratios of
//! one run mean anything, and only on a quiet machine. `ROUNDS` in the environment changes how long it takes, `ONLY=pg_pool` leaves the other scripts out.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench talks to a person and may stop")]

#[path = "scripts/alone.rs"]
mod alone;
#[path = "served/asking.rs"]
mod asking;
#[path = "served/cores.rs"]
mod cores;
#[path = "scripts/node.rs"]
mod node;
#[path = "served/store.rs"]
#[expect(dead_code, reason = "the columns are for the rivals of another bench")]
mod store;

use std::fs;

use crosswalk::{config::Config, engine::Engine, registry};
use crosswalk_test_servers::{Address, Which};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    asking::{look_ups, median, warm},
    cores::Cores,
    node::Node,
    store::{CONNECTION, Store},
};

const ROWS: u64 = 10_000;

fn main() {
    alone::measure();
    let cores = Cores::start();
    let only = std::env::var("ONLY").ok();
    let rounds = std::env::var("ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(3);
    let node = Node::with_packages();
    for which in Which::ALL {
        let store = cores.one(Store::filled(which, ROWS));
        let (configuration, host) = configuration(&store);
        let scripts: &[&str] = match which {
            Which::Postgres => &["pg_pool.js", "pg_client.js"],
            Which::Mysql => &["mysql_pool.js"],
        };
        let adapter = store.engine(8);
        cores.one(warm(adapter.clone(), ROWS));
        for script in scripts.iter().filter(|script| only.as_ref().is_none_or(|only| script.contains(only.as_str()))) {
            let folder = TempDir::new().unwrap();
            let engine = scripted(script, &configuration, &host, &folder);
            cores.one(warm(engine.clone(), ROWS));
            let (mut to_adapter, mut to_node, mut speeds) = (Vec::new(), Vec::new(), Vec::new());
            for _ in 0..rounds {
                let rust = look_ups(&cores, &adapter, ROWS);
                let here = look_ups(&cores, &engine, ROWS);
                let there = node.look_ups(&path(script), &configuration);
                to_adapter.push(here / rust);
                to_node.push(here / there);
                speeds.push(here);
            }
            println!(
                "{}, {script}: {:.0} get_user/s; to the Rust adapter {:.2}, to Node with the same script {:.2}",
                which.name(),
                median(&mut speeds),
                median(&mut to_adapter),
                median(&mut to_node)
            );
        }
    }
}

fn path(script: &str) -> String {
    format!("{}/benches/scripts/{script}", env!("CARGO_MANIFEST_DIR"))
}

/// What the scripts read as `configuration`, and the host that they may reach.
fn configuration(store: &Store) -> (Value, String) {
    let server = store.database.server();
    let host = match &server.address {
        Address::Tcp(host, _) => host.clone(),
        Address::Socket(path) => format!("unix:{}", path.display()),
    };
    let configuration = match store.which {
        Which::Postgres => json!({ "URL": store.url() }),
        Which::Mysql => {
            let mut it = json!({ "user": server.user, "database": store.database.name() });
            match &server.address {
                Address::Tcp(host, port) => (it["host"], it["port"]) = (json!(host), json!(port.to_string())),
                Address::Socket(path) => it["socketPath"] = json!(path),
            }
            if let Some(password) = &server.password {
                it["password"] = json!(password);
            }
            it
        }
    };
    (configuration, host)
}

fn scripted(script: &str, configuration: &Value, host: &str, folder: &TempDir) -> Engine {
    fs::copy(path(script), folder.path().join("get_user.js")).unwrap();
    let pairs: Vec<String> =
        configuration.as_object().unwrap().iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let text = format!(
        "[directory]\npath = \"directory.db\"\n[connection.{CONNECTION}]\nkind = \"script\"\n\
         [connection.{CONNECTION}.store]\ndir = \".\"\nallow_hosts = [{host:?}]\nconfiguration = {{ {} }}\n\
         [connection.{CONNECTION}.policy]\ntypes = \"off\"\n",
        pairs.join(", ")
    );
    let config = Config::parse(&text, "bench", folder.path(), &registry::kinds()).unwrap_or_else(|it| panic!("{it}"));
    config.open(&registry::kinds()).unwrap()
}
