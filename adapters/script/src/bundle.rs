//! Where scripts come from: a folder of files, an exported connection or tenant, or one JSON file.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crosswalk_contract::{Ability, Error, ErrorKind, Result, Secret};
use crosswalk_javascript::Source;
use serde::Deserialize;
use serde_json::Value;

use crate::keywords;

/// Names under which exporters keep connections in a tenant's folder.
const EXPORTS: [&str; 2] = ["database-connections", "databases"];

/// A larger script is a mistake; Auth0 takes 100 kB.
const MOST_BYTES: u64 = 4 << 20;

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Bundle {
    pub(crate) sources: Vec<Source>,
    /// The folder that packages may be beside.
    pub(crate) folder: Option<PathBuf>,
    /// What the export says of `configuration`.
    pub(crate) configuration: BTreeMap<String, String>,
    /// What the export says of `context`.
    pub(crate) context: Option<bool>,
    /// Keywords that have no replacement.
    pub(crate) missing_keywords: Vec<String>,
}

/// The part of a connection that is read.
#[derive(Deserialize)]
struct Export {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    options: Options,
    /// One level higher where somebody has written the file by hand.
    #[serde(default, rename = "customScripts")]
    custom_scripts: Option<BTreeMap<String, String>>,
}

#[derive(Default, Deserialize)]
struct Options {
    #[serde(default, rename = "customScripts")]
    custom_scripts: BTreeMap<String, String>,
    #[serde(default)]
    configuration: Option<BTreeMap<String, Value>>,
    #[serde(default)]
    enable_script_context: Option<bool>,
}

/// The names that Auth0's documentation has for the functions.
fn names(ability: Ability) -> &'static [&'static str] {
    match ability {
        Ability::Login => &["login", "loginAsync"],
        Ability::GetUser => &["getUser", "get_user", "getByEmail", "getUserAsync", "loginByEmail"],
        Ability::Create => &["create"],
        Ability::ChangeMetadata => &["changeMetadata", "change_metadata"],
        Ability::Verify => &["verify"],
        Ability::ChangePassword => &["changePassword", "change_password"],
        Ability::ChangeEmail => &["changeEmail", "change_email"],
        Ability::Delete => &["deleteUser", "remove"],
        Ability::List => &[],
    }
}

/// Abilities that a script can give.
pub(crate) const SCRIPTED: [Ability; 8] = [
    Ability::Login,
    Ability::GetUser,
    Ability::Create,
    Ability::ChangeMetadata,
    Ability::Verify,
    Ability::ChangePassword,
    Ability::ChangeEmail,
    Ability::Delete,
];

impl Bundle {
    /// Everything that a folder holds.
    ///
    /// # Errors
    /// `Config` where there is no script, or a file cannot be read.
    pub(crate) fn of_folder(dir: &Path, name: &str, keywords: &BTreeMap<String, Secret>) -> Result<Bundle> {
        if !dir.is_dir() {
            return Err(config(format!("there is no folder {}", dir.display()))
                .hint("`dir` starts at the folder of the configuration"));
        }
        let dir = exported(dir, name)?;
        let manifest = dir.join("database.json");
        let mut bundle = Bundle { folder: Some(dir.clone()), ..Bundle::default() };
        if manifest.is_file() {
            let export = bundle.export(&manifest, keywords)?;
            for (function, place) in export.scripts() {
                let path = dir.join(&place);
                // The export may hold the script itself in place of its file's name.
                if place.ends_with(".js") && !place.contains(char::is_whitespace) {
                    bundle.add(&function, &path, keywords)?;
                } else {
                    bundle.push(&function, manifest.display().to_string(), place);
                }
            }
            bundle.options(export.options);
        }
        for ability in SCRIPTED {
            let path = dir.join(format!("{}.js", ability.name()));
            if path.is_file() && bundle.sources.iter().all(|source| source.function != ability.name()) {
                bundle.add(ability.name(), &path, keywords)?;
            }
        }
        bundle.checked(&dir)
    }

