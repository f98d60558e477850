//! Files that are missing, locked, replaced, no database, or changed by their owner while in use.

use std::fs;

use crate::shop::{SHOP, Shop, opening};
use crosswalk_contract::{ErrorKind, Field, Key, Opening};
use crosswalk_sqlite::KIND;
use rusqlite::Connection;
use serde_json::json;

fn jane() -> Key {
    Key::field("no", "4711")
}

#[tokio::test]
async fn a_missing_file_is_unavailable_and_is_never_made() {
    let shop = Shop::new();
    fs::remove_file(shop.path()).unwrap();
    for error in [
        shop.adapter.ping().await.unwrap_err(),
        shop.adapter.examine().await.unwrap_err(),
        shop.get(&jane()).await.unwrap_err(),
        shop.set("4711", "a", "1").await.unwrap_err(),
        shop.list(None).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.to_string().contains("shop.db"), "{error}");
        assert!(error.hint_text().is_some());
    }
    assert!(!shop.path().exists());
}

#[tokio::test]
async fn a_file_that_went_away_and_came_back_is_used_again_and_its_old_rows_are_not() {
    let shop = Shop::new();
    let aside = shop.dir.path().join("aside.db");
    assert!(shop.get(&jane()).await.unwrap().is_some());
    fs::rename(shop.path(), &aside).unwrap();
    assert_eq!(shop.get(&jane()).await.unwrap_err().kind(), ErrorKind::Unavailable);
    fs::rename(&aside, shop.path()).unwrap();
    assert!(shop.get(&jane()).await.unwrap().is_some());

    // Replaced at once, as a deployment does: the open connection still sees the old file.
    Connection::open(&aside).unwrap().execute_batch(&SHOP.replace("'first'", "'from the new file'")).unwrap();
    fs::rename(&aside, shop.path()).unwrap();
    let user = shop.get(&jane()).await.unwrap().unwrap();
    assert!(user.get("order") == Some(&"from the new file".into()));
    assert!(shop.set("4711", "a", "1").await.unwrap());
    assert_eq!(shop.text("SELECT metadata FROM user WHERE no = 4711").unwrap(), r#"{"plan":"gold","a":1}"#);
}

#[tokio::test]
async fn a_locked_file_is_unavailable_and_serves_again_once_it_is_free() {
    let shop = Shop::with(SHOP, json!({ "table": "user", "busy_timeout": "50ms" }), opening());
    let owner = shop.owner();
    owner.execute_batch("BEGIN EXCLUSIVE").unwrap();
    for error in [shop.get(&jane()).await.unwrap_err(), shop.set("4711", "a", "1").await.unwrap_err()] {
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(error.to_string().contains("locked"), "{error}");
    }
    owner.execute_batch("ROLLBACK").unwrap();
    assert!(shop.set("4711", "a", "1").await.unwrap());
}

#[tokio::test]
async fn a_reader_that_stays_makes_a_write_unavailable_and_leaves_nothing_half_written() {
    let shop = Shop::with(SHOP, json!({ "table": "user", "busy_timeout": "50ms" }), opening());
    let owner = shop.owner();
    owner.execute_batch("BEGIN").unwrap();
    let _: i64 = owner.query_row("SELECT count(*) FROM user", [], |row| row.get(0)).unwrap();
    assert_eq!(shop.set("4711", "a", "1").await.unwrap_err().kind(), ErrorKind::Unavailable);
    owner.execute_batch("COMMIT").unwrap();
    assert_eq!(shop.text("SELECT metadata FROM user WHERE no = 4711").unwrap(), r#"{"plan":"gold"}"#);
    assert!(shop.set("4711", "a", "1").await.unwrap());
}

#[tokio::test]
async fn what_is_no_database_is_told_so_and_left_alone() {
    let shop = Shop::new();
    let database = fs::read(shop.path()).unwrap();
    let garbage = vec![b'x'; 4_096];
    fs::write(shop.path(), &garbage).unwrap();
    let error = shop.get(&jane()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert!(error.to_string().contains("not an SQLite database"), "{error}");
    assert_eq!(fs::read(shop.path()).unwrap(), garbage);
    fs::write(shop.path(), database).unwrap();
    assert!(shop.get(&jane()).await.unwrap().is_some());
    fs::write(shop.path(), "").unwrap();
    assert_eq!(shop.get(&jane()).await.unwrap_err().kind(), ErrorKind::Config, "an empty file has no such table");
}

#[tokio::test]
async fn a_folder_is_no_database() {
    let dir = tempfile::tempdir().unwrap();
    let settings = KIND.parse(&json!({ "path": ".", "table": "user" })).ok().unwrap();
    let adapter = settings.open(&Opening::new("shop", dir.path())).unwrap();
    assert_eq!(adapter.ping().await.unwrap_err().kind(), ErrorKind::Config);
}

#[tokio::test]
async fn a_path_is_never_taken_for_a_uri() {
    let dir = tempfile::tempdir().unwrap();
    let settings = KIND.parse(&json!({ "path": "file:shop.db?mode=memory", "table": "user" })).ok().unwrap();
    let adapter = settings.open(&Opening::new("shop", dir.path())).unwrap();
    assert_eq!(adapter.ping().await.unwrap_err().kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_schema_that_changes_while_in_use_is_noticed() {
    let shop = Shop::new();
    assert!(shop.get(&Key::field("order", "first")).await.unwrap().is_some());
    shop.owner().execute_batch("ALTER TABLE user RENAME COLUMN \"order\" TO orders").unwrap();
    let error = shop.get(&Key::field("order", "first")).await.unwrap_err();
    assert_eq!((error.kind(), error.hint_text()), (ErrorKind::Config, Some("did you mean orders?")));
    let user = shop.get(&jane()).await.unwrap().unwrap();
    assert!(user.get("orders") == Some(&"first".into()));
    shop.owner().execute_batch("DROP TABLE user").unwrap();
    assert_eq!(shop.get(&jane()).await.unwrap_err().code_name(), "no_such_table");
}

#[tokio::test]
async fn a_legacy_file_is_never_switched_to_another_journal() {
    for mode in ["delete", "wal", "truncate"] {
        let shop = Shop::new();
        shop.owner().pragma_update(None, "journal_mode", mode).unwrap();
        let before = fs::read(shop.path()).unwrap()[18..20].to_vec();
        assert!(shop.set("4711", "a", "1").await.unwrap());
        assert!(shop.get(&jane()).await.unwrap().is_some());
        drop(shop.owner());
        assert_eq!(fs::read(shop.path()).unwrap()[18..20], before, "the header's file format versions, {mode}");
    }
}

#[tokio::test]
async fn a_user_that_other_rows_depend_on_is_not_removed_unless_the_settings_say_so() {
    let sql = "CREATE TABLE t (id INTEGER PRIMARY KEY); CREATE TABLE o (t REFERENCES t (id));
               INSERT INTO t VALUES (1); INSERT INTO o VALUES (1);";
    for (enforced, removed) in [(true, false), (false, true)] {
        let shop = Shop::with(sql, json!({ "table": "t", "foreign_keys": enforced }), Opening::new("shop", "."));
        let result = shop.adapter.delete().unwrap().delete(&Key::field("id", "1")).await;
        match removed {
            true => assert!(result.unwrap()),
            false => assert_eq!(result.unwrap_err().code_name(), "referenced"),
        }
    }
}

#[tokio::test]
async fn a_row_that_breaks_off_half_way_is_not_there_after_the_journal_is_played_back() {
    // What a process leaves that is killed in the middle of a write: the changed file and its journal.
    let shop = Shop::new();
    let killed = shop.dir.path().join("killed.db");
    let owner = shop.owner();
    owner.execute_batch("PRAGMA cache_size = 1; PRAGMA cache_spill = 1; BEGIN IMMEDIATE;").unwrap();
    owner
        .execute_batch(
            "INSERT INTO user (pw) WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
             SELECT hex(randomblob(100)) FROM n; UPDATE user SET metadata = 'half';",
        )
        .unwrap();
    fs::copy(shop.path(), &killed).unwrap();
    fs::copy(shop.dir.path().join("shop.db-journal"), shop.dir.path().join("killed.db-journal")).unwrap();
    owner.execute_batch("ROLLBACK").unwrap();
    assert!(fs::metadata(&killed).unwrap().len() > 100_000, "the copy holds pages of the unfinished transaction");

    let settings = KIND.parse(&json!({ "path": "killed.db", "table": "user" })).ok().unwrap();
    let mut opening = opening();
    opening.dir = shop.dir.path().to_owned();
    let adapter = settings.open(&opening).unwrap();
    let user = adapter.get_user().unwrap().get_user(&jane()).await.unwrap().unwrap();
    assert!(user.get("metadata") == Some(&Field::from(r#"{"plan":"gold"}"#)));
}
