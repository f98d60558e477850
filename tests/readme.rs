//! The README's table of abilities says what the kinds can really do. `CROSSWALK_WRITE_README=1` writes it anew.

use std::{env, fmt::Write, fs};

use crosswalk::{
    config::Config,
    engine::{Ability, Connection},
    registry,
};

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/README.md");
const START: &str = "<!-- abilities -->\n";
const END: &str = "<!-- /abilities -->";

const MAP: &str = r#"[connection.shop.map]
user_id = "no"
email = "mail"
email_verified = { field = "ok", true_is = ["Y"], false_is = ["N"] }
password = { field = "pw", scheme = "bcrypt" }
app_metadata = "metadata"
"#;

/// A connection of that kind over an ordinary table.
fn connection(kind: &str, mode: &str) -> Connection {
    let store = match kind {
        "memory" => "",
        "mysql" => "url = \"mysql://localhost/shop\"\ntable = \"customers\"",
        "postgres" => "url = \"postgres://localhost/shop\"\ntable = \"customers\"",
        "script" => "dir = \"scripts/postgres\"",
        _ => "path = \"shop.db\"\ntable = \"customers\"",
    };
    // Scripts speak in profiles.
    let map = if kind == "script" { "" } else { MAP };
    let text = format!(
        r#"[connection.shop]
kind = "{kind}"
mode = "{mode}"
[connection.shop.store]
{store}
{map}
"#
    );
    let kinds = registry::kinds();
    let config = Config::parse(&text, "README.toml", env!("CARGO_MANIFEST_DIR"), &kinds).expect("sound");
    config.connection("shop", &kinds).expect("sound")
}

fn word(ability: Ability, connection: &Connection) -> &'static str {
    match (ability.promised_by(connection.adapter()), connection.can(ability).is_ok()) {
        (true, true) => "yes",
        (false, true) => "by the core",
        (_, false) => "–",
    }
}

fn table() -> String {
    let kinds: Vec<&str> = registry::kinds().iter().map(|kind| kind.name).collect();
    let connections: Vec<Connection> = kinds.iter().map(|kind| connection(kind, "bridge")).collect();
    let moving = connection(kinds[0], "migrate");
    let mut table = format!("| ability | {} | moved users |\n", kinds.join(" | "));
    writeln!(table, "|---|{}---|", "---|".repeat(kinds.len())).expect("sound");
    for ability in Ability::ALL {
        let words: Vec<&str> = connections.iter().map(|connection| word(ability, connection)).collect();
        let moved = if moving.can(ability).is_ok() { "directory" } else { "–" };
        writeln!(table, "| `{ability}` | {} | {moved} |", words.join(" | ")).expect("sound");
    }
    table
}

#[test]
fn the_readme_says_what_each_kind_can_do() {
    let readme = fs::read_to_string(README).expect("sound");
    let start = readme.find(START).expect("the README has the table's first mark") + START.len();
    let end = readme.find(END).expect("the README has the table's last mark");
    let table = table();
    if env::var_os("CROSSWALK_WRITE_README").is_some() {
        fs::write(README, format!("{}{table}{}", &readme[..start], &readme[end..])).expect("sound");
        return;
    }
    assert_eq!(&readme[start..end], table, "run this test with CROSSWALK_WRITE_README=1 to write the table anew");
}
