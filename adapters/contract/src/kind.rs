//! Kinds of stores: a name, strict settings, and how to open them. The list of kinds is an argument handed to the core.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Adapter, By, Result};

/// A kind of store, as named in `kind = "sqlite"`.
///
/// ```
/// # use crosswalk_contract::*;
/// # use std::sync::Arc;
/// #[derive(serde::Deserialize)]
/// #[serde(deny_unknown_fields)]
/// struct MySettings { path: String }
/// impl Settings for MySettings {
///     fn open(self, _: &Opening) -> Result<Arc<dyn Adapter>> { Err(Error::unsupported("only an example")) }
/// }
/// pub const KIND: Kind = Kind::of::<MySettings>("mine");
/// assert_eq!(KIND.name, "mine");
/// ```
#[derive(Clone, Copy)]
pub struct Kind {
    /// The name in the configuration.
    pub name: &'static str,
    /// How long one operation may take where the configuration does not say.
    pub timeout: Duration,
    parse: fn(&Value) -> Result<Box<dyn OpenSettings>, SettingsError>,
}

impl Kind {
    /// The kind with those settings.
    pub const fn of<S: Settings>(name: &'static str) -> Kind {
        Kind { name, timeout: Duration::from_secs(2), parse: parse::<S> }
    }

    /// The same with another limit on one operation, for stores that are slow by nature.
    #[must_use]
    pub const fn with_timeout(self, timeout: Duration) -> Kind {
        Kind { timeout, ..self }
    }

    /// Reads the `[connection.x.store]` section. Nothing is reached yet.
    ///
    /// # Errors
    /// The path of the offending key and what is wrong with it.
    pub fn parse(&self, settings: &Value) -> Result<Box<dyn OpenSettings>, SettingsError> {
        (self.parse)(settings)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Kind").field(&self.name).finish()
    }
}

/// The settings of one kind: a strict serde struct (`#[serde(deny_unknown_fields)]`).
pub trait Settings: DeserializeOwned + Send + Sync + 'static {
    /// What is wrong with values that serde accepts, each as key path and sentence. Offline: nothing is reached.
    fn problems(&self) -> Vec<SettingsError> {
        Vec::new()
    }

    /// Makes the adapter. It connects when first used: a store that is down must not stop the start.
    ///
    /// # Errors
    /// [`Config`](crate::ErrorKind::Config) for what can be known without reaching the store.
    fn open(self, opening: &Opening) -> Result<Arc<dyn Adapter>>;
}

/// Settings that have been read, whatever their kind.
pub trait OpenSettings: Send + Sync {
    /// See [`Settings::problems`].
    fn problems(&self) -> Vec<SettingsError>;
    /// See [`Settings::open`].
    ///
    /// # Errors
    /// As [`Settings::open`].
    fn open(self: Box<Self>, opening: &Opening) -> Result<Arc<dyn Adapter>>;
}

impl<S: Settings> OpenSettings for S {
    fn problems(&self) -> Vec<SettingsError> {
        Settings::problems(self)
    }
    fn open(self: Box<Self>, opening: &Opening) -> Result<Arc<dyn Adapter>> {
        Settings::open(*self, opening)
    }
}

/// What the core tells an adapter when it opens it.
#[derive(Clone, Debug, Default)]
pub struct Opening {
    /// The connection's name.
    pub connection: String,
    /// The folder that relative paths in the settings start from.
    pub dir: PathBuf,
    /// Columns that the map reads; empty where the connection has no map (all columns are wanted then).
    pub fields: Vec<String>,
    /// Columns that make up the user's id, in order; a listing is ordered by them.
    pub id_fields: Vec<String>,
    /// Columns that users are looked up by, and whether without regard to letter case; `doctor` wants an index on each.
    pub lookup_fields: Vec<(String, bool)>,
    /// The column of each identifier that users are looked up by beside their id.
    pub identifiers: Vec<(By, String)>,
    /// Columns that hold a metadata container as JSON text.
    pub container_fields: Vec<String>,
    /// How long one operation may take before the core gives it up.
    pub timeout: Option<Duration>,
}

impl Opening {
    /// For a connection of that name, relative paths starting at `dir`.
    pub fn new(connection: impl Into<String>, dir: impl AsRef<Path>) -> Opening {
        Opening { connection: connection.into(), dir: dir.as_ref().to_owned(), ..Opening::default() }
    }
}

/// A mistake in settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    /// Which key, dotted (`pool.max_size`); empty for the section itself.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.is_empty() { f.write_str(&self.message) } else { write!(f, "{}: {}", self.path, self.message) }
    }
}

impl std::error::Error for SettingsError {}

fn parse<S: Settings>(settings: &Value) -> Result<Box<dyn OpenSettings>, SettingsError> {
    match serde_path_to_error::deserialize::<_, S>(settings) {
        Ok(settings) => Ok(Box::new(settings)),
        Err(error) => {
            let path = error.path().to_string();
            let path = if path == "." { String::new() } else { path };
            Err(SettingsError { path, message: error.into_inner().to_string() })
        }
    }
}
