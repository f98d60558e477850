//! Nobody in the directory comes between a legacy user and what that user is found by.

use crosswalk::{
    engine::{By, ErrorKind},
    harness::Setup,
};

use super::*;

#[tokio::test]
async fn a_legacy_users_own_spelling_comes_before_another_letter_case_in_the_directory() {
    let legacy = store();
    let engine = engine(legacy.adapter(), &map(), Mode::Migrate, &Setup::PLAIN, directory());
    let attacker = make(&engine, NewProfile { email: Some("victim@x.org".into()), ..NewProfile::default() }).await;
    let attacker = attacker.unwrap().user_id;
    let victim = seed(&legacy, "victim", &[("email", "Victim@x.org")]);

    assert!(matches!(login(&engine, "Victim@x.org", "attacker").await, Verdict::WrongPassword));
    assert_eq!(accepted(login(&engine, "Victim@x.org", "victim").await), victim);
    assert_eq!(accepted(login(&engine, "victim@x.org", "attacker").await), attacker);
    for (address, whose) in [("Victim@x.org", &victim), ("victim@x.org", &attacker)] {
        let found = engine.get_user(CONNECTION, By::Email, address).await.unwrap().unwrap();
        assert_eq!(found.user_id, *whose, "{address}");
    }
    // While the legacy store is down nobody knows whose spelling it is: that is no wrong password.
    legacy.set_available(false);
    let down = engine.login(CONNECTION, "Victim@x.org", &Secret::new("victim")).await.unwrap_err();
    assert_eq!(down.kind(), ErrorKind::Unavailable);
    assert_eq!(accepted(login(&engine, "victim@x.org", "attacker").await), attacker, "their own spelling needs nobody");
}

#[tokio::test]
async fn nobody_is_made_whose_name_is_somebodys_address_or_number() {
    for mode in [Mode::Bridge, Mode::Migrate] {
        let legacy = store();
        let engine = engine(legacy.adapter(), &map(), mode, &Setup::PLAIN, directory());
        seed(&legacy, "victim", &[("email", "victim@x.org"), ("phone", "4930123"), ("nick", "vic")]);
        let with_name = |name: &str| NewProfile { username: Some(name.into()), ..NewProfile::default() };
        let with_address = |email: &str| NewProfile { email: Some(email.into()), ..NewProfile::default() };
        for twin in [
            with_name("victim@x.org"),
            with_name("VICTIM@x.org"),
            with_name("4930123"),
            with_name("vic"),
            with_address("Victim@x.org"),
        ] {
            let refused = make(&engine, twin).await.unwrap_err();
            assert_eq!((refused.kind(), refused.code_name()), (ErrorKind::Conflict, "user_exists"), "{mode:?}");
        }
        assert!(make(&engine, with_name("victor")).await.is_ok());
    }
}

#[tokio::test]
async fn a_legacy_users_address_comes_before_a_user_name_in_the_directory() {
    let legacy = store();
    let engine = engine(legacy.adapter(), &map(), Mode::Migrate, &Setup::PLAIN, directory());
    // The name is taken first, and the legacy application gets somebody of that address later.
    make(&engine, NewProfile { username: Some("victim@x.org".into()), ..NewProfile::default() }).await.unwrap();
    let victim = seed(&legacy, "victim", &[("email", "victim@x.org")]);
    assert!(matches!(login(&engine, "victim@x.org", "attacker").await, Verdict::WrongPassword));
    assert_eq!(accepted(login(&engine, "victim@x.org", "victim").await), victim);
    assert_eq!(accepted(login(&engine, "victim@x.org", "victim").await), victim, "moved, the same");
}

#[tokio::test]
async fn an_erased_person_is_not_shown_again() {
    let legacy = store();
    let directory = directory();
    let engine = engine(legacy.adapter(), &map(), Mode::Migrate, &Setup::PLAIN, directory.clone());
    let jane = seed(&legacy, "jane", &[("email", "jane@x.org")]);
    accepted(login(&engine, "jane@x.org", "jane").await);
    assert!(directory.erase(&jane, true, jiff::Timestamp::now()).await.unwrap());
    assert!(engine.get_user(CONNECTION, By::Email, "jane@x.org").await.unwrap().is_none());
    assert!(engine.get_user_by_id(&jane).await.unwrap().is_none());
    assert!(matches!(login(&engine, "jane@x.org", "jane").await, Verdict::UnknownUser));
    let everybody: Vec<_> = futures::StreamExt::collect(engine.list_users(CONNECTION, None).unwrap()).await;
    assert!(everybody.is_empty(), "a listing shows an erased person");
}

#[tokio::test]
async fn a_container_in_two_places_has_one_limit() {
    let legacy = store();
    let setup = Setup { metadata_limit: Some(1_000), ..Setup::PLAIN };
    let map = json!({
        "user_id": "id",
        "email": "email",
        "password": { "field": "hash", "salt": "salt" },
        "app_metadata": { "note": "nick" },
    });
    let engine = engine(legacy.adapter(), &map, Mode::Bridge, &setup, directory());
    let jane = seed(&legacy, "jane", &[("email", "jane@x.org"), ("nick", &"n".repeat(600))]);
    let long =
        |key: &str, length: usize| change(&format!(r#"{{"app_metadata":{{"{key}":"{}"}}}}"#, "l".repeat(length)));
    engine.change_metadata(&operator(), &jane, long("over", 300)).await.unwrap().unwrap();
    let refused = engine.change_metadata(&operator(), &jane, long("more", 300)).await.unwrap_err();
    assert_eq!(refused.code_name(), "metadata_too_large");
    engine.change_metadata(&operator(), &jane, long("over", 200)).await.unwrap().unwrap();
    engine.change_metadata(&operator(), &jane, long("note", 700)).await.unwrap().unwrap();
}
