//! Packages beside the scripts: `node_modules`, as Node looks things up there, and nothing outside of it.

use std::{
    fs,
    path::{Component, Path, PathBuf},
};

use rquickjs::{Ctx, Error};
use serde_json::{Value, json};

use crate::{builtins, host};

/// A larger file is no module.
const MOST_BYTES: u64 = 16 << 20;

/// The folder that packages are loaded from.
pub(crate) struct Files {
    root: Option<PathBuf>,
}

/// A module cannot be found or read.
pub(crate) struct NotFound {
    message: String,
    code: &'static str,
}

impl NotFound {
    pub(crate) fn throw(self, ctx: &Ctx<'_>) -> Error {
        host::coded(ctx, &self.message, self.code)
    }
}

impl Files {
    pub(crate) fn new(root: Option<PathBuf>) -> Files {
        Files { root: root.and_then(|root| fs::canonicalize(root).ok()) }
    }

    /// Where `name` is, for whoever is in that folder (empty for the scripts themselves): JSON for the bootstrap script.
    pub(crate) fn resolve(&self, folder: &str, name: &str) -> Result<String, NotFound> {
        let name = name.strip_prefix("node:").unwrap_or(name);
        let bare = without_version(name);
        let found = if name.starts_with("./") || name.starts_with("../") || name == "." || name == ".." {
            let from = match folder {
                "" => self.root.clone(),
                folder => Some(PathBuf::from(folder)),
            };
            from.and_then(|from| self.file(&from.join(name)))
        } else if builtins::is_known(&bare) {
            return Ok(json!({ "builtin": bare }).to_string());
        } else {
            self.package(folder, &bare)
        };
        match found {
            Some(path) => Ok(json!({
                "path": path.display().to_string(),
                "folder": path.parent().map(|folder| folder.display().to_string()),
                "json": path.extension().is_some_and(|ending| ending == "json"),
            })
            .to_string()),
            None => Err(self.missing(name, &bare)),
        }
    }

    /// The text of a file that [`Files::resolve`] found.
    pub(crate) fn read(&self, path: &str) -> Result<String, NotFound> {
        let inside = self.inside(Path::new(path)).filter(|path| is_small_file(path));
        let text = inside.and_then(|path| fs::read_to_string(path).ok());
        text.ok_or_else(|| NotFound { message: format!("Cannot read module '{path}'"), code: "MODULE_NOT_FOUND" })
    }

    fn missing(&self, name: &str, bare: &str) -> NotFound {
        let place = match &self.root {
            Some(_) => "put the package into `node_modules` beside the scripts",
            None => "this program has no folder that packages could be loaded from",
        };
        let hint = match bare {
            "child_process" | "cluster" | "worker_threads" | "vm" | "net" | "tls" | "dgram" | "dns" | "http2"
            | "inspector" | "repl" | "zlib" => "scripts do not have this part of Node".to_owned(),
            "mongodb" | "tedious" | "mssql" | "oracledb" | "ibm_db" => format!("the driver {bare} is not offered"),
            _ => {
                let offered: Vec<&str> = builtins::names().collect();
                format!("{place}; offered without any package: {}", offered.join(", "))
            }
        };
        NotFound { message: format!("Cannot find module '{name}': {hint}"), code: "MODULE_NOT_FOUND" }
    }

    /// `node_modules` of the folder and of all folders above, up to the root.
    fn package(&self, folder: &str, name: &str) -> Option<PathBuf> {
        let root = self.root.as_ref()?;
        let start = if folder.is_empty() { root.clone() } else { PathBuf::from(folder) };
        let mut at = Some(start.as_path());
        while let Some(here) = at.filter(|here| here.starts_with(root)) {
            if here.file_name().is_none_or(|last| last != "node_modules")
                && let Some(found) = self.in_modules(&here.join("node_modules"), name)
            {
                return Some(found);
            }
            at = here.parent();
        }
        None
    }

    fn in_modules(&self, modules: &Path, name: &str) -> Option<PathBuf> {
        let parts = if name.starts_with('@') { 2 } else { 1 };
        let end = name.match_indices('/').nth(parts - 1).map_or(name.len(), |(at, _)| at);
        let (package, rest) = (modules.join(&name[..end]), name[end..].trim_start_matches('/'));
        let manifest = self.manifest(&package);
        if let Some(exports) = manifest.as_ref().and_then(|manifest| manifest.get("exports")) {
            let wanted = if rest.is_empty() { ".".to_owned() } else { format!("./{rest}") };
            if let Some(target) = exported(exports, &wanted) {
                return self.file(&package.join(target));
            }
        }
        if rest.is_empty() { self.folder(&package) } else { self.file(&package.join(rest)) }
    }

    fn manifest(&self, package: &Path) -> Option<Value> {
        let path = self.inside(&package.join("package.json")).filter(|path| is_small_file(path))?;
        serde_json::from_str(&fs::read_to_string(path).ok()?).ok()
    }

