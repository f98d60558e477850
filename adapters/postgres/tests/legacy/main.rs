//! The PostgreSQL adapter on a real server: what each ability does, bad days, many callers, and servers of its own.
//!
//! The server is the one in `CROSSWALK_TEST_POSTGRES` (a URL), else one that listens on this machine. Without any the tests
//! are shown as ignored; where `CROSSWALK_REQUIRE` contains `postgres`, they fail instead.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod abilities;
mod bad_days;
mod cluster;
mod many_callers;
mod own_servers;
mod server;
mod shop;
mod types;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use crate::{
    server::{Place, find},
    shop::Law,
};

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let required =
        std::env::var("CROSSWALK_REQUIRE").is_ok_and(|list| list.contains("postgres") || list.contains("all"));
    let listing = [abilities::laws(), types::laws(), bad_days::laws(), many_callers::laws()].concat();
    let mut trials = trials(listing, find(), required, |url, law| Place::at(url).judge(law));
    trials
        .extend(self::trials(own_servers::laws(), cluster::binaries(), required, |_, law| Place::nowhere().judge(law)));
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// One trial for each law: run where `there` is something to run it on, else ignored, or failed where it is required.
fn trials<T: Clone + Send + 'static>(
    laws: Vec<Law>,
    there: Result<T, String>,
    required: bool,
    judge: fn(&T, Law) -> Result<(), Failed>,
) -> Vec<Trial> {
    if let Err(reason) = &there {
        announce(reason, required);
    }
    let ignored = there.is_err() && !required;
    let trial = |law: Law| {
        let there = there.clone();
        Trial::test(law.name, move || match &there {
            Ok(there) => judge(there, law),
            Err(reason) => Err(reason.into()),
        })
        .with_ignored_flag(ignored)
    };
    laws.into_iter().map(trial).collect()
}

#[expect(clippy::print_stderr, reason = "why tests were not run must be seen")]
fn announce(reason: &str, required: bool) {
    let outcome = if required { "fail, since CROSSWALK_REQUIRE wants them" } else { "are ignored" };
    eprintln!("tests of the PostgreSQL adapter {outcome}: {reason}");
}
