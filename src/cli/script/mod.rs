//! `crosswalk script`: custom-database scripts by themselves, without a configuration.

mod shown;

use std::{env, ffi::OsString, path::PathBuf, time::Duration};

use clap::{Args, Subcommand};
use crosswalk_contract::{Ability, NewUser, Opening, Patch, Record, Secret, SecretRef};
use crosswalk_script::{Call, ScriptSettings, Scripts};
use jiff::SignedDuration;

use super::{
    failure::{Failure, Outcome},
    opening::operator,
    password::PasswordFrom,
    screen::Screen,
    written::{ChangeArgs, NewUserArgs},
};
use crate::{
    engine::Error,
    policy::{self, PolicySettings, TypeBook},
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
    #[arg(long, global = true, default_value = "20s", value_name = "TIME", value_parser = duration)]
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

/// What a script is told that is not on the command line as it is.
enum Told {
    Nothing,
    Password(Secret),
    User(NewUser),
    Patch(Patch),
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
        let told = self.told(&translation, screen).await?;
        let report = scripts.report(&self.call(&told), true).await?;
        shown::show(ability, report, &translation, screen)
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
        let problems = crosswalk_contract::Settings::problems(&settings);
        if let Some(problem) = problems.first() {
            return Err(Failure::usage(problem.message.clone(), "see --help"));
        }
        let opening = Opening { timeout: Some(around.timeout), ..Opening::new(connection, here()?) };
        Ok(Scripts::load(&settings, &opening)?)
    }

    /// Asks for what is not on the command line, and says everything in the words of scripts.
    async fn told(&self, translation: &Translation, screen: &mut Screen) -> Outcome<Told> {
        let (rules, book) = (PolicySettings::default(), TypeBook::default());
        Ok(match &self.operation {
            Operation::Login { password, .. } => Told::Password(password.read(screen, "Password: ").await?),
            Operation::ChangePassword { password, .. } => Told::Password(password.read_new(screen).await?),
            Operation::Create(new) => {
                let user = policy::check_new(&rules, &operator(), new.read()?, &book).map_err(Error::from)?;
                let written = translation.new_user(&user.checked)?;
                Told::User(NewUser {
                    fields: written.assignments,
                    password: Some(new.password.read_new(screen).await?),
                })
            }
            Operation::ChangeMetadata { change, .. } => {
                let nobody = UserId::from_store("nobody").map_err(|_| Failure::Fault)?;
                let actor = if change.as_user { crate::policy::Actor::User(nobody.clone()) } else { operator() };
                let passed =
                    policy::check_change(&rules, &actor, &nobody, change.read()?, &book).map_err(Error::from)?;
                let limit = rules.metadata_limit.bytes();
                let unseen = Record::from_pairs::<String>([]);
                Told::Patch(translation.split(&passed.checked, &unseen, limit, true)?.patch)
            }
            _ => Told::Nothing,
        })
    }

    fn call<'c>(&'c self, told: &'c Told) -> Call<'c> {
        match (&self.operation, told) {
            (Operation::Login { who, .. }, Told::Password(password)) => {
                Call::Login { identifier: who.text(), password }
            }
            (Operation::ChangePassword { who, .. }, Told::Password(password)) => {
                Call::ChangePassword { identifier: who.text(), password }
            }
            (Operation::Create(_), Told::User(user)) => Call::Create { user },
            (Operation::ChangeMetadata { who, .. }, Told::Patch(patch)) => {
                Call::ChangeMetadata { identifier: who.text(), patch }
            }
            (Operation::Verify { who }, _) => Call::Verify { email: who.text() },
            (Operation::ChangeEmail { who, new_email, verified }, _) => {
                Call::ChangeEmail { email: who.text(), new: new_email, verified: *verified }
            }
            (Operation::Delete { id, .. }, _) => Call::Delete { id },
            (Operation::GetUser { who }, _) => Call::GetUser { identifier: who.text() },
            _ => unreachable!("each operation is told what it needs"),
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

fn duration(text: &str) -> Result<Duration, String> {
    let duration = text.parse::<SignedDuration>().ok().and_then(|it| Duration::try_from(it).ok());
    duration.filter(|it| !it.is_zero()).ok_or_else(|| "write a time such as 5s or 500ms".to_owned())
}

fn here() -> Outcome<PathBuf> {
    env::current_dir().map_err(|cause| Failure::file("the working directory cannot be told", cause))
}
