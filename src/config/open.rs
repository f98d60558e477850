//! From a configuration to an engine. Secrets are resolved and the directory is opened; no store is reached.

use std::sync::Arc;

use crosswalk_contract::{Ability, Error, ErrorKind, Kind, Opening, Result};

use super::{Config, ConnectionSettings, nearest::nearest, password};
#[cfg(feature = "postgres")]
use crate::directory::postgres::{PostgresDirectory, PostgresOptions};
use crate::{
    directory::{
        Directory,
        sqlite::{SqliteDirectory, SqliteOptions},
    },
    engine::{Connection, ConnectionParts, Engine, EngineParts},
    translate::Translation,
};

impl Config {
    /// Opens the directory and every connection. `kinds` are those that the file was checked against.
    ///
    /// Waits for the disk: call it before serving, or on a blocking thread.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] naming the connection and the environment variable or file of a secret that is missing;
    /// those of [`SqliteDirectory::open`].
    pub fn open(&self, kinds: &[Kind]) -> Result<Engine> {
        let names = self.settings.connection.keys().map(String::as_str);
        self.engine(names, kinds)
    }

    /// As [`Config::open`], with that connection alone: another one's missing secret is no hindrance.
    ///
    /// # Errors
    /// As [`Config::open`]; `inexistent_connection` where the file has none of that name.
    pub fn open_connection(&self, name: &str, kinds: &[Kind]) -> Result<Engine> {
        self.engine([name].into_iter(), kinds)
    }

    /// As [`Config::open`], or [`Config::open_connection`] where one is named, for whoever wants to see what is wrong: a
    /// directory that cannot be opened is told beside the engine, which then has an empty one in memory.
    ///
    /// # Errors
    /// As [`Config::open`], the directory's apart.
    pub fn open_to_examine(&self, connection: Option<&str>, kinds: &[Kind]) -> Result<(Engine, Option<Error>)> {
        let names = self.settings.connection.keys().map(String::as_str);
        let names: Vec<&str> = connection.map_or_else(|| names.collect(), |name| vec![name]);
        let connections = names.into_iter().map(|name| self.connection(name, kinds)).collect::<Result<Vec<_>>>()?;
        let (directory, trouble): (Arc<dyn Directory>, _) = match self.open_directory() {
            Ok(directory) => (directory, None),
            Err(error) => (Arc::new(SqliteDirectory::in_memory()?), Some(error)),
        };
        Ok((self.around(connections, directory)?, trouble))
    }

    /// Opens the directory alone, and makes it if there is none.
    ///
    /// # Errors
    /// As [`SqliteDirectory::open`], or as that of a directory on PostgreSQL.
    pub fn open_directory(&self) -> Result<Arc<dyn Directory>> {
        self.directory(true)
    }

    /// As [`Config::open_directory`], and makes none.
    ///
    /// # Errors
    /// As [`Config::open_directory`].
    pub fn open_existing_directory(&self) -> Result<Arc<dyn Directory>> {
        self.directory(false)
    }

    fn directory(&self, create: bool) -> Result<Arc<dyn Directory>> {
        match self.directory_file() {
            Some(file) => {
                let options = SqliteOptions { create, ..SqliteOptions::default() };
                Ok(Arc::new(SqliteDirectory::open(file, options)?))
            }
            None => self.directory_on_server(create),
        }
    }

    #[cfg(feature = "postgres")]
    fn directory_on_server(&self, create: bool) -> Result<Arc<dyn Directory>> {
        let settings = &self.settings.directory;
        let url = settings.url.clone().ok_or_else(no_server)?;
        let options = PostgresOptions {
            schema: self.directory_schema().to_owned(),
            tls: settings.tls.clone(),
            create,
            ..PostgresOptions::new(url)
        };
        Ok(Arc::new(PostgresDirectory::open(&options, &self.dir)?))
    }

    #[cfg(not(feature = "postgres"))]
    fn directory_on_server(&self, _create: bool) -> Result<Arc<dyn Directory>> {
        Err(no_server())
    }

