//! Laws of users who live here: moving in, being found, changing.

use crosswalk_contract::{By, ErrorKind};
use futures::future::join_all;

use super::*;
use crate::profile::Attribute;

pub(in crate::directory) async fn of_32_who_move_one_user_in_one_does_and_the_others_find_the_user_there(
    site: &dyn Site,
) {
    let directory = site.open().await;
    let racers = (0..32).map(|n| {
        let directory = directory.clone();
        tokio::spawn(async move {
            let mut mine = newcomer("1", Some("jane@example.com"));
            mine.credential = hash(&format!("hash of racer {n}"));
            (hash(&format!("hash of racer {n}")), directory.move_in(mine, at(1)).await.unwrap())
        })
    });
    let (mut winners, mut found) = (Vec::new(), Vec::new());
    for racer in join_all(racers).await {
        match racer.unwrap() {
            (mine, MoveOutcome::Moved(_)) => winners.push(mine),
            (_, MoveOutcome::AlreadyMoved(user)) => found.push(user.credential),
            (_, MoveOutcome::Tombstoned) => panic!("nobody was deleted"),
        }
    }
    assert_eq!((winners.len(), found.len()), (1, 31));
    assert!(found.iter().all(|credential| *credential == winners[0]), "everybody sees the one that won");
}

pub(in crate::directory) async fn moved_users_of_a_connection_share_no_address_and_no_name(site: &dyn Site) {
    let directory = site.open().await;
    let with_name = |id: &str, email: &str, name: &str| {
        let mut them = profile(id, Some(email));
        them.username = Some(name.into());
        newcomer_of(id, them)
    };
    moved_in(directory.move_in(with_name("1", "jane@example.com", "jane"), at(1)).await.unwrap());
    for (taken, field) in
        [(with_name("2", "JANE@example.com", "x"), "email"), (with_name("2", "x@x", "Jane"), "username")]
    {
        let refused = directory.move_in(taken, at(2)).await.unwrap_err();
        assert_eq!((refused.kind(), refused.code_name()), (ErrorKind::Conflict, "user_exists"));
        assert!(refused.to_string().contains(field) && !refused.to_string().to_lowercase().contains("jane"));
        assert!(directory.moved_by_id(&owner("2").user_id).await.unwrap().is_none(), "refused is not half moved");
    }
    let refused = directory.create(&owner("3"), new_profile(Some("Jane@Example.com")), Credential::None, at(2)).await;
    assert_eq!(refused.unwrap_err().code_name(), "user_exists");
    moved_in(directory.move_in(with_name("4", "joe@example.com", "joe"), at(3)).await.unwrap());
    let joe = owner("4").user_id;
    assert_eq!(
        directory.set_email(&joe, Some("jane@EXAMPLE.com"), true, at(4)).await.unwrap_err().code_name(),
        "user_exists"
    );
    let update = ProfileUpdate::default().text(Attribute::Username, Some("JANE")).unwrap();
    assert_eq!(directory.update_profile(&joe, update, at(4)).await.unwrap_err().code_name(), "user_exists");
    assert!(directory.set_email(&joe, Some("JOE@example.com"), true, at(4)).await.unwrap(), "one's own is no conflict");

    // Another connection is another world.
    let mut them = Profile::new(UserId::namespaced("crm", "1").unwrap(), "crm");
    them.email = Some("jane@example.com".into());
    moved_in(directory.move_in(newcomer_of("1", them), at(5)).await.unwrap());
}

