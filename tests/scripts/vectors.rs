//! The vectors CV-1 to CV-22 and MV-1 to MV-9 of the contract for scripts.

use crosswalk::{
    engine::{By, Error, ErrorKind, Secret, Verdict},
    profile::{Metadata, NewProfile, UserId},
};
use serde_json::{Value, json};

use crate::{Opened, Scripts, json, operator};

/// A `login.js` with that body.
fn login(body: &str) -> Opened {
    Scripts::new(&[("login", &format!("function login(email, password, callback) {{ {body} }}"))]).opened()
}

async fn verdict(body: &str) -> &'static str {
    login(body).login("a@x.io").await.expect("an answer").name()
}

async fn error(body: &str) -> Error {
    login(body).login("a@x.io").await.expect_err("an error")
}

/// Scripts that know one user, whom all look-ups return.
fn one_user(profile: &str, files: &[(&str, &str)]) -> Scripts {
    let login = format!("function login(e, p, callback) {{ callback(null, {profile}); }}");
    let get_user = format!("function getUser(e, callback) {{ callback(null, e === 'a@x.io' ? {profile} : null); }}");
    let own = [("login", login.as_str()), ("get_user", get_user.as_str())];
    Scripts::new(&[&own, files].concat())
}

const A: &str = "{ user_id: '7', email: 'a@x.io' }";

#[tokio::test]
async fn cv_1_a_number_is_an_id() {
    let profile = login("callback(null, {user_id: 5, email: 'a@x.io'})").accepted("a@x.io").await;
    assert_eq!(profile.user_id.as_str(), "auth0|5");
    assert_eq!(json(&profile)["identities"][0]["user_id"], "5");
}

#[tokio::test]
async fn cv_2_and_3_nothing_is_nobody() {
    for nothing in ["", "null", "null, null", "null, undefined", "null, false"] {
        assert_eq!(verdict(&format!("callback({nothing})")).await, "wrong_password", "{nothing}");
        let get_user = format!("function getUser(email, callback) {{ callback({nothing}); }}");
        let scripts = Scripts::new(&[("get_user", &get_user)]).opened();
        assert!(scripts.get_user("a@x.io").await.expect("an answer").is_none(), "{nothing}");
    }
}

#[tokio::test]
async fn cv_4_5_and_17_a_wrong_password_is_told_from_an_unknown_user() {
    for (argument, expected) in [
        ("'a@x.io','bad'", "wrong_password"),
        ("5", "wrong_password"),
        ("null,'bad'", "unknown_user"),
        ("'', 'bad'", "unknown_user"),
        ("", "unknown_user"),
    ] {
        let body = format!("callback(new WrongUsernameOrPasswordError({argument}))");
        assert_eq!(verdict(&body).await, expected, "{argument}");
    }
    let says = "const e = new WrongUsernameOrPasswordError(); callback(e.code + ' ' + e.statusCode)";
    assert!(error(says).await.to_string().ends_with("wrongusernameorpassword 400"));
}

#[tokio::test]
async fn cv_6_13_and_16_whatever_else_fails_is_a_technical_error() {
    for (body, words) in [
        ("callback('boom')", "boom"),
        ("throw new Error('x')", "x"),
        ("callback(Object.assign(new Error('m'), {code:'c', foo:1}))", "c: m"),
        ("Promise.reject(new Error('y'))", "y"),
    ] {
        let error = error(body).await;
        assert_eq!((error.kind(), error.code_name()), (ErrorKind::Unexpected, "script_error"), "{body}");
        assert!(error.to_string().ends_with(words), "{error}");
        assert!(!error.message().contains(words), "what a script says is its cause: {error}");
    }
    let scripts = Scripts::new(&[("login", "async function login(e, p, cb) { throw new Error('z'); }")]).opened();
    assert_eq!(scripts.login("a").await.expect_err("an error").code_name(), "script_error");
}

#[tokio::test]
async fn cv_7_a_user_exists() {
    let create = "function create(user, callback) { callback(new ValidationError('user_exists', 'dup')); }";
    let nobody = "function getUser(email, callback) { callback(null); }";
    let scripts = Scripts::new(&[("create", create), ("get_user", nobody)]).opened();
    let user = NewProfile { email: Some("a@x.io".to_owned()), ..NewProfile::default() };
    let error = scripts.create(user).await.expect_err("there is one");
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Conflict, "user_exists"));
}

