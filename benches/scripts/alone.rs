//! What the engine for scripts costs without any store.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use crosswalk_javascript::{
    Invocation, Limits, Machine, MachineSettings, Network, Outcome, Program, ProgramParts, Source,
};
use tokio::runtime::Runtime;

struct Stage {
    runtime: Runtime,
    machine: Machine,
}

/// Prints microseconds, and kilobytes.
pub(crate) fn measure() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let machine = Machine::new(MachineSettings { threads: 1, queue: 64 }, runtime.handle().clone());
    let stage = Stage { runtime, machine };
    let trivial = program("function login(email, callback) { callback(null, { user_id: email }); }", false);
    println!("a trivial call, within the engine: {:.1} µs", stage.within(&trivial, "[\"a@b.c\"]", 20_000));
    println!("a trivial call, from another thread and back: {:.1} µs", stage.around(&trivial, "[\"a@b.c\"]", 20_000));
    let fresh = program("function login(email, callback) { callback(null, { user_id: email }); }", true);
    println!("a fresh runtime with all globals for a call: {:.1} µs", stage.around(&fresh, "[\"a@b.c\"]", 300));
    let document: Vec<String> =
        (0..1_000).map(|key| format!("\"key{key}\":{{\"a\":[1,2,3],\"t\":\"{}\"}}", "x".repeat(64))).collect();
    let user = format!("[{{\"user_id\":\"7\",\"metadata\":{{{}}}}}]", document.join(","));
    let echo = program("function login(user, callback) { callback(null, user); }", false);
    println!("{} kB of metadata in and out: {:.0} µs", user.len() / 1000, stage.around(&echo, &user, 300));
    println!("an idle runtime: {:.0} kB", idle());
}

fn program(code: &str, isolated: bool) -> Arc<Program> {
    Arc::new(Program::new(ProgramParts {
        name: "bench".to_owned(),
        sources: vec![Source {
            function: "login".to_owned(),
            file: "login.js".to_owned(),
            code: code.to_owned(),
            names: vec!["login".to_owned()],
        }],
        configuration: "{}".to_owned(),
        packages: None,
        network: Network::default(),
        limits: Limits::default(),
        legacy_globals: true,
        isolated,
    }))
}

impl Stage {
    /// Microseconds of a call by the thread that runs it.
    fn within(&self, program: &Arc<Program>, arguments: &str, times: u32) -> f64 {
        let mut calls: Vec<Duration> = (0..times).map(|_| self.call(program, arguments)).collect();
        calls.sort();
        calls[calls.len() / 2].as_secs_f64() * 1e6
    }

    /// Microseconds of a call by the caller's clock.
    fn around(&self, program: &Arc<Program>, arguments: &str, times: u32) -> f64 {
        let mut calls: Vec<Duration> = (0..times)
            .map(|_| {
                let start = Instant::now();
                self.call(program, arguments);
                start.elapsed()
            })
            .collect();
        calls.sort();
        calls[calls.len() / 2].as_secs_f64() * 1e6
    }

    fn call(&self, program: &Arc<Program>, arguments: &str) -> Duration {
        let invocation = Invocation {
            function: "login".to_owned(),
            arguments: arguments.to_owned(),
            deadline: Instant::now() + Duration::from_secs(10),
            to_the_end: false,
        };
        let report = self.runtime.block_on(self.machine.call(program, invocation)).unwrap();
        assert!(matches!(report.outcome, Outcome::Answered(Some(_))), "{report:?}");
        report.elapsed
    }
}

/// Kilobytes that each of 32 engines that have nothing to do takes.
fn idle() -> f64 {
    const ENGINES: usize = 32;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let machine = Machine::new(MachineSettings { threads: ENGINES, queue: 64 }, runtime.handle().clone());
    let slow = program("function login(email, callback) { setTimeout(() => callback(null, email), 300); }", false);
    let before = resident();
    runtime.block_on(async {
        let calls = (0..ENGINES).map(|_| {
            let invocation = Invocation {
                function: "login".to_owned(),
                arguments: "[\"a\"]".to_owned(),
                deadline: Instant::now() + Duration::from_secs(10),
                to_the_end: true,
            };
            machine.call(&slow, invocation)
        });
        futures::future::join_all(calls).await
    });
    (resident() - before) / ENGINES as f64
}

/// Kilobytes of this process in memory.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
