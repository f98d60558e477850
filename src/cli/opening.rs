//! From a configuration file to an engine, for the length of one command.

use std::path::Path;

use tracing::{info, warn};

use super::failure::Outcome;
use crate::{config::Config, engine::Engine, policy::Actor, registry};

/// Reads the configuration, opens the engine with all connections or the named one, and closes it whatever the command
/// came to.
///
/// # Errors
/// All mistakes of the configuration; those of the directory; the command's own.
pub async fn with_engine<T>(
    config: &Path,
    connection: Option<&str>,
    command: impl AsyncFnOnce(&Engine) -> Outcome<T>,
) -> Outcome<T> {
    let config = Config::load(config)?;
    // `check` and `doctor` tell them; each other command would repeat them each time.
    for warning in config.warnings() {
        info!("{warning}");
    }
    let kinds = registry::kinds();
    let engine = match connection {
        // Another connection's missing secret is no hindrance.
        Some(name) => config.open_connection(name, &kinds)?,
        None => config.open(&kinds)?,
    };
    // What a crash interrupted is finished before anything newer is done.
    if let Err(error) = engine.recover().await {
        warn!(%error, "interrupted changes could not be finished");
    }
    let outcome = command(&engine).await;
    let closed = engine.directory().close().await;
    let outcome = outcome?;
    closed?;
    Ok(outcome)
}

/// Whoever sits at the command line, by the name that the audit log gets.
pub fn operator() -> Actor {
    let name = ["USER", "LOGNAME", "USERNAME"].into_iter().find_map(|name| std::env::var(name).ok());
    let name = name.filter(|name| !name.is_empty()).unwrap_or_else(|| "somebody".to_owned());
    Actor::operator(format!("cli:{name}"))
}
