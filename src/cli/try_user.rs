//! `crosswalk try`: one operation on one user of one connection, shown as record, map and profile.

use std::path::Path;

use anstyle::Style;
use clap::{Args, Subcommand};
use crosswalk_contract::By;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    exit::Exit,
    failure::Outcome,
    opening::{operator, with_engine},
    password::PasswordFrom,
    portrait::Portrait,
    screen::{BAD, GOOD, ODD, Screen, paint},
    who::{NOBODY, Who},
    written::{ChangeArgs, NewUserArgs},
};
use crate::{
    directory::Identity,
    engine::{Engine, Sight, Verdict},
    policy::Actor,
    profile::{Profile, UserId},
};

/// Arguments of `crosswalk try`.
#[derive(Args, Debug)]
pub struct Try {
    /// The connection
    connection: String,
    #[command(subcommand)]
    operation: Operation,
}

#[derive(Debug, Subcommand)]
enum Operation {
    /// Log in; exit code 0 only if the user is let in
    Login {
        /// What the user types: e-mail address, user name or telephone number
        identifier: String,
        #[command(flatten)]
        password: PasswordFrom,
    },
    /// Look a user up
    GetUser {
        #[command(flatten)]
        who: Who,
    },
    /// Make a user
    Create(Box<NewUserArgs>),
    /// Change metadata as PATCH does: first-level keys merge, null removes, {} clears
    ChangeMetadata {
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        change: ChangeArgs,
    },
    /// Mark the e-mail address as verified
    Verify {
        #[command(flatten)]
        who: Who,
    },
    /// Set a new password
    ChangePassword {
        #[command(flatten)]
        who: Who,
        #[command(flatten)]
        password: PasswordFrom,
    },
    /// Set a new e-mail address
    ChangeEmail {
        #[command(flatten)]
        who: Who,
        /// The new address
        #[arg(long)]
        new_email: String,
        /// The new address counts as verified
        #[arg(long)]
        verified: bool,
    },
    /// Remove a user
    Delete {
        #[command(flatten)]
        who: Who,
        /// Yes, remove the user
        #[arg(long, required = true)]
        yes: bool,
    },
}

impl Try {
    /// Does it, and shows what came of it.
    ///
    /// # Errors
    /// Those of the store and the rules. [`Exit::No`] for a user who is not let in or not there.
    pub async fn run(self, config: &Path, screen: &mut Screen) -> Outcome {
        with_engine(config, Some(&self.connection), async |engine| {
            engine.connection(&self.connection)?;
            let trial = Trial { engine, connection: &self.connection };
            trial.run(self.operation, screen).await
        })
        .await
    }
}

struct Trial<'t> {
    engine: &'t Engine,
    connection: &'t str,
}

