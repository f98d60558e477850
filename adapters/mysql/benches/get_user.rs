//! How many look-ups per second the adapter does, beside a bare driver with a prepared statement, in one run.
//!
//! `CROSSWALK_TEST_MYSQL=mysql://root@localhost?socket=/run/mysqld/mysqld.sock cargo bench -p crosswalk-mysql`
//!
//! The ratio counts, not the numbers: rounds alternate, so both meet the same noise. Expected on a quiet machine: 0.75 or more.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench that cannot go on or print is none")]

use std::{
    env,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use crosswalk_contract::{Adapter, Key, Opening};
use crosswalk_mysql::KIND;
use mysql_async::{Conn, Opts, Row, prelude::Queryable};
use serde_json::json;

const CALLERS: u64 = 16;
const ROUND: Duration = Duration::from_secs(2);
const ROUNDS: usize = 5;
const ROWS: u64 = 100_000;

#[tokio::main]
async fn main() {
    let server = env::var("CROSSWALK_TEST_MYSQL").unwrap_or_else(|_| "mysql://root@127.0.0.1:3306".to_owned());
    let (address, options) = server
        .split_once('?')
        .map_or((server.as_str(), String::new()), |(address, options)| (address, format!("?{options}")));
    let at = |database: &str| format!("{}/{database}{options}", address.trim_end_matches('/'));
    let mut owner = Conn::new(Opts::from_url(&at("")).unwrap()).await.unwrap();
    owner
        .query_drop(format!(
            "DROP DATABASE IF EXISTS crosswalk_bench; CREATE DATABASE crosswalk_bench CHARACTER SET utf8mb4; USE crosswalk_bench;
             CREATE TABLE users (id BIGINT PRIMARY KEY, email VARCHAR(190) UNIQUE, passwd VARCHAR(80),
                 metadata TEXT);
             INSERT INTO users SELECT seq, concat('user', seq, '@example.com'), repeat('h', 60),
                 concat('{{\"plan\":\"gold\",\"pad\":\"', repeat('x', 300), '\"}}') FROM seq_1_to_{ROWS};"
        ))
        .await
        .unwrap();
    let settings = json!({
        "url": at("crosswalk_bench"), "table": "users", "pool": { "max_size": 8, "wait": "5s" }, "tls": { "mode": "off" }
    });
    let mut opening = Opening::new("bench", ".");
    opening.id_fields = vec!["id".to_owned()];
    let adapter = KIND.parse(&settings).ok().unwrap().open(&opening).unwrap();
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let bare = bare(&at("crosswalk_bench")).await;
        let ours = ours(&adapter).await;
        ratios.push(ours / bare);
        println!("driver {bare:.0}/s, adapter {ours:.0}/s, ratio {:.2}", ours / bare);
    }
    ratios.sort_by(f64::total_cmp);
    println!("median ratio of get_user by e-mail, {CALLERS} callers on 8 connections: {:.2}", ratios[ROUNDS / 2]);
    owner.query_drop("DROP DATABASE crosswalk_bench").await.unwrap();
}

/// Eight connections, each in a loop of its own: what the driver can do.
async fn bare(url: &str) -> f64 {
    let opts = Opts::from_url(url).unwrap();
    let mut conns = Vec::new();
    for _ in 0..8 {
        conns.push(Conn::new(opts.clone()).await.unwrap());
    }
    let (done, begun) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let loops = conns.into_iter().zip(0..).map(|(mut conn, start)| {
        let done = done.clone();
        tokio::spawn(async move {
            let sql = "SELECT id, email, passwd, metadata FROM users WHERE email = ? LIMIT 2";
            let statement = conn.prep(sql).await.unwrap();
            for email in emails(start) {
                if begun.elapsed() > ROUND {
                    break;
                }
                let rows: Vec<Row> = conn.exec(&statement, (email,)).await.unwrap();
                assert_eq!(rows.len(), 1);
                done.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    futures::future::join_all(loops).await.into_iter().for_each(Result::unwrap);
    done.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64()
}

async fn ours(adapter: &Arc<dyn Adapter>) -> f64 {
    let (done, begun) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let loops = (0..CALLERS).map(|start| {
        let (adapter, done) = (adapter.clone(), done.clone());
        tokio::spawn(async move {
            for email in emails(start) {
                if begun.elapsed() > ROUND {
                    break;
                }
                let key = Key::field("email", email);
                assert!(adapter.get_user().unwrap().get_user(&key).await.unwrap().is_some());
                done.fetch_add(1, Ordering::Relaxed);
            }
        })
    });
    futures::future::join_all(loops).await.into_iter().for_each(Result::unwrap);
    done.load(Ordering::Relaxed) as f64 / begun.elapsed().as_secs_f64()
}

fn emails(start: u64) -> impl Iterator<Item = String> {
    (start..).map(|number| format!("user{}@example.com", number.wrapping_mul(7_919) % ROWS + 1))
}
