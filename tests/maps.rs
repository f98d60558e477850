//! The ready-made maps against the tables of the applications themselves, on real servers: log in, look up, list, change.
//!
//! `tests/legacy/` has each application's tables with a few users, whose hashes were made by that application's own
//! algorithm. Without a server its tests are shown as ignored; they fail where `CROSSWALK_REQUIRE` wants them.

#[path = "maps/cases.rs"]
mod cases;
#[path = "maps/tried.rs"]
mod tried;

use std::process::ExitCode;

use crosswalk::maps::maps;
use crosswalk_test_servers::{Server, Which};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let mut trials = Vec::new();
    for map in maps() {
        let case = cases::CASES.iter().find(|case| case.map == map.name);
        for which in Which::ALL.into_iter().filter(|which| map.kinds.contains(&which.name())) {
            let there = Server::find(which);
            let ignored = there.is_err() && !which.is_required();
            let trial = Trial::test(format!("{} on {}", map.name, which.name()), move || {
                there.map_err(Failed::from)?;
                let case = case.ok_or("no case tries this map")?;
                let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
                runtime.block_on(tried::tried(map, case, which)).map_err(Failed::from)
            });
            trials.push(trial.with_ignored_flag(ignored));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
