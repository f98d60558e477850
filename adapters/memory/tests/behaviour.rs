//! What the memory store does, ability by ability.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::{sync::Arc, time::Duration};

use crosswalk_contract::{
    Ability, Adapter, ContainerPatch, Cursor, EmailChange, ErrorKind, Field, Fold, Key, NewPassword, NewUser, Opening,
    Patch, Record, SettingsError,
};
use crosswalk_memory::{KIND, MemoryStore};
use futures::TryStreamExt;
use serde_json::{json, value::RawValue};

fn shop() -> MemoryStore {
    let store = MemoryStore::new().id(["id"]).unique_folded("email").auto_id("id");
    for (id, email, metadata) in [(4711, "Jane@example.com", r#"{"plan":"gold"}"#), (4712, "joe@example.com", "[]")] {
        let row = [("id", Field::I64(id)), ("email", email.into()), ("metadata", metadata.into())];
        store.insert_pairs(row).unwrap();
    }
    store
}

fn set(key: &str, value: &str) -> Patch {
    let mut patch = ContainerPatch::new("metadata", 1 << 24);
    patch.set.push((key.to_owned(), RawValue::from_string(value.to_owned()).unwrap()));
    Patch { containers: vec![patch], fields: Vec::new() }
}

async fn metadata(adapter: &dyn Adapter, id: &str) -> String {
    let user = adapter.get_user().unwrap().get_user(&Key::field("id", id)).await.unwrap().unwrap();
    user.get("metadata").unwrap().as_text().unwrap().to_owned()
}

async fn everybody(adapter: &dyn Adapter, after: Option<Cursor>) -> Vec<Record> {
    let batches: Vec<_> = adapter.list_users().unwrap().list_users(after).try_collect().await.unwrap();
    batches.into_iter().flat_map(|batch| batch.records).collect()
}

#[tokio::test]
async fn an_unknown_user_is_an_absence_for_every_ability() {
    let adapter = shop().adapter();
    for id in ["1", "4711abc", " 4711", "4711.0", "+4711", "04711", "", "4711\0", "' OR 1=1", "😀"] {
        let key = Key::field("id", id);
        let password = NewPassword { fields: vec![("pw".to_owned(), "hash".into())], clear: None };
        let email = [("email".to_owned(), Field::from("new@example.com"))];
        let change = EmailChange { email: "new@example.com".to_owned(), verified: true, fields: email.to_vec() };
        assert!(adapter.get_user().unwrap().get_user(&key).await.unwrap().is_none(), "{id:?}");
        assert!(!adapter.change_metadata().unwrap().change_metadata(&key, &set("a", "1")).await.unwrap());
        assert!(!adapter.change_password().unwrap().change_password(&key, &password).await.unwrap());
        assert!(!adapter.change_email().unwrap().change_email(&key, &change).await.unwrap());
        assert!(!adapter.verify().unwrap().verify(&key, &email).await.unwrap());
        assert!(!adapter.delete().unwrap().delete(&key).await.unwrap());
    }
}

#[tokio::test]
async fn letter_case_counts_unless_the_key_is_folded() {
    let adapter = shop().adapter();
    let users = adapter.get_user().unwrap();
    let mut key = Key::field("email", "jane@example.com");
    assert!(users.get_user(&key).await.unwrap().is_none());
    key.fold = Fold::Lower;
    assert!(users.get_user(&key).await.unwrap().is_some());
}

#[tokio::test]
async fn creating_the_same_user_twice_is_a_conflict_and_ids_do_not_come_back() {
    let adapter = shop().adapter();
    let new = |email: &str| NewUser { fields: vec![("email".to_owned(), email.into())], password: None };
    let made = adapter.create().unwrap().create(&new("new@example.com")).await.unwrap().unwrap();
    assert!(made.get("id") == Some(&Field::I64(4713)));
    let twice = adapter.create().unwrap().create(&new("NEW@example.com")).await.unwrap_err();
    assert_eq!((twice.kind(), twice.code_name()), (ErrorKind::Conflict, "user_exists"));
    assert!(!twice.to_string().contains("example.com"), "an error never holds a value");

    assert!(adapter.delete().unwrap().delete(&Key::field("id", "4713")).await.unwrap());
    assert!(!adapter.delete().unwrap().delete(&Key::field("id", "4713")).await.unwrap());
    let next = adapter.create().unwrap().create(&new("new@example.com")).await.unwrap().unwrap();
    assert!(next.get("id") == Some(&Field::I64(4714)));
}

#[tokio::test]
async fn an_address_that_somebody_else_has_is_a_conflict_and_changes_nothing() {
    let adapter = shop().adapter();
    let fields = vec![("email".to_owned(), Field::from("JOE@example.com"))];
    let change = EmailChange { email: "JOE@example.com".to_owned(), verified: false, fields };
    let error = adapter.change_email().unwrap().change_email(&Key::field("id", "4711"), &change).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict);
    assert!(adapter.get_user().unwrap().get_user(&Key::field("email", "Jane@example.com")).await.unwrap().is_some());
}

