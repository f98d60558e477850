//! `crosswalk try`: one operation on one user of one connection, shown as record, map and profile.

use std::path::Path;

use anstyle::Style;
use clap::{Args, Subcommand};
use crosswalk_contract::By;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    exit::Exit,
    failure::{Failure, Outcome},
    opening::{operator, with_engine},
    password::PasswordFrom,
    portrait::Portrait,
    screen::{BAD, GOOD, ODD, Screen, paint},
    who::{NOBODY, Who, argument_or_stdin},
};
use crate::{
    directory::Identity,
    engine::{Engine, Sight, Verdict},
    policy::Actor,
    profile::{Change, Container, ContainerChange, Metadata, NewProfile, Profile, UserId},
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
    Create(Box<Create>),
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

#[derive(Args, Debug)]
struct Create {
    /// The e-mail address
    #[arg(long)]
    email: Option<String>,
    /// The address counts as verified
    #[arg(long)]
    email_verified: bool,
    /// The user name
    #[arg(long)]
    username: Option<String>,
    /// The telephone number
    #[arg(long)]
    phone: Option<String>,
    /// The store's own id, where the store does not choose it
    #[arg(long)]
    id: Option<String>,
    /// The full name
    #[arg(long)]
    name: Option<String>,
    /// The first name
    #[arg(long)]
    given_name: Option<String>,
    /// The last name
    #[arg(long)]
    family_name: Option<String>,
    /// The short name
    #[arg(long)]
    nickname: Option<String>,
    /// First user_metadata, as JSON or - for standard input
    #[arg(long, value_name = "JSON")]
    user_metadata: Option<String>,
    /// First app_metadata, as JSON or - for standard input
    #[arg(long, value_name = "JSON")]
    app_metadata: Option<String>,
    #[command(flatten)]
    password: PasswordFrom,
}

#[derive(Args, Debug)]
struct ChangeArgs {
    /// What becomes of user_metadata, as JSON or - for standard input
    #[arg(long, value_name = "JSON", conflicts_with = "body")]
    user_metadata: Option<String>,
    /// What becomes of app_metadata, as JSON or - for standard input
    #[arg(long, value_name = "JSON", conflicts_with = "body")]
    app_metadata: Option<String>,
    /// The whole change, {"user_metadata":{…},"app_metadata":{…},"blocked":true}, as JSON or - for standard input
    #[arg(long, value_name = "JSON")]
    body: Option<String>,
    /// Act as the user, not as an operator: users may change their own user_metadata and nothing else
    #[arg(long)]
    as_user: bool,
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

    async fn create(&self, create: Create, screen: &mut Screen) -> Outcome<Profile> {
        let container = |json: Option<String>, container| match json {
            Some(json) => metadata(&argument_or_stdin(&json)?, container).map(Some),
            None => Ok(None),
        };
        if create.password.password_stdin
            && [&create.user_metadata, &create.app_metadata].iter().any(|it| it.as_deref() == Some("-"))
        {
            return Err(Failure::usage("standard input can hold one thing only", "give the metadata as an argument"));
        }
        let user = NewProfile {
            id: create.id,
            email: create.email,
            email_verified: create.email_verified.then_some(true),
            username: create.username,
            phone_number: create.phone,
            name: create.name,
            nickname: create.nickname,
            given_name: create.given_name,
            family_name: create.family_name,
            user_metadata: container(create.user_metadata, Container::UserMetadata)?,
            app_metadata: container(create.app_metadata, Container::AppMetadata)?,
            ..NewProfile::default()
        };
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

impl ChangeArgs {
    fn read(&self) -> Outcome<Change> {
        let wrong = |message: String| Failure::usage(message, "see crosswalk try <connection> change-metadata --help");
        if let Some(body) = &self.body {
            return Change::from_json(&argument_or_stdin(body)?).map_err(|error| wrong(error.to_string()));
        }
        let mut change = Change::default();
        for (container, json) in
            [(Container::UserMetadata, &self.user_metadata), (Container::AppMetadata, &self.app_metadata)]
        {
            if let Some(json) = json {
                let document = metadata(&argument_or_stdin(json)?, container)?;
                *change.container_mut(container) = Some(ContainerChange::from_document(&document));
            }
        }
        match change.is_empty() {
            true => Err(wrong("there is nothing to change".to_owned())),
            false => Ok(change),
        }
    }
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

fn metadata(json: &str, container: Container) -> Outcome<Metadata> {
    Metadata::parse(json.trim()).map_err(|error| {
        Failure::usage(
            format!("{container} cannot be read: {error}"),
            "give one JSON object, such as '{\"lang\":\"de\"}'",
        )
    })
}

fn nobody(screen: &mut Screen) -> Outcome {
    if screen.json() {
        screen.value(&json!({ "outcome": "unknown_user" }))?;
    } else {
        screen.styled(BAD, NOBODY)?;
    }
    Ok(Exit::No)
}
