//! How files begin and what they are called.

use crate::finding::{Finding, Source, none, sources};

const FOLDERS: [&str; 4] = ["src", "adapters", "passwords", "tests"];

/// Names that say nothing about what a file holds.
const EMPTY_NAMES: [&str; 8] = ["common", "helper", "helpers", "manager", "misc", "util", "utils", "utilities"];

fn house_rules(source: &Source) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut object = |rule, detail: &str, reason| {
        findings.push(Finding { file: source.path.clone(), line: 1, rule, detail: detail.to_owned(), reason });
    };
    if !source.text.starts_with("//! ") {
        object("first line", "the file does not begin with `//! `", "the first line says what a file is for");
    }
    let stem = |part: &str| EMPTY_NAMES.contains(&part.trim_end_matches(".rs"));
    if source.path.split('/').any(stem) {
        object("names", "the name says nothing", "a file is named for what it holds, so that it holds one thing");
    }
    findings
}

#[test]
fn every_file_says_first_what_it_is_for_and_has_a_name_that_tells() {
    none(FOLDERS.iter().flat_map(|folder| sources(folder)).flat_map(|source| house_rules(&source)).collect());
}

#[test]
fn a_file_without_a_first_line_or_a_name_is_found() {
    assert_eq!(house_rules(&Source::example("src/engine/x.rs", "use std::fmt;")).len(), 1);
    assert_eq!(house_rules(&Source::example("src/util/x.rs", "//! Things.")).len(), 1);
    assert_eq!(house_rules(&Source::example("src/engine/helpers.rs", "fn f() {}")).len(), 2);
    assert!(house_rules(&Source::example("src/engine/call.rs", "//! The gate.")).is_empty());
}
