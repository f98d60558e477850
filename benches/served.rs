//! The engine over PostgreSQL and MariaDB, as ratios to what the databases' own tools reach on the same rows in the same run.
//!
//! ```sh
//! cargo bench --bench served
//! ```
//!
//! Each processor has a runtime of its own, as a server would have. Needs both servers (see `tests/servers`), `pgbench`, `psql`, `sysbench` and `mariadb`. Everything shares the machine's
//! processors, so only ratios of one run mean anything, and only on a quiet machine. `ROUNDS` and `ROWS` in the
//! environment change how long it takes.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench talks to a person and may stop")]

#[path = "served/asking.rs"]
mod asking;
#[path = "served/cores.rs"]
mod cores;
#[path = "served/rivals.rs"]
mod rivals;
#[path = "served/store.rs"]
mod store;

use std::time::Instant;

use crosswalk::{
    engine::Engine,
    policy::Actor,
    profile::{Change, UserId},
};
use crosswalk_test_servers::Which;
use futures::{StreamExt, future::join_all};

use crate::{
    asking::{CALLERS, TIME, look_ups, median, warm},
    cores::Cores,
    store::{CONNECTION, Store},
};

/// How many different users look-ups are about, here and at the rivals.
const ASKED_FOR: u64 = 10_000;

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

fn main() {
    let cores = Cores::start();
    let (rounds, rows) = (number("ROUNDS", 3), number("ROWS", 1_000_000));
    for which in Which::ALL {
        let store = cores.one(Store::filled(which, rows));
        let engine = store.engine(8);
        cores.one(warm(engine.clone(), ASKED_FOR));
        let mut asked = Vec::new();
        let mut listings = Vec::new();
        let mut writes = Vec::new();
        for _ in 0..rounds {
            let limit = rivals::look_ups(&store);
            asked.push(look_ups(&cores, &engine, ASKED_FOR) / limit);
            let limit = rivals::listing(&store);
            listings.push(cores.one(own_listing(engine.clone(), rows)) / limit);
            if let Some(limit) = rivals::updates_of_one_row(&store) {
                writes.push(own_writes(&cores, &engine) / limit);
            }
        }
        let name = which.name();
        println!(
            "{name}: get_user by {CALLERS} callers / {}: {:.2}",
            rivals::LOOK_UPS[which as usize],
            median(&mut asked)
        );
        println!("{name}: list {rows} profiles / {}: {:.2}", rivals::LISTINGS[which as usize], median(&mut listings));
        if !writes.is_empty() {
            println!(
                "{name}: change_metadata by 32 writers of one user / pgbench: {:.2}, none lost",
                median(&mut writes)
            );
        }
        println!("{name}: {}", cores.one(burst(engine.clone())));
    }
    println!("peak memory of this process: {} MB", peak_megabytes());
}

/// Profiles per second.
async fn own_listing(engine: Engine, rows: u64) -> f64 {
    let start = Instant::now();
    let mut listing = engine.list_users(CONNECTION, None).unwrap();
    let mut users = 0;
    while let Some(listed) = listing.next().await {
        assert!(listed.unwrap().user.is_ok());
        users += 1;
    }
    assert_eq!(users, rows);
    rows as f64 / start.elapsed().as_secs_f64()
}

/// Changes per second of 32 writers on one user, each of its own key; every one is there afterwards.
fn own_writes(cores: &Cores, engine: &Engine) -> f64 {
    let user = UserId::namespaced(CONNECTION, "1").unwrap();
    let start = Instant::now();
    let done = cores.all(32, |writer| {
        let (engine, user) = (engine.clone(), user.clone());
        async move {
            let mut done = 0_u64;
            while start.elapsed() < TIME {
                done += 1;
                let change = Change::from_json(&format!(r#"{{"app_metadata":{{"w{writer}":{done}}}}}"#)).unwrap();
                engine.change_metadata(&Actor::operator("bench"), &user, change).await.unwrap().unwrap();
            }
            done
        }
    });
    let speed = done.iter().sum::<u64>() as f64 / start.elapsed().as_secs_f64();
    let reader = engine.clone();
    let profile = cores.one(async move { reader.get_user_by_id(&user).await.unwrap().unwrap() });
    let metadata = profile.app_metadata.unwrap();
    for (writer, last) in done.iter().enumerate() {
        assert_eq!(metadata.get(&format!("w{writer}")), Some(last.to_string().as_str()), "a change was lost");
    }
    speed
}

/// A hundred callers at once on a pool of eight.
async fn burst(engine: Engine) -> String {
    let user = UserId::namespaced(CONNECTION, "2").unwrap();
    let start = Instant::now();
    let callers = (0..100).map(|caller| {
        let (engine, user) = (&engine, &user);
        async move {
            let change = Change::from_json(&format!(r#"{{"app_metadata":{{"b{caller}":1}}}}"#)).unwrap();
            engine.change_metadata(&Actor::operator("bench"), user, change).await.map_err(|error| error.code_name())
        }
    });
    let outcomes = join_all(callers).await;
    let served = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    let busy = outcomes.iter().filter(|outcome| matches!(outcome, Err("busy"))).count();
    assert_eq!(served + busy, 100, "{outcomes:?}");
    format!("100 writers on a pool of 8: {served} served, {busy} told busy, all within {:?}", start.elapsed())
}

fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.and_then(|text| text.trim().split(' ').next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}
