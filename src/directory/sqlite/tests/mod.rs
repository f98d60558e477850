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
    super::sql::users,
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

macro_rules! laws {
    ($($room:ident::$law:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $law() {
            laws::$room::$law(&InFile::new()).await;
        }
    )*};
}

laws! {
    moved::of_32_who_move_one_user_in_one_does_and_the_others_find_the_user_there
    metadata::writers_of_32_keys_of_one_user_lose_nothing
    metadata::metadata_comes_back_to_the_letter
    metadata::absent_and_empty_containers_stay_what_they_are
    metadata::a_change_over_the_limit_is_refused_and_changes_nothing
    index::a_pending_row_follows_its_store_and_a_moved_or_deleted_one_does_not
    index::two_connections_with_one_user_id_are_told_apart_by_name
    moved::moved_users_of_a_connection_share_no_address_and_no_name
    moved::a_moved_user_is_found_by_every_identifier_and_never_by_a_guess
    moved::a_user_who_was_never_in_a_store_can_be_made_once
    moved::root_attributes_and_credentials_change_alone
    moved::who_has_not_moved_has_nothing_to_change
    index::a_reused_id_inherits_nothing
    index::an_id_given_to_somebody_else_inherits_no_overlay_and_can_be_given_back
    index::a_tombstone_keeps_a_deleted_user_away_until_it_is_lifted
    metadata::an_overlay_is_set_removed_cleared_and_outlives_a_restart
    metadata::an_overlay_moves_in_with_its_user
    metadata::an_intent_outlives_a_restart_and_is_finished_once
    records::of_32_who_save_a_type_book_one_does
    records::the_audit_log_is_read_in_the_order_written
    records::an_export_holds_everything_exactly_and_nothing_secret
    records::who_is_erased_is_gone_and_stays_away_where_wanted
    index::a_listing_meets_every_user_once_while_others_come_and_go
    moved::a_write_whose_caller_leaves_is_whole_or_absent
    moved::odd_text_is_only_data
    index::a_closed_directory_is_unavailable_and_closing_twice_is_fine
    index::instants_survive
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
