//! `crosswalk list`: every user of a connection as a profile, streamed; rows that do not fit are told and counted.

use std::{io::Write, path::Path};

use clap::Args;
use futures::StreamExt;
use serde_json::json;

use super::{
    exit::Exit,
    failure::{Failure, Outcome, error_json},
    opening::with_engine,
    screen::{FAINT, Screen, cut, harmless, padded},
};
use crate::{
    engine::{Engine, Error},
    profile::Profile,
};

/// Arguments of `crosswalk list`.
#[derive(Args, Debug)]
pub struct List {
    /// The connection
    connection: String,
    /// Go on after the batch that this cursor stands for, as a listing that broke off has told
    #[arg(long, value_name = "CURSOR")]
    resume: Option<String>,
    /// Stop after this many users
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
}

impl List {
    /// Lists. With `--json` one profile per line.
    ///
    /// # Errors
    /// Those of the store, with the cursor to go on from. [`Exit::Inconsistent`] where rows did not fit.
    pub async fn run(self, config: &Path, screen: &mut Screen) -> Outcome {
        with_engine(config, Some(&self.connection), async |engine| self.list(engine, screen).await).await
    }

    async fn list(&self, engine: &Engine, screen: &mut Screen) -> Outcome {
        let mut listing = engine.list_users(&self.connection, self.resume.as_deref())?;
        let mut progress = Progress::default();
        if !screen.json() {
            screen.styled(FAINT, row(screen.width(), "user_id", "email", "name", "blocked"))?;
        }
        while self.limit.is_none_or(|limit| progress.users < limit) {
            let listed = match listing.next().await {
                None => {
                    progress.complete = true;
                    break;
                }
                Some(Ok(listed)) => listed,
                Some(Err(error)) => {
                    screen.flush()?;
                    progress.tell(screen.json());
                    return Err(Failure::Engine(error));
                }
            };
            progress.met(listed.resume);
            match listed.user {
                Ok(profile) if screen.json() => screen.value(&profile)?,
                Ok(profile) => screen.line(line(screen.width(), &profile))?,
                Err(error) => {
                    screen.flush()?;
                    progress.bad += 1;
                    tell_row(&error, screen.json());
                    continue;
                }
            }
            progress.users += 1;
        }
        screen.flush()?;
        progress.tell(screen.json());
        Ok(if progress.bad > 0 { Exit::Inconsistent } else { Exit::Ok })
    }
}

#[derive(Default)]
struct Progress {
    users: u64,
    bad: u64,
    complete: bool,
    /// After the last batch that was met whole.
    resume: Option<String>,
    /// After the batch that is being met.
    current: Option<String>,
}

impl Progress {
    fn met(&mut self, cursor: Option<String>) {
        if cursor != self.current {
            self.resume = std::mem::replace(&mut self.current, cursor);
        }
    }

    /// The sum goes to standard error: standard output is for users alone.
    fn tell(&self, json: bool) {
        let resume = self.resume.as_deref().filter(|_| !self.complete);
        let text = if json {
            json!({ "users": self.users, "bad_rows": self.bad, "complete": self.complete, "resume": resume })
                .to_string()
        } else {
            let mut text = format!("{} users", self.users);
            match self.bad {
                0 => {}
                1 => text.push_str(", and one row that does not fit"),
                bad => text.push_str(&format!(", and {bad} rows that do not fit")),
            }
            match resume {
                Some(cursor) => text.push_str(&format!(
                    "\nnot complete; go on with --resume '{cursor}' (users of the last batch come again)"
                )),
                None if !self.complete => {
                    text.push_str("\nnot complete; there is no place to go on from before the first batch is whole");
                }
                None => {}
            }
            text
        };
        let _ = writeln!(anstream::stderr().lock(), "{text}");
    }
}

fn tell_row(error: &Error, json: bool) {
    let text =
        if json { json!({ "bad_row": error_json(error) }).to_string() } else { format!("a row does not fit: {error}") };
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

fn line(width: usize, profile: &Profile) -> String {
    let blocked = if profile.blocked == Some(true) { "blocked" } else { "" };
    let text = |value: &Option<String>| value.as_deref().map(harmless).unwrap_or_default();
    row(width, &harmless(profile.user_id.as_str()), &text(&profile.email), &text(&profile.name), blocked)
}

fn row(width: usize, user_id: &str, email: &str, name: &str, blocked: &str) -> String {
    let room = width.saturating_sub("blocked".len() + 6);
    let cell = |text: &str, share: usize| padded(&cut(text, room * share / 100), room * share / 100);
    format!("{}  {}  {}  {blocked}", cell(user_id, 30), cell(email, 40), cell(name, 30)).trim_end().to_owned()
}
