//! The abilities, each one script.

use crosswalk_contract::{
    Ability, Adapter, Assignment, By, ChangeEmail, ChangeMetadata, ChangePassword, Create, Delete, EmailChange, Error,
    ErrorKind, Examination, Finding, GetUser, Key, Login, NewPassword, NewUser, PasswordForm, Patch, Record, Result,
    Secret, Severity, Verdict, Verify, async_trait,
};

use crate::{
    call::{Call, identifier},
    outcome::{removed, says_nobody, verdict},
    record::record_of,
    scripts::Scripts,
    settings::KIND,
};

/// Nobody has it; `.invalid` never will be anybody's (RFC 2606).
const NOBODY: &str = "nobody@crosswalk.invalid";

#[derive(Debug)]
pub(crate) struct ScriptAdapter {
    scripts: Scripts,
}

impl ScriptAdapter {
    pub(crate) fn new(scripts: Scripts) -> ScriptAdapter {
        ScriptAdapter { scripts }
    }

    /// A script that says yes or no of a user it is told of by an identifier. Of somebody whom no look-up has ever
    /// shown, none is known.
    async fn says_yes<'k>(&self, key: &'k Key, call: impl FnOnce(&'k str) -> Call<'k>) -> Result<bool> {
        match identifier(key) {
            Some(identifier) => Ok(self.scripts.call(&call(identifier)).await?.is_some()),
            None => Ok(false),
        }
    }
}

#[async_trait]
impl Adapter for ScriptAdapter {
    fn kind(&self) -> &'static str {
        KIND.name
    }

    /// The only way to reach what is behind the scripts is to run one, and each does something.
    async fn ping(&self) -> Result<()> {
        match Adapter::get_user(self) {
            Some(get_user) => get_user.get_user(&Key::new(By::Email, NOBODY)).await.map(drop),
            None => Ok(()),
        }
    }

    async fn examine(&self) -> Result<Examination> {
        let about = &self.scripts.about;
        let mut findings = Vec::new();
        let mut warn = |severity, text: String| findings.push(Finding { severity, text });
        match Adapter::get_user(self) {
            None => warn(
                Severity::Blocker,
                "There is no get_user.js: without it users are known by their logins alone, and nothing else works."
                    .to_owned(),
            ),
            Some(get_user) => match get_user.get_user(&Key::new(By::Email, NOBODY)).await {
                Ok(None) => {}
                Ok(Some(_)) => warn(
                    Severity::Blocker,
                    "get_user.js returns a user for an address that nobody has: it must return nothing then."
                        .to_owned(),
                ),
                Err(error) => warn(Severity::Blocker, format!("get_user.js cannot be used: {error}.")),
            },
        }
        if about.hosts.is_empty() {
            warn(
                Severity::Warning,
                "`allow_hosts` is empty: the scripts reach no database and no other server.".to_owned(),
            );
        }
        Ok(Examination {
            facts: vec![
                ("scripts".to_owned(), about.files.join(", ")),
                ("context".to_owned(), about.context.to_string()),
                ("hosts".to_owned(), about.hosts.join(", ")),
            ],
            findings,
            ..Examination::default()
        })
    }

    fn password_form(&self) -> PasswordForm {
        PasswordForm::Clear
    }

    fn takes_identifiers(&self) -> bool {
        true
    }

    fn login(&self) -> Option<&dyn Login> {
        self.scripts.has(Ability::Login).then_some(self)
    }
    fn get_user(&self) -> Option<&dyn GetUser> {
        self.scripts.has(Ability::GetUser).then_some(self)
    }
    fn create(&self) -> Option<&dyn Create> {
        self.scripts.has(Ability::Create).then_some(self)
    }
    fn change_metadata(&self) -> Option<&dyn ChangeMetadata> {
        self.scripts.has(Ability::ChangeMetadata).then_some(self)
    }
    fn change_password(&self) -> Option<&dyn ChangePassword> {
        self.scripts.has(Ability::ChangePassword).then_some(self)
    }
    fn change_email(&self) -> Option<&dyn ChangeEmail> {
        self.scripts.has(Ability::ChangeEmail).then_some(self)
    }
    fn verify(&self) -> Option<&dyn Verify> {
        self.scripts.has(Ability::Verify).then_some(self)
    }
    fn delete(&self) -> Option<&dyn Delete> {
        self.scripts.has(Ability::Delete).then_some(self)
    }
}

#[async_trait]
impl Login for ScriptAdapter {
    async fn login(&self, identifier: &str, password: &Secret) -> Result<Verdict<Record>> {
        verdict(identifier, self.scripts.report(&Call::Login { identifier, password }, false).await?)
    }
}

#[async_trait]
impl GetUser for ScriptAdapter {
    async fn get_user(&self, key: &Key) -> Result<Option<Record>> {
        let (told, call) = match (identifier(key), &key.by, key.one()) {
            (Some(identifier), ..) => (identifier, Call::GetUser { identifier }),
            (None, By::Id, Some(id)) if self.scripts.about.context => (id, Call::GetUserById { id }),
            _ => return Ok(None),
        };
        let json = match self.scripts.call(&call).await {
            Err(error) if says_nobody(&error, told) => None,
            answer => answer?,
        };
        json.map(|json| record_of(&json).map_err(|error| error.with("script", "get_user"))).transpose()
    }
}

#[async_trait]
impl Create for ScriptAdapter {
    async fn create(&self, user: &NewUser) -> Result<Option<Record>> {
        let json = self.scripts.call(&Call::Create { user }).await?;
        // `true` and the like say only that it went well, and so does a profile without the id of the new user.
        let record = json.filter(|json| json.starts_with('{')).map(|json| record_of(&json)).transpose()?;
        Ok(record.filter(|record| record.get("user_id").is_some_and(|id| !id.is_null())))
    }
}

#[async_trait]
impl ChangeMetadata for ScriptAdapter {
    async fn change_metadata(&self, key: &Key, patch: &Patch) -> Result<bool> {
        self.says_yes(key, |identifier| Call::ChangeMetadata { identifier, patch }).await
    }
}

#[async_trait]
impl ChangePassword for ScriptAdapter {
    async fn change_password(&self, key: &Key, password: &NewPassword) -> Result<bool> {
        let Some(password) = &password.clear else {
            return Err(Error::new(ErrorKind::Unexpected, "a script needs the password as it was typed"));
        };
        self.says_yes(key, |identifier| Call::ChangePassword { identifier, password }).await
    }
}

#[async_trait]
impl ChangeEmail for ScriptAdapter {
    async fn change_email(&self, key: &Key, change: &EmailChange) -> Result<bool> {
        let EmailChange { email: new, verified, .. } = change;
        self.says_yes(key, |email| Call::ChangeEmail { email, new, verified: *verified }).await
    }
}

#[async_trait]
impl Verify for ScriptAdapter {
    async fn verify(&self, key: &Key, _: &[Assignment]) -> Result<bool> {
        self.says_yes(key, |email| Call::Verify { email }).await
    }
}

#[async_trait]
impl Delete for ScriptAdapter {
    async fn delete(&self, key: &Key) -> Result<bool> {
        let (By::Id, Some(id)) = (&key.by, key.one()) else {
            return Err(Error::unsupported("delete.js takes the store's own id"));
        };
        removed(self.scripts.report(&Call::Delete { id }, false).await?)
    }
}
