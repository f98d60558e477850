//! Laws of metadata: exactness, overlays, intents.

use std::collections::BTreeSet;

use crosswalk_contract::ErrorKind;
use futures::future::join_all;

use super::*;

pub(in crate::directory) async fn writers_of_32_keys_of_one_user_lose_nothing(site: &dyn Site) {
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
    let overlay = directory.overlay(&owner("2").user_id, &Identity::default()).await.unwrap();
    for n in 0..32 {
        let (value, k, a) = (n.to_string(), format!("k{n}"), format!("a{n}"));
        assert_eq!(user.user_metadata.as_ref().unwrap().get(&k), Some(value.as_str()));
        assert_eq!(user.app_metadata.as_ref().unwrap().get(&a), Some(value.as_str()));
        assert_eq!(overlay.user_metadata.values.get(&k), Some(value.as_str()));
        assert_eq!(overlay.app_metadata.values.get(&a), Some(value.as_str()));
    }
    assert_eq!(user.logins_count, Some(32));
}

pub(in crate::directory) async fn metadata_comes_back_to_the_letter(site: &dyn Site) {
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

pub(in crate::directory) async fn absent_and_empty_containers_stay_what_they_are(site: &dyn Site) {
    let directory = site.open().await;
    let mut them = profile("1", None);
    them.app_metadata = Some(Metadata::empty());
    moved_in(directory.move_in(newcomer_of("1", them), at(1)).await.unwrap());
    let kept = directory.moved_by_id(&owner("1").user_id).await.unwrap().unwrap().profile;
    assert_eq!((kept.user_metadata, kept.app_metadata), (None, Some(Metadata::empty())));
}

pub(in crate::directory) async fn a_change_over_the_limit_is_refused_and_changes_nothing(site: &dyn Site) {
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
    assert!(directory.overlay(&owner("2").user_id, &Identity::default()).await.unwrap().is_empty());
}

pub(in crate::directory) async fn an_overlay_is_set_removed_cleared_and_outlives_a_restart(site: &dyn Site) {
    let directory = site.open().await;
    let text = r#"{"user_metadata":{"n":1.50,"gone":null},"app_metadata":{"gone":null},"blocked":false}"#;
    let told = directory.change_overlay(&owner("1"), change(text), MAX, at(1)).await.unwrap();
    directory.close().await.unwrap();
    let directory = site.open().await;
    let id = owner("1").user_id;
    let kept = directory.overlay(&id, &Identity::default()).await.unwrap();
    assert_eq!(kept, told);
    assert_eq!(kept.user_metadata.values.as_str(), r#"{"n":1.50}"#);
    assert_eq!(kept.user_metadata.tombstones, BTreeSet::from(["gone".to_owned()]));
    assert_eq!(kept.blocked, Some(false));
    assert_eq!(directory.entry(&id).await.unwrap().unwrap().state, State::Pending, "it has an index row");

    directory
        .change_overlay(&owner("1"), change(r#"{"user_metadata":{"gone":2,"n":null}}"#), MAX, at(2))
        .await
        .unwrap();
    let kept = directory.overlay(&id, &Identity::default()).await.unwrap();
    assert_eq!(kept.user_metadata.values.as_str(), r#"{"gone":2}"#);
    assert_eq!(kept.user_metadata.tombstones, BTreeSet::from(["n".to_owned()]));
    directory.change_overlay(&owner("1"), change(r#"{"user_metadata":{}}"#), MAX, at(3)).await.unwrap();
    let kept = directory.overlay(&id, &Identity::default()).await.unwrap();
    assert!(kept.user_metadata.is_empty());
    assert_eq!(kept.app_metadata.tombstones, BTreeSet::from(["gone".to_owned()]), "the other container stays");
}

pub(in crate::directory) async fn an_overlay_moves_in_with_its_user(site: &dyn Site) {
    let directory = site.open().await;
    let text = r#"{"user_metadata":{"n":1.50,"gone":null},"blocked":true}"#;
    directory.change_overlay(&owner("1"), change(text), MAX, at(1)).await.unwrap();
    let mut them = profile("1", None);
    them.user_metadata = metadata(r#"{"gone":1,"stays":2}"#);
    let arrived = moved_in(directory.move_in(newcomer_of("1", them), at(2)).await.unwrap());
    let kept = directory.moved_by_id(&owner("1").user_id).await.unwrap().unwrap().profile;
    assert_eq!(arrived.to_json(), kept.to_json());
    assert_eq!(kept.user_metadata.unwrap().as_str(), r#"{"gone":1,"stays":2,"n":1.50}"#);
    assert_eq!(kept.blocked, Some(true));
    assert!(directory.overlay(&owner("1").user_id, &Identity::default()).await.unwrap().is_empty());
    let late = directory.change_overlay(&owner("1"), change(text), MAX, at(3)).await.unwrap_err();
    assert_eq!((late.kind(), late.code_name()), (ErrorKind::Conflict, "user_moved"));
}

pub(in crate::directory) async fn an_intent_outlives_a_restart_and_is_finished_once(site: &dyn Site) {
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
    let kept = directory.overlay(&owner("1").user_id, &Identity::default()).await.unwrap();
    assert_eq!(kept.app_metadata.values.get("a"), Some(r#""0123456789""#));
    directory.change_overlay(&owner("1"), change(r#"{"app_metadata":{"a":2}}"#), MAX, at(4)).await.unwrap();
    assert!(!directory.finish_intent(first, both.clone(), MAX, at(5)).await.unwrap());
    let kept = directory.overlay(&owner("1").user_id, &Identity::default()).await.unwrap();
    assert_eq!(kept.app_metadata.values.get("a"), Some("2"), "a second finish changes nothing");

    assert!(directory.abandon_intent(second).await.unwrap());
    assert!(!directory.abandon_intent(second).await.unwrap());
    assert!(directory.overlay(&owner("2").user_id, &Identity::default()).await.unwrap().is_empty());
    moved_in(directory.move_in(newcomer("3", None), at(6)).await.unwrap());
    assert!(directory.finish_intent(young, both, MAX, at(7)).await.unwrap());
    let kept = directory.moved_by_id(&owner("3").user_id).await.unwrap().unwrap().profile;
    assert_eq!(kept.app_metadata.unwrap().as_str(), r#"{"a":"0123456789"}"#, "it follows a user who moved");
    let next = directory.begin_intent(&owner("1"), "next", at(8)).await.unwrap();
    assert!(next > young, "a name is never given twice");
}
