//! Trying laws: one in a fixture's fresh world, or all that can be tried against somebody's own connection.

use std::{
    future::Future,
    pin::pin,
    time::{Duration, Instant},
};

use crosswalk_contract::{Error, Result};
use futures::poll;

use super::{Fixture, Law, Outcome, Recorder, Report, Setup, Stage, Stop, Tried, World, laws};
use crate::{
    engine::{Engine, Mode},
    policy::TypesMode,
};

/// A law that takes longer does not come to an end: a lock that is never given back, a listing in a circle.
const PATIENCE: Duration = Duration::from_secs(60);

/// Tries one law in a fresh world.
pub async fn run_law(law: &Law, fixture: &dyn Fixture) -> Outcome {
    if let Err(why) = fits(law, fixture.mode()) {
        return outcome(Err(why));
    }
    let world = match fixture.fresh(&law.setup).await {
        Ok(Some(world)) => world,
        Ok(None) => return Outcome::NotApplicable("this fixture cannot be set up for it".to_owned()),
        Err(error) => return Outcome::Broken(format!("no fresh world could be made: {error}")),
    };
    run_in(law, &world).await
}

/// Tries every law that needs nothing but the connection, in users that it makes and removes.
///
/// # Errors
/// `not_a_test_store` for a connection whose store is not marked as one; nothing is written then.
pub async fn run_against(engine: &Engine, connection: &str, recorder: Option<Recorder>) -> Result<Report> {
    run_against_until(engine, connection, recorder, std::future::pending()).await
}

/// The same, stopped when `stop` ends: the law that is being tried is tried to its end, since a user who is just being
/// made could not be removed, and the report says that it is not complete.
///
/// # Errors
/// As [`run_against`].
pub async fn run_against_until(
    engine: &Engine,
    connection: &str,
    recorder: Option<Recorder>,
    stop: impl Future<Output = ()>,
) -> Result<Report> {
    if !engine.connection(connection)?.is_test_store() {
        return Err(Error::refused(
            "not_a_test_store",
            format!("the store of `{connection}` is not marked as a test store"),
        )
        .hint("laws make and remove users; set test_store = true on a copy, never on the store that people use"));
    }
    let mut world = World::new(engine.clone(), connection);
    if let Some(recorder) = recorder {
        world = world.with_recorder(recorder);
    }
    // The laws write fields of their own, which must not become the types that real users are judged by.
    let judged = engine.connection(connection)?.policy().types != TypesMode::Off;
    let book = engine.type_book(connection).await?;
    let mut report = Report { connection: connection.to_owned(), ..Report::default() };
    let mut stop = pin!(stop);
    for law in laws() {
        if poll!(&mut stop).is_ready() {
            report.interrupted = true;
            break;
        }
        let begun = Instant::now();
        let outcome = run_anywhere(law, &world).await;
        report.left_behind += world.clean().await;
        report.laws.push(Tried::new(law.name, outcome, begun.elapsed()));
    }
    if judged {
        engine.set_type_book(connection, book.as_ref().clone()).await?;
    }
    Ok(report)
}

async fn run_anywhere(law: &Law, world: &World) -> Outcome {
    // A pool of one makes a law sharper; it can be tried without.
    if (Setup { one_connection: false, ..law.setup }) == Setup::PLAIN {
        run_in(law, world).await
    } else {
        Outcome::NotApplicable("it needs a store that is set up for it".to_owned())
    }
}

async fn run_in(law: &Law, world: &World) -> Outcome {
    if let Err(why) = applies(law, world) {
        return outcome(Err(why));
    }
    match tokio::time::timeout(PATIENCE, (law.body)(world)).await {
        Ok(held) => outcome(held),
        Err(_) => Outcome::Broken(format!("it did not come to an end within {} seconds", PATIENCE.as_secs())),
    }
}

fn applies(law: &Law, world: &World) -> Result<(), Stop> {
    fits(law, world.mode())?;
    if law.stage != Stage::Anywhere {
        world.hand()?;
    }
    law.needs.iter().try_for_each(|ability| world.can(*ability))
}

fn fits(law: &Law, mode: Mode) -> Result<(), Stop> {
    match (law.stage, mode) {
        (Stage::Bridge, Mode::Migrate) => Err(Stop::not_applicable("it is about bridge mode")),
        (Stage::Migrate, Mode::Bridge) => Err(Stop::not_applicable("it is about migrate mode")),
        _ => Ok(()),
    }
}

fn outcome(held: Result<(), Stop>) -> Outcome {
    match held {
        Ok(()) => Outcome::Passed,
        Err(Stop::Broken(what)) => Outcome::Broken(what),
        Err(Stop::NotApplicable(why)) => Outcome::NotApplicable(why),
    }
}
