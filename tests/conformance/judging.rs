//! A store that judges passwords itself, as scripts and web services do: it takes them clear and shows no hash.

use std::sync::Arc;

use async_trait::async_trait;
use crosswalk::engine::{Result, Secret, Verdict};
use crosswalk_contract::{
    Adapter, ChangeEmail, ChangeMetadata, ChangePassword, Create, Delete, Examination, Field, Fold, GetUser, Key,
    ListUsers, Login, NewPassword, NewUser, PasswordForm, Record, Verify,
};

/// The memory store behind a judge. The column `hash` holds the clear password: nobody outside ever sees it.
pub(crate) struct Judging(pub(crate) Arc<dyn Adapter>);

const SOUND: &str = "the memory store can do all of it";

#[async_trait]
impl Adapter for Judging {
    fn kind(&self) -> &'static str {
        "judging"
    }
    async fn ping(&self) -> Result<()> {
        self.0.ping().await
    }
    async fn examine(&self) -> Result<Examination> {
        self.0.examine().await
    }
    fn password_form(&self) -> PasswordForm {
        PasswordForm::Clear
    }
    fn login(&self) -> Option<&dyn Login> {
        Some(self)
    }
    fn get_user(&self) -> Option<&dyn GetUser> {
        self.0.get_user()
    }
    fn create(&self) -> Option<&dyn Create> {
        Some(self)
    }
    fn change_metadata(&self) -> Option<&dyn ChangeMetadata> {
        self.0.change_metadata()
    }
    fn change_password(&self) -> Option<&dyn ChangePassword> {
        Some(self)
    }
    fn change_email(&self) -> Option<&dyn ChangeEmail> {
        self.0.change_email()
    }
    fn verify(&self) -> Option<&dyn Verify> {
        self.0.verify()
    }
    fn delete(&self) -> Option<&dyn Delete> {
        self.0.delete()
    }
    fn list_users(&self) -> Option<&dyn ListUsers> {
        self.0.list_users()
    }
}

#[async_trait]
impl Login for Judging {
    async fn login(&self, identifier: &str, password: &Secret) -> Result<Verdict<Record>> {
        let key = Key { fold: Fold::Lower, ..Key::field("email", identifier.to_lowercase()) };
        let Some(record) = self.0.get_user().expect(SOUND).get_user(&key).await? else {
            return Ok(Verdict::UnknownUser);
        };
        let is = |column: &str| record.get(column) == Some(&Field::Bool(true));
        Ok(match record.get("hash").and_then(Field::as_text) {
            None | Some("") => Verdict::Locked,
            Some(own) if own != password.expose() => Verdict::WrongPassword,
            Some(_) if is("blocked") => Verdict::Blocked,
            Some(_) if is("must_change") => Verdict::MustChangePassword(record),
            Some(_) => Verdict::Accepted(record),
        })
    }
}

fn clear(password: &Option<Secret>) -> (String, Field) {
    let text = password.as_ref().expect("a store that asks for clear passwords gets them").expose();
    ("hash".to_owned(), Field::Text(text.to_owned()))
}

#[async_trait]
impl Create for Judging {
    async fn create(&self, user: &NewUser) -> Result<Option<Record>> {
        let mut fields = user.fields.clone();
        fields.push(clear(&user.password));
        self.0.create().expect(SOUND).create(&NewUser { fields, password: None }).await
    }
}

#[async_trait]
impl ChangePassword for Judging {
    async fn change_password(&self, key: &Key, password: &NewPassword) -> Result<bool> {
        let fields = vec![clear(&password.clear), ("must_change".to_owned(), Field::Bool(false))];
        self.0.change_password().expect(SOUND).change_password(key, &NewPassword { fields, clear: None }).await
    }
}