pub(in crate::directory) async fn a_moved_user_is_found_by_every_identifier_and_never_by_a_guess(site: &dyn Site) {
    let directory = site.open().await;
    let mut them = profile("4711", Some("Jane@Example.com"));
    (them.username, them.phone_number) = (Some("JaneD".into()), Some("+4930123".into()));
    moved_in(directory.move_in(newcomer_of("4711", them), at(1)).await.unwrap());
    let find = |by: By, value: &'static str| {
        let directory = directory.clone();
        async move { directory.moved("shop", &by, value).await.unwrap().map(|user| user.profile.email) }
    };
    for (by, value) in
        [(By::Id, "4711"), (By::Email, "jane@EXAMPLE.com"), (By::Username, "janed"), (By::Phone, "+4930123")]
    {
        assert_eq!(
            find(by.clone(), value).await,
            Some(Some("Jane@Example.com".into())),
            "by {by:?}, spelled as it was"
        );
    }
    for value in ["4711abc", " 4711", "4711.0", "", "%", "4711\0", "' OR 1=1 --"] {
        assert_eq!(find(By::Id, value).await, None);
    }
    assert!(directory.moved("crm", &By::Id, "4711").await.unwrap().is_none());
    let column = directory.moved("shop", &By::Field("cust_no".into()), "1").await.unwrap_err();
    assert_eq!(column.kind(), ErrorKind::Unsupported);

    let mut twin = profile("4712", None);
    twin.phone_number = Some("+4930123".into());
    moved_in(directory.move_in(newcomer_of("4712", twin), at(2)).await.unwrap());
    let two = directory.moved("shop", &By::Phone, "+4930123").await.unwrap_err();
    assert_eq!(two.kind(), ErrorKind::Inconsistent, "never the first of two");
}

pub(in crate::directory) async fn a_user_who_was_never_in_a_store_can_be_made_once(site: &dyn Site) {
    let directory = site.open().await;
    let made = directory.create(&owner("1"), new_profile(Some("Chuck@example.com")), hash("h"), at(9)).await.unwrap();
    assert_eq!((made.created_at, made.nickname.as_deref()), (Some(at(9)), Some("Chuck")));
    let kept = directory.moved_by_id(&owner("1").user_id).await.unwrap().unwrap();
    assert_eq!((kept.profile.to_json(), kept.credential), (made.to_json(), hash("h")));
    let again = directory.create(&owner("1"), new_profile(None), Credential::None, at(9)).await.unwrap_err();
    assert_eq!((again.kind(), again.code_name()), (ErrorKind::Conflict, "user_exists"));
    directory.see(&sighting("2", None, 1)).await.unwrap();
    let pending = directory.create(&owner("2"), new_profile(None), Credential::None, at(9)).await.unwrap_err();
    assert_eq!(pending.code_name(), "user_exists", "who lives in a legacy store is not made anew");
}

