//! The laws on a schema of a real server; beside this, what several processes and a network add.
//!
//! The server is the one that `CROSSWALK_TEST_POSTGRES` names, else one that listens on this machine. Where there is none
//! these tests fail; `./tests/run` leaves them out where `CROSSWALK_REQUIRE` leaves `postgres` out, as does
//! `--skip directory::postgres`.

use std::sync::Arc;

use crosswalk_contract::ErrorKind;
use crosswalk_test_servers::{Database, Gate, Which};
use futures::future::join_all;

use super::{
    super::laws::{self, Site, at, change, newcomer, owner, sighting},
    *,
};
use crate::directory::Directory;

/// A schema of its own, gone afterwards.
struct InSchema {
    database: Database,
    gate: Gate,
}

impl InSchema {
    async fn new() -> InSchema {
        let database = Database::make(Which::Postgres).await.expect("a server, or --skip directory::postgres");
        let gate = Gate::before(&database.server().address);
        InSchema { database, gate }
    }

    fn directory(&self) -> PostgresDirectory {
        PostgresDirectory::open(&self.options(), Path::new(".")).expect("the directory opens")
    }

    fn options(&self) -> PostgresOptions {
        let url = SecretRef::Plain(self.database.server().through(self.gate.port()).url());
        PostgresOptions { schema: self.database.name().to_owned(), ..PostgresOptions::new(url) }
    }
}

#[async_trait]
impl Site for InSchema {
    async fn open(&self) -> Arc<dyn Directory> {
        Arc::new(self.directory())
    }
}

laws::every_law!(InSchema::new().await);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_processes_that_write_at_once_lose_nothing() {
    let place = InSchema::new().await;
    let (one, two) = (Arc::new(place.directory()), Arc::new(place.directory()));
    one.move_in(newcomer("1", None), at(1)).await.unwrap();
    let writers = (0..64).map(|number| {
        let directory = if number % 2 == 0 { one.clone() } else { two.clone() };
        async move {
            let body = format!(r#"{{"user_metadata":{{"k{number}":{number}}}}}"#);
            directory.change_metadata(&owner("1").user_id, change(&body), 1 << 20, at(2)).await.unwrap().unwrap();
        }
    });
    join_all(writers).await;
    let user = two.moved_by_id(&owner("1").user_id).await.unwrap().unwrap();
    let metadata = user.profile.user_metadata.unwrap();
    assert!((0..64).all(|number| metadata.get(&format!("k{number}")) == Some(number.to_string().as_str())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_start_at_once_make_one_directory() {
    let place = InSchema::new().await;
    let options = place.options();
    let opened = (0..6).map(|_| {
        let options = options.clone();
        tokio::task::spawn_blocking(move || PostgresDirectory::open(&options, Path::new(".")).unwrap())
    });
    let opened: Vec<PostgresDirectory> = join_all(opened).await.into_iter().map(Result::unwrap).collect();
    for (number, directory) in opened.iter().enumerate() {
        directory.see(&sighting(&number.to_string(), None, 1)).await.unwrap();
    }
    assert_eq!(opened[0].list("shop", None, 100).await.unwrap().len(), 6);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_server_that_is_away_is_unavailable_and_comes_back_by_itself() {
    let place = InSchema::new().await;
    let directory = place.directory();
    directory.move_in(newcomer("1", None), at(1)).await.unwrap();
    place.gate.cut();
    // What was open is dead; the next calls do not notice.
    assert!(directory.moved_by_id(&owner("1").user_id).await.unwrap().is_some());
    directory.see(&sighting("2", None, 1)).await.unwrap();
    place.gate.shut();
    let reading = directory.moved_by_id(&owner("1").user_id).await.unwrap_err();
    let writing = directory.see(&sighting("3", None, 1)).await.unwrap_err();
    assert_eq!((reading.kind(), writing.kind()), (ErrorKind::Unavailable, ErrorKind::Unavailable));
    place.gate.open();
    directory.see(&sighting("3", None, 1)).await.unwrap();
    assert!(directory.entry(&owner("3").user_id).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_newer_schema_is_left_alone_and_an_absent_one_only_made_where_it_may_be() {
    let place = InSchema::new().await;
    let look = PostgresOptions { create: false, ..place.options() };
    let absent = PostgresDirectory::open(&look, Path::new(".")).unwrap_err();
    assert_eq!((absent.kind(), absent.code_name()), (ErrorKind::Config, "not_a_directory"));
    drop(place.directory());
    place.database.run("UPDATE schema_version SET version = 99").await.unwrap();
    let newer = PostgresDirectory::open(&place.options(), Path::new(".")).unwrap_err();
    assert_eq!((newer.kind(), newer.code_name()), (ErrorKind::Config, "directory_newer"));
}
