//! `crosswalk script run`: one script by itself, and `crosswalk check` on scripts.

use std::fs;

use serde_json::json;
use tempfile::TempDir;

use crate::program::{Run, crosswalk};

const LOGIN: &str = "function login(email, password, callback) {
  console.log('asked for', email);
  if (password !== configuration.PASSWORD) return callback(new WrongUsernameOrPasswordError(email, 'no'));
  callback(null, { user_id: 'crm|7', email, metadata: { plan: 1.50 } });
}
";

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("the test's own files");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("the test's own files");
    }
    folder
}

fn run(folder: &TempDir, arguments: &[&str], input: &str) -> Run {
    let dir = folder.path().to_string_lossy();
    crosswalk(&[&["script", "run", &dir], arguments].concat(), input)
}

#[test]
fn a_login_shows_result_profile_and_console() {
    let scripts = folder(&[("login.js", LOGIN)]);
    let login = ["login", "--email", "a@x.org", "--password-stdin", "--config", "PASSWORD=secret"];
    let right = run(&scripts, &login, "secret\n");
    assert_eq!(right.code, 0, "{}", right.all());
    for part in ["accepted", "asked for a@x.org", "auth0|crm|7", ".plan", "login.js took"] {
        assert!(right.out.contains(part), "no {part} in {}", right.out);
    }
    assert!(!right.all().contains("secret"), "{}", right.all());
    let wrong = run(&scripts, &[&login[..], &["--json"]].concat(), "wrong");
    assert_eq!((wrong.code, wrong.json()["outcome"].clone()), (1, json!("wrong_password")), "{}", wrong.all());
    assert_eq!(wrong.json()["error"]["user_id"], "a@x.org");
    let right = run(&scripts, &[&login[..], &["--json"]].concat(), "secret");
    let told = right.json();
    assert_eq!(told["profile"]["app_metadata"], json!({ "plan": 1.5 }));
    assert_eq!(told["result"]["metadata"], json!({ "plan": 1.5 }));
    assert_eq!(told["console"], json!([{ "level": "log", "text": "asked for a@x.org" }]));
}

#[test]
fn a_value_of_configuration_may_come_from_the_environment() {
    // PATH is there wherever programs run.
    let login =
        "function login(e, p, callback) { callback(null, { user_id: String(configuration.PATH.length > 0) }); }";
    let scripts = folder(&[("login.js", login)]);
    let login = ["login", "--username", "a", "--password-stdin", "--json", "--config"];
    let there = run(&scripts, &[&login[..], &["PATH"]].concat(), "x");
    assert_eq!(there.json()["profile"]["user_id"], "auth0|true");
    let missing = run(&scripts, &[&login[..], &["NOT_SET_ANYWHERE"]].concat(), "x");
    assert_eq!(missing.code, 2, "{}", missing.all());
    assert!(missing.error()["hint"].as_str().is_some_and(|hint| hint.contains("--config DB_URL")));
}

#[test]
fn what_a_script_sends_is_told_and_what_it_may_not_reach_as_well() {
    let get_user = "function getUser(email, callback) {
      require('axios').get('http://127.0.0.1:9/users').then(() => callback(null), callback);
    }";
    let scripts = folder(&[("get_user.js", get_user)]);
    let refused = run(&scripts, &["get_user", "--email", "a@x.org"], "");
    assert_eq!(refused.code, 3, "{}", refused.all());
    assert!(refused.out.contains("allow_hosts = [\"127.0.0.1\"]"), "{}", refused.out);
    let down = run(&scripts, &["get-user", "--email", "a@x.org", "--allow-host", "127.0.0.1", "--json"], "");
    assert_eq!(down.code, 4, "{}", down.all());
    assert_eq!(down.json()["sent"][0]["text"], "GET http://127.0.0.1:9/users");
}

#[test]
fn a_script_that_fails_says_how_and_where() {
    let scripts = folder(&[
        ("verify.js", "function verify(email, callback) {\n  null.x();\n}"),
        (
            "change_email.js",
            "function changeEmail(email, to, verified, callback) { callback(null, verified && to === 'b@x.org'); }",
        ),
        ("delete.js", "function remove(id, callback) { callback(null, id !== '8'); }"),
    ]);
    let thrown = run(&scripts, &["verify", "--email", "a@x.org"], "");
    assert_eq!(thrown.code, 7, "{}", thrown.all());
    assert!(thrown.out.contains("verify.js:2:") && thrown.out.contains("TypeError"), "{}", thrown.out);
    let changed = run(&scripts, &["change-email", "--email", "a@x.org", "--new-email", "b@x.org", "--verified"], "");
    assert_eq!(changed.code, 0, "{}", changed.all());
    let not = run(&scripts, &["change-email", "--email", "a@x.org", "--new-email", "b@x.org"], "");
    assert_eq!(not.code, 1, "{}", not.all());
    assert_eq!(run(&scripts, &["delete", "--id", "7", "--yes"], "").code, 0);
    assert_eq!(run(&scripts, &["delete", "--id", "8", "--yes"], "").code, 1);
    assert_eq!(run(&scripts, &["login", "--email", "a", "--password-stdin"], "x").code, 5);
}

#[test]
fn new_users_and_changes_are_told_in_the_words_of_scripts() {
    let scripts = folder(&[
        ("create.js", "function create(user, callback) { console.log(JSON.stringify(user)); callback(null); }"),
        (
            "change_metadata.js",
            "function change(email, changes, callback) { console.log(JSON.stringify(changes)); callback(null, true); }",
        ),
    ]);
    let create = ["create", "--email", "a@x.org", "--app-metadata", r#"{"plan":"full"}"#, "--password-stdin", "--json"];
    let made = run(&scripts, &[&create[..], &["--connection", "crm"]].concat(), "secret");
    assert_eq!(made.code, 0, "{}", made.all());
    let user: serde_json::Value =
        serde_json::from_str(made.json()["console"][0]["text"].as_str().unwrap_or_default()).expect("JSON");
    let expected = json!({
        "tenant": "crosswalk", "client_id": "crosswalk", "connection": "crm", "email": "a@x.org",
        "password": "secret", "app_metadata": { "plan": "full" },
    });
    assert_eq!(user, expected);
    let change = ["change_metadata", "--email", "a@x.org", "--app-metadata", r#"{"plan":null,"x":1}"#, "--json"];
    let changed = run(&scripts, &change, "");
    assert_eq!(changed.code, 0, "{}", changed.all());
    let told: serde_json::Value =
        serde_json::from_str(changed.json()["console"][0]["text"].as_str().unwrap_or_default()).expect("JSON");
    assert_eq!(told["metadata"]["set"], json!({ "x": 1 }));
    assert_eq!(told["metadata"]["remove"], json!(["plan"]));
}

#[test]
fn a_script_that_cannot_be_read_says_where_when_it_is_checked() {
    let scripts = folder(&[
        ("login.js", "function login(email, password, callback) {\n  callback(null, {;\n}"),
        ("crosswalk.toml", "[connection.crm]\nkind = \"script\"\n[connection.crm.store]\ndir = \".\"\n"),
    ]);
    let config = scripts.path().join("crosswalk.toml");
    let checked = crosswalk(&["check", "--config", &config.to_string_lossy()], "");
    assert_eq!(checked.code, 3, "{}", checked.all());
    assert!(checked.all().contains("login.js:2:"), "{}", checked.all());
    let ran = run(&scripts, &["login", "--email", "a", "--password-stdin"], "x");
    assert_eq!(ran.code, 3, "{}", ran.all());
    assert!(ran.err.contains("login.js:2:"), "{}", ran.err);
}
