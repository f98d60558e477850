//! What every directory promises, whatever keeps it. Each law gets a fresh, empty place.

use std::{collections::BTreeSet, sync::Arc};

use async_trait::async_trait;
use crosswalk_contract::{By, ErrorKind};
use futures::future::join_all;
use jiff::{Timestamp, ToSpan};

use super::*;
use crate::{
    policy::Checked,
    profile::{Attribute, Change, Metadata, NewProfile, Profile, UserId},
};

/// A place for one directory, which can be opened again and again.
#[async_trait]
pub(super) trait Site: Send + Sync {
    async fn open(&self) -> Arc<dyn Directory>;
}

const MAX: u64 = 16_777_216;

pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_750_000_000 + second).unwrap()
}

pub(super) fn owner(id: &str) -> Owner {
    Owner::new(UserId::namespaced("shop", id).unwrap(), "shop", id)
}

pub(super) fn sighting(id: &str, email: Option<&str>, second: i64) -> Sighting {
    Sighting { owner: owner(id), identifiers: Identifiers::new(email, None, None), at: at(second) }
}

pub(super) fn hash(text: &str) -> Credential {
    Credential::Hash {
        scheme: "argon2id".into(),
        hash: text.into(),
        salt: Some("salt-of-it".into()),
        params: Some("m=19456".into()),
    }
}

pub(super) fn profile(id: &str, email: Option<&str>) -> Profile {
    let mut profile = Profile::new(owner(id).user_id, "shop");
    profile.email = email.map(str::to_owned);
    profile.created_at = Some(at(0));
    profile
}

pub(super) fn newcomer(id: &str, email: Option<&str>) -> Newcomer {
    newcomer_of(id, profile(id, email))
}

pub(super) fn newcomer_of(id: &str, profile: Profile) -> Newcomer {
    Newcomer { store_id: id.into(), profile: Checked::for_tests(profile), credential: hash("the-hash") }
}

pub(super) fn change(text: &str) -> Checked<Change> {
    Checked::for_tests(Change::from_json(text).unwrap())
}

fn new_profile(email: Option<&str>) -> Checked<NewProfile> {
    Checked::for_tests(NewProfile { email: email.map(str::to_owned), ..NewProfile::default() })
}

fn metadata(text: &str) -> Option<Metadata> {
    Some(Metadata::parse(text).unwrap())
}

fn moved_in(outcome: MoveOutcome) -> Profile {
    match outcome {
        MoveOutcome::Moved(user) => user.profile,
        other => panic!("not moved in: {other:?}"),
    }
}

