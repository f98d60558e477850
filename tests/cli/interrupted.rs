//! Ctrl-C: nothing stays behind, neither a hidden terminal nor users that a law has made.

use std::{
    process::{Command, Stdio},
    thread,
    time::Duration,
};

use rexpect::session::spawn_command;

use crate::program::{ANNA, Shop};

const CUSTOMERS: &str = "SELECT count(*) FROM tbl_customers";

fn customers(shop: &Shop) -> i64 {
    shop.sql("").query_row(CUSTOMERS, [], |row| row.get(0)).expect("the shop's table can be counted")
}

#[test]
fn a_password_prompt_that_is_left_leaves_a_terminal_that_shows_what_is_typed() {
    let shop = Shop::new();
    let mut shell = Command::new("sh");
    // The shell gets the Ctrl-C too and has to live on to tell the terminal's state.
    shell.args(["-c", "trap : INT; stty echo; \"$0\" -c \"$1\" try shop login \"$2\"; echo \"code=$?\"; stty -a"]);
    shell.arg(env!("CARGO_BIN_EXE_crosswalk")).arg(shop.path("crosswalk.toml")).arg(ANNA);
    let mut terminal = spawn_command(shell, Some(30_000)).unwrap();
    terminal.exp_string("Password: ").unwrap();
    terminal.send_control('c').unwrap();
    terminal.exp_string("code=130").unwrap();
    // `-echo` would be a terminal that hides what is typed.
    let (_, echo) = terminal.exp_regex("-?\\becho\\b").unwrap();
    assert_eq!(echo, "echo");
}

#[test]
fn laws_that_are_interrupted_remove_the_users_they_have_made() {
    let shop = Shop::new();
    let before = customers(&shop);
    let child = Command::new(env!("CARGO_BIN_EXE_crosswalk"))
        .arg("--config")
        .arg(shop.path("crosswalk.toml"))
        .args(["test", "shop", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    while customers(&shop) == before {
        thread::sleep(Duration::from_millis(1));
    }
    let told = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(told.success());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(String::from_utf8_lossy(&ended.stdout).contains("\"interrupted\":true"));
    assert_eq!(customers(&shop), before);
}
