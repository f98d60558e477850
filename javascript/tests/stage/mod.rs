//! Runs one script, as every test here does.
#![expect(dead_code, reason = "each test binary uses its own part of it")]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crosswalk_javascript::{
    Invocation, Limits, Machine, MachineSettings, Network, Outcome, Program, ProgramParts, Report, Source,
};
use serde_json::Value;

/// A program of one script under the name `login`.
pub fn program(code: &str) -> Arc<Program> {
    made(code, |_| {})
}

/// The same, with parts changed.
pub fn made(code: &str, change: impl FnOnce(&mut ProgramParts)) -> Arc<Program> {
    let mut parts = ProgramParts {
        name: "test".to_owned(),
        sources: vec![source("login", code)],
        configuration: "{}".to_owned(),
        packages: None,
        network: Network::new(["127.0.0.0/8", "localhost", "unix:/run/mysqld/mysqld.sock"]).expect("sound"),
        limits: Limits::default(),
        legacy_globals: true,
        isolated: false,
    };
    change(&mut parts);
    Arc::new(Program::new(parts))
}

pub fn source(function: &str, code: &str) -> Source {
    Source {
        function: function.to_owned(),
        file: format!("{function}.js"),
        code: code.to_owned(),
        names: vec![function.to_owned()],
    }
}

/// A machine on a runtime of its own.
pub struct Stage {
    runtime: tokio::runtime::Runtime,
    pub machine: Machine,
}

impl Stage {
    pub fn new() -> Stage {
        Stage::of(MachineSettings { threads: 4, queue: 64 })
    }

    pub fn of(settings: MachineSettings) -> Stage {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
        let machine = Machine::new(settings, runtime.handle().clone());
        Stage { runtime, machine }
    }

    /// Runs it to its end.
    pub fn run(&self, program: &Arc<Program>, arguments: &str, seconds: f64) -> Report {
        self.block_on(self.machine.call(
            program,
            Invocation {
                function: "login".to_owned(),
                arguments: arguments.to_owned(),
                deadline: Instant::now() + Duration::from_secs_f64(seconds),
                to_the_end: true,
            },
        ))
        .expect("there is a thread")
    }

    /// What a script answered, as JSON.
    ///
    /// # Panics
    /// Where it did not answer.
    pub fn value(&self, program: &Arc<Program>) -> Value {
        let report = self.run(program, "[]", 10.0);
        match &report.outcome {
            Outcome::Answered(Some(json)) => serde_json::from_str(json).expect("JSON"),
            Outcome::Answered(None) => Value::Null,
            other => panic!("{other:?}\nconsole: {:?}\ntraces: {:?}", report.console, report.traces),
        }
    }

    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}

/// What an expression is; it may be a promise.
pub fn evaluate(stage: &Stage, expression: &str) -> Value {
    stage.value(&program(&format!(
        "async function login(callback) {{ callback(null, await (async () => ({expression}))()); }}"
    )))
}
