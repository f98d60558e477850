//! The file itself: whose it is, who may read it, its schema, what is left in it, strangers' hands.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{Duration, Instant},
};

use super::*;

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let place = InFile::new();
    drop(place.directory());
    let raw = Connection::open(place.path()).unwrap();
    raw.execute_batch("UPDATE schema_version SET version = 99").unwrap();
    // The directory's own connections may still be closing. What is in the log now would reach the file at any close.
    raw.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    drop(raw);
    let before = fs::read(place.path()).unwrap();
    let error = SqliteDirectory::open(place.path(), SqliteOptions::default()).unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Config, "directory_newer"));
    let told = error.to_string();
    assert!(told.contains("99") && told.contains(&VERSION.to_string()) && error.hint_text().is_some(), "{told}");
    assert!(before == fs::read(place.path()).unwrap());
}

#[test]
fn somebody_elses_file_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let shop = folder.path().join("shop.db");
    Connection::open(&shop).unwrap().execute_batch("CREATE TABLE tbl_customers (cust_no INTEGER PRIMARY KEY)").unwrap();
    let text = folder.path().join("notes.txt");
    fs::write(&text, "no database").unwrap();
    for path in [shop, text] {
        let before = fs::read(&path).unwrap();
        let error = SqliteDirectory::open(&path, SqliteOptions::default()).unwrap_err();
        assert_eq!((error.kind(), error.code_name()), (ErrorKind::Config, "not_a_directory"));
        assert!(before == fs::read(&path).unwrap());
        assert_eq!(
            SqliteDirectory::restore(&path, &folder.path().join("x"), true).unwrap_err().code_name(),
            "not_a_directory"
        );
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "nothing was put beside them");
}

#[test]
fn a_missing_folder_or_file_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let error = SqliteDirectory::open(folder.path().join("no/such.db"), SqliteOptions::default()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("no/such.db") && error.hint_text().is_some(), "{error}");
    let options = SqliteOptions { create: false, ..SqliteOptions::default() };
    let error = SqliteDirectory::open(folder.path().join("absent.db"), options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[cfg(unix)]
#[tokio::test]
async fn only_its_owner_may_read_a_directory_its_log_and_its_backup() {
    use std::os::unix::fs::PermissionsExt;
    let place = InFile::new();
    let directory = place.directory();
    directory.see(&sighting("1", None, 1)).await.unwrap();
    directory.backup(&place.0.path().join("backup.db"), false).await.unwrap();
    let mut seen = 0;
    for file in fs::read_dir(place.0.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", file.file_name());
        seen += 1;
    }
    assert!(seen >= 3, "file, log and backup");
}

#[test]
fn a_directory_that_another_keeps_to_itself_is_unavailable_and_comes_back() {
    let place = InFile::new();
    drop(place.directory());
    let other = Connection::open(place.path()).unwrap();
    other.execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT").unwrap();
    let options = SqliteOptions { lock_timeout: Duration::from_millis(100), ..SqliteOptions::default() };
    let error = SqliteDirectory::open(place.path(), options.clone()).unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Unavailable, "directory_locked"), "{error}");
    drop(other);
    SqliteDirectory::open(place.path(), options).unwrap();
}

#[test]
fn many_processes_may_open_a_new_directory_at_once() {
    let place = InFile::new();
    let openers: Vec<_> = (0..8)
        .map(|_| {
            let path = place.path();
            std::thread::spawn(move || SqliteDirectory::open(path, SqliteOptions::default()).map(|_| ()))
        })
        .collect();
    openers.into_iter().for_each(|opener| opener.join().unwrap().unwrap());
    let raw = Connection::open(place.path()).unwrap();
    assert_eq!(schema::version(&raw).unwrap(), Some(VERSION));
    let leases: i64 = raw.query_row("SELECT COUNT(*) FROM leases", [], |row| row.get(0)).unwrap();
    assert_eq!(leases, 0, "the lease is given back");
}

#[test]
fn the_lease_of_a_process_that_died_runs_out() {
    static NOW: AtomicI64 = AtomicI64::new(1_000_000);
    /// Ten seconds pass between two looks.
    fn clock() -> Timestamp {
        Timestamp::from_second(NOW.fetch_add(10, Ordering::Relaxed)).unwrap()
    }
    let place = InFile::new();
    drop(place.directory());
    let raw = Connection::open(place.path()).unwrap();
    raw.execute_batch("PRAGMA foreign_keys = OFF; UPDATE schema_version SET version = 0").unwrap();
    let tables: Vec<String> = raw
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('schema_version', 'leases')")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap();
    for table in tables {
        raw.execute_batch(&format!("DROP TABLE {table}")).unwrap();
    }
    let until = Timestamp::from_second(1_000_035).unwrap().as_microsecond();
    raw.execute("INSERT INTO leases (name, holder, until) VALUES ('migration', 'dead', ?1)", [until]).unwrap();
    drop(raw);
    let started = Instant::now();
    place.directory_with(SqliteOptions { clock, ..SqliteOptions::default() });
    assert!(started.elapsed() >= Duration::from_millis(150), "it was waited for");
    let raw = Connection::open(place.path()).unwrap();
    assert_eq!(schema::version(&raw).unwrap(), Some(VERSION));
}

#[tokio::test]
async fn an_erased_person_is_nowhere_in_the_file() {
    let place = InFile::new();
    let directory = place.directory();
    fill(&directory, 0..20).await;
    let mut them = profile("1000", Some("findme@example.com"));
    them.user_metadata = Some(Metadata::parse(format!(r#"{{"a":"{}"}}"#, "findme".repeat(5000))).unwrap());
    directory.move_in(laws::newcomer_of("1000", them), at(1)).await.unwrap();
    directory
        .change_metadata(&owner("1000").user_id, change(r#"{"user_metadata":{"b":"findme"}}"#), 1 << 20, at(2))
        .await
        .unwrap();
    assert!(directory.erase(&owner("1000").user_id, true, at(3)).await.unwrap());
    for file in fs::read_dir(place.0.path()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"findme"));
    }
}

#[tokio::test]
async fn a_row_changed_by_a_stranger_is_named_and_its_value_is_not() {
    let place = InFile::new();
    let directory = place.directory();
    fill(&directory, 7..9).await;
    let raw = Connection::open(place.path()).unwrap();
    for (table, column, sql) in [
        ("profiles", "user_metadata", "UPDATE profiles SET user_metadata = '{\"a\":secret' WHERE user_id = 'auth0|shop|7'"),
        ("credentials", "kind", "PRAGMA ignore_check_constraints = ON;
            UPDATE profiles SET user_metadata = NULL; UPDATE credentials SET kind = 'secret' WHERE user_id = 'auth0|shop|7'"),
        ("profiles", "profile", "UPDATE profiles SET profile = '{\"secret\":1}' WHERE user_id = 'auth0|shop|7'"),
    ] {
        raw.execute_batch(sql).unwrap();
        let error = directory.moved_by_id(&owner("7").user_id).await.unwrap_err();
        let told = error.to_string();
        assert_eq!(error.kind(), ErrorKind::Inconsistent);
        assert!(told.contains(table) && told.contains(column) && !told.contains("secret"), "{told}");
        directory.moved_by_id(&owner("8").user_id).await.unwrap().unwrap();
    }
}
