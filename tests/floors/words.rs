//! No store word above `translate`: `metadata` becomes `app_metadata` in one place.
//!
//! A heuristic: the string literal `"metadata"`, alone, is the store's name of the container. Above and below the one
//! file that renames, nothing needs it. (Attributes, such as serde's, hold literals too and are seen.)

use syn::{
    LitStr,
    visit::{self, Visit},
};

use crate::{
    finding::{Finding, Source, none, shipped},
    paths::only_for_tests,
};

/// Files that may say it, and why.
const MAY_SAY_IT: &[(&str, &str)] = &[
    ("src/translate/naming.rs", "the one place of the rename"),
    ("src/policy/names.rs", "a reserved name inside app_metadata"),
    ("src/config/nearest.rs", "tells people who wrote it what it is called here"),
];

const REASON: &str = "`metadata` is `app_metadata`, and one place in the code knows it";

fn said(source: &Source) -> Vec<Finding> {
    if MAY_SAY_IT.iter().any(|(path, _)| *path == source.path) {
        return Vec::new();
    }
    let mut reader = Reader { source, found: Vec::new() };
    reader.visit_file(&source.parsed());
    reader.found
}

struct Reader<'s> {
    source: &'s Source,
    found: Vec<Finding>,
}

impl<'ast> Visit<'ast> for Reader<'_> {
    fn visit_lit_str(&mut self, literal: &'ast LitStr) {
        if literal.value() == "metadata" {
            self.found.push(Finding {
                file: self.source.path.clone(),
                line: literal.span().start().line,
                rule: "no store word above translate",
                detail: "the literal \"metadata\" is the store's name of a container".to_owned(),
                reason: REASON,
            });
        }
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        if !only_for_tests(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }
}

#[test]
fn one_file_knows_that_metadata_is_app_metadata() {
    none(shipped("src").iter().flat_map(said).collect());
}

#[test]
fn the_word_in_another_file_is_found() {
    assert_eq!(said(&Source::example("src/engine/read.rs", "fn f() { row.get(\"metadata\"); }")).len(), 1);
    assert!(said(&Source::example("src/translate/naming.rs", "const OLD: &str = \"metadata\";")).is_empty());
    assert!(said(&Source::example("src/engine/read.rs", "fn f() { g(\"app_metadata\"); }")).is_empty());
}
