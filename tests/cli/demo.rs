//! The demo makes what it says, and what it makes can be gone on with.

use std::fs;

use tempfile::TempDir;

use crate::program::{ANNA, Shop, crosswalk};

#[test]
fn the_demo_shows_every_scene_and_leaves_a_configuration_without_mistakes() {
    let folder = TempDir::new().unwrap();
    let dir = folder.path().join("demo");
    let demo = crosswalk(&["demo", "--dir", &dir.to_string_lossy()], "");
    assert_eq!(demo.code, 0, "{}", demo.all());
    for scene in ["Log in", "Look up", "Create", "Change metadata", "Dirty rows", "Move", "What to type next"] {
        assert!(demo.out.contains(scene), "no scene `{scene}`");
    }
    for word in ["record", "map", "profile", "auth0|shop|4711", "app_metadata", "salted md5", "bcrypt", "phpass"] {
        assert!(demo.out.contains(word), "the demo does not show `{word}`");
    }
    assert!(dir.join("shop-moving.db").exists(), "the legacy store is not brought back");
    let check = crosswalk(&["check", "--config", &dir.join("crosswalk.toml").to_string_lossy()], "");
    assert_eq!(check.code, 0, "{}", check.all());
}

#[test]
fn the_demo_fits_a_hundred_columns_and_has_no_colours_in_a_pipe() {
    let folder = TempDir::new().unwrap();
    let demo = crosswalk(&["demo", "--dir", &folder.path().join("demo").to_string_lossy()], "");
    let scenes = demo.out.split("What to type next").next().unwrap();
    for line in scenes.lines().filter(|line| !line.contains("where:") && !line.contains("document that cannot")) {
        assert!(line.chars().count() <= 100, "too wide: {line}");
    }
    assert!(!demo.all().contains('\u{1b}'), "escape sequences in a pipe");
}

#[test]
fn the_demo_prints_no_password_and_no_hash() {
    let folder = TempDir::new().unwrap();
    let dir = folder.path().join("demo");
    let demo = crosswalk(&["demo", "-vv", "--dir", &dir.to_string_lossy()], "");
    let passwords = fs::read_to_string(dir.join("passwords.txt")).unwrap();
    for line in passwords.lines() {
        let password = line.split('\t').next_back().unwrap();
        assert!(password.len() > 8 && !demo.all().contains(password), "a password is printed");
    }
    let store = rusqlite::Connection::open(dir.join("shop.db")).unwrap();
    let mut rows = store.prepare("SELECT pw FROM tbl_customers UNION SELECT pw_salt FROM tbl_customers").unwrap();
    let secrets: Vec<String> = rows.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(secrets.len() > 200);
    for secret in secrets.iter().filter(|secret| secret.len() > 4) {
        assert!(!demo.all().contains(secret), "a hash or a salt is printed");
    }
}

#[test]
fn the_demo_runs_again_in_its_own_folder_and_keeps_an_edited_configuration() {
    let folder = TempDir::new().unwrap();
    let dir = folder.path().to_string_lossy().into_owned();
    assert_eq!(crosswalk(&["demo", "--no-tour", "--dir", &dir], "").code, 0);
    let config = folder.path().join("crosswalk.toml");
    fs::write(&config, "# mine\n").unwrap();
    assert_eq!(crosswalk(&["demo", "--no-tour", "--dir", &dir], "").code, 0);
    assert_eq!(fs::read_to_string(folder.path().join("crosswalk.toml.yours-1")).unwrap(), "# mine\n");
    assert!(fs::read_to_string(config).unwrap().contains("[connection.shop]"));
}

#[test]
fn the_demo_touches_nothing_in_somebody_elses_folder() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("shop.db"), "the real shop").unwrap();
    let dir = folder.path().to_string_lossy().into_owned();
    let refused = crosswalk(&["demo", "--dir", &dir], "");
    assert_eq!(refused.code, 2, "{}", refused.all());
    assert!(refused.err.contains("--force"));
    assert_eq!(fs::read_to_string(folder.path().join("shop.db")).unwrap(), "the real shop");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(crosswalk(&["demo", "--no-tour", "--force", "--dir", &dir], "").code, 0);
}

#[test]
fn the_demo_in_json_names_what_it_made() {
    let folder = TempDir::new().unwrap();
    let made = crosswalk(&["demo", "--json", "--dir", &folder.path().join("demo").to_string_lossy()], "");
    assert_eq!(made.json()["connections"], serde_json::json!(["shop", "shop-moving"]));
}

#[test]
fn the_command_that_the_readme_tells_logs_anna_in() {
    let shop = Shop::new();
    let password = fs::read_to_string(shop.path("anna.password")).unwrap();
    let login = shop.run_with(&["try", "shop", "login", ANNA, "--password-stdin"], &password);
    assert_eq!(login.code, 0, "{}", login.all());
    assert!(login.out.contains("auth0|shop|4711"));
}
