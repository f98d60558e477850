//! Making users: in the legacy store (bridge) or in the directory (migrate).

use std::sync::Arc;

use crosswalk_contract::{Ability, By, Error, ErrorKind, NewUser, PasswordForm, Result, Secret};
use tracing::{info, warn};

use super::{
    Connection, Engine, Inner, Mode, Sight,
    call::call,
    password::{hash_for_directory, hash_for_store},
    to_its_end,
};
use crate::{
    directory::{Owner, State},
    policy::{self, Actor, Checked},
    profile::{NewProfile, Profile, UserId},
};

impl Engine {
    /// Makes a user and returns the profile as the store then has it.
    ///
    /// # Errors
    /// [`Conflict`](ErrorKind::Conflict) with code `user_exists` where the id, e-mail address or user name is taken; all
    /// violations of the policy at once; `read_only_field` for what the map cannot write.
    pub async fn create(
        &self,
        actor: &Actor,
        connection: &str,
        user: NewProfile,
        password: &Secret,
    ) -> Result<Profile> {
        let connection = self.inner.connection(connection)?.clone();
        connection.need(Ability::Create)?;
        if user.email.is_none() && user.username.is_none() && user.phone_number.is_none() {
            return Err(Error::refused("missing_identifier", "a user needs an email, a username or a phone_number"));
        }
        let book = connection.types.load(&self.inner, &connection).await?;
        let passed = policy::check_new(connection.policy(), actor, user, &book)?;
        for warning in &passed.warnings {
            warn!(connection = connection.name(), %warning);
        }
        let (inner, actor, password) = (self.inner.clone(), actor.clone(), password.clone());
        to_its_end(async move {
            let user = passed.checked;
            let sight = match connection.mode() {
                Mode::Bridge => inner.create_in_store(&connection, &user, &password).await?,
                Mode::Migrate => inner.create_in_directory(&connection, &user, &password).await?,
            };
            let user_id = &sight.profile.user_id;
            connection.types.learn(&inner, &connection, &user.as_change()).await;
            inner.audit(&actor, "create", &connection, user_id, Vec::new()).await?;
            info!(connection = connection.name(), user = ?user_id, "created");
            Ok(sight.profile)
        })
        .await
    }
}

impl Inner {
    async fn create_in_store(
        &self,
        connection: &Arc<Connection>,
        user: &Checked<NewProfile>,
        password: &Secret,
    ) -> Result<Sight> {
        let translation = connection.translation();
        for (by, value) in identifiers(user) {
            if self.find_record(connection, &by, value).await?.is_some() {
                return Err(exists(&by).with("connection", connection.name()));
            }
        }
        let written = translation.new_user(user)?;
        let mut new = NewUser { fields: written.assignments, password: None };
        match connection.adapter().password_form() {
            PasswordForm::Clear => new.password = Some(password.clone()),
            PasswordForm::Hashed => {
                let hashed = hash_for_store(&self.hashing, self, connection, None, password, self.deadline()).await?;
                new.fields.extend(hashed);
            }
        }
        let creator =
            connection.adapter().create().ok_or_else(|| Error::unsupported("this store cannot make users"))?;
        let record = match call(connection, "create", creator.create(&new)).await? {
            Some(record) => Some(record),
            None => self.find_new(connection, user).await?,
        };
        let record = record.ok_or_else(|| {
            Error::new(ErrorKind::Inconsistent, "the store made the user and does not find it again")
                .with("connection", connection.name())
                .hint("see whether the connection's condition hides new users, or `create` and `get_user` disagree")
        })?;
        let profile = self.translate(connection, &record)?.profile;
        self.note_sight(connection, &profile).await?;

        let rest = user.as_change().part(&written.overlay);
        if !rest.is_empty() {
            let store_id = translation.store_id(&profile.user_id).unwrap_or_default();
            let limit = connection.policy().metadata_limit.bytes();
            let owner = Owner::new(profile.user_id.clone(), connection.name(), store_id);
            self.directory.change_overlay(&owner, rest, limit, self.now()).await?;
        }
        let profile = self.with_overlay(profile).await?;
        Ok(Sight::new(Some(record), profile))
    }

    async fn find_new(&self, connection: &Connection, user: &NewProfile) -> Result<Option<crosswalk_contract::Record>> {
        for (by, value) in identifiers(user) {
            if let Some(record) = self.find_record(connection, &by, value).await? {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }

    async fn create_in_directory(
        &self,
        connection: &Arc<Connection>,
        user: &Checked<NewProfile>,
        password: &Secret,
    ) -> Result<Sight> {
        for (by, value) in identifiers(user) {
            let moved = self.directory.moved(connection.name(), &by, value).await?.is_some();
            if moved || self.lives_in_store(connection, &by, value).await? {
                return Err(exists(&by).with("connection", connection.name()));
            }
        }
        let store_id = user.id.clone().unwrap_or_else(|| self.fresh_id());
        let user_id =
            UserId::from_store(&store_id).map_err(|error| Error::refused("invalid_user_id", error.to_string()))?;
        let credential = hash_for_directory(self, password, self.deadline()).await?;
        let owner = Owner::new(user_id, connection.name(), store_id);
        let profile = self.directory.create(&owner, user.clone(), credential, self.now()).await?;
        Ok(Sight::new(None, profile))
    }

    /// Whether the legacy store has somebody of that identifier who has not been deleted or moved since.
    async fn lives_in_store(&self, connection: &Arc<Connection>, by: &By, value: &str) -> Result<bool> {
        if connection.adapter().get_user().is_none() {
            return Ok(false);
        }
        let Some(record) = self.find_record(connection, by, value).await? else { return Ok(false) };
        let profile = self.translate(connection, &record)?.profile;
        let entry = self.directory.entry(&profile.user_id).await?;
        Ok(entry.is_none_or(|entry| entry.state == State::Pending))
    }

    /// 24 hexadecimal digits, as Auth0 gives to users of its own store.
    fn fresh_id(&self) -> String {
        let mut bytes = [0u8; 12];
        (self.random)(&mut bytes);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn identifiers(user: &NewProfile) -> impl Iterator<Item = (By, &str)> {
    [(By::Id, &user.id), (By::Email, &user.email), (By::Username, &user.username), (By::Phone, &user.phone_number)]
        .into_iter()
        .filter_map(|(by, value)| Some((by, value.as_deref()?)))
}

fn exists(by: &By) -> Error {
    Error::new(ErrorKind::Conflict, format!("there is a user with this {}", by.name())).code("user_exists")
}
