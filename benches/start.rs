//! From a configuration file to the first answer: what a restart costs, and what every command of the command line pays.
//!
//! Three starts: with a directory that exists (every start but one), with one that has to be made (the first), and as
//! the limit the same row read by a bare SQLite connection.

use std::{fs, path::Path};

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use crosswalk::{config::Config, engine::By, registry};
use rusqlite::Connection;
use tempfile::TempDir;

const CONFIG: &str = r#"
[connection.shop]
kind = "sqlite"

[connection.shop.store]
path = "shop.db"
table = "tbl_customers"

[connection.shop.map]
user_id = "cust_no"
email = { field = "mail_addr", fold = "lower" }
email_verified = { field = "mail_ok", true_is = ["Y"], false_is = ["N"] }
name = { join = ["first_nm", "last_nm"], with = " " }
created_at = { field = "created", date = "unix" }
password = { field = "pw", salt = "pw_salt", scheme = { scheme = "salted-md5", order = "salt-first" } }
app_metadata = "metadata"
"#;

fn shop() -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    fs::write(dir.path().join("crosswalk.toml"), CONFIG).expect("a configuration");
    let shop = Connection::open(dir.path().join("shop.db")).expect("a store");
    shop.execute_batch(
        r#"CREATE TABLE tbl_customers (cust_no INTEGER PRIMARY KEY, mail_addr TEXT, mail_ok TEXT, first_nm TEXT,
               last_nm TEXT, created INTEGER, pw TEXT, pw_salt TEXT, metadata TEXT);
           CREATE UNIQUE INDEX mail ON tbl_customers (lower(mail_addr));
           INSERT INTO tbl_customers VALUES (4711, 'Jane@example.com', 'Y', 'Jané', 'Doe', 1234567890, 'x', 'y', '{"plan":"full"}');"#,
    )
    .expect("a table");
    dir
}

async fn first_answer(dir: &Path) {
    let kinds = registry::kinds();
    let config = Config::load(dir.join("crosswalk.toml")).expect("a sound configuration");
    let engine = config.open(&kinds).expect("an engine");
    let profile = engine.get_user("shop", By::Email, "jane@example.com").await.expect("an answer");
    assert!(profile.is_some_and(|profile| profile.email_verified));
    engine.directory().close().await.expect("closed");
}

fn start(c: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    let mut group = c.benchmark_group("configuration to first answer");
    group.sample_size(20);

    let again = shop();
    runtime.block_on(first_answer(again.path()));
    group.bench_function("a later start", |b| b.to_async(&runtime).iter(|| first_answer(again.path())));
    group.bench_function("the first start", |b| {
        b.to_async(&runtime).iter_batched(
            shop,
            async |dir| {
                first_answer(dir.path()).await;
                dir
            },
            BatchSize::PerIteration,
        );
    });
    group.bench_function("limit: one row by SQLite alone", |b| {
        b.iter(|| {
            let shop = Connection::open(again.path().join("shop.db")).expect("a store");
            let sql = "SELECT mail_ok FROM tbl_customers WHERE lower(mail_addr) = 'jane@example.com'";
            shop.query_row(sql, [], |row| row.get::<_, String>(0)).expect("a row")
        });
    });
    group.finish();
}

criterion_group!(benches, start);
criterion_main!(benches);
