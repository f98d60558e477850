//! Hand-written queries on real servers: what is beyond the laws, which run in `conformance`.
//!
//! Without a server its tests are shown as ignored; they fail where `CROSSWALK_REQUIRE` wants them.

#[path = "queries/cases.rs"]
mod cases;

use std::process::ExitCode;

use crosswalk_test_servers::{Server, Which};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let mut trials = Vec::new();
    for which in Which::ALL {
        let there = Server::find(which);
        for (name, case) in cases::CASES {
            let ignored = there.is_err() && !which.is_required();
            let there = there.clone();
            let trial = Trial::test(format!("{}: {name}", which.name()), move || {
                there.map_err(Failed::from)?;
                let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
                runtime.block_on(case(which)).map_err(|error| Failed::from(error.to_string()))
            });
            trials.push(trial.with_ignored_flag(ignored));
        }
    }
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}
