//! The settings of a store of scripts, and its kind.

use std::{collections::BTreeMap, path::PathBuf, sync::Arc, time::Duration};

use crosswalk_contract::{Adapter, Kind, Opening, Result, SecretRef, Settings, SettingsError};
use crosswalk_javascript::Network;
use serde::Deserialize;

use crate::{adapter::ScriptAdapter, scripts::Scripts};

/// `kind = "script"`. Auth0 gives a script about 20 seconds.
pub const KIND: Kind = Kind::of::<ScriptSettings>("script").with_timeout(Duration::from_secs(20));

/// The section `[connection.x.store]` of a connection of scripts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptSettings {
    /// The folder with the scripts (`login.js`, …), or one that Auth0's deploy tool exported: the connection's own with
    /// `database.json`, or the tenant's with `database-connections` or `databases` in it.
    #[serde(default)]
    pub dir: Option<PathBuf>,
    /// In place of a folder: a JSON file with `customScripts`, such as a connection of the Management API.
    #[serde(default)]
    pub file: Option<PathBuf>,
    /// The connection's name in an exported tenant. Default: this connection's own.
    #[serde(default)]
    pub export_name: Option<String>,
    /// What scripts read as `configuration`. Values are texts; they may be secrets.
    #[serde(default)]
    pub configuration: BTreeMap<String, SecretRef>,
    /// What stands for `##KEY##` and `@@KEY@@` in exported files.
    #[serde(default)]
    pub replacements: BTreeMap<String, SecretRef>,
    /// Hosts that scripts may reach: names (`db.example.com`, `*.example.com`), addresses and networks (`10.0.0.5`,
    /// `10.0.0.0/8`), each with `:port` if only that is meant, and `unix:/path`. Default: none.
    #[serde(default)]
    pub allow_hosts: Vec<String>,
    /// Whether functions get `context` before the callback. Default: what the export says, else `false`.
    #[serde(default)]
    pub context: Option<bool>,
    /// Whether a call finds the `global` that earlier ones left. Default: `"shared"`.
    #[serde(default)]
    pub isolation: Isolation,
    /// Whether `request`, `bcrypt`, `mysql` and others are there without `require`. Default: `true`.
    #[serde(default = "yes")]
    pub legacy_globals: bool,
    /// Megabytes of memory of one engine. Default: 64.
    #[serde(default = "default_memory")]
    pub memory_mb: usize,
    /// How many scripts run at a time; each has a thread. Default: four for each processor, at least 16.
    #[serde(default)]
    pub threads: Option<usize>,
    /// How many calls may wait for a thread. Default: 1024.
    #[serde(default = "default_queue")]
    pub queue: usize,
    /// Connections to one database. Default: 16.
    #[serde(default = "default_connections")]
    pub connections: usize,
    /// `tenant` of the user that `create` gets. Default: `"crosswalk"`.
    #[serde(default = "default_word")]
    pub tenant: String,
    /// `client_id` of the user that `create` gets. Default: `"crosswalk"`.
    #[serde(default = "default_word")]
    pub client_id: String,
}

/// Whether calls share a world.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Isolation {
    /// The next call of this connection on the same thread finds the `global` that this one leaves, as in Auth0's
    /// sandbox.
    #[default]
    Shared,
    /// Each call begins with nothing.
    PerCall,
}

impl ScriptSettings {
    /// Everything by default, with the scripts of that folder.
    pub fn of_dir(dir: impl Into<PathBuf>) -> ScriptSettings {
        ScriptSettings {
            dir: Some(dir.into()),
            file: None,
            export_name: None,
            configuration: BTreeMap::new(),
            replacements: BTreeMap::new(),
            allow_hosts: Vec::new(),
            context: None,
            isolation: Isolation::default(),
            legacy_globals: true,
            memory_mb: default_memory(),
            threads: None,
            queue: default_queue(),
            connections: default_connections(),
            tenant: default_word(),
            client_id: default_word(),
        }
    }
}

impl Settings for ScriptSettings {
    fn problems(&self) -> Vec<SettingsError> {
        let mut problems = Vec::new();
        let mut report = |path: &str, message: String| problems.push(SettingsError { path: path.to_owned(), message });
        match (&self.dir, &self.file) {
            (None, None) => report("", "name the folder of the scripts in `dir`, or a JSON file in `file`".to_owned()),
            (Some(_), Some(_)) => report("file", "`dir` and `file` exclude each other".to_owned()),
            _ => {}
        }
        for (index, host) in self.allow_hosts.iter().enumerate() {
            if let Err(error) = Network::new([host.as_str()]) {
                report(&format!("allow_hosts[{index}]"), error.to_string());
            }
        }
        let sizes = [
            ("memory_mb", self.memory_mb, 8),
            ("threads", self.threads.unwrap_or(1), 1),
            ("queue", self.queue, 1),
            ("connections", self.connections, 1),
        ];
        for (name, size, least) in sizes {
            if !(least..=65_536).contains(&size) {
                report(name, format!("this is at least {least} and at most 65536"));
            }
        }
        problems
    }

    fn open(self, opening: &Opening) -> Result<Arc<dyn Adapter>> {
        Ok(Arc::new(ScriptAdapter::new(Scripts::load(&self, opening)?)))
    }
}

fn yes() -> bool {
    true
}

fn default_memory() -> usize {
    64
}

fn default_queue() -> usize {
    1024
}

fn default_connections() -> usize {
    16
}

fn default_word() -> String {
    "crosswalk".to_owned()
}
