//! Backups and restores, good and bad.

use super::*;

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
        .audit(
            &AuditEntry {
                at: at(2),
                actor: "cli".into(),
                action: "x".into(),
                user_id: None,
                connection: None,
                names: vec![],
                outcome: "done".into(),
            },
            false,
        )
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