#[tokio::test]
async fn cv_8_9_and_10_a_password_is_changed_or_not() {
    for (answer, expected) in [
        ("null, false", false),
        ("null", false),
        ("", false),
        ("null, true", true),
        ("null, 'ok'", true),
        ("null, { last_password_reset: 1700000000000 }", true),
        ("null, {}", true),
    ] {
        let change = format!("function changePassword(email, password, callback) {{ callback({answer}); }}");
        let scripts = one_user(A, &[("change_password", &change)]).opened();
        let id = scripts.found("a@x.io").await.user_id;
        assert_eq!(scripts.change_password(&id).await.expect("an answer"), expected, "{answer}");
    }
}

#[tokio::test]
async fn cv_11_a_callback_that_is_never_called_is_told_at_once_or_at_the_deadline() {
    let error = error("const nothing = 1").await;
    assert_eq!(error.code_name(), "callback_never_called");
    let scripts = Scripts::new(&[("login", "function login(e, p, cb) { setInterval(function () {}, 10); }")]).opened();
    let error = scripts.login("a").await.expect_err("an error");
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Unavailable, "timeout"));
}

#[tokio::test]
async fn cv_12_only_the_first_callback_counts() {
    let profile = login("callback(null, { user_id: 'p1' }); callback(null, { user_id: 'p2' })").accepted("a").await;
    assert_eq!(profile.user_id.as_str(), "auth0|p1");
}

#[tokio::test]
async fn cv_14_and_15_a_function_is_found_in_every_form() {
    for code in [
        "// c\nfunction login(email, password, callback) { callback(null, { user_id: email }); }",
        "function (email, password, callback) { callback(null, { user_id: email }); }",
        "(email, password, callback) => callback(null, { user_id: email })",
        "async function loginAsync(email, password, callback) { callback(null, { user_id: email }); }",
        "/* c */ function login(email, password, callback) { return helper(email, callback); }\n\
         function helper(email, callback) { callback(null, { user_id: email }); }",
    ] {
        let profile = Scripts::new(&[("login", code)]).opened().accepted("me").await;
        assert_eq!(profile.user_id.as_str(), "auth0|me", "{code}");
    }
}

#[tokio::test]
async fn cv_18_a_function_that_was_written_without_context_is_told_of_it() {
    let code = "function login(email, password, callback) { callback(null, { user_id: '7' }); }";
    let scripts = Scripts::new(&[("login", code)]).with("context = true").opened();
    let error = scripts.login("a").await.expect_err("`context` stands where the callback was");
    assert!(error.hint_text().is_some_and(|hint| hint.contains("3 parameters")), "{error:?}");
    let code = "function login(email, password, context, callback) { callback(null, { user_id: '7' }); }";
    Scripts::new(&[("login", code)]).with("context = true").opened().accepted("a").await;
}

#[tokio::test]
async fn cv_19_global_survives_where_it_is_shared() {
    let counts = "global.n = (global.n || 0) + 1; callback(null, { user_id: String(global.n) })";
    let login = format!("function login(e, p, callback) {{ {counts} }}");
    for (isolation, expected) in [("shared", ["auth0|1", "auth0|2"]), ("per_call", ["auth0|1", "auth0|1"])] {
        let settings = format!("threads = 1\nisolation = \"{isolation}\"");
        let scripts = Scripts::new(&[("login", &login)]).with(&settings).opened();
        let ids = [scripts.accepted("a").await.user_id, scripts.accepted("a").await.user_id];
        assert_eq!(ids.each_ref().map(UserId::as_str), expected);
    }
}

#[tokio::test]
async fn cv_20_configuration_stays_as_it_is() {
    let body = "configuration.X = 'y'; callback(null, { user_id: configuration.X })";
    let login = format!("function login(e, p, callback) {{ {body} }}");
    let scripts = Scripts::new(&[("login", &login)]).with("configuration = { X = \"x\" }").opened();
    assert_eq!(scripts.accepted("a").await.user_id.as_str(), "auth0|x");
}

#[tokio::test]
async fn cv_21_change_email_has_four_arguments_with_context_as_well() {
    let get_user = "function getUser(e, context, cb) { cb(null, e === 'a@x.io' ? { user_id: '7', email: e } : null); }";
    let change = "function changeEmail(email, newEmail, verified, callback) {
        callback(null, email === 'a@x.io' && newEmail === 'b@x.io' && verified === true);
    }";
    let scripts = Scripts::new(&[("get_user", get_user), ("change_email", change)]).with("context = true").opened();
    let id = scripts.found("a@x.io").await.user_id;
    assert!(scripts.engine.change_email(&operator(), &id, "b@x.io", true).await.expect("an answer"));
}

