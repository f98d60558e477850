//! Every law, for every adapter in bridge mode and for the directory in migrate mode; and for each of a set of faults, an
//! adapter that has it, to see that the law that forbids it objects.
//!
//! A law that does not apply to a fixture is shown as ignored, with its reason.

#[path = "conformance/faulty.rs"]
mod faulty;
#[path = "conformance/house.rs"]
mod house;
#[path = "conformance/in_memory.rs"]
mod in_memory;
#[path = "conformance/judging.rs"]
mod judging;
#[path = "conformance/rest.rs"]
mod rest;
#[path = "conformance/scattered.rs"]
mod scattered;
#[path = "conformance/scripted.rs"]
mod scripted;
#[path = "conformance/served.rs"]
mod served;
#[path = "conformance/shop.rs"]
mod shop;
#[path = "conformance/sqlite.rs"]
mod sqlite;
#[path = "conformance/user_service.rs"]
mod user_service;

use std::{process::ExitCode, sync::Arc};

use crosswalk::{
    engine::Mode,
    harness::{Fixture, Home, Law, Outcome, Recorder, laws, run_against, run_law},
};
use crosswalk_test_servers::{Server, Which};
use libtest_mimic::{Arguments, Completion, Failed, Trial};

use crate::{
    faulty::Fault, house::CONNECTION, in_memory::InMemory, rest::Rest, scripted::Scripted, served::Served, shop::Shop,
    sqlite::Sqlite,
};

