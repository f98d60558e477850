//! `crosswalk try`: one operation on one user.

use serde_json::json;

use crate::program::{ANNA, RENEE, Run, Shop};

fn outcome(run: &Run) -> String {
    run.json()["outcome"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_right_password_is_accepted_and_shows_the_profile() {
    let shop = Shop::new();
    let login = shop.login("shop", ANNA, &shop.password(ANNA));
    assert_eq!((login.code, outcome(&login).as_str()), (0, "accepted"), "{}", login.all());
    assert_eq!(login.json()["profile"]["app_metadata"]["plan"], "gold");
    assert_eq!(login.json()["lives_in"], "legacy store");
}

#[test]
fn a_password_may_end_in_a_line_break_and_keeps_its_spaces() {
    let shop = Shop::new();
    assert_eq!(shop.login("shop", ANNA, &format!("{}\n", shop.password(ANNA))).code, 0);
    assert_eq!(shop.login("shop", ANNA, &format!("{}\r\n", shop.password(ANNA))).code, 0);
    assert_eq!(shop.login("shop", ANNA, &format!("{} ", shop.password(ANNA))).code, 1);
}

#[test]
fn a_wrong_password_an_unknown_user_and_a_blocked_one_are_answers_and_not_errors() {
    let shop = Shop::new();
    for (who, password, expected) in [
        (ANNA, "wrong".to_owned(), "wrong_password"),
        ("nobody@example.com", "wrong".to_owned(), "unknown_user"),
        (RENEE, "wrong".to_owned(), "wrong_password"),
        (RENEE, shop.password(RENEE), "blocked"),
    ] {
        let login = shop.login("shop", who, &password);
        assert_eq!((login.code, outcome(&login).as_str()), (1, expected), "{}", login.all());
        assert_eq!(login.err, "");
    }
}

#[test]
fn users_are_found_by_whatever_identifies_them_and_by_nothing_else() {
    let shop = Shop::new();
    for who in [
        vec![ANNA],
        vec!["anna_l"],
        vec!["4711"],
        vec!["+49301234567"],
        vec!["auth0|shop|4711"],
        vec!["--email", "ANNA.lindstroem@EXAMPLE.com"],
        vec!["--username", "Anna_L"],
        vec!["--id", "auth0|shop|4711"],
        vec!["--phone", "+49301234567"],
    ] {
        let found = shop.run(&[&["try", "shop", "get-user", "--json"], who.as_slice()].concat());
        assert_eq!(found.code, 0, "{who:?}: {}", found.all());
        assert_eq!(found.json()["profile"]["user_id"], "auth0|shop|4711");
    }
    for who in
        ["4711abc", " 4711", "4711.0", "04711", "auth0|shop-moving|4711", "' OR 1=1 --", "a\u{1f642}@example.com"]
    {
        let nobody = shop.run(&["try", "shop", "get-user", "--json", who]);
        assert_eq!((nobody.code, outcome(&nobody).as_str()), (1, "unknown_user"), "{who}: {}", nobody.all());
    }
    let two = shop.run(&["try", "shop", "get-user", "--id", "4711", "--email", ANNA]);
    assert_eq!(two.code, 2);
}

#[test]
fn the_record_is_shown_and_the_columns_of_the_password_are_not() {
    let shop = Shop::new();
    let (hash, salt): (String, String) = shop
        .sql("")
        .query_row("SELECT pw, pw_salt FROM tbl_customers WHERE cust_no = 4711", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .unwrap();
    for arguments in [["try", "shop", "get-user", ANNA].as_slice(), &["try", "shop", "get-user", ANNA, "--json", "-vv"]]
    {
        let shown = shop.run(arguments);
        assert!(shown.out.contains("Anna.Lindstroem") && shown.out.contains("***"));
        assert!(!shown.all().contains(&hash) && !shown.all().contains(&salt), "the hash is shown");
    }
}

#[test]
fn a_password_given_never_comes_back() {
    let shop = Shop::new();
    let secret = "Tr0ub4dor&3-unmistakable";
    let made = shop.run_with(&["try", "shop", "create", "--email", "n@example.com", "--password-stdin", "-vv"], secret);
    assert_eq!(made.code, 0, "{}", made.all());
    let again =
        shop.run_with(&["try", "shop", "create", "--email", "n@example.com", "--password-stdin", "-vv"], secret);
    assert_eq!(again.code, 5);
    let login = shop.run_with(&["try", "shop", "login", "n@example.com", "--password-stdin", "-vv"], secret);
    assert_eq!(login.code, 0, "{}", login.all());
    for run in [made, again, login] {
        assert!(!run.all().contains(secret));
    }
}

#[test]
fn a_user_who_is_made_exists_can_log_in_and_can_be_removed_once() {
    let shop = Shop::new();
    let made = shop.run_with(
        &[
            "try",
            "shop",
            "create",
            "--json",
            "--email",
            "New.One@example.com",
            "--given-name",
            "Ñusta",
            "--family-name",
            "Ødegård",
            "--user-metadata",
            r#"{"lang":"qu"}"#,
            "--app-metadata",
            r#"{"n":12345678901234567890123}"#,
            "--password-stdin",
        ],
        "first password",
    );
    assert_eq!(made.code, 0, "{}", made.all());
    assert!(made.out.contains("12345678901234567890123"), "a number lost its digits");
    assert_eq!(shop.login("shop", "new.one@example.com", "first password").code, 0);

    let changed =
        shop.run_with(&["try", "shop", "change-password", "new.one@example.com", "--password-stdin"], "second");
    assert_eq!(changed.code, 0, "{}", changed.all());
    assert_eq!(shop.login("shop", "new.one@example.com", "first password").code, 1);
    assert_eq!(shop.login("shop", "new.one@example.com", "second").code, 0);

    let moved = shop.run(&["try", "shop", "change-email", "new.one@example.com", "--new-email", "other@example.com"]);
    assert_eq!(moved.code, 0, "{}", moved.all());
    let verified = shop.run(&["try", "shop", "verify", "other@example.com", "--json"]);
    assert_eq!(verified.json()["profile"]["email_verified"], true);

    assert_eq!(shop.run(&["try", "shop", "delete", "other@example.com"]).code, 2, "deleting needs a yes");
    assert_eq!(shop.run(&["try", "shop", "delete", "other@example.com", "--yes"]).code, 0);
    assert_eq!(shop.run(&["try", "shop", "delete", "other@example.com", "--yes"]).code, 1);
}

#[test]
fn metadata_changes_by_argument_by_standard_input_and_as_a_whole_body() {
    let shop = Shop::new();
    let change = |arguments: &[&str], input: &str| {
        let run = shop.run_with(&[&["try", "shop", "change-metadata", "4711", "--json"], arguments].concat(), input);
        assert_eq!(run.code, 0, "{}", run.all());
        run.json()["profile"].clone()
    };
    let profile = change(&["--app-metadata", r#"{"plan":"platinum","roles":null}"#], "");
    assert_eq!(profile["app_metadata"], json!({ "plan": "platinum", "loyalty": { "points": 1250, "since": 2009 } }));
    let profile = change(&["--user-metadata", "-"], r#"{"theme":"dark"}"#);
    assert_eq!(profile["user_metadata"]["theme"], "dark");
    let profile = change(&["--body", "-"], r#"{"user_metadata":{},"app_metadata":{"x":[1]},"blocked":true}"#);
    assert_eq!((&profile["user_metadata"], &profile["blocked"]), (&json!({}), &json!(true)));
    assert_eq!(profile["app_metadata"]["x"], json!([1]));
}

#[test]
fn a_user_may_change_their_own_user_metadata_and_nothing_else() {
    let shop = Shop::new();
    let own = ["try", "shop", "change-metadata", "4711", "--as-user", "--user-metadata", r#"{"lang":"de"}"#];
    assert_eq!(shop.run(&own).code, 0);
    let plan =
        ["try", "shop", "change-metadata", "4711", "--as-user", "--app-metadata", r#"{"plan":"free"}"#, "--json"];
    let refused = shop.run(&plan);
    assert_eq!((refused.code, refused.error()["code"].as_str()), (5, Some("not_owner")), "{}", refused.all());
}

#[test]
fn what_is_no_json_and_what_is_no_change_is_told_as_a_wrong_command_line() {
    let shop = Shop::new();
    for arguments in [["--user-metadata", "{not json"], ["--user-metadata", "[1]"], ["--body", r#"{"email":"x"}"#]] {
        let run = shop.run(&[&["try", "shop", "change-metadata", "4711", "--json"], arguments.as_slice()].concat());
        assert_eq!((run.code, run.error()["kind"].as_str()), (2, Some("usage")), "{}", run.all());
    }
    assert_eq!(shop.run(&["try", "shop", "change-metadata", "4711"]).code, 2);
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_terminal_a_password_is_asked_for_by_nobody() {
    let shop = Shop::new();
    // Without `setsid` the question would go to the terminal that the tests run at, and wait there.
    let run = std::process::Command::new("setsid")
        .args(["--wait", env!("CARGO_BIN_EXE_crosswalk"), "--config"])
        .arg(shop.path("crosswalk.toml"))
        .args(["try", "shop", "login", ANNA])
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(2), "{told}");
    assert!(told.contains("--password-stdin"), "{told}");
}

#[test]
fn in_migrate_mode_the_first_login_moves_and_the_second_needs_no_legacy_store() {
    let shop = Shop::new();
    let password = shop.password(ANNA);
    let first = shop.login("shop-moving", ANNA, &password);
    assert_eq!((first.code, first.json()["lives_in"].as_str().unwrap()), (0, "directory"), "{}", first.all());
    std::fs::remove_file(shop.path("shop-moving.db")).unwrap();
    let second = shop.login("shop-moving", ANNA, &password);
    assert_eq!((second.code, outcome(&second).as_str()), (0, "accepted"), "{}", second.all());
    assert_eq!(shop.login("shop-moving", ANNA, "wrong").code, 1);
}
