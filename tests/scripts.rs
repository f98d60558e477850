//! Custom-database scripts behind an engine: the documented vectors of Auth0's contract, and scripts as teams have them,
//! against real servers.

#[path = "scripts/styles.rs"]
mod styles;
#[path = "scripts/vectors.rs"]
mod vectors;

use std::fs;

use crosswalk::{
    config::Config,
    engine::{By, Engine, Error, Secret, Verdict},
    policy::Actor,
    profile::{Change, NewProfile, Profile, UserId},
    registry,
};
use serde_json::Value;
use tempfile::TempDir;

/// A connection `my-db` of scripts in a folder of their own.
struct Scripts {
    folder: TempDir,
    settings: String,
    mode: &'static str,
}

impl Scripts {
    fn new(files: &[(&str, &str)]) -> Scripts {
        let folder = TempDir::new().expect("a folder for the test");
        for (name, code) in files {
            fs::write(folder.path().join(format!("{name}.js")), code).expect("the test's own files");
        }
        Scripts { folder, settings: String::new(), mode: "bridge" }
    }

    /// Further lines of `[connection.my-db.store]`.
    fn with(self, settings: &str) -> Scripts {
        Scripts { settings: format!("{}{settings}\n", self.settings), ..self }
    }

    fn migrating(self) -> Scripts {
        Scripts { mode: "migrate", ..self }
    }

    /// Puts another script in the place of one.
    fn rewrite(&self, name: &str, code: &str) {
        fs::write(self.folder.path().join(format!("{name}.js")), code).expect("the test's own files");
    }

    fn open(&self) -> Result<Opened, Error> {
        let text = format!(
            "[directory]\npath = \"directory.db\"\n[connection.my-db]\nkind = \"script\"\nmode = \"{}\"\ntimeout = \"5s\"\n\
             [connection.my-db.store]\ndir = \".\"\n{}",
            self.mode, self.settings
        );
        let kinds = registry::kinds();
        let config =
            Config::parse(&text, "crosswalk.toml", self.folder.path(), &kinds).expect("the settings are sound");
        config.open(&kinds).map(|engine| Opened { engine })
    }

    fn opened(&self) -> Opened {
        self.open().expect("the scripts can be read")
    }
}

/// An engine over them.
struct Opened {
    engine: Engine,
}

impl Opened {
    async fn login(&self, identifier: &str) -> Result<Verdict<Profile>, Error> {
        self.engine.login("my-db", identifier, &Secret::new("a password")).await
    }

    async fn accepted(&self, identifier: &str) -> Profile {
        match self.login(identifier).await {
            Ok(Verdict::Accepted(profile)) => profile,
            other => panic!("{other:?}"),
        }
    }

    async fn get_user(&self, email: &str) -> Result<Option<Profile>, Error> {
        self.engine.get_user("my-db", By::Email, email).await
    }

    async fn found(&self, email: &str) -> Profile {
        self.get_user(email).await.expect("the script answers").expect("the user is there")
    }

    async fn create(&self, user: NewProfile) -> Result<Profile, Error> {
        self.engine.create(&operator(), "my-db", user, &Secret::new("a password")).await
    }

    async fn patch(&self, id: &UserId, change: &str) -> Result<Option<Profile>, Error> {
        let change = Change::from_json(change).expect("the test's own change");
        self.engine.change_metadata(&operator(), id, change).await
    }

    async fn change_password(&self, id: &UserId) -> Result<bool, Error> {
        self.engine.change_password(&operator(), id, &Secret::new("another one")).await
    }
}

fn operator() -> Actor {
    Actor::operator("test")
}

fn json(profile: &Profile) -> Value {
    serde_json::to_value(profile).expect("profiles are JSON")
}
