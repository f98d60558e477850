//! The configuration: one TOML file, strict. Every mistake is told at once, with its line, its reason and the word that
//! was probably meant.
//!
//! A file is checked without reaching anything: no store, no directory, no secret. [`Config::open`] resolves secrets and
//! opens the directory; stores are reached when they are first used.

mod advice;
mod check;
mod complaint;
mod document;
pub(crate) mod duration;
mod findings;
mod mistake;
mod nearest;
mod open;
mod password;
mod reading;
mod section;
mod settings;

pub use advice::Warning;
pub(crate) use advice::holds_password;
pub use mistake::{Mistake, Mistakes};
pub use open::absent_abilities;
pub use settings::{
    Argon2Settings, ConnectionSettings, DirectorySettings, HashingSettings, Identifier, Settings, StoreSettings,
};

use std::{
    fs,
    path::{Path, PathBuf},
};

use crosswalk_contract::Kind;

use crate::registry;

/// A configuration without mistakes.
#[derive(Clone, Debug)]
pub struct Config {
    file: String,
    dir: PathBuf,
    settings: Settings,
    warnings: Vec<Warning>,
}

impl Config {
    /// Reads and checks a file against the kinds that this build has.
    ///
    /// # Errors
    /// Every mistake, or why the file cannot be read.
    pub fn load(path: impl AsRef<Path>) -> Result<Config, Mistakes> {
        let path = path.as_ref();
        let file = path.display().to_string();
        let cannot = |reason: String| Mistakes::of_file(&file, format!("the configuration cannot be read: {reason}"));
        let bytes = fs::read(path).map_err(|error| cannot(error.to_string()))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let line =
                error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
            cannot(format!("it is not UTF-8 text (line {})", line + 1))
        })?;
        let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Config::parse(&text, &file, dir, &registry::kinds())
    }

    /// Checks a text. `file` is its name in messages; relative paths start at `dir`.
    ///
    /// # Errors
    /// Every mistake.
    pub fn parse(text: &str, file: &str, dir: impl AsRef<Path>, kinds: &[Kind]) -> Result<Config, Mistakes> {
        // A mark that some editors put before UTF-8 text.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let checked = check::check(text, file, kinds)?;
        let dir = dir.as_ref().to_owned();
        Ok(Config { file: file.to_owned(), dir, settings: checked.settings, warnings: checked.warnings })
    }

    /// The file's name, as it was given.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The folder that relative paths start from.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the file says.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The directory's file; `None` for a directory on a server.
    pub fn directory_file(&self) -> Option<PathBuf> {
        let settings = &self.settings.directory;
        let path = settings.path.as_deref().unwrap_or(Path::new("crosswalk.db"));
        settings.url.is_none().then(|| self.dir.join(path))
    }

    /// Where the directory is, for a person.
    pub fn directory_place(&self) -> String {
        match self.directory_file() {
            Some(file) => file.display().to_string(),
            None => format!("schema {} on the server of [directory]", self.directory_schema()),
        }
    }

    fn directory_schema(&self) -> &str {
        self.settings.directory.schema.as_deref().unwrap_or("crosswalk")
    }

    /// What is no mistake and should be known all the same, in the order of the file.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }
}