    /// Everything that a JSON file holds.
    ///
    /// # Errors
    /// As [`Bundle::of_folder`].
    pub(crate) fn of_file(file: &Path, keywords: &BTreeMap<String, Secret>) -> Result<Bundle> {
        let mut bundle = Bundle { folder: file.parent().map(Path::to_owned), ..Bundle::default() };
        let export = bundle.export(file, keywords)?;
        for (function, code) in export.scripts() {
            let name = format!("{}#{function}", file.file_name().unwrap_or_default().to_string_lossy());
            bundle.push(&function, name, code);
        }
        bundle.options(export.options);
        bundle.checked(file)
    }

    fn export(&mut self, file: &Path, keywords: &BTreeMap<String, Secret>) -> Result<Export> {
        let text = self.text(file, keywords)?;
        let value: Value = serde_json::from_str(&text).map_err(|error| {
            config(format!("{} is not JSON (line {}, column {})", file.display(), error.line(), error.column()))
        })?;
        // A list of connections, such as the Management API returns, is read where it has only one.
        let value = match value {
            Value::Array(mut list) if list.len() == 1 => list.remove(0),
            other => other,
        };
        serde_json::from_value(value)
            .map_err(|_| config(format!("{} holds no connection with `options.customScripts`", file.display())))
    }

    fn options(&mut self, options: Options) {
        self.context = options.enable_script_context;
        // What is no text is a ciphertext's envelope or a slip; the settings of the connection are the place for values.
        let texts = options.configuration.unwrap_or_default().into_iter();
        self.configuration = texts.filter_map(|(name, value)| Some((name, value.as_str()?.to_owned()))).collect();
    }

    fn add(&mut self, function: &str, path: &Path, keywords: &BTreeMap<String, Secret>) -> Result<()> {
        let code = self.text(path, keywords)?;
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        self.push(function, file, code);
        Ok(())
    }

    fn push(&mut self, function: &str, file: String, code: String) {
        let ability = SCRIPTED.into_iter().find(|ability| ability.name() == function);
        let Some(ability) = ability else { return };
        let names = names(ability).iter().map(|name| (*name).to_owned()).collect();
        self.sources.push(Source { function: function.to_owned(), file, code, names });
    }

    fn text(&mut self, path: &Path, keywords: &BTreeMap<String, Secret>) -> Result<String> {
        let failed = |why: String| config(format!("{} cannot be read: {why}", path.display()));
        let size = fs::metadata(path).map_err(|error| failed(error.to_string()))?.len();
        if size > MOST_BYTES {
            return Err(failed(format!("it has {size} bytes, and {MOST_BYTES} are the limit")));
        }
        let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        if keywords.is_empty() {
            return Ok(text);
        }
        let (text, missing) = keywords::replace(&text, keywords);
        self.missing_keywords.extend(missing);
        Ok(text)
    }

    fn checked(self, place: &Path) -> Result<Bundle> {
        if self.sources.is_empty() {
            let files: Vec<String> = SCRIPTED.iter().map(|ability| format!("{}.js", ability.name())).collect();
            return Err(config(format!("there is no script in {}", place.display()))
                .hint(format!("a script is one of the files {}", files.join(", "))));
        }
        Ok(self)
    }
}

impl Export {
    fn scripts(&self) -> BTreeMap<String, String> {
        match &self.custom_scripts {
            Some(scripts) => scripts.clone(),
            None => self.options.custom_scripts.clone(),
        }
    }
}

/// The folder of the connection itself, where `dir` is that of a whole tenant.
fn exported(dir: &Path, name: &str) -> Result<PathBuf> {
    let Some(parent) = EXPORTS.iter().map(|export| dir.join(export)).find(|parent| parent.is_dir()) else {
        return Ok(dir.to_owned());
    };
    let mut names = Vec::new();
    for entry in
        fs::read_dir(&parent).map_err(|error| config(format!("{} cannot be read", parent.display())).source(error))?
    {
        let Ok(entry) = entry else { continue };
        let folder = entry.file_name().to_string_lossy().into_owned();
        // The folder's name may have lost characters that files cannot have; the manifest has them.
        let manifest = fs::read_to_string(entry.path().join("database.json")).ok();
        let own = manifest.and_then(|text| serde_json::from_str::<Export>(&text).ok()).and_then(|export| export.name);
        if folder == name || own.as_deref() == Some(name) {
            return Ok(entry.path());
        }
        names.push(own.unwrap_or(folder));
    }
    names.sort();
    Err(config(format!("the tenant in {} has no connection `{name}`", dir.display()))
        .hint(format!("name one of them in `export_name`: {}", names.join(", "))))
}