#[tokio::test]
async fn two_users_with_one_identifier_are_inconsistent_and_never_the_first_of_them() {
    let store = shop();
    store.insert(Record::from_pairs([("id", Field::I64(4711))]));
    let adapter = store.adapter();
    let key = Key::field("id", "4711");
    assert_eq!(adapter.get_user().unwrap().get_user(&key).await.unwrap_err().kind(), ErrorKind::Inconsistent);
    assert_eq!(adapter.delete().unwrap().delete(&key).await.unwrap_err().kind(), ErrorKind::Inconsistent);
    assert_eq!(store.rows().len(), 3);
}

#[tokio::test]
async fn a_composite_key_needs_all_of_its_parts() {
    let store = MemoryStore::new().id(["tenant", "no"]);
    store.insert_pairs([("tenant", Field::from("a")), ("no", Field::I64(1))]).unwrap();
    store.insert_pairs([("tenant", Field::from("b")), ("no", Field::I64(1))]).unwrap();
    let adapter = store.adapter();
    let key = |tenant: &str, no: &str| {
        Key::fields(vec!["tenant".to_owned(), "no".to_owned()], vec![tenant.to_owned(), no.to_owned()])
    };
    assert!(adapter.get_user().unwrap().get_user(&key("b", "1")).await.unwrap().is_some());
    assert!(adapter.get_user().unwrap().get_user(&key("b", "2")).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thirty_two_writers_on_thirty_two_keys_of_one_user_lose_nothing() {
    let adapter = shop().adapter();
    let writers = (0..32).map(|number| {
        let adapter: Arc<dyn Adapter> = adapter.clone();
        tokio::spawn(async move {
            let patch = set(&format!("k{number}"), &number.to_string());
            adapter.change_metadata().unwrap().change_metadata(&Key::field("id", "4711"), &patch).await
        })
    });
    for writer in futures::future::join_all(writers).await {
        assert!(writer.unwrap().unwrap());
    }
    let stored: serde_json::Value = serde_json::from_str(&metadata(&*adapter, "4711").await).unwrap();
    assert_eq!(stored.as_object().unwrap().len(), 33);
    assert_eq!(stored["plan"], "gold");
}

#[tokio::test]
async fn what_old_applications_store_for_nothing_takes_a_change() {
    let adapter = shop().adapter();
    let changes = adapter.change_metadata().unwrap();
    assert!(changes.change_metadata(&Key::field("id", "4712"), &set("a", "12345678901234567890123")).await.unwrap());
    assert_eq!(metadata(&*adapter, "4712").await, r#"{"a":12345678901234567890123}"#);
}

#[tokio::test]
async fn broken_json_is_refused_and_never_overwritten() {
    let store = shop();
    store.insert_pairs([("id", Field::I64(1)), ("metadata", "{\"a\":".into()), ("lang", "de".into())]).unwrap();
    let adapter = store.adapter();
    let mut patch = set("b", "1");
    patch.fields.push(("lang".to_owned(), "fr".into()));
    let error = adapter.change_metadata().unwrap().change_metadata(&Key::field("id", "1"), &patch).await.unwrap_err();
    assert_eq!(error.code_name(), "metadata_unreadable");
    assert_eq!(metadata(&*adapter, "1").await, "{\"a\":");
    assert!(store.rows()[2].get("lang") == Some(&"de".into()), "a refused change leaves the other columns alone");
}

#[tokio::test]
async fn a_store_that_is_switched_off_is_unavailable_and_comes_back() {
    let store = shop();
    let adapter = store.adapter();
    let key = Key::field("id", "4711");
    store.set_available(false);
    assert_eq!(adapter.ping().await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(adapter.get_user().unwrap().get_user(&key).await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(adapter.delete().unwrap().delete(&key).await.unwrap_err().kind(), ErrorKind::Unavailable);
    let listing = adapter.list_users().unwrap().list_users(None).try_collect::<Vec<_>>().await;
    assert_eq!(listing.unwrap_err().kind(), ErrorKind::Unavailable);
    store.set_available(true);
    assert!(adapter.get_user().unwrap().get_user(&key).await.unwrap().is_some());
}

#[tokio::test]
async fn a_listing_meets_everybody_once_while_others_come_and_go() {
    let store = MemoryStore::new().id(["id"]).auto_id("id");
    for _ in 0..2_500 {
        store.insert_pairs([("name", "x".into())]).unwrap();
    }
    let adapter = store.adapter();
    let mut batches = adapter.list_users().unwrap().list_users(None);
    let (mut met, mut resume) = (Vec::new(), None);
    while let Some(batch) = batches.try_next().await.unwrap() {
        met.extend(batch.records);
        resume = Some(batch.resume);
        let gone = Key::field("id", (met.len() / 2).to_string());
        assert!(adapter.delete().unwrap().delete(&gone).await.unwrap());
        if met.len() < 2_500 {
            store.insert_pairs([("name", "y".into())]).unwrap();
        }
    }
    let ids: std::collections::HashSet<String> = met
        .iter()
        .map(|user| if let Field::I64(id) = user.get("id").unwrap() { id.to_string() } else { panic!() })
        .collect();
    assert_eq!(ids.len(), met.len(), "nobody twice");
    assert!(met.len() >= 2_500, "nobody left out");
    assert!(everybody(&*adapter, resume).await.is_empty(), "resuming after the last batch meets nobody");
    let bad = adapter.list_users().unwrap().list_users(Some(Cursor("x".to_owned()))).try_next().await;
    assert_eq!(bad.unwrap_err().code_name(), "bad_cursor");
}

#[tokio::test]
async fn a_write_whose_caller_leaves_is_whole_or_absent() {
    let adapter = shop().adapter();
    for number in 0..200 {
        let patch = set(&format!("k{number}"), "1");
        let key = Key::field("id", "4711");
        let write = adapter.change_metadata().unwrap().change_metadata(&key, &patch);
        let _ = tokio::time::timeout(Duration::ZERO, write).await;
    }
    assert!(serde_json::from_str::<serde_json::Value>(&metadata(&*adapter, "4711").await).is_ok());
}

#[tokio::test]
async fn a_read_only_connection_promises_no_writes() {
    let adapter = open(json!({ "read_only": true })).unwrap();
    let promised: Vec<_> = Ability::ALL.into_iter().filter(|ability| ability.promised_by(&*adapter)).collect();
    assert_eq!(promised, [Ability::GetUser, Ability::List]);
}

#[tokio::test]
async fn settings_seed_rows_and_take_the_id_from_the_map() {
    let adapter = open(json!({
        "unique": ["email"],
        "rows": [{ "id": 7, "email": "jane@example.com", "tags": ["a"], "metadata": { "a": 1 }, "gone": null }]
    }))
    .unwrap();
    let key = Key::new(crosswalk_contract::By::Id, "7");
    let user = adapter.get_user().unwrap().get_user(&key).await.unwrap().unwrap();
    assert!(user.get("metadata") == Some(&Field::Json("{\"a\":1}".to_owned())));
    assert!(adapter.change_metadata().unwrap().change_metadata(&key, &set("b", "2")).await.unwrap());
    let user = adapter.get_user().unwrap().get_user(&key).await.unwrap().unwrap();
    assert!(user.get("metadata") == Some(&Field::Json("{\"a\":1,\"b\":2}".to_owned())));
}

#[test]
fn a_wrong_setting_is_named() {
    let error = open(json!({ "uniqe": ["email"] })).err().unwrap();
    assert!(error.to_string().contains("uniqe"), "{error}");
    let problems = KIND.parse(&json!({ "id": [""] })).ok().unwrap().problems();
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].path, "id");
}

fn open(settings: serde_json::Value) -> Result<Arc<dyn Adapter>, SettingsError> {
    let mut opening = Opening::new("shop", ".");
    opening.id_fields = vec!["id".to_owned()];
    Ok(KIND.parse(&settings)?.open(&opening).unwrap())
}
