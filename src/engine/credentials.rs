//! Changing passwords and e-mail addresses, and marking an address as verified.

use std::sync::Arc;

use crosswalk_contract::{Ability, By, EmailChange, Error, ErrorKind, NewPassword, PasswordForm, Result, Secret};
use tracing::error;

use super::{
    Engine, Inner, Mode,
    call::call,
    moving::move_without_password,
    password::{hash_for_directory, hash_for_store},
    read::Place,
    to_its_end,
};
use crate::{
    directory::State,
    policy::{self, Actor},
    profile::UserId,
};

impl Engine {
    /// Sets a new password; `false` where nobody has that id. In migrate mode a user who has not moved yet moves, and the
    /// new password is known to the directory alone.
    ///
    /// # Errors
    /// `password_unusable` for one that the scheme cannot take whole.
    pub async fn change_password(&self, actor: &Actor, user_id: &UserId, password: &Secret) -> Result<bool> {
        let password = password.clone();
        self.managed(actor, user_id, "change_password", async move |inner, place| {
            inner.change_password(&place, &password).await
        })
        .await
    }

    /// Changes the e-mail address and whether it counts as verified; `false` where nobody has that id.
    ///
    /// # Errors
    /// [`Conflict`](ErrorKind::Conflict) with code `email_exists` where somebody else has the address.
    pub async fn change_email(&self, actor: &Actor, user_id: &UserId, email: &str, verified: bool) -> Result<bool> {
        if email.trim().is_empty() || email.trim() != email || email.chars().any(char::is_control) {
            return Err(Error::refused("invalid_email", "the new address is empty, or has white space at an end"));
        }
        let email = email.to_owned();
        self.managed(actor, user_id, "change_email", async move |inner, place| {
            inner.change_email(&place, &email, verified).await
        })
        .await
    }

    /// Marks the e-mail address as verified; `false` where nobody has that id.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn verify(&self, actor: &Actor, user_id: &UserId) -> Result<bool> {
        self.managed(actor, user_id, "verify", async move |inner, place| inner.verify(&place).await).await
    }

    /// Runs a write that users cannot do to themselves through the engine, in a task of its own, and audits it.
    pub(super) async fn managed<F>(
        &self,
        actor: &Actor,
        user_id: &UserId,
        action: &'static str,
        write: impl FnOnce(Arc<Inner>, Arc<Place>) -> F + Send + 'static,
    ) -> Result<bool>
    where
        F: Future<Output = Result<bool>> + Send + 'static,
    {
        policy::check_managed(actor, action)?;
        let Some(place) = self.inner.locate(user_id).await? else { return Ok(false) };
        let (inner, actor, place) = (self.inner.clone(), actor.clone(), Arc::new(place));
        to_its_end(async move {
            let done = write(inner.clone(), place.clone()).await?;
            if done {
                inner.audit(&actor, action, &place.connection, &place.user_id, Vec::new()).await?;
            }
            Ok(done)
        })
        .await
    }
}

impl Inner {
    /// Whether the user lives, or now has come to live, in the directory; `None` where nobody has the id.
    async fn in_directory(self: &Arc<Self>, place: &Place) -> Result<Option<bool>> {
        if place.state == State::Moved {
            return Ok(Some(true));
        }
        match place.connection.mode() {
            Mode::Bridge => Ok(Some(false)),
            Mode::Migrate => Ok(move_without_password(self, place).await?.map(|_| true)),
        }
    }