fn config(message: String) -> Error {
    Error::new(ErrorKind::Config, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(folder: &Path, files: &[(&str, &str)]) {
        for (name, text) in files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }

    fn functions(bundle: &Bundle) -> Vec<&str> {
        bundle.sources.iter().map(|source| source.function.as_str()).collect()
    }

    #[test]
    fn a_file_that_exists_is_an_ability() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[("login.js", "1"), ("change_metadata.js", "2"), ("helper.js", "3"), ("list.js", "4")]);
        let bundle = Bundle::of_folder(folder.path(), "crm", &BTreeMap::new()).unwrap();
        assert_eq!(functions(&bundle), ["login", "change_metadata"]);
        let empty = tempfile::tempdir().unwrap();
        let error = Bundle::of_folder(empty.path(), "crm", &BTreeMap::new()).unwrap_err();
        assert!(error.to_string().contains("login.js"), "{error}");
        assert!(Bundle::of_folder(&empty.path().join("none"), "crm", &BTreeMap::new()).is_err());
    }

    #[test]
    fn an_exported_tenant_is_read_in_both_spellings() {
        for spelling in EXPORTS {
            let folder = tempfile::tempdir().unwrap();
            let manifest = r###"{"name":"My DB","options":{"enable_script_context":true,"configuration":{"A":"##HOST##","N":5},
                "customScripts":{"login":"./login.js","get_user":"function (e, cb) { cb(null, '##NAME##'); }"}}}"###;
            write(
                folder.path(),
                &[
                    (&format!("{spelling}/My DB/database.json"), manifest),
                    (&format!("{spelling}/My DB/login.js"), "function login() { '##HOST##' }"),
                    (&format!("{spelling}/other/database.json"), "{}"),
                ],
            );
            let keywords =
                BTreeMap::from([("HOST".to_owned(), Secret::new("h")), ("NAME".to_owned(), Secret::new("n"))]);
            let bundle = Bundle::of_folder(folder.path(), "My DB", &keywords).unwrap();
            assert_eq!(functions(&bundle), ["get_user", "login"]);
            assert_eq!(bundle.sources[1].code, "function login() { 'h' }");
            assert_eq!(bundle.sources[0].code, "function (e, cb) { cb(null, 'n'); }");
            assert_eq!(bundle.configuration, BTreeMap::from([("A".to_owned(), "h".to_owned())]));
            assert_eq!(bundle.context, Some(true));
            let error = Bundle::of_folder(folder.path(), "crm", &keywords).unwrap_err();
            assert!(error.to_string().contains("My DB"), "{error}");
        }
    }

    #[test]
    fn a_connection_in_one_file_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let scripts = r#"{"login":"function login(e, p, cb) {}","change_phone_number":"x"}"#;
        write(
            folder.path(),
            &[
                ("a.json", &format!(r#"{{"options":{{"customScripts":{scripts}}}}}"#)),
                ("b.json", &format!(r#"[{{"customScripts":{scripts}}}]"#)),
                ("c.json", "{}"),
                ("d.json", "nonsense"),
            ],
        );
        for file in ["a.json", "b.json"] {
            let bundle = Bundle::of_file(&folder.path().join(file), &BTreeMap::new()).unwrap();
            assert_eq!(functions(&bundle), ["login"]);
            assert_eq!(bundle.sources[0].file, format!("{file}#login"));
        }
        for file in ["c.json", "d.json", "e.json"] {
            assert!(Bundle::of_file(&folder.path().join(file), &BTreeMap::new()).is_err(), "{file}");
        }
    }
}