impl Trial<'_> {
    async fn run(&self, operation: Operation, screen: &mut Screen) -> Outcome {
        match operation {
            Operation::Login { identifier, password } => {
                let password = password.read(screen, "Password: ").await?;
                let verdict = self.engine.login(self.connection, &identifier, &password).await?;
                self.tell_verdict(screen, verdict).await
            }
            Operation::GetUser { who } => match who.find(self.engine, self.connection).await? {
                Some(sight) => self.show(screen, "found", &sight).await,
                None => nobody(screen),
            },
            Operation::Create(create) => {
                let profile = self.create(*create, screen).await?;
                self.show_again(screen, "created", &profile.user_id).await
            }
            Operation::ChangeMetadata { who, change } => {
                let as_user = change.as_user;
                let change = change.read()?;
                let Some(user_id) = self.id_of(&who).await? else { return nobody(screen) };
                let actor = if as_user { Actor::User(user_id.clone()) } else { operator() };
                match self.engine.change_metadata(&actor, &user_id, change).await? {
                    Some(_) => self.show_again(screen, "changed", &user_id).await,
                    None => nobody(screen),
                }
            }
            Operation::Verify { who } => {
                let Some(user_id) = self.id_of(&who).await? else { return nobody(screen) };
                let done = self.engine.verify(&operator(), &user_id).await?;
                self.tell_done(screen, done, "verified", &user_id).await
            }
            Operation::ChangePassword { who, password } => {
                let Some(user_id) = self.id_of(&who).await? else { return nobody(screen) };
                let password = password.read_new(screen).await?;
                let done = self.engine.change_password(&operator(), &user_id, &password).await?;
                self.tell_done(screen, done, "password changed", &user_id).await
            }
            Operation::ChangeEmail { who, new_email, verified } => {
                let Some(user_id) = self.id_of(&who).await? else { return nobody(screen) };
                let done = self.engine.change_email(&operator(), &user_id, &new_email, verified).await?;
                self.tell_done(screen, done, "e-mail address changed", &user_id).await
            }
            Operation::Delete { who, yes: _ } => {
                let Some(user_id) = self.id_of(&who).await? else { return nobody(screen) };
                if !self.engine.delete(&operator(), &user_id).await? {
                    return nobody(screen);
                }
                if screen.json() {
                    screen.value(&json!({ "outcome": "deleted", "user_id": user_id.as_str() }))?;
                } else {
                    screen.styled(GOOD, "deleted")?;
                }
                Ok(Exit::Ok)
            }
        }
    }

    async fn id_of(&self, who: &Who) -> Outcome<Option<UserId>> {
        Ok(who.find(self.engine, self.connection).await?.map(|sight| sight.profile.user_id))
    }

    async fn create(&self, create: NewUserArgs, screen: &mut Screen) -> Outcome<Profile> {
        let user = create.read()?;
        let password = create.password.read_new(screen).await?;
        Ok(self.engine.create(&operator(), self.connection, user, &password).await?)
    }

    async fn tell_verdict(&self, screen: &mut Screen, verdict: Verdict<Profile>) -> Outcome {
        let (style, words) = match &verdict {
            Verdict::Accepted(_) => (GOOD, "accepted"),
            Verdict::MustChangePassword(_) => (ODD, "the password is right, and the store wants it changed first"),
            Verdict::WrongPassword => (BAD, "refused: the password is wrong"),
            Verdict::UnknownUser => {
                (BAD, "refused: nobody has this identifier (outside this looks like a wrong password)")
            }
            Verdict::Blocked => (BAD, "refused: the password is right, but the user is blocked"),
            Verdict::Locked => (BAD, "refused: no password opens this account"),
        };
        let outcome = verdict.name();
        let exit = if matches!(verdict, Verdict::Accepted(_)) { Exit::Ok } else { Exit::No };
        let (Verdict::Accepted(profile) | Verdict::MustChangePassword(profile)) = verdict else {
            if screen.json() {
                screen.value(&json!({ "outcome": outcome }))?
            } else {
                screen.styled(style, words)?
            }
            return Ok(exit);
        };
        match look_again(self.engine, self.connection, &profile.user_id).await? {
            Some(sight) => self.draw(screen, (style, words), outcome, &sight).await?,
            None => return nobody(screen),
        }
        Ok(exit)
    }

    async fn tell_done(&self, screen: &mut Screen, done: bool, outcome: &str, user_id: &UserId) -> Outcome {
        if done { self.show_again(screen, outcome, user_id).await } else { nobody(screen) }
    }

    /// Reads the user back: what is shown is what is there.
    async fn show_again(&self, screen: &mut Screen, outcome: &str, user_id: &UserId) -> Outcome {
        match look_again(self.engine, self.connection, user_id).await? {
            Some(sight) => self.show(screen, outcome, &sight).await,
            None => nobody(screen),
        }
    }

    async fn show(&self, screen: &mut Screen, outcome: &str, sight: &Sight) -> Outcome {
        self.draw(screen, (GOOD, outcome), outcome, sight).await?;
        Ok(Exit::Ok)
    }

    async fn draw(&self, screen: &mut Screen, title: (Style, &str), outcome: &str, sight: &Sight) -> Outcome<()> {
        let portrait = portrait(self.engine, self.connection, sight).await?;
        if screen.json() {
            // The profile is written from itself: read into values, its numbers and the order of its keys would change.
            let (map, profile, lives_in) = (portrait.map(), &sight.profile, home(sight));
            screen.value(&Answer { outcome, lives_in, map, profile })?;
            return Ok(());
        }
        screen.line(format!("{}; the user lives in the {}", paint(title.0, title.1), home(sight)))?;
        screen.gap()?;
        portrait.draw(screen)?;
        Ok(())
    }
}

/// What `--json` answers.
#[derive(Serialize)]
struct Answer<'a> {
    outcome: &'a str,
    lives_in: &'a str,
    map: Vec<Value>,
    profile: &'a Profile,
}

/// The user as the connection has them now, record included.
///
/// # Errors
/// Those of the store and the directory.
pub async fn look_again(engine: &Engine, connection: &str, user_id: &UserId) -> Outcome<Option<Sight>> {
    // Users made in the directory have ids of its own, which no table's map gives out.
    let store_id = match engine.directory().entry(user_id).await? {
        Some(entry) => Some(entry.owner.store_id),
        None => engine.connection(connection)?.translation().store_id(user_id),
    };
    match store_id {
        Some(store_id) => Ok(engine.look_at(connection, By::Id, &store_id).await?),
        None => Ok(None),
    }
}

/// The user's portrait.
///
/// # Errors
/// Those of the directory, which holds the overlay.
pub async fn portrait(engine: &Engine, connection: &str, sight: &Sight) -> Outcome<Portrait> {
    let overlay = engine.directory().overlay(&sight.profile.user_id, &Identity::of(&sight.profile)).await?;
    Ok(Portrait::new(engine.connection(connection)?.translation(), sight, &overlay))
}

fn home(sight: &Sight) -> &'static str {
    if sight.record.is_some() { "legacy store" } else { "directory" }
}

fn nobody(screen: &mut Screen) -> Outcome {
    if screen.json() {
        screen.value(&json!({ "outcome": "unknown_user" }))?;
    } else {
        screen.styled(BAD, NOBODY)?;
    }
    Ok(Exit::No)
}
