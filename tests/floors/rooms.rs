//! Floors: a room may use only what is below it; the pure floors wait for nothing and know no time.

use crate::{
    finding::{Finding, Source, none, shipped},
    paths::named,
};

/// From the ground up, as in ARCHITECTURE.md. Rooms of one floor do not use each other, with the exceptions below.
const FLOORS: &[(u8, &[&str])] = &[
    (1, &["profile"]),
    (2, &["policy"]),
    (3, &["translate"]),
    (4, &["directory", "engine"]),
    (5, &["config", "harness", "maps", "migrate", "registry", "rules"]),
    (6, &["admin", "cli", "http", "ldap"]),
];

/// Who may use a neighbour on the same floor, and why.
const NEIGHBOURS: &[(&str, &str, &str)] = &[
    ("engine", "directory", "moved users live there"),
    ("config", "registry", "the kinds that a configuration may name, where the caller does not say"),
    ("cli", "http", "`crosswalk serve` starts it"),
    ("cli", "ldap", "`crosswalk serve` starts it"),
    ("cli", "admin", "`crosswalk serve` starts it"),
];

const FLOOR_REASON: &str =
    "a floor may use only what is below it, so that each can be read and tested without those above";

/// What floors 1 to 3 and the password crate may not mention.
const IMPURE: &[&[&str]] = &[
    &["tokio"],
    &["std", "env"],
    &["std", "fs"],
    &["std", "io"],
    &["std", "net"],
    &["std", "process"],
    &["std", "thread"],
    &["std", "time", "Instant"],
    &["std", "time", "SystemTime"],
    &["rand"],
    &["getrandom"],
    &["tracing"],
];

/// The same by their ends, since `use jiff::Timestamp` and `Timestamp::now()` are two paths.
const IMPURE_ENDS: &[&[&str]] =
    &[&["Timestamp", "now"], &["Zoned", "now"], &["SystemTime", "now"], &["Instant", "now"], &["RandomState", "new"]];

const PURE_REASON: &str = "profile, policy, translate and passwords do no I/O, do not wait and read no clock; time and \
                           randomness are passed in";

fn floor(room: &str) -> Option<u8> {
    FLOORS.iter().find(|(_, rooms)| rooms.contains(&room)).map(|(floor, _)| *floor)
}

/// `src/engine/call.rs` is in the room `engine`, `src/registry.rs` in `registry`; the crate's roots are in none.
fn room(path: &str) -> Option<&str> {
    let inside = path.strip_prefix("src/")?;
    let first = inside.split('/').next()?.trim_end_matches(".rs");
    (!matches!(first, "lib" | "main" | "bin")).then_some(first)
}

fn upward_uses(source: &Source) -> Vec<Finding> {
    let Some(own) = room(&source.path) else { return Vec::new() };
    let finding =
        |line, detail| Finding { file: source.path.clone(), line, rule: "floors", detail, reason: FLOOR_REASON };
    let Some(own_floor) = floor(own) else {
        return vec![finding(1, format!("the room `{own}` is on no floor; say in tests/floors/rooms.rs on which"))];
    };
    let mut findings = Vec::new();
    for named in named(source) {
        let [first, used, ..] = named.path.as_slice() else { continue };
        if first != "crate" || used == own {
            continue;
        }
        // What is on no floor is not a room but an item of the crate's root, of which there is none but `main`'s own.
        let Some(used_floor) = floor(used) else { continue };
        let neighbour = NEIGHBOURS.iter().any(|(one, other, _)| *one == own && *other == used);
        if used_floor >= own_floor && !neighbour {
            findings.push(finding(
                named.line,
                format!("`{own}` (floor {own_floor}) uses `{}` (floor {used_floor})", named.path.join("::")),
            ));
        }
    }
    findings
}

fn impurities(source: &Source) -> Vec<Finding> {
    named(source)
        .iter()
        .filter(|named| IMPURE.iter().any(|path| named.begins(path)) || IMPURE_ENDS.iter().any(|path| named.ends(path)))
        .map(|named| Finding {
            file: source.path.clone(),
            line: named.line,
            rule: "purity",
            detail: format!("`{}` is mentioned", named.path.join("::")),
            reason: PURE_REASON,
        })
        .collect()
}

#[test]
fn a_room_uses_only_the_floors_below_it() {
    none(shipped("src").iter().flat_map(upward_uses).collect());
}

#[test]
fn a_use_of_a_higher_floor_is_found() {
    for (path, text) in [
        ("src/profile/mod.rs", "use crate::policy::Actor;"),
        ("src/policy/walk.rs", "fn f() { super::super::engine::run(); }"),
        ("src/directory/mod.rs", "use crate::{profile::Profile, engine::Engine};"),
        ("src/config/mod.rs", "type T = crate::harness::Law;"),
        ("src/engine/mod.rs", "fn f() { crosswalk::cli::main(); }"),
        ("src/attic/mod.rs", ""),
    ] {
        assert_eq!(upward_uses(&Source::example(path, text)).len(), 1, "{path}: {text}");
    }
    assert!(upward_uses(&Source::example("src/engine/mod.rs", "use crate::directory::Directory;")).is_empty());
    assert!(
        upward_uses(&Source::example("src/policy/mod.rs", "#[cfg(test)] mod tests { use crate::engine::X; }"))
            .is_empty()
    );
}

#[test]
fn the_pure_floors_do_no_io_do_not_wait_and_read_no_clock() {
    let pure = ["src/profile", "src/policy", "src/translate", "passwords/src"];
    none(pure.iter().flat_map(|folder| shipped(folder)).flat_map(|source| impurities(&source)).collect());
}

#[test]
fn a_clock_or_a_file_on_a_pure_floor_is_found() {
    for text in [
        "use std::{fmt, fs::File};",
        "fn f() { jiff::Timestamp::now(); }",
        "use jiff::Timestamp; fn f() { Timestamp::now(); }",
        "use std::time::{Duration, Instant};",
        "async fn f() { tokio::task::yield_now().await }",
        "fn f() { getrandom::fill(&mut [0]); }",
    ] {
        assert_eq!(impurities(&Source::example("src/policy/mod.rs", text)).len(), 1, "{text}");
    }
    assert!(impurities(&Source::example("src/policy/mod.rs", "use std::time::Duration;")).is_empty());
}