    fn file(&self, path: &Path) -> Option<PathBuf> {
        if let Some(found) = self.inside(path).filter(|found| found.is_file()) {
            return Some(found).filter(|found| found.extension().is_none_or(|ending| ending != "node"));
        }
        for ending in ["js", "cjs", "json"] {
            let mut text = path.as_os_str().to_owned();
            text.push(".");
            text.push(ending);
            if let Some(found) = self.inside(Path::new(&text)).filter(|found| found.is_file()) {
                return Some(found);
            }
        }
        self.folder(path)
    }

    fn folder(&self, path: &Path) -> Option<PathBuf> {
        let path = self.inside(path).filter(|path| path.is_dir())?;
        let main = self.manifest(&path).and_then(|manifest| Some(manifest.get("main")?.as_str()?.to_owned()));
        if let Some(main) = main
            && let Some(found) = self.file(&path.join(main)).filter(|found| *found != path)
        {
            return Some(found);
        }
        ["index.js", "index.cjs", "index.json"]
            .into_iter()
            .filter_map(|name| self.inside(&path.join(name)))
            .find(|found| found.is_file())
    }

    /// The real place of a path, if it is inside of the root. Links that lead out are not followed.
    fn inside(&self, path: &Path) -> Option<PathBuf> {
        let root = self.root.as_ref()?;
        if path.components().any(|part| matches!(part, Component::Prefix(_))) {
            return None;
        }
        fs::canonicalize(path).ok().filter(|real| real.starts_with(root))
    }
}

fn is_small_file(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|data| data.is_file() && data.len() <= MOST_BYTES)
}

/// `pg@8.11.3` is `pg`: the nearest version is whatever is offered. A scope's own `@` stays.
fn without_version(name: &str) -> String {
    let start = usize::from(name.starts_with('@'));
    match name[start..].find('@') {
        Some(at) => {
            let at = at + start;
            let rest = name[at..].find('/').map_or("", |slash| &name[at + slash..]);
            format!("{}{rest}", &name[..at])
        }
        None => name.to_owned(),
    }
}

/// What the manifest's `exports` say about a path.
fn exported(exports: &Value, wanted: &str) -> Option<String> {
    let is_conditions = exports.as_object().is_none_or(|map| map.keys().all(|key| !key.starts_with('.')));
    if is_conditions {
        return (wanted == ".").then(|| conditional(exports)).flatten();
    }
    let map = exports.as_object()?;
    if let Some(target) = map.get(wanted) {
        return conditional(target);
    }
    map.iter().find_map(|(pattern, target)| {
        let (start, end) = pattern.split_once('*')?;
        let middle = wanted.strip_prefix(start)?.strip_suffix(end)?;
        Some(conditional(target)?.replace('*', middle))
    })
}

fn conditional(target: &Value) -> Option<String> {
    match target {
        Value::String(path) => Some(path.clone()),
        Value::Array(list) => list.iter().find_map(conditional),
        Value::Object(map) => map
            .iter()
            .filter(|(name, _)| matches!(name.as_str(), "require" | "node" | "default"))
            .find_map(|(_, target)| conditional(target)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_in_a_name_is_the_nearest_that_is_offered() {
        for (name, bare) in [
            ("pg", "pg"),
            ("pg@8.11.3", "pg"),
            ("@scope/thing", "@scope/thing"),
            ("@scope/thing@1.2.3", "@scope/thing"),
            ("lodash@4.17.10/fp", "lodash/fp"),
            ("@scope/thing@1/sub", "@scope/thing/sub"),
        ] {
            assert_eq!(without_version(name), bare, "{name}");
        }
    }

    #[test]
    fn packages_are_found_as_node_finds_them_and_only_inside() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("root/node_modules/plain/index.js", "");
        write("root/node_modules/main/package.json", r#"{"main":"lib/start"}"#);
        write("root/node_modules/main/lib/start.js", "");
        write(
            "root/node_modules/@s/new/package.json",
            r#"{"exports":{".":{"import":"./a.mjs","require":"./b.cjs"},"./x/*":"./lib/*.js"}}"#,
        );
        write("root/node_modules/@s/new/b.cjs", "");
        write("root/node_modules/@s/new/lib/deep.js", "");
        write("root/node_modules/native/index.node", "");
        write("secret.js", "");
        let files = Files::new(Some(folder.path().join("root")));
        let path = |name: &str| files.resolve("", name).map(|json| json["{".len()..].to_owned()).ok();
        assert!(path("plain").unwrap().contains("plain/index.js"));
        assert!(path("main@1.0.0").unwrap().contains("lib/start.js"));
        assert!(path("@s/new").unwrap().contains("b.cjs"));
        assert!(path("@s/new/x/deep").unwrap().contains("lib/deep.js"));
        for outside in ["../secret", "../secret.js", "plain/../../../secret.js", "native", "/etc/passwd", "unknown"] {
            assert!(path(outside).is_none(), "{outside}");
        }
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(folder.path().join("secret.js"), folder.path().join("root/link.js")).unwrap();
            assert!(path("./link").is_none());
        }
    }
}
