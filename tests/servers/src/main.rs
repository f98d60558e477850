//! Runs a command with a PostgreSQL and a MariaDB or MySQL server to test on, and says where they come from.
//!
//! In this order, for each: the server that `CROSSWALK_TEST_POSTGRES` or `CROSSWALK_TEST_MYSQL` names; one that listens
//! in a usual place; one of its own from the programs that are installed; Docker Compose, where an engine answers;
//! and as root on Debian or Ubuntu, one of its own after `apt-get install`. One that is missing is a failure, unless
//! `CROSSWALK_REQUIRE` (default `all`) leaves it out.
#![expect(clippy::print_stderr, reason = "a program that says what it does")]

mod compose;
mod packages;

use std::{
    env,
    os::unix::process::ExitStatusExt,
    process::{ExitCode, ExitStatus},
};

use crosswalk_test_servers::{Mariadb, Postgres, Server, Which, required};
use tokio::{
    process::Command,
    signal::unix::{SignalKind, signal},
};

use crate::compose::Compose;

/// A server to test on, as long as it is held.
struct Provided {
    url: String,
    way: String,
    _held: Held,
}

/// How one comes by a server, or why not.
type Way = fn(Which) -> Result<Provided, String>;

/// What ends with the run.
enum Held {
    Nothing,
    Postgres { _server: Box<Postgres> },
    Mariadb { _server: Box<Mariadb> },
    Compose { _service: Compose },
}

#[tokio::main]
async fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let Some((program, arguments)) = words.split_first() else {
        eprintln!("say which command to run: crosswalk-test-servers cargo test");
        return ExitCode::from(2);
    };
    let require = env::var("CROSSWALK_REQUIRE").unwrap_or_else(|_| "all".to_owned());
    let mut command = Command::new(program);
    // The tests are told as well: what is required here is not ignored there.
    command.args(arguments).env("CROSSWALK_REQUIRE", &require).kill_on_drop(true);
    let mut provided = Vec::new();
    for which in Which::ALL {
        match tokio::task::block_in_place(|| provide(which)) {
            Ok(server) => {
                eprintln!("{}: {}", which.name(), server.way);
                command.env(which.variable(), &server.url);
                provided.push(server);
            }
            Err(reasons) if required(which, &require) => {
                eprintln!(
                    "{}: none, and CROSSWALK_REQUIRE={require} wants one\n  {}",
                    which.name(),
                    reasons.join("\n  ")
                );
                return ExitCode::FAILURE;
            }
            Err(reasons) => {
                eprintln!("{}: none; tests that need one are ignored\n  {}", which.name(), reasons.join("\n  "));
                command.env_remove(which.variable());
            }
        }
    }
    run(command).await
}

/// Waits for the command; a signal to stop ends both, and what was started goes with it.
async fn run(mut command: Command) -> ExitCode {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        eprintln!("signals cannot be heard");
        return ExitCode::FAILURE;
    };
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            eprintln!("the command cannot be run: {error}");
            return ExitCode::FAILURE;
        }
    };
    tokio::select! {
        ended = child.wait() => ended.map_or(ExitCode::FAILURE, code),
        _ = interrupt.recv() => ExitCode::from(130),
        _ = terminate.recv() => ExitCode::from(143),
    }
}

fn code(status: ExitStatus) -> ExitCode {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// Each way in turn. A server that is named is the one that is meant: where it does not answer, no other is taken.
fn provide(which: Which) -> Result<Provided, Vec<String>> {
    if let Some(named) = Server::named(which) {
        let server = named.map_err(|reason| vec![reason])?;
        let way = format!("{server}, named by {}", which.variable());
        return Ok(Provided { url: server.url(), way, _held: Held::Nothing });
    }
    let mut reasons = Vec::new();
    match Server::listening(which) {
        Ok(server) => {
            let way = format!("{server}, which listens on this machine");
            return Ok(Provided { url: server.url(), way, _held: Held::Nothing });
        }
        Err(reason) => reasons.push(reason),
    }
    let installed = match which {
        Which::Postgres => Postgres::installed(),
        Which::Mysql => Mariadb::installed(),
    };
    let ways: &[Way] = match installed {
        Ok(()) => &[own, composed],
        Err(reason) => {
            reasons.push(reason);
            &[composed, packaged]
        }
    };
    for way in ways {
        match way(which) {
            Ok(provided) => return Ok(provided),
            Err(reason) => reasons.push(reason),
        }
    }
    Err(reasons)
}

/// A server of its own from the programs that are there.
fn own(which: Which) -> Result<Provided, String> {
    let (server, held) = match which {
        Which::Postgres => {
            // As the packages set it up, but for what costs time.
            let own = Postgres::try_start("crosswalk", "synchronous_commit = off\nmax_connections = 200")?;
            (own.server().clone(), Held::Postgres { _server: Box::new(own) })
        }
        Which::Mysql => {
            let own = Mariadb::try_start(&["--max-connections=300"])?;
            (own.server().clone(), Held::Mariadb { _server: Box::new(own) })
        }
    };
    let way = format!("{server}, started for this run in a folder of its own");
    Ok(Provided { url: server.url(), way, _held: held })
}

fn composed(which: Which) -> Result<Provided, String> {
    let (service, server) = Compose::up(which)?;
    let way = format!("{server}, started for this run by Docker Compose");
    Ok(Provided { url: server.url(), way, _held: Held::Compose { _service: service } })
}

fn packaged(which: Which) -> Result<Provided, String> {
    packages::install(which)?;
    own(which).map(|provided| Provided { way: format!("{}, after apt-get install", provided.way), ..provided })
}
