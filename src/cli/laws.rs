//! `crosswalk test`: the laws against a connection of yours, in users that they make and remove.

use std::path::Path;

use clap::Args;
use serde_json::json;

use super::{
    exit::Exit,
    failure::Outcome,
    opening::with_engine,
    screen::{BAD, FAINT, GOOD, Screen, harmless, paint},
};
use crate::{
    engine::{Engine, Error},
    harness::{self, Ruling},
};

/// Arguments of `crosswalk test`.
#[derive(Args, Debug)]
pub struct Laws {
    /// The connection
    connection: String,
    /// Only laws whose sentence contains this
    #[arg(long, value_name = "WORDS")]
    only: Option<String>,
}

impl Laws {
    /// Runs the laws. [`Exit::No`] where one is broken.
    ///
    /// # Errors
    /// A store that is not marked as a test store: the laws write to it.
    pub async fn run(self, config: &Path, screen: &mut Screen) -> Outcome {
        with_engine(config, async |engine| self.judge(engine, screen).await).await
    }

    async fn judge(&self, engine: &Engine, screen: &mut Screen) -> Outcome {
        let connection = engine.connection(&self.connection)?;
        if !connection.is_test_store() {
            return Err(Error::refused(
                "not_a_test_store",
                "the laws make and remove users, and this store is not marked for that",
            )
            .with("connection", &self.connection)
            .hint("use a copy, and write test_store = true into its [connection.…] section")
            .into());
        }
        let (mut kept, mut broken, mut ignored) = (0u64, 0u64, 0u64);
        for law in harness::laws() {
            if self.only.as_ref().is_some_and(|words| !law.sentence().contains(words.as_str())) {
                continue;
            }
            let ruling = law.judge(engine, &self.connection).await;
            match &ruling {
                Ruling::Kept => kept += 1,
                Ruling::Broken(_) => broken += 1,
                Ruling::Ignored(_) => ignored += 1,
            }
            tell(screen, law.sentence(), &ruling)?;
            screen.flush()?;
        }
        if screen.json() {
            screen.value(&json!({ "kept": kept, "broken": broken, "ignored": ignored }))?;
        } else {
            screen.gap()?;
            screen.line(format!("{kept} laws kept, {broken} broken, {ignored} ignored"))?;
        }
        Ok(if broken > 0 { Exit::No } else { Exit::Ok })
    }
}

/// A law that did not run is shown as ignored, never as kept.
fn tell(screen: &mut Screen, sentence: &str, ruling: &Ruling) -> Outcome<()> {
    let (style, word, reason) = match ruling {
        Ruling::Kept => (GOOD, "kept", None),
        Ruling::Broken(reason) => (BAD, "broken", Some(reason)),
        Ruling::Ignored(reason) => (FAINT, "ignored", Some(reason)),
    };
    if screen.json() {
        screen.value(&json!({ "law": sentence, "ruling": word, "reason": reason }))?;
        return Ok(());
    }
    screen.line(format!("  {} {sentence}", paint(style, &format!("{word:<8}"))))?;
    if let Some(reason) = reason {
        screen.paragraph(11, &harmless(reason))?;
    }
    Ok(())
}
