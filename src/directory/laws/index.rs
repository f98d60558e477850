//! Laws of the index: sightings, collisions, listings, tombstones.

use crosswalk_contract::{By, ErrorKind};
use jiff::ToSpan;

use super::*;

pub(in crate::directory) async fn a_pending_row_follows_its_store_and_a_moved_or_deleted_one_does_not(site: &dyn Site) {
    let directory = site.open().await;
    assert_eq!(directory.see(&sighting("1", Some("Old@Example.com"), 1)).await.unwrap().state, State::Pending);
    assert_eq!(directory.see(&sighting("1", Some("new@example.com"), 3)).await.unwrap().state, State::Pending);
    directory.see(&sighting("1", Some("late@example.com"), 2)).await.unwrap();
    assert!(directory.entries_by("shop", &By::Email, "old@example.com").await.unwrap().is_empty());
    let found = directory.entries_by("shop", &By::Email, "NEW@example.com").await.unwrap();
    assert_eq!(found.len(), 1, "the newest sighting counts, whatever order they arrive in");
    assert_eq!(found[0].seen_at, at(3));

    moved_in(directory.move_in(newcomer("1", Some("moved@example.com")), at(4)).await.unwrap());
    assert_eq!(directory.see(&sighting("1", Some("store@example.com"), 5)).await.unwrap().state, State::Moved);
    let entry = directory.entry(&owner("1").user_id).await.unwrap().unwrap();
    assert_eq!((entry.state, entry.identity.identifiers.email()), (State::Moved, Some("moved@example.com")));

    assert!(directory.delete(&owner("1").user_id, true, at(6)).await.unwrap());
    assert_eq!(directory.see(&sighting("1", Some("store@example.com"), 7)).await.unwrap().state, State::Deleted);
    let entry = directory.entry(&owner("1").user_id).await.unwrap().unwrap();
    assert_eq!((entry.state, entry.identity.identifiers), (State::Deleted, Identifiers::default()));
}

pub(in crate::directory) async fn two_connections_with_one_user_id_are_told_apart_by_name(site: &dyn Site) {
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

pub(in crate::directory) async fn a_listing_meets_every_user_once_while_others_come_and_go(site: &dyn Site) {
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

pub(in crate::directory) async fn a_reused_id_inherits_nothing(site: &dyn Site) {
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

        assert_eq!(directory.see(&sighting("1", Some("second@example.com"), 5)).await.unwrap().state, State::Pending);
        assert!(directory.overlay(&id, &Identity::default()).await.unwrap().is_empty());
        let arrived = moved_in(directory.move_in(newcomer("1", None), at(6)).await.unwrap());
        assert_eq!((arrived.app_metadata, arrived.blocked), (None, None));
        assert!(directory.delete(&id, tombstone, at(7)).await.unwrap());
        let made = directory.create(&owner("1"), new_profile(None), Credential::None, at(8)).await.unwrap();
        assert_eq!((made.app_metadata, made.email), (None, None));
        assert_eq!(directory.moved_by_id(&id).await.unwrap().unwrap().credential, Credential::None);
        assert!(directory.delete(&id, false, at(9)).await.unwrap());
    }
}

pub(in crate::directory) async fn a_tombstone_keeps_a_deleted_user_away_until_it_is_lifted(site: &dyn Site) {
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

pub(in crate::directory) async fn instants_survive(site: &dyn Site) {
    let directory = site.open().await;
    let when = at(0) + 123_456.microseconds();
    directory.see(&Sighting { at: when, ..sighting("1", None, 0) }).await.unwrap();
    assert_eq!(directory.entry(&owner("1").user_id).await.unwrap().unwrap().seen_at, when);
}

pub(in crate::directory) async fn a_closed_directory_is_unavailable_and_closing_twice_is_fine(site: &dyn Site) {
    let directory = site.open().await;
    directory.ping().await.unwrap();
    directory.close().await.unwrap();
    directory.close().await.unwrap();
    assert_eq!(directory.ping().await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(directory.see(&sighting("1", None, 1)).await.unwrap_err().kind(), ErrorKind::Unavailable);
}

pub(in crate::directory) async fn an_id_given_to_somebody_else_inherits_no_overlay_and_can_be_given_back(
    site: &dyn Site,
) {
    let directory = site.open().await;
    let id = owner("1").user_id;
    let (anna, bob) = (sighting("1", Some("anna@example.com"), 1), sighting("1", Some("bob@example.com"), 3));
    assert_eq!(directory.see(&anna).await.unwrap(), Seen { state: State::Pending, stranger: false });
    directory
        .change_overlay(&owner("1"), change(r#"{"app_metadata":{"plan":"gold","roles":["a"]}}"#), MAX, at(2))
        .await
        .unwrap();
    directory.begin_intent(&owner("1"), r#"{"app_metadata":{"late":1}}"#, at(2)).await.unwrap();
    assert!(directory.overlay(&id, &bob.identity).await.unwrap().is_empty(), "even before the store is seen to say so");
    assert!(!directory.overlay(&id, &anna.identity).await.unwrap().is_empty());

    assert_eq!(directory.see(&bob).await.unwrap(), Seen { state: State::Pending, stranger: true });
    assert!(directory.overlay(&id, &bob.identity).await.unwrap().is_empty());
    assert!(directory.pending_intents(at(9)).await.unwrap().is_empty(), "what was meant for anna happens to bob");
    assert!(directory.export(&id).await.unwrap().unwrap().contains("gold"), "an export hides what is held");
    let deeds = directory.audit_log(0, 10).await.unwrap();
    assert_eq!(deeds.iter().map(|deed| deed.entry.action.as_str()).collect::<Vec<_>>(), ["set_aside_overlay"]);

    // It was anna with a new address.
    directory.change_overlay(&owner("1"), change(r#"{"app_metadata":{"plan":"silver"}}"#), MAX, at(4)).await.unwrap();
    assert!(directory.reattach(&id, at(5)).await.unwrap());
    assert!(!directory.reattach(&id, at(5)).await.unwrap());
    let kept = directory.overlay(&id, &bob.identity).await.unwrap();
    assert_eq!(kept.app_metadata.values.get("plan"), Some(r#""silver""#), "what was added since comes first");
    assert_eq!(kept.app_metadata.values.get("roles"), Some(r#"["a"]"#));

    // A change of address that is made here is no stranger.
    let readdressed = sighting("1", Some("anna-b@example.com"), 6);
    directory.reidentify(&readdressed).await.unwrap();
    assert_eq!(directory.see(&readdressed).await.unwrap(), Seen { state: State::Pending, stranger: false });
    assert!(!directory.overlay(&id, &readdressed.identity).await.unwrap().is_empty());
    assert!(directory.delete(&id, false, at(7)).await.unwrap());
    assert!(!directory.reattach(&id, at(8)).await.unwrap());
}
