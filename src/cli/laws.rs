//! `crosswalk test`: the laws against a connection of yours, in users that they make and remove.

use std::path::Path;

use super::{
    exit::Exit,
    failure::Outcome,
    opening::with_engine,
    screen::{BAD, FAINT, GOOD, ODD, Screen, harmless, paint},
};
use crate::{
    engine::Engine,
    harness::{Outcome as Ruling, Report, run_against},
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
        let report = run_against(engine, &self.connection, None).await?;
        if screen.json() {
            screen.value(&report)?;
        } else {
            tell(screen, &report)?;
        }
        Ok(if report.broken() > 0 { Exit::No } else { Exit::Ok })
    }
}

/// A law that did not run is shown as ignored, never as kept.
fn tell(screen: &mut Screen, report: &Report) -> Outcome<()> {
    for tried in &report.laws {
        let (style, word, why) = match &tried.outcome {
            Ruling::Passed => (GOOD, "ok", None),
            Ruling::Broken(why) => (BAD, "BROKEN", Some(why)),
            Ruling::NotApplicable(why) => (FAINT, "ignored", Some(why)),
        };
        screen.line(format!("  {} {}", paint(style, &format!("{word:<8}")), tried.law))?;
        if let Some(why) = why {
            screen.paragraph(11, &harmless(why))?;
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