    fn engine<'n>(&self, names: impl Iterator<Item = &'n str>, kinds: &[Kind]) -> Result<Engine> {
        // Connections come first: a missing secret must not leave a new, empty directory behind.
        let connections = names.map(|name| self.connection(name, kinds)).collect::<Result<Vec<_>>>()?;
        self.around(connections, self.open_directory()?)
    }

    fn around(&self, connections: Vec<Connection>, directory: Arc<dyn Directory>) -> Result<Engine> {
        let hashing = &self.settings.hashing;
        Engine::new(EngineParts {
            connections,
            directory,
            hashing: hashing.pool(),
            new_hashes: hashing.new_hashes(),
            login_deadline: hashing.deadline,
            clock: Engine::system_clock(),
            random: Engine::system_random(),
        })
    }

    /// Opens one connection alone, without the directory: what it can do is known from this, and nothing is made.
    ///
    /// # Errors
    /// As [`Config::open_connection`], the directory's apart.
    pub fn connection(&self, name: &str, kinds: &[Kind]) -> Result<Connection> {
        let settings = self.settings.connection.get(name).ok_or_else(|| self.no_connection(name))?;
        self.opened(name, settings, kinds).map_err(|error| error.with("connection", name))
    }

    fn opened(&self, name: &str, settings: &ConnectionSettings, kinds: &[Kind]) -> Result<Connection> {
        let kind = kinds.iter().find(|kind| kind.name == settings.kind).ok_or_else(|| {
            Error::new(ErrorKind::Config, format!("this build has no stores of the kind `{}`", settings.kind))
        })?;
        let translation = Translation::compile(name, settings.table(), settings.map.as_ref()).map_err(|problems| {
            let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
            Error::new(ErrorKind::Config, format!("the map has mistakes: {}", problems.join("; ")))
        })?;
        let password = if translation.has_password() {
            let spec = password::spec(translation.password_scheme());
            Some(spec.map_err(|_| Error::new(ErrorKind::Config, "the password scheme of the map cannot be read"))?)
        } else {
            None
        };
        let site_key = settings.site_key.as_ref().map(|key| key.resolve(&self.dir)).transpose()?;
        let timeout = settings.timeout.unwrap_or(kind.timeout);
        let opening = Opening {
            fields: translation.columns_read(),
            id_fields: translation.id_columns(),
            lookup_fields: translation.lookup_columns(),
            identifiers: translation.identifier_columns(),
            container_fields: translation.container_columns(),
            timeout: Some(timeout),
            ..Opening::new(name, &self.dir)
        };
        let store = serde_json::Value::Object(settings.store.0.clone());
        let store = kind.parse(&store).map_err(|_| {
            Error::new(ErrorKind::Config, "the settings of the store cannot be read")
                .hint("check the configuration again")
        })?;
        Connection::new(ConnectionParts {
            name: name.to_owned(),
            mode: settings.mode,
            adapter: store.open(&opening)?,
            translation,
            password,
            site_key,
            policy: settings.policy.clone(),
            timeout,
            login_by: settings.login_by.iter().map(|identifier| identifier.by()).collect(),
            tombstones: settings.tombstones,
            test_store: settings.test_store,
        })
    }

    fn no_connection(&self, name: &str) -> Error {
        let names = || self.settings.connection.keys().map(String::as_str);
        let error = Error::new(ErrorKind::Config, format!("there is no connection `{name}` in {}", self.file))
            .code("inexistent_connection");
        match nearest(name, names()) {
            Some(meant) => error.hint(format!("did you mean `{meant}`?")),
            None => error.hint(format!("the connections are: {}", names().collect::<Vec<_>>().join(", "))),
        }
    }
}

/// The check of the configuration has told it already.
fn no_server() -> Error {
    Error::new(ErrorKind::Config, "this build has no directory on a server")
}

/// The abilities that an open connection does not have, each with the reason.
pub fn absent_abilities(connection: &Connection) -> Vec<(Ability, String)> {
    Ability::ALL
        .into_iter()
        .filter_map(|ability| connection.can(ability).err().map(|reason| (ability, reason)))
        .collect()
}
