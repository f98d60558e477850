//! What the databases' own tools reach.

use std::{
    io::Write,
    process::{Command, Stdio},
    time::Instant,
};

use crosswalk_test_servers::{Address, Which};
use tempfile::NamedTempFile;

use crate::{
    asking::{CALLERS, TIME},
    store::{COLUMNS, Store},
};

/// Whom look-ups are measured against, by server.
pub(crate) const LOOK_UPS: [&str; 2] = ["pgbench -M prepared", "sysbench"];
/// Whom listings are measured against, by server.
pub(crate) const LISTINGS: [&str; 2] = ["COPY … TO STDOUT into nothing", "mariadb --quick"];

/// Look-ups of one user by address, per second.
pub(crate) fn look_ups(store: &Store) -> f64 {
    match store.which {
        Which::Postgres => pgbench(
            store,
            &format!(
                "\\set id random(1, 10000)\nSELECT {COLUMNS} FROM people WHERE email = 'user' || :id || '@example.com';\n"
            ),
            CALLERS,
        ),
        Which::Mysql => sysbench(store),
    }
}

/// Rows of the whole table, per second.
pub(crate) fn listing(store: &Store) -> f64 {
    let start = Instant::now();
    let output = match store.which {
        Which::Postgres => Command::new("psql")
            .args([&store.url(), "-qc", &format!("COPY (SELECT {COLUMNS} FROM people) TO STDOUT")])
            .stdout(Stdio::null())
            .status(),
        Which::Mysql => mariadb(store)
            .args(["--quick", "-N", "-e", &format!("SELECT {COLUMNS} FROM people ORDER BY id")])
            .stdout(Stdio::null())
            .status(),
    };
    assert!(output.unwrap().success());
    let rows: f64 = std::env::var("ROWS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000.0);
    rows / start.elapsed().as_secs_f64()
}

/// Updates of one row by 32 clients, per second.
pub(crate) fn updates_of_one_row(store: &Store) -> Option<f64> {
    let script = "\\set k random(1, 32)\nUPDATE people SET metadata = '{\"w1\":' || :k || '}' WHERE id = 1;\n";
    (store.which == Which::Postgres).then(|| pgbench(store, script, 32))
}

fn pgbench(store: &Store, script: &str, clients: u64) -> f64 {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(script.as_bytes()).unwrap();
    let (clients, seconds) = (clients.to_string(), TIME.as_secs().to_string());
    let path = file.path().display().to_string();
    let output = Command::new("pgbench")
        .args(["-n", "-M", "prepared", "-c", &clients, "-j", "2", "-T", &seconds, "-f", &path, &store.url()])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find(|line| line.starts_with("tps = "));
    let line = line.unwrap_or_else(|| panic!("pgbench: {text}{}", String::from_utf8_lossy(&output.stderr)));
    line.split_whitespace().nth(2).unwrap().parse().unwrap()
}

/// Point selects by prepared statements, as `oltp_point_select` does them, of the same columns.
fn sysbench(store: &Store) -> f64 {
    let script = format!(
        "function thread_init()\n  drv = sysbench.sql.driver()\n  con = drv:connect()\n\
         \x20 stmt = con:prepare(\"SELECT {COLUMNS} FROM people WHERE email = ?\")\n\
         \x20 param = stmt:bind_create(sysbench.sql.type.VARCHAR, 100)\n  stmt:bind_param(param)\nend\n\
         function event()\n  param:set(\"user\" .. sysbench.rand.uniform(1, 10000) .. \"@example.com\")\n  stmt:execute()\nend\n"
    );
    let mut file = NamedTempFile::with_suffix(".lua").unwrap();
    file.write_all(script.as_bytes()).unwrap();
    let server = store.database.server();
    let mut arguments = vec![
        format!("--threads={CALLERS}"),
        format!("--time={}", TIME.as_secs()),
        "--rand-type=uniform".to_owned(),
        "--db-driver=mysql".to_owned(),
        format!("--mysql-db={}", store.database.name()),
        format!("--mysql-user={}", server.user),
    ];
    match &server.address {
        Address::Socket(path) => arguments.push(format!("--mysql-socket={}", path.display())),
        Address::Tcp(host, port) => arguments.extend([format!("--mysql-host={host}"), format!("--mysql-port={port}")]),
    }
    arguments.extend(server.password.iter().map(|password| format!("--mysql-password={password}")));
    let output = Command::new("sysbench").args(&arguments).arg(file.path()).arg("run").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    // `queries: 123456 (12345.67 per sec.)`
    let line = text.lines().find(|line| line.trim_start().starts_with("queries:"));
    let line = line.unwrap_or_else(|| panic!("sysbench: {text}{}", String::from_utf8_lossy(&output.stderr)));
    line.split('(').nth(1).unwrap().split_whitespace().next().unwrap().parse().unwrap()
}

fn mariadb(store: &Store) -> Command {
    let server = store.database.server();
    let mut command = Command::new("mariadb");
    command.arg(format!("--user={}", server.user)).arg(format!("--database={}", store.database.name()));
    match &server.address {
        Address::Socket(path) => command.arg(format!("--socket={}", path.display())),
        Address::Tcp(host, port) => command.args([format!("--host={host}"), format!("--port={port}")]),
    };
    if let Some(password) = &server.password {
        command.arg(format!("--password={password}"));
    }
    command
}
