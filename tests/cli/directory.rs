//! `crosswalk directory`: backup, restore, one person, the audit log.

use crate::program::{ANNA, Shop};

#[test]
fn a_backup_brings_back_who_had_moved() {
    let shop = Shop::new();
    let password = shop.password(ANNA);
    assert_eq!(shop.login("shop-moving", ANNA, &password).code, 0);
    let backup = shop.path("backup.db").to_string_lossy().into_owned();
    let made = shop.run(&["directory", "backup", &backup]);
    assert_eq!(made.code, 0, "{}", made.all());
    assert_eq!(shop.run(&["directory", "backup", &backup]).code, 5, "an existing file is not replaced");

    std::fs::remove_file(shop.path("directory.db")).unwrap();
    std::fs::remove_file(shop.path("shop-moving.db")).unwrap();
    assert_ne!(shop.login("shop-moving", ANNA, &password).code, 0);
    let restored = shop.run(&["directory", "restore", &backup, "--force", "--json"]);
    assert_eq!(restored.code, 0, "{}", restored.all());
    assert_eq!(shop.login("shop-moving", ANNA, &password).code, 0);
}

#[test]
fn what_is_held_about_a_person_can_be_exported_and_erased() {
    let shop = Shop::new();
    assert_eq!(shop.login("shop-moving", ANNA, &shop.password(ANNA)).code, 0);
    let id = "auth0|shop-moving|4711";
    let export = shop.run(&["directory", "export", id]);
    assert_eq!(export.code, 0, "{}", export.all());
    assert!(export.out.contains("anna.lindstroem@example.com") && export.json().is_object());
    assert!(!export.out.contains("argon2id$"), "the export holds a hash");

    assert_eq!(shop.run(&["directory", "erase", id]).code, 2, "erasing needs a yes");
    assert_eq!(shop.run(&["directory", "erase", id, "--yes"]).code, 0);
    assert_eq!(shop.run(&["directory", "export", id]).code, 1);
    assert_eq!(shop.run(&["directory", "erase", "4711", "--yes"]).code, 2, "not a whole id");
}

#[test]
fn the_audit_log_tells_names_and_never_values() {
    let shop = Shop::new();
    let change = ["try", "shop", "change-metadata", "4711", "--app-metadata", r#"{"plan":"unmistakable"}"#];
    assert_eq!(shop.run(&change).code, 0);
    let audit = shop.run(&["directory", "audit", "--json"]);
    assert!(audit.out.contains("app_metadata.plan"), "{}", audit.all());
    assert!(!audit.out.contains("unmistakable"));
    assert_eq!(shop.run(&["directory", "audit"]).code, 0);
}

#[test]
fn the_status_counts_who_lives_where() {
    let shop = Shop::new();
    assert_eq!(shop.login("shop-moving", ANNA, &shop.password(ANNA)).code, 0);
    let status = shop.run(&["directory", "status", "--json"]);
    assert_eq!(status.json()["connections"]["shop-moving"]["moved"], 1, "{}", status.all());
    assert_eq!(status.json()["interrupted_changes"], 0);
}

#[test]
fn what_was_set_aside_with_an_id_comes_back_when_it_is_the_same_person() {
    let shop = Shop::new();
    shop.edit_config("user_metadata  = \"prefs\"", "");
    let id = "auth0|shop|4711";
    let change = ["try", "shop", "change-metadata", "4711", "--user-metadata", r#"{"kept":"yes"}"#];
    assert_eq!(shop.run(&change).code, 0);
    let shown = || shop.run(&["try", "shop", "get-user", "4711", "--json"]).out.contains("kept");
    assert!(shown());
    assert_eq!(shop.run(&["directory", "reattach", id]).code, 1, "nothing is set aside");

    // The row has nothing left of what it was, as if the id had a new owner.
    shop.sql(
        "UPDATE tbl_customers SET mail_addr = 'new@example.com', login = 'new', tel = '1', created = created + 1
         WHERE cust_no = 4711",
    );
    assert!(!shown(), "whoever has the id now inherits");
    let back = shop.run(&["directory", "reattach", id]);
    assert_eq!(back.code, 0, "{}", back.all());
    assert!(shown());
    shop.sql("UPDATE tbl_customers SET mail_addr = 'newer@example.com' WHERE cust_no = 4711");
    assert!(shown(), "a new address alone, of an account made at the same time, is the same person");
}
