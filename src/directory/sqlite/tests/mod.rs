//! The laws on one file; beside this, what a file adds.

mod backup;
mod file;
mod writing;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use futures::future::join_all;
use jiff::Timestamp;
use rusqlite::Connection;
use tempfile::TempDir;

use super::{
    super::laws::{self, Site, at, change, hash, newcomer, owner, profile, sighting},
    super::sql::{VERSION, users},
    *,
};
use crate::{
    directory::{AuditEntry, Directory, MoveOutcome, State},
    profile::Metadata,
};

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

laws::every_law!(InFile::new());

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

async fn fill(directory: &SqliteDirectory, ids: std::ops::Range<u32>) {
    for id in ids {
        let mut them = profile(&id.to_string(), Some(&format!("{id}@example.com")));
        them.user_metadata = Some(Metadata::parse(r#"{"n":12345678901234567890123}"#).unwrap());
        directory.move_in(laws::newcomer_of(&id.to_string(), them), at(1)).await.unwrap();
    }
}

#[test]
fn the_sql_stays_within_what_other_engines_can_carry() {
    let room = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/directory/sql");
    let mut files: Vec<PathBuf> = fs::read_dir(&room).unwrap().map(|file| file.unwrap().path()).collect();
    files.extend(fs::read_dir(room.join("migrations")).unwrap().map(|file| file.unwrap().path()));
    let mut read = 0;
    for file in files.iter().filter(|file| file.is_file()) {
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
