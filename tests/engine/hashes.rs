//! The directory's own hashes follow the configuration, one login at a time.

use crosswalk::directory::Credential;
use crosswalk_passwords::HashParams;

use super::*;

fn engine_with(store: &MemoryStore, directory: &Arc<dyn Directory>, new_hashes: SchemeSpec) -> Engine {
    let translation = house::translation("memory", &map());
    let connection =
        house::connection(store.adapter(), translation, Some(scheme()), Mode::Migrate, &Setup::PLAIN, true)
            .expect("the test's own parts are sound");
    house::around(connection, directory.clone(), new_hashes).expect("the test's own parts are sound")
}

async fn hash_of(directory: &Arc<dyn Directory>, user: &UserId) -> String {
    match directory
        .moved_by_id(user)
        .await
        .expect("the test's own parts are sound")
        .expect("the test's own parts are sound")
        .credential
    {
        Credential::Hash { hash, .. } => hash,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_login_brings_an_old_hash_up_to_the_configuration_and_a_wrong_password_does_not() {
    let (legacy, directory) = (store(), directory());
    let jane = seed(&legacy, "jane", &[("email", "jane@x.org")]);
    let first = engine_with(&legacy, &directory, house::new_hashes());
    assert_eq!(accepted(login(&first, "jane@x.org", "jane").await), jane);
    let moved = hash_of(&directory, &jane).await;
    assert!(moved.starts_with("$argon2id$v=19$m=64,"), "{moved}");
    assert_eq!(accepted(login(&first, "jane@x.org", "jane").await), jane);
    assert_eq!(hash_of(&directory, &jane).await, moved, "nothing is old about it");

    let write = HashParams { cost: Some(4), ..HashParams::default() };
    let second = engine_with(&legacy, &directory, SchemeSpec { write, ..SchemeSpec::named("bcrypt") });
    assert!(matches!(login(&second, "jane@x.org", "wrong").await, Verdict::WrongPassword));
    assert_eq!(hash_of(&directory, &jane).await, moved);
    assert_eq!(accepted(login(&second, "jane@x.org", "jane").await), jane);
    let renewed = hash_of(&directory, &jane).await;
    assert!(renewed.starts_with("$2b$04$"), "{renewed}");
    assert_eq!(accepted(login(&second, "jane@x.org", "jane").await), jane);
    assert_eq!(hash_of(&directory, &jane).await, renewed);
    assert_eq!(accepted(login(&first, "jane@x.org", "jane").await), jane, "and back");
    assert!(hash_of(&directory, &jane).await.starts_with("$argon2id$"));
}
