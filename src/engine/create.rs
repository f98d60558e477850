//! Making users: in the legacy store (bridge) or in the directory (migrate).

use std::sync::Arc;

use crosswalk_contract::{Ability, By, Error, ErrorKind, NewUser, PasswordForm, Result, Secret};
use tracing::{info, warn};

use super::{
    Connection, Engine, Inner, Mode, Sight,
    call::call,
    identifier::identifiers,
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
        self.check_free(connection, user).await?;
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
        // The legacy application may have removed the former owner of this id: the new one inherits nothing.
        let former = self.directory.state(&profile.user_id).await?;
        match former {
            Some(State::Pending) => drop(self.directory.delete(&profile.user_id, false, self.now()).await?),
            Some(State::Deleted) => drop(self.directory.revive(&profile.user_id).await?),
            Some(State::Moved) | None => {}
        }
        self.seen.invalidate(&profile.user_id);
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
        let by_id = user.id.as_deref().map(|id| (By::Id, id));
        for (by, value) in by_id.into_iter().chain(identifiers(user)) {
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
        self.check_free(connection, user).await?;
        let store_id = user.id.clone().unwrap_or_else(|| self.fresh_id());
        let user_id = self.id_to_give(connection, &store_id)?;
        let credential = hash_for_directory(self, password, self.deadline()).await?;
        let owner = Owner::new(user_id, connection.name(), store_id);
        let profile = self.directory.create(&owner, user.clone(), credential, self.now()).await?;
        Ok(Sight::new(None, profile))
    }

    /// The canonical id of a user who is made here: in the connection's own namespace where it has one.
    ///
    /// # Errors
    /// `invalid_user_id`, also for an id that belongs to another connection's namespace.
    fn id_to_give(&self, connection: &Connection, store_id: &str) -> Result<UserId> {
        let invalid = |reason: String| Error::refused("invalid_user_id", reason).with("connection", connection.name());
        let namespaced = UserId::namespaced(connection.name(), store_id).map_err(|error| invalid(error.to_string()))?;
        if connection.translation().store_id(&namespaced).as_deref() == Some(store_id) {
            return Ok(namespaced);
        }
        let plain = UserId::from_store(store_id).map_err(|error| invalid(error.to_string()))?;
        match self.whose_namespace(connection, &plain) {
            Some(other) => Err(invalid(format!("this id belongs to the connection `{}`", other.name()))),
            None => Ok(plain),
        }
    }

    /// 24 hexadecimal digits, as Auth0 gives to users of its own store.
    fn fresh_id(&self) -> String {
        let mut bytes = [0u8; 12];
        (self.random)(&mut bytes);
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