#[tokio::test]
async fn cv_22_delete_is_told_the_id_that_the_store_gave() {
    let delete = "function remove(id, callback) {
        if (id !== 'my-db|7') return callback(new Error('it was ' + id));
        callback(null);
    }";
    let scripts = one_user("{ user_id: 'my-db|7', email: 'a@x.io' }", &[("delete", delete)]).opened();
    let id = scripts.found("a@x.io").await.user_id;
    assert_eq!(id.as_str(), "auth0|my-db|7");
    assert!(scripts.engine.delete(&operator(), &id).await.expect("it is gone"));
}

async fn shown(profile: &str) -> Value {
    json(&login(&format!("callback(null, {profile})")).accepted("a@x.io").await)
}

#[tokio::test]
async fn mv_1_2_and_3_metadata_becomes_app_metadata() {
    for name in ["metadata", "app_metadata"] {
        let profile = format!("{{ user_id: '7', user_metadata: {{ hobby: 'surfing' }}, {name}: {{ plan: 'full' }} }}");
        let profile = shown(&profile).await;
        assert_eq!(profile["user_metadata"], json!({ "hobby": "surfing" }), "{name}");
        assert_eq!(profile["app_metadata"], json!({ "plan": "full" }), "{name}");
        assert!(profile.get("metadata").is_none(), "{profile}");
    }
    let both = "{ user_id: '7', metadata: { plan: 'a', x: 1 }, app_metadata: { plan: 'b', y: 2 } }";
    assert_eq!(shown(both).await["app_metadata"], json!({ "plan": "a", "x": 1, "y": 2 }));
}

#[tokio::test]
async fn mv_4_and_5_odd_names_of_the_store_are_kept() {
    // What a store holds is shown and moves as it is; only what a change brings in is judged.
    for (name, json_name) in [("'preference.color'", "preference.color"), ("email", "email")] {
        let profile = shown(&format!("{{ user_id: '7', metadata: {{ {name}: 'x' }} }}")).await;
        assert_eq!(profile["app_metadata"][json_name], "x");
        let scripts = one_user(A, &[]).opened();
        let id = scripts.found("a@x.io").await.user_id;
        let change = json!({ "app_metadata": { json_name: "x" } }).to_string();
        let changed = scripts.patch(&id, &change).await;
        if json_name.contains('.') {
            assert_eq!(changed.expect_err("a name with a dot").kind(), ErrorKind::Refused);
        }
    }
}

#[tokio::test]
async fn mv_6_a_container_that_is_no_object_is_told() {
    let error = error("callback(null, { user_id: '7', metadata: 'gold' })").await;
    assert_eq!((error.kind(), error.code_name()), (ErrorKind::Inconsistent, "invalid_metadata_container"));
    assert!(!error.to_string().contains("gold"), "{error}");
}

