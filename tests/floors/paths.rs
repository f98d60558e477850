//! Every path that a file names, absolute, with its line. Test code is left out: it may reach where it likes.

use syn::{
    Attribute, ItemMod, ItemUse, Meta, Path, UseTree,
    spanned::Spanned,
    visit::{self, Visit},
};

use crate::finding::Source;

/// A path as written, after `self`, `super` and the crate's own name have been resolved to `crate`.
pub(crate) struct Named {
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
}

impl Named {
    /// Whether the path begins with these segments.
    pub(crate) fn begins(&self, segments: &[&str]) -> bool {
        self.path.len() >= segments.len() && self.path.iter().zip(segments).all(|(one, other)| one == other)
    }

    /// Whether the path ends with these segments.
    pub(crate) fn ends(&self, segments: &[&str]) -> bool {
        self.path.len() >= segments.len() && self.path.iter().rev().zip(segments.iter().rev()).all(|(a, b)| a == b)
    }
}

/// All paths of a file.
pub(crate) fn named(source: &Source) -> Vec<Named> {
    let mut reader = Reader { module: module_of(&source.path), found: Vec::new() };
    reader.visit_file(&source.parsed());
    reader.found
}

/// `src/engine/call.rs` is `engine::call`; `src/engine/mod.rs` is `engine`.
fn module_of(path: &str) -> Vec<String> {
    let inside = path.split_once("src/").map_or(path, |(_, inside)| inside);
    let mut module: Vec<String> = inside.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
    if module.last().is_some_and(|last| matches!(last.as_str(), "mod" | "lib" | "main")) {
        module.pop();
    }
    module
}

/// Whether an item is there for tests only.
pub(crate) fn only_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        Meta::List(list) if list.path.is_ident("cfg") => list.tokens.to_string() == "test",
        Meta::Path(path) => path.segments.last().is_some_and(|last| last.ident == "test"),
        _ => false,
    })
}

struct Reader {
    module: Vec<String>,
    found: Vec<Named>,
}

impl Reader {
    fn note(&mut self, segments: &[String], line: usize) {
        let mut path = Vec::new();
        let mut rest = segments;
        match segments.first().map(String::as_str) {
            Some("self" | "super") => {
                let mut module = self.module.clone();
                while let Some(step) = rest.first().filter(|step| matches!(step.as_str(), "self" | "super")) {
                    if step == "super" {
                        module.pop();
                    }
                    rest = &rest[1..];
                }
                path.push("crate".to_owned());
                path.append(&mut module);
            }
            Some("crosswalk") => {
                path.push("crate".to_owned());
                rest = &rest[1..];
            }
            _ => {}
        }
        path.extend(rest.iter().cloned());
        self.found.push(Named { path, line });
    }

    fn flatten(&mut self, tree: &UseTree, prefix: &[String]) {
        let longer = |name: String| prefix.iter().cloned().chain([name]).collect::<Vec<_>>();
        match tree {
            UseTree::Path(path) => self.flatten(&path.tree, &longer(path.ident.to_string())),
            UseTree::Name(name) => self.note(&longer(name.ident.to_string()), name.span().start().line),
            UseTree::Rename(name) => self.note(&longer(name.ident.to_string()), name.span().start().line),
            UseTree::Glob(glob) => self.note(&longer("*".to_owned()), glob.span().start().line),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.flatten(tree, prefix)),
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if !only_for_tests(&item.attrs) {
            self.flatten(&item.tree, &[]);
        }
    }

    fn visit_path(&mut self, path: &'ast Path) {
        let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        self.note(&segments, path.span().start().line);
        visit::visit_path(self, path);
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if only_for_tests(&item.attrs) {
            return;
        }
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        if !only_for_tests(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !only_for_tests(&item.attrs) {
            visit::visit_impl_item_fn(self, item);
        }
    }
}

#[test]
fn paths_are_resolved_whatever_they_begin_with() {
    let text = "use super::{read, super::policy::Actor as A};\nfn f() { crosswalk::profile::x(); self::y::z(); }";
    let found = named(&Source::example("src/engine/call.rs", text));
    let paths: Vec<String> = found.iter().map(|named| named.path.join("::")).collect();
    for expected in ["crate::engine::read", "crate::policy::Actor", "crate::profile::x", "crate::engine::call::y::z"] {
        assert!(paths.iter().any(|path| path == expected), "{expected} is not among {paths:?}");
    }
    assert_eq!((found[0].line, found[2].line), (1, 2));
}
