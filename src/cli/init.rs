//! `crosswalk init`: from the address of an application's database to a configuration, by a ready-made map.

use std::{
    fs::OpenOptions,
    io::Write,
    path::{Path, PathBuf},
};

use clap::Args;
use crosswalk_contract::Severity;
use serde_json::{Value, json};

use super::{
    exit::Exit,
    failure::{Failure, Outcome},
    screen::{FAINT, GOOD, ODD, STRONG, Screen, harmless, paint},
};
use crate::{
    config::{Config, holds_password},
    engine::ErrorKind,
    maps::{Filling, Map, maps},
    registry,
};

/// Arguments of `crosswalk init`.
#[derive(Args, Debug)]
pub struct Init {
    /// The database: postgres://user@host/database or mysql://user@host/database
    url: String,
    /// The application. Without it, the maps are listed and it is tried which of them fit
    #[arg(long)]
    map: Option<String>,
    /// The connection's name; the map's own where it is not given
    #[arg(long)]
    connection: Option<String>,
    /// What stands before the names of the tables, such as wp_; the application's own where it is not given
    #[arg(long)]
    prefix: Option<String>,
    /// The environment variable that will hold the database's address. A password never goes into the file
    #[arg(long, value_name = "NAME")]
    url_from: Option<String>,
}

impl Init {
    /// Lists the maps, or writes the configuration. An existing one is never touched.
    ///
    /// # Errors
    /// An address of no known kind, an unknown map, a file that is there.
    pub async fn run(self, config: &Path, screen: &mut Screen) -> Outcome {
        let kind = self.kind()?;
        match &self.map {
            None => self.list(kind, screen).await,
            Some(name) => {
                let map = maps().iter().find(|map| map.name == name && map.kinds.contains(&kind));
                let map = map.ok_or_else(|| no_such_map(name, kind))?;
                self.write(map, kind, config, screen)
            }
        }
    }

    fn kind(&self) -> Outcome<&'static str> {
        match self.url.split_once("://").map(|(scheme, _)| scheme) {
            Some("postgres" | "postgresql") => Ok("postgres"),
            Some("mysql" | "mariadb") => Ok("mysql"),
            _ => Err(Failure::usage(
                "this is not the address of a database",
                "give postgres://user@host/database or mysql://user@host/database",
            )),
        }
    }

    async fn list(&self, kind: &str, screen: &mut Screen) -> Outcome {
        let mut found = Vec::new();
        for map in maps().iter().filter(|map| map.kinds.contains(&kind)) {
            found.push((map, self.fits(map, kind).await?));
        }
        if screen.json() {
            let maps = found.iter().map(|(map, why_not)| {
                json!({ "map": map.name, "title": map.title, "fits": why_not.is_none(), "why_not": why_not })
            });
            screen.value(&Value::from_iter(maps))?;
            return Ok(Exit::Ok);
        }
        for (map, why_not) in &found {
            let mark = if why_not.is_none() { paint(GOOD, "fits") } else { paint(FAINT, "    ") };
            screen.line(format!("  {mark}  {:<16}  {}", map.name, map.title))?;
        }
        screen.gap()?;
        let best = found.iter().find(|(_, why_not)| why_not.is_none()).map(|(map, _)| map.name);
        match best {
            Some(name) => screen.line(format!("Write a configuration with --map {name}"))?,
            None => screen.paragraph(
                0,
                "None of them finds its tables there. Name the prefix of the tables with --prefix, or write a map of your \
                 own: see docs/configuration.md.",
            )?,
        }
        Ok(Exit::Ok)
    }

    /// Why the map does not fit the database, or nothing.
    async fn fits(&self, map: &Map, kind: &str) -> Outcome<Option<String>> {
        let text = format!("[directory]\npath = \"never-opened.db\"\n\n{}", self.filled(map, kind, &quoted(&self.url)));
        let kinds = registry::kinds();
        let connection = Config::parse(&text, map.name, ".", &kinds)?.connection(&self.name(map), &kinds)?;
        match connection.inspect().await {
            Ok(examined) => {
                let findings = examined.examination.findings.into_iter();
                let blocker = findings.into_iter().find(|finding| finding.severity == Severity::Blocker);
                Ok(blocker.map(|finding| harmless(&finding.text)))
            }
            // The mistakes of a map for another application; what is wrong with the server is told at once.
            Err(error) if error.kind() == ErrorKind::Config && error.code_name() == "config" => {
                Ok(Some(harmless(error.message())))
            }
            Err(error) => Err(error.into()),
        }
    }

    fn write(&self, map: &Map, kind: &str, config: &Path, screen: &mut Screen) -> Outcome {
        let variable = match &self.url_from {
            None if holds_password(&self.url) => Some("CROSSWALK_DB".to_owned()),
            given => given.clone(),
        };
        let url = match &variable {
            Some(name) => format!("{{ env = {} }}", quoted(name)),
            None => quoted(&self.url),
        };
        let text = format!(
            "# Written by `crosswalk init`. `crosswalk check` tells every mistake at once, `crosswalk doctor` looks at the store.\n\n\
             [directory]                       # where migrated users live, and what is known about all others\n\
             path = \"directory.db\"\n\n{}",
            self.filled(map, kind, &url)
        );
        // What was just written must be read.
        Config::parse(&text, &config.display().to_string(), ".", &registry::kinds())?;
        let file = OpenOptions::new().write(true).create_new(true).open(config);
        file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|cause| {
            Failure::file(format!("{} cannot be written (an existing file is never replaced)", config.display()), cause)
        })?;
        let file: PathBuf = config.to_owned();
        if screen.json() {
            screen.value(&json!({ "outcome": "written", "file": file, "map": map.name, "url_from": variable }))?;
            return Ok(Exit::Ok);
        }
        screen.styled(GOOD, format!("{} is written", file.display()))?;
        screen.gap()?;
        screen.line(map.about())?;
        screen.gap()?;
        if let Some(name) = &variable {
            let words = format!("The file holds no password: put the database's address into {name}.");
            screen.line(paint(ODD, &words))?;
        }
        screen.line(format!("Go on with {}", paint(STRONG, "crosswalk doctor")))?;
        Ok(Exit::Ok)
    }

    fn filled(&self, map: &Map, kind: &str, url: &str) -> String {
        let prefix = self.prefix.as_deref().unwrap_or(map.prefix);
        map.filled(Filling { connection: &self.name(map), kind, url, prefix })
    }

    fn name(&self, map: &Map) -> String {
        self.connection.clone().unwrap_or_else(|| map.name.to_owned())
    }
}

/// As TOML has it: a JSON text without `/`'s escape is one.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn no_such_map(name: &str, kind: &str) -> Failure {
    let known: Vec<&str> = maps().iter().filter(|map| map.kinds.contains(&kind)).map(|map| map.name).collect();
    Failure::usage(format!("there is no map `{name}` for {kind}"), format!("the maps are: {}", known.join(", ")))
}
