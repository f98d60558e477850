//! `crosswalk script`: custom-database scripts by themselves, without a configuration.

mod shown;

use std::{env, ffi::OsString, path::PathBuf, time::Duration};

use clap::{Args, Subcommand};
use crosswalk_contract::{Ability, NewUser, Opening, Record, SecretRef, Settings};
use crosswalk_script::{Call, Report, ScriptSettings, Scripts};

use super::{
    failure::{Failure, Outcome},
    opening::operator,
    password::PasswordFrom,
    screen::Screen,
    written::{ChangeArgs, NewUserArgs},
};
use crate::{
    config::duration,
    engine::Error,
    policy::{self, Actor, PolicySettings, TypeBook},
    profile::UserId,
    translate::Translation,
};

/// What can be done with scripts.
#[derive(Debug, Subcommand)]
pub enum ScriptCommand {
    /// Call one script, and see its result, the profile, the console, the time, each SQL statement and HTTP request
    Run(Box<Run>),
}

/// Arguments of `crosswalk script run`.
#[derive(Args, Debug)]
pub struct Run {
    /// The folder of the scripts, one that Auth0's deploy tool exported, or a JSON file with `customScripts`
    dir: PathBuf,
    #[command(subcommand)]
    operation: Operation,
    #[command(flatten)]
    surroundings: Surroundings,
}

/// What scripts find around them.
#[derive(Args, Debug)]
struct Surroundings {
    /// A host that scripts may reach, such as db.example.com or 127.0.0.1:5432; as often as needed
    #[arg(long, global = true, value_name = "HOST")]
    allow_host: Vec<String>,
    /// What stands for ##KEY## and @@KEY@@ in exported files; as often as needed
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    replace: Vec<String>,
    /// The connection's name [default: that of the folder]
    #[arg(long, global = true, value_name = "NAME")]
    connection: Option<String>,
    /// Functions get `context` before the callback [default: what the export says]
    #[arg(long, global = true)]
    context: bool,
    /// How long the script may take
    #[arg(long, global = true, default_value = "20s", value_name = "TIME", value_parser = duration::parse)]
    timeout: Duration,
}

#[derive(Debug, Subcommand)]
enum Operation {
    /// login.js; exit code 0 only if the user is let in
    Login {
        #[command(flatten)]
        who: ByIdentifier,
        #[command(flatten)]
        password: PasswordFrom,
    },
    /// get_user.js
    #[command(alias = "get_user")]
    GetUser {
        #[command(flatten)]
        who: ByIdentifier,
    },
    /// create.js
    Create(Box<NewUserArgs>),
    /// verify.js
    Verify {
        #[command(flatten)]
        who: ByIdentifier,
    },
    /// change_password.js
    #[command(alias = "change_password")]
    ChangePassword {
        #[command(flatten)]
        who: ByIdentifier,
        #[command(flatten)]
        password: PasswordFrom,
    },
    /// change_email.js
    #[command(alias = "change_email")]
    ChangeEmail {
        #[command(flatten)]
        who: ByIdentifier,
        /// The new address
        #[arg(long)]
        new_email: String,
        /// The new address counts as verified
        #[arg(long)]
        verified: bool,
    },
    /// delete.js
    Delete {
        /// The store's own id
        #[arg(long)]
        id: String,
        /// Yes, remove the user
        #[arg(long, required = true)]
        yes: bool,
    },
    /// change_metadata.js
    #[command(alias = "change_metadata")]
    ChangeMetadata {
        #[command(flatten)]
        who: ByIdentifier,
        #[command(flatten)]
        change: ChangeArgs,
    },
}

impl Operation {
    /// What the script looks for, where it looks for somebody.
    fn identifier(&self) -> &str {
        match self {
            Operation::Login { who, .. } | Operation::GetUser { who } => who.text(),
            _ => "",
        }
    }

    fn ability(&self) -> Ability {
        match self {
            Operation::Login { .. } => Ability::Login,
            Operation::GetUser { .. } => Ability::GetUser,
            Operation::Create(_) => Ability::Create,
            Operation::Verify { .. } => Ability::Verify,
            Operation::ChangePassword { .. } => Ability::ChangePassword,
            Operation::ChangeEmail { .. } => Ability::ChangeEmail,
            Operation::Delete { .. } => Ability::Delete,
            Operation::ChangeMetadata { .. } => Ability::ChangeMetadata,
        }
    }
}

/// What the script is to find the user by.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct ByIdentifier {
    /// The e-mail address
    #[arg(long)]
    email: Option<String>,
    /// The user name
    #[arg(long)]
    username: Option<String>,
}

impl ByIdentifier {
    fn text(&self) -> &str {
        self.email.as_deref().or(self.username.as_deref()).unwrap_or_default()
    }
}

impl ScriptCommand {
    /// Does it, and shows what came of it.
    ///
    /// # Errors
    /// Scripts that cannot be read; what the script came to.
    pub async fn run(self, config: &[OsString], screen: &mut Screen) -> Outcome {
        let ScriptCommand::Run(run) = self;
        run.run(config, screen).await
    }
}

