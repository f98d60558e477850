//! Writes on bad days: a kill, a full disk, a lock, a neighbour in the group that fails, another process.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use super::*;

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
                "directory::sqlite::tests::writing::what_was_acknowledged_survives_a_kill_in_mid_write",
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
            .readers
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
    let broken = directory.write(|db: &dyn Db| {
        users::insert(db, &owner("half"), &Default::default(), State::Pending, at(1))?;
        Err::<(), _>(Error::refused("on_purpose", "refused after writing"))
    });
    let panicking = directory.write(|db: &dyn Db| -> Result<()> {
        users::insert(db, &owner("panicked"), &Default::default(), State::Pending, at(1))?;
        panic!("on purpose")
    });
    // Found out only at the commit of the whole group.
    let poison = directory.writer.write(|db| {
        db.execute_batch("PRAGMA defer_foreign_keys = ON").map_err(error::sqlite)?;
        Db::execute(db, "INSERT INTO profiles (user_id, profile) VALUES ('nobody', '{}')", &[])
    });
    // What SQLite does by itself on some errors.
    let ending = directory.writer.write(|db| {
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
