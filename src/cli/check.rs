//! `crosswalk check`: the configuration without reaching any store, every mistake at once.

use std::path::Path;

use clap::Args;
use serde_json::{Value, json};

use super::{
    exit::Exit,
    failure::Outcome,
    screen::{BAD, FAINT, GOOD, ODD, STRONG, Screen, harmless, paint},
};
use crate::{
    config::Config,
    engine::{Ability, Connection, Error, ErrorKind},
    registry,
};

/// Arguments of `crosswalk check`.
#[derive(Args, Debug)]
pub struct Check {}

impl Check {
    /// Reads the configuration and tells what each connection will be able to do.
    ///
    /// # Errors
    /// All mistakes at once.
    pub fn run(self, config: &Path, screen: &mut Screen) -> Outcome {
        let file = config.display().to_string();
        let config = Config::load(config)?;
        let kinds = registry::kinds();
        let names = config.settings().connection.keys();
        let (opened, refused): (Vec<_>, Vec<_>) =
            names.map(|name| config.connection(name, &kinds)).partition(Result::is_ok);
        all_reasons(refused.into_iter().filter_map(Result::err).collect())?;
        let connections: Vec<Connection> = opened.into_iter().filter_map(Result::ok).collect();
        let warnings: Vec<String> = config.warnings().iter().map(ToString::to_string).collect();
        if screen.json() {
            screen.value(&json!({
                "file": file,
                "warnings": warnings,
                "connections": connections.iter().map(connection_json).collect::<Vec<_>>(),
            }))?;
            return Ok(Exit::Ok);
        }
        for connection in &connections {
            tell(screen, connection)?;
        }
        for warning in &warnings {
            screen.line(format!("{} {}", paint(ODD, "warning:"), harmless(warning)))?;
        }
        let sum = format!("{file}: no mistakes, {} connections, {} warnings", connections.len(), warnings.len());
        screen.styled(GOOD, sum)?;
        Ok(Exit::Ok)
    }
}

/// Why connections cannot be opened, all at once.
fn all_reasons(mut errors: Vec<Error>) -> Result<(), Error> {
    match errors.len() {
        0 => Ok(()),
        1 => Err(errors.remove(0)),
        count => {
            let reasons: Vec<String> = errors.iter().map(ToString::to_string).collect();
            let text = format!("{count} connections cannot be opened:\n  {}", reasons.join("\n  "));
            Err(Error::new(ErrorKind::Config, text))
        }
    }
}

fn tell(screen: &mut Screen, connection: &Connection) -> Outcome<()> {
    let kind = format!("{}, {}", connection.adapter().kind(), connection.mode().name());
    screen.line(format!("{}  {}", paint(STRONG, connection.name()), paint(FAINT, &kind)))?;
    let can: Vec<&str> = Ability::ALL.into_iter().filter(|it| connection.can(*it).is_ok()).map(Ability::name).collect();
    if !can.is_empty() {
        screen.line(format!("  {}     {}", paint(GOOD, "can"), can.join(", ")))?;
    }
    for (ability, reason) in Ability::ALL.into_iter().filter_map(|it| Some((it, connection.can(it).err()?))) {
        screen.line(format!("  {}  {ability}: {}", paint(BAD, "cannot"), harmless(&reason)))?;
    }
    let read_only: Vec<String> = connection.translation().read_only().into_iter().map(|(target, _)| target).collect();
    if !read_only.is_empty() {
        screen.line(format!("  {}  {}", paint(ODD, "reads, and cannot write:"), read_only.join(", ")))?;
    }
    screen.gap()?;
    Ok(())
}

fn connection_json(connection: &Connection) -> Value {
    let abilities = Ability::ALL.map(|ability| {
        let can = connection.can(ability);
        (ability.name().to_owned(), json!({ "can": can.is_ok(), "reason": can.err() }))
    });
    let read_only = connection.translation().read_only().into_iter();
    json!({
        "connection": connection.name(),
        "kind": connection.adapter().kind(),
        "mode": connection.mode().name(),
        "abilities": Value::Object(abilities.into_iter().collect()),
        "read_only": read_only.map(|(target, reason)| json!({ "attribute": target, "reason": reason })).collect::<Vec<_>>(),
    })
}
