//! `crosswalk test`: the laws against a connection of yours, in users that they make and remove.

use std::{collections::BTreeMap, path::Path};

use super::{
    exit::Exit,
    failure::{Failure, Outcome},
    interrupt::ctrl_c,
    opening::with_engine,
    screen::{BAD, FAINT, GOOD, ODD, Screen, harmless, paint},
};
use crate::{
    engine::Engine,
    harness::{Outcome as Ruling, Report, run_against_until},
};
use clap::Args;

/// Arguments of `crosswalk test`.
#[derive(Args, Debug)]
pub struct Laws {
    /// The connection
    connection: String,
}

impl Laws {
    /// Runs the laws. [`Exit::No`] where one is broken.
    ///
    /// # Errors
    /// A store that is not marked as a test store: the laws write to it.
    pub async fn run(self, config: &Path, screen: &mut Screen) -> Outcome {
        with_engine(config, Some(&self.connection), async |engine| self.judge(engine, screen).await).await
    }

    async fn judge(&self, engine: &Engine, screen: &mut Screen) -> Outcome {
        let report = run_against_until(engine, &self.connection, None, ctrl_c()).await?;
        if screen.json() {
            screen.value(&report)?;
        } else {
            tell(screen, &report)?;
        }
        if report.interrupted {
            screen.flush()?;
            return Err(Failure::Interrupted);
        }
        Ok(if report.broken() > 0 { Exit::No } else { Exit::Ok })
    }
}

/// A law that did not run is shown as ignored, with the reason, never as kept.
fn tell(screen: &mut Screen, report: &Report) -> Outcome<()> {
    let mut ignored: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for tried in &report.laws {
        match &tried.outcome {
            Ruling::Passed => screen.line(format!("  {} {}", paint(GOOD, "kept   "), tried.law))?,
            Ruling::Broken(why) => {
                screen.line(format!("  {} {}", paint(BAD, "BROKEN "), tried.law))?;
                screen.paragraph(10, &harmless(why))?;
            }
            Ruling::NotApplicable(why) => ignored.entry(why).or_default().push(tried.law),
        }
    }
    for (why, laws) in ignored {
        screen.gap()?;
        screen.line(format!("  {} because {}:", paint(ODD, "ignored"), harmless(why)))?;
        for law in laws {
            screen.styled(FAINT, format!("          {law}"))?;
        }
    }
    screen.gap()?;
    let (passed, broken, ignored) = (report.passed(), report.broken(), report.not_applicable());
    screen.line(format!("{passed} laws kept, {broken} broken, {ignored} ignored"))?;
    if report.left_behind > 0 {
        screen.styled(ODD, format!("{} users were made and could not be removed again", report.left_behind))?;
    }
    Ok(())
}