#[tokio::test]
async fn mv_7_create_gets_app_metadata_under_that_name() {
    let get_user = "function getUser(e, callback) { callback(null, global.made); }";
    let create = "function create(user, callback) {
        if ('metadata' in user) return callback(new Error('metadata'));
        global.made = { user_id: '7', email: user.email, metadata: user.app_metadata, name: user.password };
        callback(null);
    }";
    let scripts = Scripts::new(&[("get_user", get_user), ("create", create)]).with("threads = 1").opened();
    let app_metadata = Some(Metadata::parse(r#"{"plan":"full"}"#).expect("an object"));
    let user = NewProfile { email: Some("a@x.io".to_owned()), app_metadata, ..NewProfile::default() };
    let made = json(&scripts.create(user).await.expect("made"));
    assert_eq!(made["app_metadata"], json!({ "plan": "full" }));
    assert_eq!(made["name"], "a password");
}

#[tokio::test]
async fn mv_8_and_9_what_was_added_here_stays_beside_what_the_store_says() {
    let with = |plan: &str| format!("{{ user_id: '7', email: 'a@x.io', metadata: {{ plan: '{plan}' }} }}");
    let scripts = one_user(&with("full"), &[]);
    let opened = scripts.opened();
    let id = opened.accepted("a@x.io").await.user_id;
    opened.patch(&id, r#"{"app_metadata":{"seen":true}}"#).await.expect("it is laid over");
    let expected = json!({ "plan": "full", "seen": true });
    assert_eq!(json(&opened.found("a@x.io").await)["app_metadata"], expected);
    assert_eq!(json(&opened.accepted("a@x.io").await)["app_metadata"], expected);
    opened.engine.directory().close().await.expect("it is closed");
    drop(opened);
    let pro = with("pro");
    scripts.rewrite("login", &format!("function login(e, p, callback) {{ callback(null, {pro}); }}"));
    let again = scripts.opened().accepted("a@x.io").await;
    assert_eq!(json(&again)["app_metadata"], json!({ "plan": "pro", "seen": true }));
}

#[tokio::test]
async fn a_user_of_scripts_moves_with_the_first_good_login_and_needs_them_no_more() {
    let scripts = one_user("{ user_id: '7', email: 'a@x.io', metadata: { plan: 'full' } }", &[]).migrating();
    let opened = scripts.opened();
    assert_eq!(opened.accepted("a@x.io").await.user_id.as_str(), "auth0|7");
    opened.engine.directory().close().await.expect("it is closed");
    drop(opened);
    scripts.rewrite("login", "function login(e, p, callback) { callback(new Error('gone')); }");
    let opened = scripts.opened();
    assert_eq!(json(&opened.accepted("a@x.io").await)["app_metadata"], json!({ "plan": "full" }));
    let wrong = opened.engine.login("my-db", "a@x.io", &Secret::new("wrong")).await.expect("an answer");
    assert!(matches!(wrong, Verdict::WrongPassword));
}

#[tokio::test]
async fn a_user_is_found_by_id_once_anything_has_shown_them() {
    let scripts = one_user(A, &[]).opened();
    let id = UserId::parse("auth0|7").expect("an id");
    assert!(scripts.engine.get_user_by_id(&id).await.expect("an answer").is_none());
    scripts.accepted("a@x.io").await;
    assert!(scripts.engine.get_user_by_id(&id).await.expect("an answer").is_some());
    assert!(scripts.engine.get_user("my-db", By::Email, "b@x.io").await.expect("an answer").is_none());
}

#[tokio::test]
async fn an_address_that_went_to_somebody_else_changes_nobody() {
    // The legacy application gave 7's address to 8, and the index does not know yet.
    let get_user = "function getUser(e, callback) { callback(null, { user_id: global.holder || '7', email: e }); }";
    let write = "function write(email) { arguments[arguments.length - 1](new Error('it was called')); }";
    let give = "function give(email, changes, callback) { global.holder = '8'; callback(null, true); }";
    let scripts = Scripts::new(&[
        ("get_user", get_user),
        ("change_metadata", give),
        ("change_password", write),
        ("change_email", write),
        ("verify", write),
    ])
    .with("threads = 1")
    .opened();
    let id = scripts.found("a@x.io").await.user_id;
    scripts.patch(&id, r#"{"app_metadata":{"a":1}}"#).await.expect("an answer");
    assert!(!scripts.change_password(&id).await.expect("an answer"));
    assert!(!scripts.engine.verify(&operator(), &id).await.expect("an answer"));
    assert!(!scripts.engine.change_email(&operator(), &id, "a@x.io", true).await.unwrap_or_default());
    assert!(scripts.patch(&id, r#"{"app_metadata":{"a":2}}"#).await.expect("an answer").is_none());
}

#[tokio::test]
async fn a_value_that_the_database_cannot_hold_is_an_unknown_user_only_where_it_was_typed() {
    let fails = |code: &str| {
        let body = format!(
            "callback(Object.assign(new Error('value too long: secret'), {{ code: '{code}', severity: 'ERROR' }}))"
        );
        Scripts::new(&[("login", &format!("function login(e, p, callback) {{ {body} }}"))]).opened()
    };
    let typed = fails("22021").login("a\0b").await.expect("nobody can have that");
    assert!(matches!(typed, Verdict::UnknownUser));
    for (code, identifier) in [("22001", "a\0b"), ("22021", "a@x.io"), ("ER_DATA_TOO_LONG", "jörg@x.io")] {
        let error = fails(code).login(identifier).await.expect_err("something else does not fit");
        assert_eq!(error.kind(), ErrorKind::Refused, "{code}");
        assert!(!error.to_string().contains("secret"), "a database's words hold values: {error}");
    }
}
