//! What a command line says of a new user, or of a change of metadata.

use clap::Args;

use super::{
    failure::{Failure, Outcome},
    password::PasswordFrom,
    who::argument_or_stdin,
};
use crate::profile::{Change, Container, ContainerChange, Metadata, NewProfile};

/// A new user.
#[derive(Args, Debug)]
pub struct NewUserArgs {
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
    pub password: PasswordFrom,
}

/// A change of metadata.
#[derive(Args, Debug)]
pub struct ChangeArgs {
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
    pub as_user: bool,
}

impl NewUserArgs {
    /// The user, without the password.
    ///
    /// # Errors
    /// Metadata that is no JSON object.
    pub fn read(&self) -> Outcome<NewProfile> {
        let container = |json: &Option<String>, container| match json {
            Some(json) => metadata(&argument_or_stdin(json)?, container).map(Some),
            None => Ok(None),
        };
        if self.password.password_stdin
            && [&self.user_metadata, &self.app_metadata].iter().any(|it| it.as_deref() == Some("-"))
        {
            return Err(Failure::usage("standard input can hold one thing only", "give the metadata as an argument"));
        }
        Ok(NewProfile {
            id: self.id.clone(),
            email: self.email.clone(),
            email_verified: self.email_verified.then_some(true),
            username: self.username.clone(),
            phone_number: self.phone.clone(),
            name: self.name.clone(),
            nickname: self.nickname.clone(),
            given_name: self.given_name.clone(),
            family_name: self.family_name.clone(),
            user_metadata: container(&self.user_metadata, Container::UserMetadata)?,
            app_metadata: container(&self.app_metadata, Container::AppMetadata)?,
            ..NewProfile::default()
        })
    }
}

impl ChangeArgs {
    /// The change.
    ///
    /// # Errors
    /// JSON that is no change, or nothing to change.
    pub fn read(&self) -> Outcome<Change> {
        let wrong = |message: String| Failure::usage(message, "see --help of this command");
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

fn metadata(json: &str, container: Container) -> Outcome<Metadata> {
    Metadata::parse(json.trim()).map_err(|error| {
        Failure::usage(
            format!("{container} cannot be read: {error}"),
            "give one JSON object, such as '{\"lang\":\"de\"}'",
        )
    })
}