pub(in crate::directory) async fn root_attributes_and_credentials_change_alone(site: &dyn Site) {
    let directory = site.open().await;
    let mut them = profile("1", Some("a@example.com"));
    them.user_metadata = metadata(r#"{"n":1.50}"#);
    moved_in(directory.move_in(newcomer_of("1", them), at(1)).await.unwrap());
    let id = owner("1").user_id;
    assert!(directory.set_email(&id, Some("B@example.com"), false, at(2)).await.unwrap());
    assert!(directory.set_verified(&id, true, at(3)).await.unwrap());
    let update = ProfileUpdate::default().text(Attribute::Name, Some("B")).unwrap();
    let update = update.flag(Attribute::Blocked, Some(true)).unwrap();
    assert!(directory.update_profile(&id, update, at(4)).await.unwrap());
    assert!(directory.record_login(&id, at(5), Some("192.0.2.1")).await.unwrap());
    assert!(directory.record_login(&id, at(6), None).await.unwrap());
    assert!(directory.set_credential(&id, hash("second"), at(7)).await.unwrap());
    let user = directory.moved("shop", &By::Email, "b@example.com").await.unwrap().unwrap();
    let mut expected = profile("1", Some("B@example.com"));
    (expected.email_verified, expected.name, expected.blocked) = (true, Some("B".into()), Some(true));
    (expected.last_login, expected.last_ip, expected.logins_count) = (Some(at(6)), Some("192.0.2.1".into()), Some(2));
    (expected.updated_at, expected.last_password_reset) = (Some(at(7)), Some(at(7)));
    expected.user_metadata = metadata(r#"{"n":1.50}"#);
    assert_eq!(user.profile.to_json(), expected.to_json());
    assert_eq!(user.credential, hash("second"));
    assert!(directory.moved("shop", &By::Email, "a@example.com").await.unwrap().is_none());

    assert!(!directory.rehash(&id, &hash("the-hash"), hash("stale"), at(8)).await.unwrap());
    assert!(directory.rehash(&id, &hash("second"), hash("stronger"), at(8)).await.unwrap());
    let user = directory.moved_by_id(&id).await.unwrap().unwrap();
    assert_eq!(user.credential, hash("stronger"), "a rehash never undoes a password change");
    assert_eq!(user.profile.last_password_reset, Some(at(7)), "and is none itself");
    for kind in [Credential::None, Credential::AskLegacy(Identity::default())] {
        assert!(directory.set_credential(&id, kind.clone(), at(9)).await.unwrap());
        assert_eq!(directory.moved_by_id(&id).await.unwrap().unwrap().credential, kind);
    }
}

pub(in crate::directory) async fn who_has_not_moved_has_nothing_to_change(site: &dyn Site) {
    let directory = site.open().await;
    directory.see(&sighting("1", None, 1)).await.unwrap();
    for id in [owner("1").user_id, owner("2").user_id] {
        assert!(!directory.set_credential(&id, hash("x"), at(2)).await.unwrap());
        assert!(!directory.set_email(&id, None, false, at(2)).await.unwrap());
        assert!(!directory.record_login(&id, at(2), None).await.unwrap());
        let changed = directory.change_metadata(&id, change(r#"{"user_metadata":{"a":1}}"#), MAX, at(2)).await;
        assert!(changed.unwrap().is_none());
        assert!(directory.moved_by_id(&id).await.unwrap().is_none());
    }
    assert!(!directory.delete(&owner("2").user_id, true, at(2)).await.unwrap(), "nobody was there");
}

pub(in crate::directory) async fn a_write_whose_caller_leaves_is_whole_or_absent(site: &dyn Site) {
    let directory = site.open().await;
    for n in 0..200 {
        let task = {
            let (directory, id) = (directory.clone(), n.to_string());
            tokio::spawn(async move {
                let mut them = profile(&id, None);
                them.user_metadata = metadata(r#"{"a":1}"#);
                directory.move_in(newcomer_of(&id, them), at(1)).await
            })
        };
        for _ in 0..n % 4 {
            tokio::task::yield_now().await;
        }
        task.abort();
        let _ = task.await;
    }
    directory.flush().await.unwrap();
    for n in 0..200 {
        let id = owner(&n.to_string()).user_id;
        let state = directory.entry(&id).await.unwrap().map(|entry| entry.state);
        match directory.moved_by_id(&id).await.unwrap() {
            Some(user) => {
                assert_eq!(state, Some(State::Moved));
                assert_eq!((user.credential, user.profile.user_metadata), (hash("the-hash"), metadata(r#"{"a":1}"#)));
            }
            None => assert_eq!(state, None),
        }
    }
}

pub(in crate::directory) async fn odd_text_is_only_data(site: &dyn Site) {
    let directory = site.open().await;
    let long = "x".repeat(10_000);
    for (n, odd) in
        ["a'b\"c", "back\\slash", "😀@example.com", "%_?:1$1", "-- ;", long.as_str()].into_iter().enumerate()
    {
        let id = n.to_string();
        moved_in(directory.move_in(newcomer(&id, Some(odd)), at(1)).await.unwrap());
        let found = directory.moved("shop", &By::Email, odd).await.unwrap().unwrap();
        assert_eq!(found.profile.email.as_deref(), Some(odd));
    }
}