fn main() -> ExitCode {
    let recorder = Recorder::install();
    let recorder = || recorder.clone();
    let (bridge, migrate) = (Mode::Bridge, Mode::Migrate);
    let fixtures: Vec<(&'static str, Arc<dyn Fixture>)> = vec![
        ("memory", Arc::new(InMemory::new(bridge, Home::Seeded, recorder()))),
        ("a store that judges passwords", Arc::new(InMemory::new(bridge, Home::Seeded, recorder()).judging())),
        ("sqlite", Arc::new(Sqlite::new(Shop::Roomy, bridge, Home::Seeded, recorder()))),
        ("sqlite, users made here", Arc::new(Sqlite::new(Shop::Roomy, bridge, Home::Made, recorder()))),
        ("sqlite, metadata laid over", Arc::new(Sqlite::new(Shop::Bare, bridge, Home::Made, recorder()))),
        ("directory over memory, users moved", Arc::new(InMemory::new(migrate, Home::Moved, recorder()))),
        (
            "directory over a store that judges passwords",
            Arc::new(InMemory::new(migrate, Home::Seeded, recorder()).judging()),
        ),
        (
            "directory over sqlite, users not moved yet",
            Arc::new(Sqlite::new(Shop::Roomy, migrate, Home::Seeded, recorder())),
        ),
        ("directory over sqlite, users made here", Arc::new(Sqlite::new(Shop::Roomy, migrate, Home::Made, recorder()))),
        ("user service by scripts", Arc::new(Rest::new(bridge, Home::Seeded, recorder()))),
        ("user service by scripts, users made here", Arc::new(Rest::new(bridge, Home::Made, recorder()))),
        ("directory over a user service by scripts", Arc::new(Rest::new(migrate, Home::Seeded, recorder()))),
    ];
    let mut trials = Vec::new();
    for (name, fixture) in fixtures {
        for law in laws() {
            let fixture = fixture.clone();
            trials.push(Trial::ignorable_test(format!("{name}: {}", law.name), move || kept(law, &*fixture)));
        }
    }
    for which in Which::ALL {
        trials.extend(served(which, &recorder()));
    }
    for fault in Fault::ALL {
        trials.push(Trial::test(format!("an adapter that {} is found out", fault.what()), move || found_out(fault)));
    }
    trials
        .push(Trial::test("a store that is not marked as a test store is refused and left alone", unmarked_is_refused));
    trials.push(Trial::test("against somebody's own store laws leave nobody behind", nobody_is_left_behind));
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Every law on a database server. Without a server they are shown as ignored; they fail where there must be one.
fn served(which: Which, recorder: &Option<Recorder>) -> Vec<Trial> {
    let (bridge, migrate) = (Mode::Bridge, Mode::Migrate);
    let there = Server::find(which);
    if let Err(reason) = &there {
        tell(&format!("the laws on {} did not run: {reason}", which.name()));
    }
    let fixture =
        |shop, mode, home| -> Arc<dyn Fixture> { Arc::new(Served::new(which, shop, mode, home, recorder.clone())) };
    let mut fixtures = vec![
        ("", fixture(Shop::Roomy, bridge, Home::Seeded)),
        (", users made here", fixture(Shop::Roomy, bridge, Home::Made)),
        (", metadata laid over", fixture(Shop::Bare, bridge, Home::Made)),
        (" by queries", fixture(Shop::Scattered, bridge, Home::Seeded)),
        (" by queries, users made here", fixture(Shop::Scattered, bridge, Home::Made)),
        (", directory over it", fixture(Shop::Roomy, migrate, Home::Seeded)),
    ];
    let scripted = |mode, home| -> Arc<dyn Fixture> { Arc::new(Scripted::new(which, mode, home, recorder.clone())) };
    fixtures.push((" by scripts", scripted(bridge, Home::Seeded)));
    fixtures.push((" by scripts, users made here", scripted(bridge, Home::Made)));
    fixtures.push((" by scripts, directory over it", scripted(migrate, Home::Seeded)));
    if which == Which::Postgres {
        let served = |mode, home| Served::new(which, Shop::Roomy, mode, home, recorder.clone()).with_directory_there();
        fixtures.push((", directory there too", Arc::new(served(bridge, Home::Seeded))));
        fixtures.push((", directory there too, users moved", Arc::new(served(migrate, Home::Moved))));
    }
    let mut trials = Vec::new();
    for (what, fixture) in fixtures {
        for law in laws() {
            let (fixture, there) = (fixture.clone(), there.clone());
            let name = format!("{}{what}: {}", which.name(), law.name);
            let ignored = there.is_err() && !which.is_required();
            trials.push(
                Trial::ignorable_test(name, move || there.map_err(Failed::from).and_then(|_| kept(law, &*fixture)))
                    .with_ignored_flag(ignored),
            );
        }
    }
    trials
}

#[expect(clippy::print_stderr, reason = "who runs the tests is to read why they did not run")]
fn tell(text: &str) {
    eprintln!("{text}");
}

fn kept(law: &'static Law, fixture: &dyn Fixture) -> Result<Completion, Failed> {
    match runtime()?.block_on(run_law(law, fixture)) {
        Outcome::Passed => Ok(Completion::Completed),
        Outcome::NotApplicable(reason) => Ok(Completion::ignored_with(reason)),
        Outcome::Broken(why) => Err(why.into()),
    }
}

/// A law that cannot fail guards nothing.
fn found_out(fault: Fault) -> Result<(), Failed> {
    let law = laws().iter().find(|law| law.name == fault.law()).ok_or("no law has this name")?;
    let fixture = InMemory::new(Mode::Bridge, Home::Seeded, None).with_fault(fault);
    match runtime()?.block_on(run_law(law, &fixture)) {
        Outcome::Broken(_) => Ok(()),
        other => Err(format!("`{}` was {other:?}", law.name).into()),
    }
}

fn unmarked_is_refused() -> Result<(), Failed> {
    let (engine, store) = InMemory::somebodys_own(false)?;
    let error = runtime()?.block_on(run_against(&engine, CONNECTION, None)).err().ok_or("it was not refused")?;
    let untouched = store.rows().is_empty();
    if error.code_name() == "not_a_test_store" && untouched { Ok(()) } else { Err(error.to_string().into()) }
}

fn nobody_is_left_behind() -> Result<(), Failed> {
    let (engine, store) = InMemory::somebodys_own(true)?;
    let report = runtime()?.block_on(run_against(&engine, CONNECTION, None))?;
    let broken: Vec<String> =
        report.laws.iter().map(ToString::to_string).filter(|it| it.starts_with("BROKEN")).collect();
    let kept = broken.is_empty() && report.passed() > 25 && report.left_behind == 0 && store.rows().is_empty();
    if kept { Ok(()) } else { Err(format!("{} rows are left, {broken:?}", store.rows().len()).into()) }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failed> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}
