//! The laws on one file, and what a file adds: whose it is, power cuts, locks, full disks, backups.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use futures::future::join_all;
use tempfile::TempDir;

use super::{
    super::laws::{self, Site, at, change, hash, newcomer, owner, profile, sighting},
    *,
};
use crate::profile::Metadata;

struct InFile(TempDir);

impl InFile {
    fn new() -> InFile {
        InFile(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("directory.db")
    }

    fn directory(&self) -> SqliteDirectory {
        SqliteDirectory::open(self.path(), SqliteOptions::default()).unwrap()
    }

    fn directory_with(&self, options: SqliteOptions) -> SqliteDirectory {
        SqliteDirectory::open(self.path(), options).unwrap()
    }
}

#[async_trait]
impl Site for InFile {
    async fn open(&self) -> Arc<dyn Directory> {
        Arc::new(self.directory())
    }
}

macro_rules! laws {
    ($($law:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $law() {
            laws::$law(&InFile::new()).await;
        }
    )*};
}

laws! {
    of_32_who_move_one_user_in_one_does_and_the_others_find_the_user_there
    writers_of_32_keys_of_one_user_lose_nothing
    metadata_comes_back_to_the_letter
    absent_and_empty_containers_stay_what_they_are
    a_change_over_the_limit_is_refused_and_changes_nothing
    a_pending_row_follows_its_store_and_a_moved_or_deleted_one_does_not
    two_connections_with_one_user_id_are_told_apart_by_name
    moved_users_of_a_connection_share_no_address_and_no_name
    a_moved_user_is_found_by_every_identifier_and_never_by_a_guess
    a_user_who_was_never_in_a_store_can_be_made_once
    root_attributes_and_credentials_change_alone
    who_has_not_moved_has_nothing_to_change
    a_reused_id_inherits_nothing
    a_tombstone_keeps_a_deleted_user_away_until_it_is_lifted
    an_overlay_is_set_removed_cleared_and_outlives_a_restart
    an_overlay_moves_in_with_its_user
    an_intent_outlives_a_restart_and_is_finished_once
    of_32_who_save_a_type_book_one_does
    the_audit_log_is_read_in_the_order_written
    an_export_holds_everything_exactly_and_nothing_secret
    who_is_erased_is_gone_and_stays_away_where_wanted
    a_listing_meets_every_user_once_while_others_come_and_go
    a_write_whose_caller_leaves_is_whole_or_absent
    odd_text_is_only_data
    a_closed_directory_is_unavailable_and_closing_twice_is_fine
    instants_survive
}

#[tokio::test]
async fn a_directory_in_memory_works_like_one_in_a_file() {
    let directory = Arc::new(SqliteDirectory::in_memory().unwrap());
    let other = SqliteDirectory::in_memory().unwrap();
    join_all((0..32).map(|n| {
        let directory = directory.clone();
        async move { directory.move_in(newcomer(&n.to_string(), None), at(1)).await.unwrap() }
    }))
    .await;
    assert_eq!(directory.list_moved("shop", None, 100).await.unwrap().len(), 32);
    assert!(other.list("shop", None, 100).await.unwrap().is_empty(), "each is its own");
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill_in_mid_write() {
    const CHILD: &str = "CROSSWALK_TEST_DIRECTORY";
    if let Ok(path) = std::env::var(CHILD) {
        // The child: writes as fast as it can and says what was acknowledged, until it is killed.
        let directory = Arc::new(SqliteDirectory::open(path, SqliteOptions::default()).unwrap());
        for round in 0.. {
            join_all((0..8).map(|lane| {
                let directory = directory.clone();
                async move {
                    let id = format!("{}", round * 8 + lane);
                    let mut them = profile(&id, None);
                    them.app_metadata = Some(Metadata::parse(format!(r#"{{"id":{id}}}"#)).unwrap());
                    directory.move_in(laws::newcomer_of(&id, them), at(1)).await.unwrap();
                    println!("done {id}");
                }
            }))
            .await;
        }
    }
    let place = InFile::new();
    for acknowledged in [1, 37, 200] {
        let _ = fs::remove_dir_all(place.0.path());
        fs::create_dir(place.0.path()).unwrap();
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "--nocapture",
                "directory::sqlite::tests::what_was_acknowledged_survives_a_kill_in_mid_write",
            ])
            .env(CHILD, place.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // The test harness prints its own words before the first.
        let done = lines.map_while(Result::ok).filter_map(|line| line.split("done ").nth(1).map(str::to_owned));
        let done: Vec<String> = done.take(acknowledged).collect();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(done.len(), acknowledged);

        let directory = place.directory();
        for id in &done {
            let user = directory.moved_by_id(&owner(id).user_id).await.unwrap().unwrap();
            assert_eq!(user.profile.app_metadata.unwrap().get("id"), Some(id.as_str()));
            assert_eq!(user.credential, hash("the-hash"));
        }
        let sound: String = directory
            .read(|db| db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).map_err(error::sqlite))
            .await
            .unwrap();
        assert_eq!(sound, "ok");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_unavailable_and_leaves_nothing_half_written() {
    let place = InFile::new();
    let limit = 400_000;
    let directory =
        Arc::new(place.directory_with(SqliteOptions { max_bytes: Some(limit), ..SqliteOptions::default() }));
    directory.move_in(newcomer("before", None), at(1)).await.unwrap();
    let blob = "x".repeat(100_000);
    let results = join_all((0..32).map(|n| {
        let (directory, blob) = (directory.clone(), blob.clone());
        async move {
            let mut them = profile(&n.to_string(), None);
            them.user_metadata = Some(Metadata::parse(format!(r#"{{"blob":"{blob}"}}"#)).unwrap());
            let large = directory.move_in(laws::newcomer_of(&n.to_string(), them), at(2)).await.map(|_| ());
            (large, directory.record_login(&owner("before").user_id, at(3), None).await)
        }
    }))
    .await;
    let refused: Vec<_> = results.iter().filter_map(|(large, _)| large.as_ref().err()).collect();
    assert!(!refused.is_empty() && refused.len() < 32, "{}", refused.len());
    for error in refused {
        assert_eq!((error.kind(), error.code_name()), (ErrorKind::Unavailable, "directory_full"), "{error}");
        assert!(error.hint_text().is_some());
    }
    for (n, (large, small)) in results.iter().enumerate() {
        let id = owner(&n.to_string()).user_id;
        assert_eq!(directory.moved_by_id(&id).await.unwrap().is_some(), large.is_ok());
        assert_eq!(directory.entry(&id).await.unwrap().is_some(), large.is_ok(), "no index row is left over");
        assert!(matches!(small, Ok(true)), "what needs no room is not taken along: {small:?}");
    }
    let logins = directory.moved_by_id(&owner("before").user_id).await.unwrap().unwrap().profile.logins_count;
    assert_eq!(logins, Some(32), "and counts once");

    directory.close().await.unwrap();
    let directory = place.directory();
    directory.move_in(newcomer("after", None), at(4)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_held_by_another_is_waited_for_then_unavailable_then_over() {
    let place = InFile::new();
    let lock_timeout = Duration::from_millis(300);
    let directory = Arc::new(place.directory_with(SqliteOptions { lock_timeout, ..SqliteOptions::default() }));
    directory.see(&sighting("1", None, 1)).await.unwrap();
    let other = Connection::open(place.path()).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let started = Instant::now();
    let writes = join_all((0..8).map(|n| {
        let directory = directory.clone();
        async move { directory.see(&sighting(&format!("late {n}"), None, 2)).await }
    }));
    let first = owner("1").user_id;
    let (writes, read) = tokio::join!(writes, directory.entry(&first));
    assert!(read.unwrap().is_some(), "readers do not wait for a writer");
    for write in writes {
        let error = write.unwrap_err();
        assert_eq!((error.kind(), error.code_name()), (ErrorKind::Unavailable, "directory_locked"));
        assert!(error.hint_text().is_some());
    }
    assert!(started.elapsed() < lock_timeout * 4, "the queue does not wait once for each");
    other.execute_batch("ROLLBACK").unwrap();
    directory.see(&sighting("2", None, 3)).await.unwrap();
    assert_eq!(directory.list("shop", None, 100).await.unwrap().len(), 2);
}

#[tokio::test]
async fn one_failing_write_of_a_group_takes_no_other_with_it() {
    let place = InFile::new();
    let directory = Arc::new(place.directory());
    // While the writer is held up, the others gather behind it and make one group.
    let slow = {
        let directory = directory.clone();
        tokio::spawn(async move {
            directory
                .write(|_| {
                    std::thread::sleep(Duration::from_millis(100));
                    Ok(())
                })
                .await
        })
    };
    tokio::time::sleep(Duration::from_millis(20)).await;
    let good = |id: &'static str| directory.move_in(newcomer(id, Some("a@example.com")), at(1));
    let broken = directory.write(|db| {
        users::insert(db, &owner("half"), &Default::default(), State::Pending, at(1))?;
        Err::<(), _>(Error::refused("on_purpose", "refused after writing"))
    });
    let panicking = directory.write(|db| -> Result<()> {
        users::insert(db, &owner("panicked"), &Default::default(), State::Pending, at(1))?;
        panic!("on purpose")
    });
    // Found out only at the commit of the whole group.
    let poison = directory.write(|db| {
        db.execute_batch("PRAGMA defer_foreign_keys = ON").map_err(error::sqlite)?;
        users::execute(db, "INSERT INTO profiles (user_id, profile) VALUES ('nobody', '{}')", [])
    });
    // What SQLite does by itself on some errors.
    let ending = directory.write(|db| {
        db.execute_batch("ROLLBACK").map_err(error::sqlite)?;
        Err::<(), _>(Error::refused("on_purpose", "the transaction is lost"))
    });
    let second = sighting("2", None, 1);
    let other = directory.see(&second);
    let (first, broken, panicking, clash, poison, ending, other) =
        tokio::join!(good("1"), broken, panicking, good("3"), poison, ending, other);
    slow.await.unwrap().unwrap();
    assert!(first.is_ok() && other.is_ok());
    assert_eq!(broken.unwrap_err().code_name(), "on_purpose");
    assert_eq!(panicking.unwrap_err().kind(), ErrorKind::Unexpected);
    assert_eq!(clash.unwrap_err().code_name(), "user_exists");
    assert_eq!(poison.unwrap_err().kind(), ErrorKind::Unexpected);
    assert_eq!(ending.unwrap_err().code_name(), "on_purpose");
    let there: Vec<_> =
        directory.list("shop", None, 10).await.unwrap().into_iter().map(|entry| entry.owner.store_id).collect();
    assert_eq!(there, ["1", "2"]);
}

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let place = InFile::new();
    drop(place.directory());
    let raw = Connection::open(place.path()).unwrap();
    raw.execute_batch("UPDATE schema_version SET version = 99").unwrap();
    drop(raw);
    let before = fs::read(place.path()).unwrap();
    let error = SqliteDirectory::open(place.path(), SqliteOptions::default()).unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Config, "directory_newer"));
    let told = error.to_string();
    assert!(
        told.contains("99") && told.contains(&schema::VERSION.to_string()) && error.hint_text().is_some(),
        "{told}"
    );
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

#[tokio::test]
async fn a_damaged_file_is_called_damaged_and_can_be_replaced() {
    let place = InFile::new();
    let backup = place.0.path().join("backup.db");
    let directory = place.directory();
    fill(&directory, 0..50).await;
    directory.backup(&backup, false).await.unwrap();
    directory.close().await.unwrap();
    drop(directory);
    let mut bytes = fs::read(place.path()).unwrap();
    bytes[100..].fill(0xAA);
    fs::write(place.path(), &bytes).unwrap();
    let error = SqliteDirectory::open(place.path(), SqliteOptions::default()).unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Inconsistent, "directory_damaged"), "{error}");
    let aside = SqliteDirectory::restore(&backup, &place.path(), true).unwrap().unwrap();
    assert!(bytes == fs::read(aside).unwrap(), "the damaged file is kept for who can mend it");
    assert_eq!(place.directory().list_moved("shop", None, 100).await.unwrap().len(), 50);
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
    assert_eq!(schema::version(&raw).unwrap(), Some(schema::VERSION));
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
    assert_eq!(schema::version(&raw).unwrap(), Some(schema::VERSION));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_may_share_a_directory() {
    let place = InFile::new();
    let (one, two) = (Arc::new(place.directory()), Arc::new(place.directory()));
    let outcomes = join_all((0..64).map(|n| {
        let directory = if n % 2 == 0 { one.clone() } else { two.clone() };
        tokio::spawn(async move { directory.move_in(newcomer(&(n / 4).to_string(), None), at(1)).await.unwrap() })
    }))
    .await;
    let moved = outcomes.into_iter().filter(|outcome| matches!(outcome, Ok(MoveOutcome::Moved(_)))).count();
    assert_eq!(moved, 16);
    two.change_metadata(&owner("3").user_id, change(r#"{"user_metadata":{"a":1}}"#), 1000, at(2)).await.unwrap();
    let seen = one.moved_by_id(&owner("3").user_id).await.unwrap().unwrap();
    assert_eq!(seen.profile.user_metadata.unwrap().as_str(), r#"{"a":1}"#);
}

async fn fill(directory: &SqliteDirectory, ids: std::ops::Range<u32>) {
    for id in ids {
        let mut them = profile(&id.to_string(), Some(&format!("{id}@example.com")));
        them.user_metadata = Some(Metadata::parse(r#"{"n":12345678901234567890123}"#).unwrap());
        directory.move_in(laws::newcomer_of(&id.to_string(), them), at(1)).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_made_under_writes_is_whole_and_is_restored() {
    let place = InFile::new();
    let backup = place.0.path().join("backup.db");
    let directory = Arc::new(place.directory());
    fill(&directory, 0..50).await;
    let writing = {
        let directory = directory.clone();
        tokio::spawn(async move { fill(&directory, 50..150).await })
    };
    let early = place.0.path().join("early.db");
    directory.backup(&early, false).await.unwrap();
    let refused = directory.backup(&early, false).await.unwrap_err();
    assert_eq!((refused.kind(), refused.code_name()), (ErrorKind::Conflict, "file_exists"));
    writing.await.unwrap();
    for force in [false, true] {
        directory.backup(&backup, force).await.unwrap();
    }
    let refused = directory.backup(&place.path(), true).await.unwrap_err();
    assert_eq!(refused.code_name(), "directory_in_use", "a directory is no place for its own backup");
    let foreign = place.0.path().join("notes.txt");
    fs::write(&foreign, "no database").unwrap();
    assert_eq!(directory.backup(&foreign, true).await.unwrap_err().code_name(), "not_a_directory");
    assert!(!fs::exists(place.0.path().join("backup.db-wal")).unwrap(), "one file is everything");

    let refused = SqliteDirectory::restore(&backup, &place.path(), false).unwrap_err();
    assert_eq!(refused.code_name(), "file_exists");
    let refused = SqliteDirectory::restore(&backup, &place.path(), true).unwrap_err();
    assert_eq!(refused.code_name(), "directory_in_use", "nobody's writes are pulled away under them");
    directory
        .audit(&AuditEntry {
            at: at(2),
            actor: "cli".into(),
            action: "x".into(),
            user_id: None,
            connection: None,
            names: vec![],
            outcome: "done".into(),
        })
        .await
        .unwrap();
    directory.close().await.unwrap();
    drop(directory);

    let aside = SqliteDirectory::restore(&backup, &place.path(), true).unwrap().unwrap();
    let restored = place.directory();
    let there = restored.list_moved("shop", None, 1000).await.unwrap();
    assert_eq!(there.len(), 150);
    assert!(
        there.iter().all(|user| user.user_metadata.as_ref().unwrap().as_str() == r#"{"n":12345678901234567890123}"#)
    );
    assert!(restored.audit_log(0, 10).await.unwrap().is_empty(), "what came after the backup is not in it");
    let old = SqliteDirectory::open(&aside, SqliteOptions::default()).unwrap();
    assert_eq!(old.list_moved("shop", None, 1000).await.unwrap().len(), 150, "the old file is kept, whole");
    assert_eq!(old.audit_log(0, 10).await.unwrap().len(), 1);

    let elsewhere = place.0.path().join("elsewhere.db");
    assert_eq!(SqliteDirectory::restore(&early, &elsewhere, false).unwrap(), None);
    let early = SqliteDirectory::open(&elsewhere, SqliteOptions::default()).unwrap();
    let there = early.list_moved("shop", None, 1000).await.unwrap().len();
    assert!((50..=150).contains(&there), "{there}");
    assert_eq!(early.list("shop", None, 1000).await.unwrap().len(), there, "one instant, no half of a user");
}

#[tokio::test]
async fn a_damaged_or_newer_backup_is_not_restored() {
    let place = InFile::new();
    let (backup, to) = (place.0.path().join("backup.db"), place.0.path().join("to.db"));
    let directory = place.directory();
    fill(&directory, 0..200).await;
    directory.backup(&backup, false).await.unwrap();
    let whole = fs::read(&backup).unwrap();

    let mut damaged = whole.clone();
    let middle = damaged.len() / 2 / 4096 * 4096;
    damaged[middle..middle + 4096].fill(0xAA);
    fs::write(&backup, &damaged).unwrap();
    let error = SqliteDirectory::restore(&backup, &to, false).unwrap_err();
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Inconsistent, "directory_damaged"), "{error}");
    fs::write(&backup, &whole[..whole.len() / 2]).unwrap();
    assert!(SqliteDirectory::restore(&backup, &to, false).is_err());

    fs::write(&backup, &whole).unwrap();
    Connection::open(&backup).unwrap().execute_batch("UPDATE schema_version SET version = 99").unwrap();
    assert_eq!(SqliteDirectory::restore(&backup, &to, false).unwrap_err().code_name(), "directory_newer");
    assert!(!to.exists());
    let left = fs::read_dir(place.0.path())
        .unwrap()
        .filter(|file| file.as_ref().unwrap().file_name().to_string_lossy().contains(".part"));
    assert_eq!(left.count(), 0, "no temporary file stays behind");
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

#[test]
fn the_sql_stays_within_what_other_engines_can_carry() {
    let room = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/directory/sqlite");
    let mut files: Vec<PathBuf> = fs::read_dir(&room).unwrap().map(|file| file.unwrap().path()).collect();
    files.extend(fs::read_dir(room.join("migrations")).unwrap().map(|file| file.unwrap().path()));
    let mut read = 0;
    for file in files.iter().filter(|file| file.is_file() && !file.ends_with("tests.rs")) {
        let text = fs::read_to_string(file).unwrap();
        let code: String = text
            .lines()
            .filter(|line| !["//", "--"].iter().any(|comment| line.trim_start().starts_with(comment)))
            .collect::<Vec<_>>()
            .join("\n")
            .to_lowercase();
        for word in [
            "advisory",
            "trigger",
            "sequence",
            "nextval",
            "serial primary",
            "autoincrement",
            "listen ",
            "notify",
            "insert or ",
            "replace into",
            "rowid",
            "without rowid",
            "strict",
            "glob ",
            "json_",
            "strftime",
            "ifnull",
            "datetime(",
            "last_insert",
        ] {
            assert!(!code.contains(word), "{} has `{word}`", file.display());
        }
        read += 1;
    }
    assert!(read > 10);
}

/// `cargo test --release -- --ignored --nocapture directory::sqlite::tests::measure`
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement, not a law"]
async fn measure() {
    let place = InFile::new();
    let directory = Arc::new(place.directory());
    for what in ["see", "move_in"] {
        let started = Instant::now();
        let callers = (0..32).map(|caller| {
            let directory = directory.clone();
            tokio::spawn(async move {
                for n in 0..200 {
                    let id = format!("{caller}-{n}");
                    match what {
                        "see" => drop(directory.see(&sighting(&id, Some(&id), 1)).await.unwrap()),
                        _ => drop(directory.move_in(newcomer(&id, Some(&id)), at(1)).await.unwrap()),
                    }
                }
            })
        });
        join_all(callers).await.into_iter().for_each(|caller| caller.unwrap());
        println!("{what}: {:.0} a second", 6400.0 / started.elapsed().as_secs_f64());
    }
    let started = Instant::now();
    for n in 0..6400 {
        directory.moved("shop", &By::Email, &format!("{}-{}", n % 32, n / 32)).await.unwrap().unwrap();
    }
    println!("moved, one caller: {:.0} a second", 6400.0 / started.elapsed().as_secs_f64());
}
