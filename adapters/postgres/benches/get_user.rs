//! `get_user` by e-mail from 16 callers, as a ratio to `pgbench -M prepared -c 16` on the same rows in the same run.
//!
//! ```sh
//! CROSSWALK_TEST_POSTGRES='host=/var/run/postgresql user=postgres dbname=test' cargo bench -p crosswalk-postgres
//! ```
//!
//! Client, server and pgbench share the machine's processors, so only the ratio of one run means anything, and only on a
//! quiet machine. A listing of the whole table is measured against `COPY … TO STDOUT` into nothing.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench talks to a person and may stop")]

use std::{
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crosswalk_contract::{Adapter, Key, Opening};
use crosswalk_postgres::KIND;
use futures::TryStreamExt;
use serde_json::json;
use tokio_postgres::NoTls;

const ROWS: u64 = 200_000;
const CALLERS: u64 = 16;
const ROUNDS: usize = 5;
const TIME: Duration = Duration::from_secs(3);

const SQL: &str = "DROP TABLE IF EXISTS crosswalk_bench;
    CREATE TABLE crosswalk_bench (id bigint PRIMARY KEY, email text NOT NULL UNIQUE, passwd text, name text,
        created timestamptz, active bool, score numeric(10,2), metadata text);
    INSERT INTO crosswalk_bench SELECT i, 'user' || i || '@example.com', md5(i::text) || md5(i::text), 'Name ' || i, now(),
        true, i / 7.0, '{\"plan\":\"gold\",\"notes\":\"' || repeat('x', 300) || '\"}' FROM generate_series(1, 200000) i;
    VACUUM ANALYZE crosswalk_bench";

const COLUMNS: &str = "id, email, passwd, name, created, active, score, metadata";

fn main() {
    let url = std::env::var("CROSSWALK_TEST_POSTGRES")
        .unwrap_or_else(|_| "host=/var/run/postgresql user=postgres dbname=test".to_owned());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(prepare(&url));
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("by_email.sql");
    let lookup = format!(
        "\\set id random(1, {ROWS})\nSELECT {COLUMNS} FROM crosswalk_bench WHERE email = 'user' || :id || '@example.com';\n"
    );
    std::fs::write(&script, lookup).unwrap();
    let (mut ratios, mut listings) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        let limit = pgbench(&url, script.to_str().unwrap());
        let own = runtime.block_on(lookups(&url));
        ratios.push(own / limit);
        let copied = copy(&url);
        let listed = runtime.block_on(listing(&url));
        listings.push(listed / copied);
        println!(
            "round {round}: pgbench {limit:.0}/s, get_user {own:.0}/s, ratio {:.2}; COPY {copied:.0} rows/s, list \
             {listed:.0} rows/s, ratio {:.2}",
            own / limit,
            listed / copied
        );
    }
    println!("medians: get_user / pgbench {:.2}, list / COPY {:.2}", median(&mut ratios), median(&mut listings));
    runtime.block_on(run(&url, "DROP TABLE crosswalk_bench"));
}

async fn run(url: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    for statement in sql.split(';') {
        client.batch_execute(statement).await.unwrap();
    }
}

async fn prepare(url: &str) {
    run(url, SQL).await;
}

fn adapter(url: &str) -> Arc<dyn Adapter> {
    let mut opening = Opening::new("bench", ".");
    opening.id_fields = vec!["id".to_owned()];
    KIND.parse(&json!({ "url": url, "table": "crosswalk_bench" })).ok().unwrap().open(&opening).unwrap()
}

async fn lookups(url: &str) -> f64 {
    let adapter = adapter(url);
    let done = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let callers = (0..CALLERS).map(|caller| {
        let (adapter, done) = (adapter.clone(), done.clone());
        tokio::spawn(async move {
            let mut random = 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(caller + 1);
            while start.elapsed() < TIME {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                let id = (random >> 33) % ROWS + 1;
                let key = Key::field("email", format!("user{id}@example.com"));
                assert!(adapter.get_user().unwrap().get_user(&key).await.unwrap().is_some());
                done.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    for caller in callers.collect::<Vec<_>>() {
        caller.await.unwrap();
    }
    done.load(Ordering::Relaxed) as f64 / start.elapsed().as_secs_f64()
}

async fn listing(url: &str) -> f64 {
    let adapter = adapter(url);
    let start = Instant::now();
    let mut batches = adapter.list_users().unwrap().list_users(None);
    let mut rows = 0;
    while let Some(batch) = batches.try_next().await.unwrap() {
        rows += batch.records.len();
    }
    assert_eq!(rows as u64, ROWS);
    rows as f64 / start.elapsed().as_secs_f64()
}

fn pgbench(url: &str, script: &str) -> f64 {
    let (callers, seconds) = (CALLERS.to_string(), TIME.as_secs().to_string());
    let output = Command::new("pgbench")
        .args(["-n", "-M", "prepared", "-c", &callers, "-j", "2", "-T", &seconds, "-f", script, url])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let line = text.lines().find(|line| line.starts_with("tps = ")).unwrap_or_else(|| panic!("pgbench: {text}"));
    line.split_whitespace().nth(2).unwrap().parse().unwrap()
}

fn copy(url: &str) -> f64 {
    let start = Instant::now();
    let command = format!("COPY (SELECT {COLUMNS} FROM crosswalk_bench) TO STDOUT");
    let status = Command::new("psql").args([url, "-qc", &command]).stdout(Stdio::null()).status().unwrap();
    assert!(status.success());
    ROWS as f64 / start.elapsed().as_secs_f64()
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
