//! The directory under 32 callers: index rows and moves share commits; readers do not wait for the writer.
//!
//! The limit is one commit to the same disk for each write, as SQLite alone does it, measured in the same run.

use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use crosswalk::{
    directory::{
        Credential, Directory, Identity, Newcomer, Owner, Sighting,
        sqlite::{SqliteDirectory, SqliteOptions},
    },
    engine::By,
    policy::{PolicySettings, TypeBook, check_moved},
    profile::{Profile, UserId},
};
use futures::future::join_all;
use jiff::Timestamp;
use rusqlite::Connection;

const CALLERS: u64 = 32;

fn profile(id: &str) -> Profile {
    let user_id = UserId::namespaced("shop", id).expect("an id");
    Profile { email: Some(format!("{id}@example.com")), ..Profile::new(user_id, "shop") }
}

async fn see(directory: Arc<SqliteDirectory>, id: String) {
    let profile = profile(&id);
    let owner = Owner::new(profile.user_id.clone(), "shop", id);
    let sighting = Sighting { owner, identity: Identity::of(&profile), at: Timestamp::UNIX_EPOCH };
    directory.see(&sighting).await.expect("seen");
}

async fn move_in(directory: Arc<SqliteDirectory>, id: String) {
    let passed = check_moved(&PolicySettings::default(), profile(&id), &TypeBook::default());
    let newcomer = Newcomer { store_id: id, profile: passed.checked, credential: Credential::None };
    directory.move_in(newcomer, Timestamp::UNIX_EPOCH).await.expect("moved");
}

fn directory(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let dir = tempfile::tempdir().expect("a folder");
    let directory = runtime.block_on(async {
        Arc::new(SqliteDirectory::open(dir.path().join("directory.db"), SqliteOptions::default()).expect("a directory"))
    });
    let mut number = 0;
    let mut fresh = || {
        number += 1;
        number.to_string()
    };

    let mut group = c.benchmark_group("directory, 32 callers");
    group.sample_size(20).throughput(Throughput::Elements(CALLERS));
    group.bench_function("see", |b| {
        b.iter(|| {
            runtime.block_on(join_all((0..CALLERS).map(|_| tokio_task(&runtime, see(directory.clone(), fresh())))))
        });
    });
    group.bench_function("move_in", |b| {
        b.iter(|| {
            runtime.block_on(join_all((0..CALLERS).map(|_| tokio_task(&runtime, move_in(directory.clone(), fresh())))))
        });
    });
    let last = fresh();
    runtime.block_on(move_in(directory.clone(), last.clone()));
    group.bench_function("moved", |b| {
        b.iter(|| {
            runtime.block_on(join_all((0..CALLERS).map(|_| {
                let (directory, email) = (directory.clone(), format!("{last}@example.com"));
                tokio_task(&runtime, async move {
                    directory.moved("shop", &By::Email, &email).await.expect("an answer").expect("somebody");
                })
            })))
        });
    });
    let alone = Connection::open(dir.path().join("alone.db")).expect("a file");
    alone
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT);",
        )
        .expect("a table");
    group.bench_function("limit: 32 commits by SQLite alone", |b| {
        b.iter(|| {
            for _ in 0..CALLERS {
                alone
                    .execute("INSERT INTO t (b) VALUES ('a row of about the size of an index row, with text')", [])
                    .expect("written");
            }
        });
    });
    group.finish();
}

async fn tokio_task(runtime: &tokio::runtime::Runtime, work: impl Future<Output = ()> + Send + 'static) {
    runtime.spawn(work).await.expect("a task that ends");
}

criterion_group!(benches, directory);
criterion_main!(benches);
