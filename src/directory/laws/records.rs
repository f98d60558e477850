//! Laws of what is written down about users: type books, the audit log, exports, erasure.

use crosswalk_contract::ErrorKind;
use futures::future::join_all;

use super::*;

pub(in crate::directory) async fn of_32_who_save_a_type_book_one_does(site: &dyn Site) {
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

pub(in crate::directory) async fn the_audit_log_is_read_in_the_order_written(site: &dyn Site) {
    let directory = site.open().await;
    for n in 0..5 {
        directory.audit(&deed("cli", Some(&owner("1")), &format!("deed {n}")), n % 2 == 0).await.unwrap();
    }
    let first = directory.audit_log(0, 2).await.unwrap();
    let rest = directory.audit_log(first[1].number, 100).await.unwrap();
    let all: Vec<_> = first.iter().chain(&rest).map(|record| record.entry.clone()).collect();
    let expected: Vec<_> = (0..5).map(|n| deed("cli", Some(&owner("1")), &format!("deed {n}"))).collect();
    assert!(all == expected, "{all:?}");
}

pub(in crate::directory) async fn an_export_holds_everything_exactly_and_nothing_secret(site: &dyn Site) {
    let directory = site.open().await;
    assert_eq!(directory.export(&owner("1").user_id).await.unwrap(), None);
    let mut them = profile("1", Some("jane@example.com"));
    them.user_metadata = metadata(r#"{"n":12345678901234567890123,"nul":"\u0000"}"#);
    moved_in(directory.move_in(newcomer_of("1", them), at(2)).await.unwrap());
    directory.audit(&deed("cli", Some(&owner("1")), "move"), false).await.unwrap();
    directory.audit(&deed("cli", Some(&owner("2")), "move"), false).await.unwrap();
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

pub(in crate::directory) async fn who_is_erased_is_gone_and_stays_away_where_wanted(site: &dyn Site) {
    let directory = site.open().await;
    let id = owner("jane@example.com").user_id;
    for tombstone in [true, false] {
        moved_in(directory.move_in(newcomer("jane@example.com", Some("jane@example.com")), at(1)).await.unwrap());
        directory.audit(&deed("cli", Some(&owner("jane@example.com")), "move"), false).await.unwrap();
        directory.audit(&deed(id.as_str(), None, "login"), false).await.unwrap();
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
            assert_eq!(seen.state, State::Deleted);
            assert_eq!(directory.state(&id).await.unwrap(), Some(State::Deleted));
            assert_eq!(directory.entry(&id).await.unwrap(), None, "seeing an erased person writes nothing");
            let back = directory.move_in(newcomer("jane@example.com", None), at(4)).await.unwrap();
            assert!(matches!(back, MoveOutcome::Tombstoned));
            assert!(directory.revive(&id).await.unwrap());
        }
    }
    assert_eq!(directory.audit_log(0, 100).await.unwrap().len(), 4, "the deeds themselves stay");
}
