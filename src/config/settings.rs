//! The sections of the file, each one struct. What is written here is the reference.

use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};

use crosswalk_contract::{By, SecretRef, SettingsError};
use crosswalk_passwords::{HashParams, Limits, SchemeSpec, Verifier};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::duration;
use crate::{
    engine,
    policy::{ByteSize, PolicySettings},
    translate::MapSettings,
};

/// The whole file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Where migrated users live.
    pub directory: DirectorySettings,
    /// How much work password hashes may be at one time.
    pub hashing: HashingSettings,
    /// The legacy stores, by the name that clients send as `connection` or `realm`.
    pub connection: BTreeMap<String, ConnectionSettings>,
}

/// The section `[directory]`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DirectorySettings {
    /// The SQLite file; a relative path starts at the configuration's folder. Default: `"crosswalk.db"`.
    pub path: Option<PathBuf>,
    /// The PostgreSQL server to keep the directory on, in place of a file: several processes on several machines may then
    /// share it.
    pub url: Option<SecretRef>,
    /// The schema on that server. Default: `"crosswalk"`.
    pub schema: Option<String>,
    /// Encryption of the way to that server.
    #[cfg(feature = "postgres")]
    pub tls: Option<crosswalk_postgres::TlsSettings>,
}

impl DirectorySettings {
    /// Mistakes beyond those of single keys.
    pub fn problems(&self) -> Vec<SettingsError> {
        let mut problems = Vec::new();
        let mut report = |path: &str, message: &str| {
            problems.push(SettingsError { path: path.to_owned(), message: message.to_owned() });
        };
        if self.path.as_ref().is_some_and(|path| path.as_os_str().is_empty()) {
            report("path", "the path is empty; name the file of the directory");
        }
        if self.path.is_some() && self.url.is_some() {
            report("url", "the directory is either a file (`path`) or on a server (`url`); leave one out");
        }
        if self.url.is_some() && cfg!(not(feature = "postgres")) {
            report("url", "this build has no directory on PostgreSQL; it lacks the feature `postgres`");
        }
        if self.url.is_none() && self.schema.is_some() {
            report("schema", "only a directory on a server (`url`) has a schema");
        }
        problems
    }
}

/// The section `[hashing]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct HashingSettings {
    /// Threads that hash. Default: one for each core.
    pub threads: Option<usize>,
    /// How many logins may wait for a thread; one more is told "busy" at once. Default: 256.
    pub queue: usize,
    /// Memory that hashes may take at one time. One that needs more than all of it runs alone. Default: `"512 MB"`.
    pub memory: ByteSize,
    /// How long a login may wait for its hash before it is told "busy". Default: `"10s"`.
    #[serde(deserialize_with = "duration::deserialize")]
    pub deadline: Duration,
    /// The scheme of the directory's own hashes. Default: `"argon2id"`.
    pub scheme: NewHashes,
    /// How argon2id hashes are made.
    pub argon2: Argon2Settings,
    /// How bcrypt hashes are made. A password of more than 72 bytes is refused, since bcrypt would not see its end.
    pub bcrypt: BcryptSettings,
}

impl Default for HashingSettings {
    fn default() -> Self {
        let engine::HashingSettings { threads, queue, memory } = engine::HashingSettings::default();
        let deadline = Duration::from_secs(10);
        HashingSettings {
            threads,
            queue,
            memory,
            deadline,
            scheme: NewHashes::default(),
            argon2: Argon2Settings::default(),
            bcrypt: BcryptSettings::default(),
        }
    }
}

impl HashingSettings {
    /// As the engine has it.
    pub(super) fn pool(&self) -> engine::HashingSettings {
        engine::HashingSettings { threads: self.threads, queue: self.queue, memory: self.memory }
    }

    /// How the directory's own hashes are made.
    pub(super) fn new_hashes(&self) -> SchemeSpec {
        self.as_made_by(self.scheme)
    }

    fn as_made_by(&self, scheme: NewHashes) -> SchemeSpec {
        let none = HashParams::default();
        let (name, write) = match scheme {
            NewHashes::Argon2id => {
                let Argon2Settings { memory_kib, passes, lanes } = self.argon2;
                ("argon2id", HashParams { memory_kib, passes, lanes, ..none })
            }
            NewHashes::Bcrypt => ("bcrypt", HashParams { cost: self.bcrypt.cost, ..none }),
        };
        SchemeSpec { write, ..SchemeSpec::named(name) }
    }