impl Run {
    async fn run(&self, config: &[OsString], screen: &mut Screen) -> Outcome {
        let connection = self.connection();
        let translation = Translation::compile(&connection, "script", None).map_err(|problems| {
            let reasons: Vec<String> = problems.iter().map(ToString::to_string).collect();
            Failure::usage(reasons.join("; "), "give another name with --connection")
        })?;
        let scripts = self.scripts(&connection, config)?;
        let ability = self.operation.ability();
        if !scripts.has(ability) {
            let there: Vec<&str> = scripts.abilities().into_iter().map(Ability::name).collect();
            let error = Error::unsupported(format!("there is no {ability}.js"))
                .hint(format!("there are: {}", there.join(", ")));
            return Err(error.into());
        }
        let report = self.report(&scripts, &translation, screen).await?;
        shown::show(ability, self.operation.identifier(), report, &translation, screen)
    }

    fn connection(&self) -> String {
        let folder = || self.dir.canonicalize().ok()?.file_stem()?.to_str().map(str::to_owned);
        self.surroundings.connection.clone().or_else(folder).unwrap_or_else(|| "script".to_owned())
    }

    fn scripts(&self, connection: &str, config: &[OsString]) -> Outcome<Scripts> {
        let around = &self.surroundings;
        let mut settings = ScriptSettings::of_dir(&self.dir);
        if self.dir.is_file() {
            (settings.dir, settings.file) = (None, Some(self.dir.clone()));
        }
        for pair in config {
            let (name, value) = pair.to_str().and_then(named_or_of_environment).ok_or_else(|| {
                Failure::usage(
                    format!("--config {} is not NAME=VALUE", pair.to_string_lossy()),
                    "write --config DB_URL=postgres://…, or --config DB_URL for the environment variable of that name",
                )
            })?;
            settings.configuration.insert(name, SecretRef::Plain(value));
        }
        for pair in &around.replace {
            let (name, value) = named_or_of_environment(pair)
                .ok_or_else(|| Failure::usage(format!("--replace {pair} is not KEY=VALUE"), "see --help"))?;
            settings.replacements.insert(name, SecretRef::Plain(value));
        }
        settings.allow_hosts.clone_from(&around.allow_host);
        settings.context = around.context.then_some(true);
        let problems: Vec<String> = settings.problems().into_iter().map(|problem| problem.message).collect();
        if !problems.is_empty() {
            return Err(Failure::usage(problems.join("; "), "see --help"));
        }
        let opening = Opening { timeout: Some(around.timeout), ..Opening::new(connection, here()?) };
        Ok(Scripts::load(&settings, &opening)?)
    }

    /// Calls the script. What is not on the command line is asked for, and everything is said in the words of scripts.
    async fn report(&self, scripts: &Scripts, translation: &Translation, screen: &mut Screen) -> Outcome<Report> {
        let (rules, book) = (PolicySettings::default(), TypeBook::default());
        let call = async |call: Call<'_>| Ok(scripts.report(&call, true).await?);
        match &self.operation {
            Operation::Login { who, password } => {
                let password = password.read(screen, "Password: ").await?;
                call(Call::Login { identifier: who.text(), password: &password }).await
            }
            Operation::GetUser { who } => call(Call::GetUser { identifier: who.text() }).await,
            Operation::Create(new) => {
                let user = policy::check_new(&rules, &operator(), new.read()?, &book).map_err(Error::from)?;
                let fields = translation.new_user(&user.checked)?.assignments;
                let user = NewUser { fields, password: Some(new.password.read_new(screen).await?) };
                call(Call::Create { user: &user }).await
            }
            Operation::Verify { who } => call(Call::Verify { email: who.text() }).await,
            Operation::ChangePassword { who, password } => {
                let password = password.read_new(screen).await?;
                call(Call::ChangePassword { identifier: who.text(), password: &password }).await
            }
            Operation::ChangeEmail { who, new_email, verified } => {
                call(Call::ChangeEmail { email: who.text(), new: new_email, verified: *verified }).await
            }
            Operation::Delete { id, .. } => call(Call::Delete { id }).await,
            Operation::ChangeMetadata { who, change } => {
                // The rules ask only whether somebody changes their own.
                let whom = UserId::from_store(who.text())
                    .map_err(|error| Failure::usage(error.to_string(), "see --help of this command"))?;
                let actor = if change.as_user { Actor::User(whom.clone()) } else { operator() };
                let passed = policy::check_change(&rules, &actor, &whom, change.read()?, &book).map_err(Error::from)?;
                let (unseen, limit) = (Record::from_pairs::<String>([]), rules.metadata_limit.bytes());
                let patch = translation.split(&passed.checked, &unseen, limit, true)?.patch;
                call(Call::ChangeMetadata { identifier: who.text(), patch: &patch }).await
            }
        }
    }
}

/// `NAME=VALUE`, or `NAME` for the environment variable of that name: values of `configuration` are often secrets.
fn named_or_of_environment(pair: &str) -> Option<(String, String)> {
    match pair.split_once('=') {
        Some((name, value)) if !name.is_empty() => Some((name.to_owned(), value.to_owned())),
        Some(_) => None,
        None => Some((pair.to_owned(), env::var(pair).ok()?)),
    }
}

fn here() -> Outcome<PathBuf> {
    env::current_dir().map_err(|cause| Failure::file("the working directory cannot be told", cause))
}
