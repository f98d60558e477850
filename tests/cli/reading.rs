//! `check`, `doctor`, `list`, `types`, `test`: commands that look.

use serde_json::Value;

use crate::program::{Shop, crosswalk};

#[test]
fn check_tells_what_each_connection_can_do_and_makes_nothing() {
    let shop = Shop::new();
    let check = shop.run(&["check", "--json"]);
    assert_eq!(check.code, 0, "{}", check.all());
    let shop_can = &check.json()["connections"][0];
    assert_eq!(shop_can["connection"], "shop");
    assert_eq!(shop_can["abilities"]["login"]["can"], true);
    assert_eq!(shop_can["read_only"][0]["attribute"], "name");
    assert!(!shop.path("directory.db").exists(), "an offline check made the directory");
}

#[test]
fn check_tells_every_mistake_at_once_with_its_line_and_the_nearest_word() {
    let shop = Shop::new();
    shop.edit_config("mode       = \"bridge\"", "mod        = \"bridge\"");
    shop.edit_config("fold = \"lower\" }", "fald = \"lower\" }");
    let check = shop.run(&["check"]);
    assert_eq!(check.code, 3, "{}", check.all());
    assert!(check.err.contains("mode") && check.err.contains("fold"), "{}", check.err);
    let check = shop.run(&["check", "--json"]);
    let mistakes = check.error()["mistakes"].clone();
    assert!(mistakes.as_array().unwrap().len() >= 2, "{mistakes}");
    assert!(mistakes[0]["line"].is_u64());
}

#[test]
fn a_configuration_that_is_not_there_is_exit_code_three() {
    let run = crosswalk(&["list", "shop", "--config", "/nowhere/crosswalk.toml", "--json"], "");
    assert_eq!((run.code, run.error()["kind"].as_str()), (3, Some("config")));
    assert!(run.all().contains("/nowhere/crosswalk.toml"));
}

#[test]
fn doctor_finds_rows_that_do_not_fit_and_tells_no_value() {
    let shop = Shop::new();
    let doctor = shop.run(&["doctor", "shop", "--json"]);
    assert_eq!(doctor.code, 11, "{}", doctor.all());
    let doctor_json = doctor.json();
    let case = &doctor_json["connections"][0];
    assert_eq!(case["sample"]["read"], 293);
    assert_eq!(case["sample"]["do_not_fit"], 3);
    assert!(case["facts"]["sqlite"].is_string() && case["columns"]["metadata"].is_string());
    assert_eq!(doctor_json["blockers"], 0);
    for value in ["example.com", "Lindstr", "gold"] {
        assert!(!doctor.all().contains(value), "doctor tells a value: {value}");
    }
}

#[test]
fn doctor_calls_a_missing_column_a_blocker() {
    let shop = Shop::new();
    shop.edit_config("phone_number   = \"tel\"", "phone_number   = \"telefone\"");
    let doctor = shop.run(&["doctor", "shop"]);
    assert_eq!(doctor.code, 10, "{}", doctor.all());
    assert!(doctor.out.contains("telefone"), "{}", doctor.out);
}

#[test]
fn doctor_is_content_with_a_clean_shop() {
    let shop = Shop::new();
    shop.sql("DELETE FROM tbl_customers WHERE cust_no IN (5901, 5906, 5908); CREATE INDEX t ON tbl_customers (tel);");
    let doctor = shop.run(&["doctor", "shop"]);
    assert_eq!(doctor.code, 0, "{}", doctor.all());
}

