//! What a rule objects to, and the sources that rules read.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use crate::paths::only_for_tests;

/// One objection: which rule, where, and why the rule is there.
pub(crate) struct Finding {
    pub(crate) file: String,
    pub(crate) line: usize,
    pub(crate) rule: &'static str,
    pub(crate) detail: String,
    pub(crate) reason: &'static str,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}: {} ({})", self.file, self.line, self.rule, self.detail, self.reason)
    }
}

/// A source file: its path from the repository's root, and its text.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    #[cfg(test)]
    pub(crate) fn example(path: &str, text: &str) -> Source {
        Source { path: path.to_owned(), text: text.to_owned() }
    }

    pub(crate) fn parsed(&self) -> syn::File {
        syn::parse_file(&self.text).unwrap_or_else(|error| panic!("{}: {error}", self.path))
    }
}

/// All `.rs` files below a folder of the repository, in order. A folder that does not exist is a mistake of the test.
pub(crate) fn sources(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join(folder), &mut files);
    files.sort();
    assert!(!files.is_empty(), "no sources below {folder}");
    files
        .into_iter()
        .map(|file| Source {
            path: file.strip_prefix(root).expect("below the root").to_string_lossy().into_owned(),
            text: fs::read_to_string(&file).expect("a readable source"),
        })
        .collect()
}

/// As [`sources`], without files that are there for tests only (`#[cfg(test)] mod laws;`).
pub(crate) fn shipped(folder: &str) -> Vec<Source> {
    let all = sources(folder);
    let for_tests: Vec<String> = all.iter().flat_map(test_modules).collect();
    let is_for_tests = |path: &str| {
        for_tests
            .iter()
            .any(|module| path.strip_prefix(module.as_str()).is_some_and(|rest| rest == ".rs" || rest.starts_with('/')))
    };
    all.into_iter().filter(|source| !is_for_tests(&source.path)).collect()
}

/// The paths, without `.rs`, of modules that the file declares for tests only.
fn test_modules(source: &Source) -> Vec<String> {
    let (folder, name) = source.path.rsplit_once('/').expect("a path below the root");
    let folder = match name {
        "mod.rs" | "lib.rs" | "main.rs" => folder.to_owned(),
        name => format!("{folder}/{}", name.trim_end_matches(".rs")),
    };
    let items = source.parsed().items;
    let modules = items.iter().filter_map(|item| match item {
        syn::Item::Mod(module) if module.content.is_none() && only_for_tests(&module.attrs) => Some(&module.ident),
        _ => None,
    });
    modules.map(|name| format!("{folder}/{name}")).collect()
}

/// Fails with every finding, one a line.
pub(crate) fn none(findings: Vec<Finding>) {
    let lines: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "\n{}", lines.join("\n"));
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries {
        let path = entry.expect("a readable folder").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() {
            if name != "target" && !name.starts_with('.') {
                collect(&path, files);
            }
        } else if name.ends_with(".rs") {
            files.push(path);
        }
    }
}

#[test]
fn a_module_that_is_there_for_tests_only_is_not_shipped() {
    let source = Source::example("src/engine/mod.rs", "mod call;\n#[cfg(test)]\nmod laws;");
    assert_eq!(test_modules(&source), ["src/engine/laws"]);
    let source = Source::example("src/engine/call.rs", "#[cfg(test)]\nmod laws;");
    assert_eq!(test_modules(&source), ["src/engine/call/laws"]);
}