    /// What serde accepts and nobody can mean.
    pub(super) fn problems(&self) -> Vec<SettingsError> {
        const MOST_THREADS: usize = 1024;
        let mut problems = Vec::new();
        let mut report = |path: &str, message: String| problems.push(SettingsError { path: path.to_owned(), message });
        match self.threads {
            Some(0) => {
                report("threads", "without a thread nobody could log in; leave the key out for one per core".into())
            }
            Some(threads) if threads > MOST_THREADS => {
                report("threads", format!("more than {MOST_THREADS} is not meant"))
            }
            _ => {}
        }
        if self.queue == 0 {
            report("queue", "without a queue every second login would be refused; use at least 1".into());
        }
        if self.memory.bytes() == 0 {
            report("memory", "hashes need memory; 64 MB is a small amount".into());
        }
        for (section, scheme) in [("argon2", NewHashes::Argon2id), ("bcrypt", NewHashes::Bcrypt)] {
            if let Err(error) = Verifier::new(&self.as_made_by(scheme), Limits::default()) {
                // The password crate names its own sections, which are not this file's.
                report(section, error.to_string().replace("write.", ""));
            }
        }
        problems
    }
}

/// What the directory's own hashes can be made with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NewHashes {
    /// argon2id: RFC 9106.
    #[default]
    Argon2id,
    /// bcrypt, for those whose other systems read nothing else.
    Bcrypt,
}

/// The section `[hashing.bcrypt]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BcryptSettings {
    /// The log2 of its rounds.
    pub cost: Option<u32>,
}

/// The section `[hashing.argon2]`: what is absent takes the default of the password crate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Argon2Settings {
    /// Memory of one hash, in KiB.
    pub memory_kib: Option<u32>,
    /// Passes over that memory.
    pub passes: Option<u32>,
    /// Lanes.
    pub lanes: Option<u32>,
}

/// The section `[connection.<name>]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConnectionSettings {
    /// The kind of store: `"memory"`, `"mysql"` (MariaDB too), `"postgres"`, `"script"`, `"sqlite"`.
    pub kind: String,
    /// `"bridge"`: the legacy store stays the truth. `"migrate"`: users move to the directory at their first good login.
    /// Default: `"bridge"`.
    #[serde(default)]
    pub mode: engine::Mode,
    /// How long one operation of the store may take. Default: `"2s"`, with scripts `"20s"`.
    #[serde(default, deserialize_with = "duration::optional")]
    pub timeout: Option<Duration>,
    /// By which identifiers users log in, in this order. Default: `["email", "username", "phone"]`, as far as the map
    /// has them.
    #[serde(default)]
    pub login_by: Vec<Identifier>,
    /// Whether a deleted user is remembered, so that the next login does not bring them back from the legacy store.
    /// Default: `true`.
    #[serde(default = "yes")]
    pub tombstones: bool,
    /// A key of the application that its password hashes are made with (site key, pepper), if there is one.
    #[serde(default)]
    pub site_key: Option<SecretRef>,
    /// Marks a store that `crosswalk test` may write to. Default: `false`.
    #[serde(default)]
    pub test_store: bool,
    /// The store's own settings; which keys there are depends on the kind.
    #[serde(default)]
    pub store: StoreSettings,
    /// How the store's columns become a profile. Without it the store must speak in profiles itself.
    #[serde(default)]
    pub map: Option<MapSettings>,
    /// What may be written.
    #[serde(default)]
    pub policy: PolicySettings,
}

impl ConnectionSettings {
    /// What messages about rows call the store: its table where it has one, else its kind.
    pub(super) fn table(&self) -> &str {
        self.store.0.get("table").and_then(Value::as_str).unwrap_or(&self.kind)
    }
}

/// What users log in by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Identifier {
    /// The e-mail address.
    Email,
    /// The user name.
    Username,
    /// The telephone number.
    Phone,
}

impl Identifier {
    /// As the engine has it.
    pub fn by(self) -> By {
        match self {
            Identifier::Email => By::Email,
            Identifier::Username => By::Username,
            Identifier::Phone => By::Phone,
        }
    }

    /// The word in the file.
    pub fn name(self) -> &'static str {
        match self {
            Identifier::Email => "email",
            Identifier::Username => "username",
            Identifier::Phone => "phone",
        }
    }
}

/// The section `[connection.<name>.store]`, before its kind reads it. It may hold secrets, so it prints only its keys.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct StoreSettings(pub(super) Map<String, Value>);

impl fmt::Debug for StoreSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

fn yes() -> bool {
    true
}
