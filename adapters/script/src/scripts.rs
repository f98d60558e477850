//! The scripts of one connection, ready to be called.

use std::{
    collections::BTreeMap,
    fmt,
    path::Path,
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use crosswalk_contract::{Ability, Error, ErrorKind, Opening, Result, Secret, SecretRef};
use crosswalk_javascript::{
    Invocation, Limits, Machine, MachineSettings, Network, Program, ProgramParts, Rejected, Report,
};
use tokio::runtime::Handle;
use tracing::{debug, warn};

use crate::{
    bundle::{Bundle, SCRIPTED},
    call::Call,
    outcome,
    settings::{Isolation, KIND, ScriptSettings},
};

/// The scripts of one connection.
pub struct Scripts {
    program: Arc<Program>,
    machine: OnceLock<Machine>,
    size: MachineSettings,
    timeout: Duration,
    pub(crate) about: About,
}

/// What scripts are told about where they are.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) connection: String,
    pub(crate) tenant: String,
    pub(crate) client_id: String,
    /// Whether functions get `context`.
    pub(crate) context: bool,
    pub(crate) files: Vec<String>,
    pub(crate) hosts: Vec<String>,
}

impl Scripts {
    /// Reads the scripts. Nothing runs but what stands at the top of a file.
    ///
    /// # Errors
    /// `Config` for files, secrets and hosts that cannot be used; for scripts that cannot be read, all of them, each with
    /// file, line and column.
    pub fn load(settings: &ScriptSettings, opening: &Opening) -> Result<Scripts> {
        let keywords = resolved(&settings.replacements, &opening.dir)?;
        let bundle = match (&settings.dir, &settings.file) {
            (_, Some(file)) => Bundle::of_file(&opening.dir.join(file), &keywords)?,
            (Some(dir), None) => {
                let name = settings.export_name.as_deref().unwrap_or(&opening.connection);
                Bundle::of_folder(&opening.dir.join(dir), name, &keywords)?
            }
            (None, None) => {
                return Err(Error::new(ErrorKind::Config, "neither `dir` nor `file` says where the scripts are"));
            }
        };
        for keyword in &bundle.missing_keywords {
            warn!(connection = opening.connection, keyword, "a keyword of an exported script has no replacement");
        }
        let mut configuration = bundle.configuration;
        for (name, value) in resolved(&settings.configuration, &opening.dir)? {
            configuration.insert(name, value.expose().to_owned());
        }
        let network = Network::new(settings.allow_hosts.iter().map(String::as_str))
            .map_err(|error| Error::new(ErrorKind::Config, error.to_string()))?;
        let files = bundle.sources.iter().map(|source| source.file.clone()).collect();
        let program = Arc::new(Program::new(ProgramParts {
            name: opening.connection.clone(),
            sources: bundle.sources,
            configuration: serde_json::json!(configuration).to_string(),
            packages: bundle.folder,
            network,
            limits: Limits { memory: settings.memory_mb << 20, connections: settings.connections, ..Limits::default() },
            legacy_globals: settings.legacy_globals,
            isolated: settings.isolation == Isolation::PerCall,
        }));
        let problems: Vec<String> = program.check().iter().map(ToString::to_string).collect();
        if !problems.is_empty() {
            return Err(Error::new(ErrorKind::Config, format!("scripts cannot be read: {}", problems.join("; ")))
                .code("broken_script"));
        }
        let size = MachineSettings::default();
        Ok(Scripts {
            program,
            machine: OnceLock::new(),
            size: MachineSettings { threads: settings.threads.unwrap_or(size.threads), queue: settings.queue },
            timeout: opening.timeout.unwrap_or(KIND.timeout),
            about: About {
                connection: opening.connection.clone(),
                tenant: settings.tenant.clone(),
                client_id: settings.client_id.clone(),
                context: settings.context.or(bundle.context).unwrap_or(false),
                files,
                hosts: settings.allow_hosts.clone(),
            },
        })
    }

    /// Whether there is a script for it.
    pub fn has(&self, ability: Ability) -> bool {
        self.program.has(ability.name())
    }

    /// The abilities that have a script.
    pub fn abilities(&self) -> Vec<Ability> {
        SCRIPTED.into_iter().filter(|ability| self.has(*ability)).collect()
    }

    /// Calls a script and says all that came of it. Must be called on a tokio runtime; the same one every time.
    ///
    /// `to_the_end` waits for the work that goes on after the callback.
    ///
    /// # Errors
    /// `Unavailable` where no thread was free.
    pub async fn report(&self, call: &Call<'_>, to_the_end: bool) -> Result<Report> {
        let ability = call.ability();
        let machine = self.machine.get_or_init(|| Machine::new(self.size, Handle::current()));
        // The script's own deadline is told with its name and console; the core's comes a little later.
        let early = (self.timeout / 20).min(Duration::from_millis(100));
        let invocation = Invocation {
            function: ability.name().to_owned(),
            arguments: format!("[{}]", call.arguments(&self.about).join(",")),
            deadline: Instant::now() + (self.timeout - early),
            to_the_end,
        };
        let report = machine.call(&self.program, invocation).await.map_err(|rejected| {
            let code = match rejected {
                Rejected::Busy => "busy",
                Rejected::Late => "timeout",
                Rejected::Lost => "threads_lost",
            };
            Error::new(ErrorKind::Unavailable, rejected.to_string())
                .code(code)
                .hint("try again, or raise `threads` or `queue` of the store")
        })?;
        for diagnostic in &report.diagnostics {
            warn!(
                script = ability.name(),
                code = diagnostic.code,
                "a script did something that its author should know"
            );
            debug!(script = ability.name(), code = diagnostic.code, detail = diagnostic.detail);
        }
        for line in &report.console {
            debug!(target: "crosswalk::console", script = ability.name(), level = line.level, "{}", line.text);
        }
        Ok(report)
    }

    /// Calls a script: the JSON that it gave to its callback, or nothing.
    ///
    /// # Errors
    /// See [`outcome::answer`]; as [`Scripts::report`].
    pub(crate) async fn call(&self, call: &Call<'_>) -> Result<Option<String>> {
        let report = self.report(call, false).await?;
        outcome::answer(call.ability(), report)
    }
}

impl fmt::Debug for Scripts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scripts").field("about", &self.about).finish_non_exhaustive()
    }
}

fn resolved(values: &BTreeMap<String, SecretRef>, dir: &Path) -> Result<BTreeMap<String, Secret>> {
    values.iter().map(|(name, value)| Ok((name.clone(), value.resolve(dir)?))).collect()
}
