//! The demo's folder: made once, recognised again, never put over somebody else's files.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::shop::{self, Customer, cast};
use crate::{
    cli::failure::{Failure, Outcome},
    engine::Randomness,
};

pub(super) const SHOP: &str = "shop.db";
pub(super) const SHOP_MOVING: &str = "shop-moving.db";
pub(super) const CONFIG: &str = "crosswalk.toml";
pub(super) const PASSWORDS: &str = "passwords.txt";
pub(super) const ANNAS_PASSWORD: &str = "anna.password";
/// Where the directory stands, see the configuration; with what SQLite puts beside it.
const DIRECTORY: [&str; 3] = ["directory.db", "directory.db-wal", "directory.db-shm"];
/// By which a folder of the demo is known again.
const MARK: &str = ".crosswalk-demo";
const TEMPLATE: &str = include_str!("crosswalk.toml");

pub(super) struct Folder(PathBuf);

impl Folder {
    /// Takes a folder that is new, empty, or the demo's own.
    ///
    /// # Errors
    /// A folder with other things in it, unless forced.
    pub(super) fn claim(path: &Path, force: bool) -> Outcome<Folder> {
        let refused = |cause| Failure::file(format!("the folder {} cannot be used", path.display()), cause);
        fs::create_dir_all(path).map_err(refused)?;
        let ours = path.join(MARK).exists();
        let empty = fs::read_dir(path).map_err(refused)?.next().is_none();
        if !(ours || empty || force) {
            return Err(Failure::usage(
                format!("{} is not empty, and the demo did not make it; nothing was touched", path.display()),
                "name another folder with --dir, or say --force to put the demo's files into it",
            ));
        }
        fs::write(path.join(MARK), "Made by `crosswalk demo`, which may replace its own files here.\n")
            .map_err(refused)?;
        Ok(Folder(path.to_owned()))
    }

    /// Makes the shop, its copy, the configuration and the list of passwords, all new. A configuration that has been
    /// edited is kept beside the new one.
    ///
    /// # Errors
    /// A file that cannot be written.
    pub(super) fn fill(&self, random: &Randomness) -> Outcome<Vec<Customer>> {
        for name in [SHOP, SHOP_MOVING, PASSWORDS, ANNAS_PASSWORD].into_iter().chain(DIRECTORY) {
            remove(&self.0.join(name))?;
        }
        self.keep_edited_config()?;
        let customers = shop::build(&self.0.join(SHOP), random)?;
        fs::copy(self.0.join(SHOP), self.0.join(SHOP_MOVING))
            .map_err(|cause| Failure::file(format!("{SHOP_MOVING} cannot be written"), cause))?;
        self.write(CONFIG, TEMPLATE)?;
        let passwords: Vec<String> = customers
            .iter()
            .filter_map(|it| Some(format!("{}\t{}\t{}\n", it.number, it.email.as_deref()?, it.password)))
            .collect();
        self.write(PASSWORDS, &passwords.concat())?;
        let anna = customers.iter().find(|it| it.email.as_deref() == Some(cast::ANNA));
        self.write(ANNAS_PASSWORD, anna.map_or("", |anna| &anna.password))?;
        Ok(customers)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    pub(super) fn config(&self) -> PathBuf {
        self.0.join(CONFIG)
    }

    /// Hides the store that users move away from, as if its server had been switched off.
    ///
    /// # Errors
    /// A file that cannot be renamed.
    pub(super) fn take_legacy_store_away(&self) -> Outcome<Away> {
        let (here, there) = (self.0.join(SHOP_MOVING), self.0.join(format!("{SHOP_MOVING}.switched-off")));
        fs::rename(&here, &there).map_err(|cause| Failure::file(format!("{SHOP_MOVING} cannot be renamed"), cause))?;
        Ok(Away { here, there, back: false })
    }

    fn write(&self, name: &str, text: &str) -> Outcome<()> {
        fs::write(self.0.join(name), text).map_err(|cause| Failure::file(format!("{name} cannot be written"), cause))
    }

    fn keep_edited_config(&self) -> Outcome<()> {
        let path = self.config();
        match fs::read_to_string(&path) {
            Ok(text) if text != TEMPLATE => {
                let kept = (1..).map(|number| self.0.join(format!("{CONFIG}.yours-{number}"))).find(|it| !it.exists());
                let kept = kept.unwrap_or_else(|| path.with_extension("yours"));
                fs::rename(&path, kept).map_err(|cause| Failure::file(format!("{CONFIG} cannot be kept"), cause))
            }
            _ => Ok(()),
        }
    }
}

/// A store that is away, and comes back whatever happens meanwhile.
pub(super) struct Away {
    here: PathBuf,
    there: PathBuf,
    back: bool,
}

impl Away {
    /// # Errors
    /// A file that cannot be renamed.
    pub(super) fn bring_back(mut self) -> Outcome<()> {
        self.back = true;
        fs::rename(&self.there, &self.here)
            .map_err(|cause| Failure::file(format!("{} cannot be renamed back", self.there.display()), cause))
    }
}

impl Drop for Away {
    fn drop(&mut self) {
        if !self.back {
            let _ = fs::rename(&self.there, &self.here);
        }
    }
}

fn remove(path: &Path) -> Outcome<()> {
    match fs::remove_file(path) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
            Err(Failure::file(format!("{} cannot be replaced", path.display()), cause))
        }
        _ => Ok(()),
    }
}
