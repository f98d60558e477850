//! Stores that are gone, locked, read-only or dirty: a clear error with the right exit code, never a wrong password.

use crate::program::{ANNA, Shop};

#[test]
fn a_missing_database_file_is_told_by_name() {
    let shop = Shop::new();
    std::fs::remove_file(shop.path("shop.db")).unwrap();
    let login = shop.login("shop", ANNA, "whatever");
    assert!([3, 4].contains(&login.code), "{}", login.all());
    assert!(login.all().contains("shop.db"), "{}", login.all());
    assert!(!shop.path("shop.db").exists(), "an empty database was made");
    assert_eq!(shop.run(&["doctor", "shop"]).code, 10);
}

#[test]
fn a_locked_file_is_unavailable() {
    let shop = Shop::new();
    shop.edit_config("table = \"tbl_customers\"", "table = \"tbl_customers\"\nbusy_timeout = \"200ms\"");
    let lock = shop.sql("BEGIN EXCLUSIVE");
    let login = shop.login("shop", ANNA, &shop.password(ANNA));
    assert_eq!((login.code, login.error()["kind"].as_str()), (4, Some("unavailable")), "{}", login.all());
    drop(lock);
    assert_eq!(shop.login("shop", ANNA, &shop.password(ANNA)).code, 0, "it comes back by itself");
}

#[test]
fn a_store_that_is_down_is_not_a_wrong_password_for_who_has_not_moved() {
    let shop = Shop::new();
    std::fs::remove_file(shop.path("shop-moving.db")).unwrap();
    let login = shop.login("shop-moving", ANNA, "wrong");
    assert_ne!(login.code, 1, "{}", login.all());
    assert_ne!(login.code, 0);
}

#[test]
fn a_missing_table_is_a_mistake_of_the_configuration() {
    let shop = Shop::new();
    shop.edit_config("table = \"tbl_customers\"", "table = \"tbl_kunden\"");
    let run = shop.run(&["try", "shop", "get-user", "4711", "--json"]);
    assert_eq!((run.code, run.error()["kind"].as_str()), (3, Some("config")), "{}", run.all());
}

#[test]
fn a_row_with_broken_json_names_table_column_and_row_and_no_value() {
    let shop = Shop::new();
    let run = shop.run(&["try", "shop", "get-user", "5901", "--json"]);
    assert_eq!((run.code, run.error()["kind"].as_str()), (6, Some("inconsistent")), "{}", run.all());
    let context = run.error()["context"].clone();
    assert_eq!(
        (&context["table"], &context["field"], &context["row"]),
        (&"tbl_customers".into(), &"metadata".into(), &"5901".into())
    );
    assert!(!run.all().contains("gold"));
}

#[test]
fn two_rows_with_one_address_are_nobody_rather_than_the_first() {
    let shop = Shop::new();
    let run = shop.run(&["try", "shop", "get-user", "the.twins@example.com"]);
    assert_eq!(run.code, 6, "{}", run.all());
}

#[test]
fn a_file_that_is_no_database_is_left_as_it_is() {
    let shop = Shop::new();
    std::fs::write(shop.path("shop.db"), "this is not a database, it is a letter to my aunt").unwrap();
    let run = shop.run(&["try", "shop", "get-user", "4711"]);
    assert!([3, 4, 6].contains(&run.code), "{}: {}", run.code, run.all());
    assert!(std::fs::read_to_string(shop.path("shop.db")).unwrap().contains("my aunt"));
}

#[cfg(unix)]
#[test]
fn a_secret_that_is_missing_is_named() {
    let shop = Shop::new();
    shop.edit_config(
        "mode       = \"bridge\"",
        "mode       = \"bridge\"\nsite_key   = { env = \"CROSSWALK_TEST_NO_SUCH_KEY\" }",
    );
    let run = shop.run(&["try", "shop", "get-user", "4711"]);
    assert_eq!(run.code, 3, "{}", run.all());
    assert!(run.err.contains("CROSSWALK_TEST_NO_SUCH_KEY"));
    let other = shop.run(&["try", "shop-moving", "get-user", "4711"]);
    assert_eq!(other.code, 0, "another connection is not held up: {}", other.all());
}

#[test]
fn a_directory_that_cannot_be_opened_is_a_finding_and_the_stores_are_examined_all_the_same() {
    let shop = Shop::new();
    std::fs::remove_file(shop.path("directory.db")).ok();
    std::fs::create_dir(shop.path("directory.db")).unwrap();
    let doctor = shop.run(&["doctor", "--json"]);
    assert_eq!(doctor.code, 10, "{}", doctor.all());
    let told = doctor.json();
    assert_eq!(told["directory"]["findings"][0]["severity"], "blocker", "{told}");
    assert_eq!(told["connections"][0]["sample"]["read"].as_u64().map(|rows| rows > 0), Some(true), "{told}");
}

#[test]
fn a_check_tells_of_every_connection_that_cannot_be_opened() {
    let shop = Shop::new();
    shop.edit_config(
        "mode       = \"bridge\"",
        "mode       = \"bridge\"\nsite_key   = { env = \"CROSSWALK_NO_SUCH_KEY\" }",
    );
    shop.edit_config("mode       = \"migrate\"", "mode       = \"migrate\"\nsite_key   = { file = \"no-such.key\" }");
    let check = shop.run(&["check", "--json"]);
    assert_eq!(check.code, 3, "{}", check.all());
    let message = check.error()["message"].to_string();
    assert!(message.contains("CROSSWALK_NO_SUCH_KEY") && message.contains("no-such.key"), "{message}");
}