pub(super) async fn of_32_who_move_one_user_in_one_does_and_the_others_find_the_user_there(site: &dyn Site) {
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

pub(super) async fn writers_of_32_keys_of_one_user_lose_nothing(site: &dyn Site) {
    let directory = site.open().await;
    moved_in(directory.move_in(newcomer("1", None), at(1)).await.unwrap());
    let tasks = (0..32).map(|n| {
        let directory = directory.clone();
        tokio::spawn(async move {
            let text = format!(r#"{{"user_metadata":{{"k{n}":{n}}},"app_metadata":{{"a{n}":{n}}}}}"#);
            directory.change_metadata(&owner("1").user_id, change(&text), MAX, at(2)).await.unwrap().unwrap();
            directory.change_overlay(&owner("2"), change(&text), MAX, at(2)).await.unwrap();
            assert!(directory.record_login(&owner("1").user_id, at(2), None).await.unwrap());
        })
    });
    join_all(tasks).await.into_iter().for_each(|task| task.unwrap());

    let user = directory.moved_by_id(&owner("1").user_id).await.unwrap().unwrap().profile;
    let overlay = directory.overlay(&owner("2").user_id).await.unwrap();
    for n in 0..32 {
        let (value, k, a) = (n.to_string(), format!("k{n}"), format!("a{n}"));
        assert_eq!(user.user_metadata.as_ref().unwrap().get(&k), Some(value.as_str()));
        assert_eq!(user.app_metadata.as_ref().unwrap().get(&a), Some(value.as_str()));
        assert_eq!(overlay.user_metadata.values.get(&k), Some(value.as_str()));
        assert_eq!(overlay.app_metadata.values.get(&a), Some(value.as_str()));
    }
    assert_eq!(user.logins_count, Some(32));
}

pub(super) async fn metadata_comes_back_to_the_letter(site: &dyn Site) {
    let directory = site.open().await;
    let user =
        r#"{ "z" : 12345678901234567890123, "a":1.50,"e":1E+400, "nul":"\u0000","kä\"y":[ ] ,"a2":"\ud83d\ude00😀"}"#;
    let large = format!(r#"{{"blob":"{}"}}"#, "x".repeat(16 * 1024 * 1024 - 11));
    let mut them = profile("1", None);
    (them.user_metadata, them.app_metadata) = (metadata(user), metadata(&large));
    moved_in(directory.move_in(newcomer_of("1", them), at(1)).await.unwrap());
    let kept = directory.moved_by_id(&owner("1").user_id).await.unwrap().unwrap().profile;
    assert_eq!(kept.user_metadata.unwrap().as_str(), user);
    assert_eq!(kept.app_metadata.unwrap().as_str(), large);

    let text = r#"{"user_metadata":{"a":0.10}}"#;
    let changed = directory.change_metadata(&owner("1").user_id, change(text), MAX, at(2)).await.unwrap().unwrap();
    let expected = user.replace("1.50", "0.10");
    let kept = directory.moved_by_id(&owner("1").user_id).await.unwrap().unwrap().profile;
    assert_eq!(changed.user_metadata, kept.user_metadata);
    for (key, value) in Metadata::parse(expected).unwrap().iter() {
        assert_eq!(kept.user_metadata.as_ref().unwrap().get(key), Some(value));
    }
    assert_eq!(kept.app_metadata.unwrap().len_bytes(), large.len() as u64, "the other container is left alone");
}

pub(super) async fn absent_and_empty_containers_stay_what_they_are(site: &dyn Site) {
    let directory = site.open().await;
    let mut them = profile("1", None);
    them.app_metadata = Some(Metadata::empty());
    moved_in(directory.move_in(newcomer_of("1", them), at(1)).await.unwrap());
    let kept = directory.moved_by_id(&owner("1").user_id).await.unwrap().unwrap().profile;
    assert_eq!((kept.user_metadata, kept.app_metadata), (None, Some(Metadata::empty())));
}

pub(super) async fn a_change_over_the_limit_is_refused_and_changes_nothing(site: &dyn Site) {
    let directory = site.open().await;
    let mut them = profile("1", None);
    them.user_metadata = metadata(r#"{"a":1}"#);
    moved_in(directory.move_in(newcomer_of("1", them), at(1)).await.unwrap());
    let text = r#"{"user_metadata":{"b":2},"app_metadata":{"c":"0123456789"},"blocked":true}"#;
    let refused = directory.change_metadata(&owner("1").user_id, change(text), 15, at(2)).await.unwrap_err();
    assert_eq!(refused.code_name(), "metadata_too_large");
    let kept = directory.moved_by_id(&owner("1").user_id).await.unwrap().unwrap().profile;
    assert_eq!(kept.user_metadata.unwrap().as_str(), r#"{"a":1}"#, "both containers or neither");
    assert_eq!((kept.app_metadata, kept.blocked), (None, None));
    let refused = directory.change_overlay(&owner("2"), change(text), 15, at(2)).await.unwrap_err();
    assert_eq!(refused.code_name(), "metadata_too_large");
    assert!(directory.overlay(&owner("2").user_id).await.unwrap().is_empty());
}

pub(super) async fn a_pending_row_follows_its_store_and_a_moved_or_deleted_one_does_not(site: &dyn Site) {
    let directory = site.open().await;
    assert_eq!(directory.see(&sighting("1", Some("Old@Example.com"), 1)).await.unwrap(), State::Pending);
    assert_eq!(directory.see(&sighting("1", Some("new@example.com"), 3)).await.unwrap(), State::Pending);
    directory.see(&sighting("1", Some("late@example.com"), 2)).await.unwrap();
    assert!(directory.entries_by("shop", &By::Email, "old@example.com").await.unwrap().is_empty());
    let found = directory.entries_by("shop", &By::Email, "NEW@example.com").await.unwrap();
    assert_eq!(found.len(), 1, "the newest sighting counts, whatever order they arrive in");
    assert_eq!(found[0].seen_at, at(3));

    moved_in(directory.move_in(newcomer("1", Some("moved@example.com")), at(4)).await.unwrap());
    assert_eq!(directory.see(&sighting("1", Some("store@example.com"), 5)).await.unwrap(), State::Moved);
    let entry = directory.entry(&owner("1").user_id).await.unwrap().unwrap();
    assert_eq!((entry.state, entry.identifiers.email()), (State::Moved, Some("moved@example.com")));

    assert!(directory.delete(&owner("1").user_id, true, at(6)).await.unwrap());
    assert_eq!(directory.see(&sighting("1", Some("store@example.com"), 7)).await.unwrap(), State::Deleted);
    let entry = directory.entry(&owner("1").user_id).await.unwrap().unwrap();
    assert_eq!((entry.state, entry.identifiers), (State::Deleted, Identifiers::default()));
}

pub(super) async fn two_connections_with_one_user_id_are_told_apart_by_name(site: &dyn Site) {
    let directory = site.open().await;
    directory.see(&sighting("1", None, 1)).await.unwrap();
    let mut other = sighting("1", None, 2);
    other.owner.connection = "crm".into();
    let refused = directory.see(&other).await.unwrap_err();
    assert_eq!((refused.kind(), refused.code_name()), (ErrorKind::Inconsistent, "user_id_collision"));
    assert!(refused.to_string().contains("shop") && refused.to_string().contains("crm"), "{refused}");

    let results = directory.see_all(&[sighting("2", None, 1), other.clone(), sighting("3", None, 1)]).await.unwrap();
    assert_eq!(results.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
    assert!(directory.entry(&owner("3").user_id).await.unwrap().is_some());

    let mut them = profile("1", None);
    them.connection = "crm".into();
    let refused = directory.move_in(newcomer_of("1", them), at(3)).await.unwrap_err();
    assert_eq!(refused.code_name(), "user_id_collision");
    let refused = directory.change_overlay(&other.owner, change(r#"{"blocked":true}"#), MAX, at(3)).await.unwrap_err();
    assert_eq!(refused.code_name(), "user_id_collision");
}

pub(super) async fn moved_users_of_a_connection_share_no_address_and_no_name(site: &dyn Site) {
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

pub(super) async fn a_moved_user_is_found_by_every_identifier_and_never_by_a_guess(site: &dyn Site) {
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

pub(super) async fn a_user_who_was_never_in_a_store_can_be_made_once(site: &dyn Site) {
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

pub(super) async fn root_attributes_and_credentials_change_alone(site: &dyn Site) {
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
    for kind in [Credential::None, Credential::AskLegacy] {
        assert!(directory.set_credential(&id, kind.clone(), at(9)).await.unwrap());
        assert_eq!(directory.moved_by_id(&id).await.unwrap().unwrap().credential, kind);
    }
}

pub(super) async fn who_has_not_moved_has_nothing_to_change(site: &dyn Site) {
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

pub(super) async fn a_reused_id_inherits_nothing(site: &dyn Site) {
    let directory = site.open().await;
    let id = owner("1").user_id;
    for tombstone in [false, true] {
        directory.see(&sighting("1", Some("first@example.com"), 1)).await.unwrap();
        let text = r#"{"app_metadata":{"role":"admin"},"blocked":true}"#;
        directory.change_overlay(&owner("1"), change(text), MAX, at(2)).await.unwrap();
        let intent = directory.begin_intent(&owner("1"), "body", at(2)).await.unwrap();
        assert!(directory.delete(&id, tombstone, at(3)).await.unwrap());
        assert!(!directory.delete(&id, tombstone, at(3)).await.unwrap(), "deleting twice is false");
        assert!(!directory.finish_intent(intent, change(text), MAX, at(4)).await.unwrap());
        assert_eq!(directory.revive(&id).await.unwrap(), tombstone);

        assert_eq!(directory.see(&sighting("1", Some("second@example.com"), 5)).await.unwrap(), State::Pending);
        assert!(directory.overlay(&id).await.unwrap().is_empty());
        let arrived = moved_in(directory.move_in(newcomer("1", None), at(6)).await.unwrap());
        assert_eq!((arrived.app_metadata, arrived.blocked), (None, None));
        assert!(directory.delete(&id, tombstone, at(7)).await.unwrap());
        let made = directory.create(&owner("1"), new_profile(None), Credential::None, at(8)).await.unwrap();
        assert_eq!((made.app_metadata, made.email), (None, None));
        assert_eq!(directory.moved_by_id(&id).await.unwrap().unwrap().credential, Credential::None);
        assert!(directory.delete(&id, false, at(9)).await.unwrap());
    }
}

pub(super) async fn a_tombstone_keeps_a_deleted_user_away_until_it_is_lifted(site: &dyn Site) {
    let directory = site.open().await;
    let id = owner("1").user_id;
    moved_in(directory.move_in(newcomer("1", Some("a@example.com")), at(1)).await.unwrap());
    assert!(directory.delete(&id, true, at(2)).await.unwrap());
    assert!(matches!(directory.move_in(newcomer("1", None), at(3)).await.unwrap(), MoveOutcome::Tombstoned));
    let overlay = directory.change_overlay(&owner("1"), change(r#"{"blocked":true}"#), MAX, at(3)).await.unwrap_err();
    assert_eq!(overlay.code_name(), "user_deleted");
    assert!(directory.moved("shop", &By::Email, "a@example.com").await.unwrap().is_none());
    moved_in(directory.move_in(newcomer("2", Some("a@example.com")), at(3)).await.unwrap());
    assert!(directory.revive(&id).await.unwrap());
    assert!(!directory.revive(&id).await.unwrap());
    moved_in(directory.move_in(newcomer("1", None), at(4)).await.unwrap());
}

pub(super) async fn an_overlay_is_set_removed_cleared_and_outlives_a_restart(site: &dyn Site) {
    let directory = site.open().await;
    let text = r#"{"user_metadata":{"n":1.50,"gone":null},"app_metadata":{"gone":null},"blocked":false}"#;
    let told = directory.change_overlay(&owner("1"), change(text), MAX, at(1)).await.unwrap();
    directory.close().await.unwrap();
    let directory = site.open().await;
    let id = owner("1").user_id;
    let kept = directory.overlay(&id).await.unwrap();
    assert_eq!(kept, told);
    assert_eq!(kept.user_metadata.values.as_str(), r#"{"n":1.50}"#);
    assert_eq!(kept.user_metadata.tombstones, BTreeSet::from(["gone".to_owned()]));
    assert_eq!(kept.blocked, Some(false));
    assert_eq!(directory.entry(&id).await.unwrap().unwrap().state, State::Pending, "it has an index row");

    directory
        .change_overlay(&owner("1"), change(r#"{"user_metadata":{"gone":2,"n":null}}"#), MAX, at(2))
        .await
        .unwrap();
    let kept = directory.overlay(&id).await.unwrap();
    assert_eq!(kept.user_metadata.values.as_str(), r#"{"gone":2}"#);
    assert_eq!(kept.user_metadata.tombstones, BTreeSet::from(["n".to_owned()]));
    directory.change_overlay(&owner("1"), change(r#"{"user_metadata":{}}"#), MAX, at(3)).await.unwrap();
    let kept = directory.overlay(&id).await.unwrap();
    assert!(kept.user_metadata.is_empty());
    assert_eq!(kept.app_metadata.tombstones, BTreeSet::from(["gone".to_owned()]), "the other container stays");
}

pub(super) async fn an_overlay_moves_in_with_its_user(site: &dyn Site) {
    let directory = site.open().await;
    let text = r#"{"user_metadata":{"n":1.50,"gone":null},"blocked":true}"#;
    directory.change_overlay(&owner("1"), change(text), MAX, at(1)).await.unwrap();
    let mut them = profile("1", None);
    them.user_metadata = metadata(r#"{"gone":1,"stays":2}"#);
    let arrived = moved_in(directory.move_in(newcomer_of("1", them), at(2)).await.unwrap());
    let kept = directory.moved_by_id(&owner("1").user_id).await.unwrap().unwrap().profile;
    assert_eq!(arrived.to_json(), kept.to_json());
    assert_eq!(kept.user_metadata.unwrap().as_str(), r#"{"stays":2,"n":1.50}"#);
    assert_eq!(kept.blocked, Some(true));
    assert!(directory.overlay(&owner("1").user_id).await.unwrap().is_empty());
    let late = directory.change_overlay(&owner("1"), change(text), MAX, at(3)).await.unwrap_err();
    assert_eq!((late.kind(), late.code_name()), (ErrorKind::Conflict, "user_moved"));
}

pub(super) async fn an_intent_outlives_a_restart_and_is_finished_once(site: &dyn Site) {
    let directory = site.open().await;
    let first = directory.begin_intent(&owner("1"), r#"{"what":"ever"}"#, at(1)).await.unwrap();
    let second = directory.begin_intent(&owner("2"), "second", at(2)).await.unwrap();
    let young = directory.begin_intent(&owner("3"), "young", at(100)).await.unwrap();
    directory.close().await.unwrap();
    let directory = site.open().await;
    let pending = directory.pending_intents(at(50)).await.unwrap();
    assert_eq!(pending.iter().map(|intent| intent.id).collect::<Vec<_>>(), [first, second]);
    assert_eq!((pending[0].body.as_str(), &pending[0].owner), (r#"{"what":"ever"}"#, &owner("1")));

    let both = change(r#"{"app_metadata":{"a":"0123456789"}}"#);
    assert!(directory.finish_intent(first, both.clone(), 4, at(3)).await.is_err());
    assert_eq!(directory.pending_intents(at(50)).await.unwrap().len(), 2, "a failed finish leaves the intent");
    assert!(directory.finish_intent(first, both.clone(), MAX, at(3)).await.unwrap());
    let kept = directory.overlay(&owner("1").user_id).await.unwrap();
    assert_eq!(kept.app_metadata.values.get("a"), Some(r#""0123456789""#));
    directory.change_overlay(&owner("1"), change(r#"{"app_metadata":{"a":2}}"#), MAX, at(4)).await.unwrap();
    assert!(!directory.finish_intent(first, both.clone(), MAX, at(5)).await.unwrap());
    let kept = directory.overlay(&owner("1").user_id).await.unwrap();
    assert_eq!(kept.app_metadata.values.get("a"), Some("2"), "a second finish changes nothing");

    assert!(directory.abandon_intent(second).await.unwrap());
    assert!(!directory.abandon_intent(second).await.unwrap());
    assert!(directory.overlay(&owner("2").user_id).await.unwrap().is_empty());
    moved_in(directory.move_in(newcomer("3", None), at(6)).await.unwrap());
    assert!(directory.finish_intent(young, both, MAX, at(7)).await.unwrap());
    let kept = directory.moved_by_id(&owner("3").user_id).await.unwrap().unwrap().profile;
    assert_eq!(kept.app_metadata.unwrap().as_str(), r#"{"a":"0123456789"}"#, "it follows a user who moved");
    let next = directory.begin_intent(&owner("1"), "next", at(8)).await.unwrap();
    assert!(next > young, "a name is never given twice");
}

pub(super) async fn of_32_who_save_a_type_book_one_does(site: &dyn Site) {
    let directory = site.open().await;
    assert_eq!(directory.type_book("shop").await.unwrap(), None);
    assert_eq!(directory.save_type_book("shop", "{}", None).await.unwrap(), 1);
    let savers = (0..32).map(|n| {
        let directory = directory.clone();
        tokio::spawn(async move { directory.save_type_book("shop", &format!("{{\"n\":{n}}}"), Some(1)).await })
    });
    let results: Vec<_> = join_all(savers).await.into_iter().map(|task| task.unwrap()).collect();
    assert_eq!(results.iter().filter(|result| matches!(result, Ok(2))).count(), 1);
    for refused in results.iter().filter_map(|result| result.as_ref().err()) {
        assert_eq!((refused.kind(), refused.code_name()), (ErrorKind::Conflict, "type_book_changed"));
    }
    assert_eq!(directory.type_book("shop").await.unwrap().unwrap().revision, 2);
    assert!(directory.save_type_book("shop", "{}", None).await.is_err());
    assert!(directory.save_type_book("crm", "{}", Some(1)).await.is_err());
}

fn deed(actor: &str, user: Option<&Owner>, action: &str) -> AuditEntry {
    AuditEntry {
        at: at(1),
        actor: actor.into(),
        action: action.into(),
        user_id: user.map(|owner| owner.user_id.to_string()),
        connection: Some("shop".into()),
        names: vec!["app_metadata.plan".into(), "a\"b".into()],
        outcome: "done".into(),
    }
}

pub(super) async fn the_audit_log_is_read_in_the_order_written(site: &dyn Site) {
    let directory = site.open().await;
    for n in 0..5 {
        directory.audit(&deed("cli", Some(&owner("1")), &format!("deed {n}"))).await.unwrap();
    }
    let first = directory.audit_log(0, 2).await.unwrap();
    let rest = directory.audit_log(first[1].number, 100).await.unwrap();
    let all: Vec<_> = first.iter().chain(&rest).map(|record| record.entry.clone()).collect();
    let expected: Vec<_> = (0..5).map(|n| deed("cli", Some(&owner("1")), &format!("deed {n}"))).collect();
    assert!(all == expected, "{all:?}");
}

pub(super) async fn an_export_holds_everything_exactly_and_nothing_secret(site: &dyn Site) {
    let directory = site.open().await;
    assert_eq!(directory.export(&owner("1").user_id).await.unwrap(), None);
    let mut them = profile("1", Some("jane@example.com"));
    them.user_metadata = metadata(r#"{"n":12345678901234567890123,"nul":"\u0000"}"#);
    moved_in(directory.move_in(newcomer_of("1", them), at(2)).await.unwrap());
    directory.audit(&deed("cli", Some(&owner("1")), "move")).await.unwrap();
    directory.audit(&deed("cli", Some(&owner("2")), "move")).await.unwrap();
    let text = directory.export(&owner("1").user_id).await.unwrap().unwrap();
    for part in [
        r#""user_metadata":{"n":12345678901234567890123,"nul":"\u0000"}"#,
        r#""credential":{"kind":"hash","scheme":"argon2id"}"#,
        r#""state":"moved""#,
        r#""email":"jane@example.com""#,
        r#""action":"move""#,
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(!text.contains("the-hash") && !text.contains("salt-of-it") && !text.contains("shop|2"), "{text}");
    Metadata::parse(text).unwrap();

    directory.change_overlay(&owner("3"), change(r#"{"app_metadata":{"a":1.0,"b":null}}"#), MAX, at(3)).await.unwrap();
    directory.begin_intent(&owner("3"), "the body", at(3)).await.unwrap();
    let text = directory.export(&owner("3").user_id).await.unwrap().unwrap();
    assert!(text.contains(r#""app_metadata":{"values":{"a":1.0},"removed":["b"]}"#), "{text}");
    assert!(text.contains("the body") && text.contains(r#""state":"pending""#), "{text}");
}

pub(super) async fn who_is_erased_is_gone_and_stays_away_where_wanted(site: &dyn Site) {
    let directory = site.open().await;
    let id = owner("jane@example.com").user_id;
    for tombstone in [true, false] {
        moved_in(directory.move_in(newcomer("jane@example.com", Some("jane@example.com")), at(1)).await.unwrap());
        directory.audit(&deed("cli", Some(&owner("jane@example.com")), "move")).await.unwrap();
        directory.audit(&deed(id.as_str(), None, "login")).await.unwrap();
        assert!(directory.erase(&id, tombstone, at(2)).await.unwrap());
        assert!(!directory.erase(&id, tombstone, at(2)).await.unwrap());
        assert_eq!(directory.export(&id).await.unwrap(), None);
        assert_eq!(directory.entry(&id).await.unwrap(), None);
        for record in directory.audit_log(0, 100).await.unwrap() {
            let told = format!("{:?} {}", record.entry.user_id, record.entry.actor);
            assert!(!told.contains("jane"), "{told}");
        }
        if tombstone {
            let seen = directory.see(&sighting("jane@example.com", Some("jane@example.com"), 3)).await.unwrap();
            assert_eq!(seen, State::Deleted);
            assert_eq!(directory.entry(&id).await.unwrap(), None, "seeing an erased person writes nothing");
            let back = directory.move_in(newcomer("jane@example.com", None), at(4)).await.unwrap();
            assert!(matches!(back, MoveOutcome::Tombstoned));
            assert!(directory.revive(&id).await.unwrap());
        }
    }
    assert_eq!(directory.audit_log(0, 100).await.unwrap().len(), 4, "the deeds themselves stay");
}

pub(super) async fn a_listing_meets_every_user_once_while_others_come_and_go(site: &dyn Site) {
    let directory = site.open().await;
    let seen: Vec<Sighting> = (0..100).map(|n| sighting(&format!("{n:03}"), None, 1)).collect();
    directory.see_all(&seen).await.unwrap().into_iter().for_each(|state| assert!(state.is_ok()));
    for n in (0..100).step_by(2) {
        moved_in(directory.move_in(newcomer(&format!("{n:03}"), None), at(2)).await.unwrap());
    }
    let (mut met, mut met_moved, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let page = directory.list("shop", after.as_ref(), 7).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.owner.user_id.clone());
        met.extend(page.into_iter().map(|entry| entry.owner.store_id));
        // Behind and ahead of the reader, neither of them a user of the first hundred.
        directory.see(&sighting("000-new", None, 3)).await.unwrap();
        directory.delete(&owner("000-new").user_id, false, at(3)).await.unwrap();
    }
    assert_eq!(met, (0..100).map(|n| format!("{n:03}")).collect::<Vec<_>>());
    after = None;
    while let Some(last) = {
        let page = directory.list_moved("shop", after.as_ref(), 7).await.unwrap();
        met_moved.extend(page.iter().map(|profile| profile.user_id.clone()));
        page.last().map(|profile| profile.user_id.clone())
    } {
        after = Some(last);
    }
    assert_eq!(met_moved, (0..100).step_by(2).map(|n| owner(&format!("{n:03}")).user_id).collect::<Vec<_>>());
    assert!(directory.list("crm", None, 10).await.unwrap().is_empty());
}

pub(super) async fn a_write_whose_caller_leaves_is_whole_or_absent(site: &dyn Site) {
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

pub(super) async fn odd_text_is_only_data(site: &dyn Site) {
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

pub(super) async fn a_closed_directory_is_unavailable_and_closing_twice_is_fine(site: &dyn Site) {
    let directory = site.open().await;
    directory.ping().await.unwrap();
    directory.close().await.unwrap();
    directory.close().await.unwrap();
    assert_eq!(directory.ping().await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(directory.see(&sighting("1", None, 1)).await.unwrap_err().kind(), ErrorKind::Unavailable);
}

pub(super) async fn instants_survive(site: &dyn Site) {
    let directory = site.open().await;
    let when = at(0) + 123_456.microseconds();
    directory.see(&Sighting { at: when, ..sighting("1", None, 0) }).await.unwrap();
    assert_eq!(directory.entry(&owner("1").user_id).await.unwrap().unwrap().seen_at, when);
}
