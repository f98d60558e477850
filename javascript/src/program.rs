//! What belongs together: sources, configuration, limits and reach.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use crate::{CompileError, Network, engine::Engine};

/// One script.
#[derive(Clone, Debug)]
pub struct Source {
    /// The name it is called by (`get_user`).
    pub function: String,
    /// The file, for messages.
    pub file: String,
    /// The text.
    pub code: String,
    /// Names that a function is looked for by where the file holds several.
    pub names: Vec<String>,
}

/// How much a program may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of memory of one engine.
    pub memory: usize,
    /// Bytes of stack.
    pub stack: usize,
    /// Connections to one database.
    pub connections: usize,
    /// How long a connection may be waited for.
    pub connect: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { memory: 64 << 20, stack: 512 << 10, connections: 16, connect: Duration::from_secs(10) }
    }
}

/// The parts of a program.
#[derive(Debug)]
pub struct ProgramParts {
    /// A name for messages.
    pub name: String,
    /// The scripts.
    pub sources: Vec<Source>,
    /// The global `configuration`, as a JSON object.
    pub configuration: String,
    /// Where packages are: a folder with `node_modules`.
    pub packages: Option<PathBuf>,
    /// What may be reached.
    pub network: Network,
    /// How much may be used.
    pub limits: Limits,
    /// Whether names such as `request` and `bcrypt` are there without `require`.
    pub legacy_globals: bool,
    /// Whether each call begins in an engine of its own.
    pub isolated: bool,
}

/// A program, ready to run on any machine.
#[derive(Debug)]
pub struct Program {
    pub(crate) parts: ProgramParts,
    /// One program never meets what belongs to another, whatever their names.
    pub(crate) id: u64,
}

impl Program {
    /// Puts a program together; nothing runs yet.
    pub fn new(parts: ProgramParts) -> Program {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Program { parts, id: NEXT.fetch_add(1, Ordering::Relaxed) }
    }

    /// Reads every script and says what is wrong with them.
    pub fn check(self: &Arc<Program>) -> Vec<CompileError> {
        let told = |file: &str, message: String| CompileError { file: file.to_owned(), line: 0, column: 0, message };
        let mut engine = match Engine::for_checks(self.clone()) {
            Ok(engine) => engine,
            Err(error) => return vec![told(&self.parts.name, error)],
        };
        self.parts.sources.iter().filter_map(|source| engine.compile(source).err()).collect()
    }

    /// Whether there is a function of that name.
    pub fn has(&self, function: &str) -> bool {
        self.source(function).is_some()
    }

    pub(crate) fn source(&self, function: &str) -> Option<&Source> {
        self.parts.sources.iter().find(|source| source.function == function)
    }
}