    async fn change_password(self: &Arc<Self>, place: &Place, password: &Secret) -> Result<bool> {
        let deadline = self.deadline();
        match self.in_directory(place).await? {
            None => return Ok(false),
            Some(true) => {
                let credential = hash_for_directory(self, password, deadline).await?;
                let changed = self.directory.set_credential(&place.user_id, credential, self.now()).await?;
                return Ok(changed);
            }
            Some(false) => {}
        }
        let connection = &place.connection;
        connection.need(Ability::ChangePassword)?;
        let writer = connection
            .adapter()
            .change_password()
            .ok_or_else(|| Error::unsupported("this store cannot change passwords"))?;
        let _turn = self.turns.of(connection.name(), place.user_id.as_str()).await;
        let new = match connection.adapter().password_form() {
            PasswordForm::Clear => NewPassword { fields: Vec::new(), clear: Some(password.clone()) },
            PasswordForm::Hashed => {
                let record = self.find_record(connection, &By::Id, &place.store_id).await?;
                let Some(record) = record else { return Ok(false) };
                let fields = hash_for_store(&self.hashing, self, connection, Some(&record), password, deadline).await?;
                NewPassword { fields, clear: None }
            }
        };
        let Some(key) = self.key_of_somebody(place).await? else { return Ok(false) };
        call(connection, "change_password", writer.change_password(&key, &new)).await
    }

    async fn change_email(self: &Arc<Self>, place: &Place, email: &str, verified: bool) -> Result<bool> {
        let connection = &place.connection;
        let in_directory = match self.in_directory(place).await? {
            None => return Ok(false),
            Some(it) => it,
        };
        if let Some((_, other)) = self.holder(connection, email).await?
            && other.user_id != place.user_id
        {
            return Err(Error::new(ErrorKind::Conflict, "The specified new email already exists")
                .code("email_exists")
                .with("connection", connection.name()));
        }
        if in_directory {
            return self.directory.set_email(&place.user_id, Some(email), verified, self.now()).await;
        }
        connection.need(Ability::ChangeEmail)?;
        let writer = connection
            .adapter()
            .change_email()
            .ok_or_else(|| Error::unsupported("this store cannot change addresses"))?;
        let _turn = self.turns.of(connection.name(), place.user_id.as_str()).await;
        let fields = connection.translation().email_change(email, verified)?;
        let change = EmailChange { email: email.to_owned(), verified, fields };
        let Some(key) = self.key_of_somebody(place).await? else { return Ok(false) };
        let done = call(connection, "change_email", writer.change_email(&key, &change)).await?;
        if done {
            self.note_new_address(place, email).await;
        }
        Ok(done)
    }

    /// Tells the index of the address at once: at the next sight it would look as if the id had gone to somebody else.
    async fn note_new_address(&self, place: &Place, email: &str) {
        let connection = &place.connection;
        // The index would give the old address to a store that is asked by address.
        let (by, value) = match connection.takes_identifiers() {
            true => (By::Email, email),
            false => (By::Id, place.store_id.as_str()),
        };
        let noted = async {
            let Some(record) = self.find_record(connection, &by, value).await? else { return Ok(()) };
            let profile = self.translate(connection, &record)?.profile;
            if profile.user_id != place.user_id {
                return Ok(());
            }
            self.directory.reidentify(&self.sighting(connection, &profile)?).await
        };
        if let Err(error) = noted.await {
            // The address is changed, which is what was asked for.
            error!(connection = place.connection.name(), user = ?place.user_id, %error, "a new address is not in the index");
        }
        self.seen.invalidate(&place.user_id);
    }

    async fn verify(self: &Arc<Self>, place: &Place) -> Result<bool> {
        let connection = &place.connection;
        match self.in_directory(place).await? {
            None => return Ok(false),
            Some(true) => return self.directory.set_verified(&place.user_id, true, self.now()).await,
            Some(false) => {}
        }
        connection.need(Ability::Verify)?;
        let writer =
            connection.adapter().verify().ok_or_else(|| Error::unsupported("this store cannot verify addresses"))?;
        let _turn = self.turns.of(connection.name(), place.user_id.as_str()).await;
        let fields = connection.translation().verify()?;
        let Some(key) = self.key_of_somebody(place).await? else { return Ok(false) };
        call(connection, "verify", writer.verify(&key, &fields)).await
    }
}