#[test]
fn list_streams_everybody_once_and_counts_the_rows_that_do_not_fit() {
    let shop = Shop::new();
    let list = shop.run(&["list", "shop", "--json"]);
    assert_eq!(list.code, 6, "{}", list.err);
    let ids: std::collections::BTreeSet<String> = list
        .out
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["user_id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!((ids.len(), list.out.lines().count()), (290, 290));
    let bad = list.err.lines().filter(|line| line.contains("bad_row\"")).count();
    assert_eq!(bad, 3, "{}", list.err);
    let sum: Value = serde_json::from_str(list.err.lines().last().unwrap()).unwrap();
    assert_eq!((&sum["users"], &sum["bad_rows"], &sum["complete"]), (&290.into(), &3.into(), &true.into()));
}

#[test]
fn list_stops_where_it_is_told_and_says_that_it_is_not_complete() {
    let shop = Shop::new();
    let list = shop.run(&["list", "shop", "--json", "--limit", "7"]);
    assert_eq!((list.code, list.out.lines().count()), (0, 7), "{}", list.all());
    assert!(list.err.contains("\"complete\":false"));
    assert_eq!(shop.run(&["list", "shop", "--resume", "nonsense"]).code, 2);
}

#[cfg(unix)]
#[test]
fn a_reader_that_goes_away_ends_the_listing_without_a_word() {
    let shop = Shop::new();
    let config = shop.path("crosswalk.toml");
    let command = format!(
        "{} --config {} list shop --json 2>&1 >&3 3>&- | cat; exit ${{PIPESTATUS[0]}}",
        env!("CARGO_BIN_EXE_crosswalk"),
        config.display()
    );
    // Standard output is a pipe whose reader is gone before the first byte.
    let script = format!("exec 3> >(exec true); sleep 0.2; {command}");
    let run = std::process::Command::new("bash").args(["-c", &script]).output().unwrap();
    let told = String::from_utf8_lossy(&run.stdout);
    assert!(!told.contains("fault") && !told.contains("panicked") && !told.contains("cannot be written"), "{told}");
    assert_eq!(run.status.code(), Some(0), "{told}");
}

#[test]
fn types_finds_the_minority_and_saves_what_it_learnt() {
    let shop = Shop::new();
    let types = shop.run(&["types", "shop", "--save", "--json"]);
    assert_eq!(types.code, 0, "{}", types.all());
    let report = types.json();
    let fields = report["fields"].as_array().unwrap();
    let points = fields.iter().find(|field| field["path"] == "app_metadata.loyalty.points").unwrap();
    assert_eq!(points["types"][0]["type"], "number");
    assert_eq!(points["types"][1]["type"], "string");
    assert!(points["example_of_minority"].as_str().unwrap().starts_with("auth0|shop|"));
    let status = shop.run(&["directory", "status", "--json"]);
    assert_eq!(status.json()["connections"]["shop"]["type_book_revision"], 1);

    shop.edit_config("types          = \"warn\"", "types          = \"enforce\"");
    let clash = shop.run(&["try", "shop", "change-metadata", "4711", "--app-metadata", r#"{"plan":7}"#, "--json"]);
    assert_eq!((clash.code, clash.error()["code"].as_str()), (5, Some("type_mismatch")), "{}", clash.all());
}

#[test]
fn laws_are_refused_where_the_store_is_not_marked_for_them() {
    let shop = Shop::new();
    shop.edit_config("test_store = true", "test_store = false");
    let run = shop.run(&["test", "shop", "--json"]);
    assert_eq!((run.code, run.error()["code"].as_str()), (5, Some("not_a_test_store")), "{}", run.all());
}

#[test]
fn laws_hold_on_the_demos_shop_and_leave_nobody_behind() {
    let shop = Shop::new();
    let run = shop.run(&["test", "shop", "--json"]);
    assert_eq!(run.code, 0, "{}", run.all());
    let laws = run.json()["laws"].as_array().unwrap().clone();
    let kept = laws.iter().filter(|law| law["outcome"] == "passed").count();
    assert!(kept >= 20, "only {kept} laws ran");
    assert_eq!(run.json()["left_behind"], 0);
    let list = shop.run(&["list", "shop", "--json"]);
    assert_eq!(list.out.lines().count(), 290, "the laws left users behind");
}

#[test]
fn a_broken_law_is_an_answer_of_no() {
    let shop = Shop::new();
    // The store loses what it is told: every insert with metadata is emptied behind the engine's back.
    shop.sql(
        "CREATE TRIGGER forgetful AFTER UPDATE OF metadata ON tbl_customers
         BEGIN UPDATE tbl_customers SET metadata = '{}' WHERE cust_no = NEW.cust_no AND metadata <> '{}'; END",
    );
    let run = shop.run(&["test", "shop"]);
    assert_eq!(run.code, 1, "{}", run.all());
    assert!(run.out.contains("BROKEN"));
}

#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_told() {
    let shop = Shop::new();
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_crosswalk"))
        .arg("--config")
        .arg(shop.path("crosswalk.toml"))
        .args(["types", "shop"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&run.stderr).contains("the output cannot be written"));
}

#[test]
fn a_wrong_command_line_is_exit_code_two_in_words_and_in_json() {
    assert_eq!(crosswalk(&["lost"], "").code, 2);
    assert_eq!(crosswalk(&[], "").code, 2);
    let run = crosswalk(&["try", "shop", "get-user", "--json"], "");
    assert_eq!((run.code, run.error()["kind"].as_str()), (2, Some("usage")), "{}", run.all());
    let shop = Shop::new();
    let run = shop.run(&["list", "shap", "--json"]);
    assert_eq!(run.code, 2, "{}", run.all());
    assert!(run.error()["hint"].as_str().unwrap().contains("shop"));
}

#[test]
fn help_and_version_are_answers() {
    let help = crosswalk(&["--help"], "");
    assert_eq!(help.code, 0);
    assert!(help.out.contains("Exit codes:") && help.out.contains("70"), "{}", help.out);
    assert_eq!(crosswalk(&["--version"], "").code, 0);
}
