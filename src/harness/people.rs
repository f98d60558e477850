//! The people whom laws make: unmistakable, and nobody's neighbour.

use crosswalk_contract::Secret;

use super::{Stop, world::World};
use crate::{
    engine::{Ability, By, ErrorKind, Verdict},
    policy::Actor,
    profile::{Metadata, NewProfile, Profile, UserId},
};

/// Somebody to be made.
#[derive(Clone, Debug)]
pub struct Person {
    /// The store's own id, where a law chooses it.
    pub id: Option<String>,
    /// E-mail address.
    pub email: String,
    /// Full name.
    pub name: Option<String>,
    /// The password; `None` for an account that has none.
    pub password: Option<Secret>,
    /// Blocked from the start.
    pub blocked: bool,
    /// The store wants the password changed.
    pub must_change_password: bool,
    /// First `user_metadata`, as JSON.
    pub user_metadata: Option<String>,
    /// First `app_metadata`, as JSON.
    pub app_metadata: Option<String>,
}

impl Person {
    /// Somebody with that address and password and nothing else.
    pub fn new(email: impl Into<String>, password: impl Into<String>) -> Person {
        Person {
            id: None,
            email: email.into(),
            name: None,
            password: Some(Secret::new(password)),
            blocked: false,
            must_change_password: false,
            user_metadata: None,
            app_metadata: None,
        }
    }

    /// The password; an unusable one for who has none.
    pub fn secret(&self) -> Secret {
        self.password.clone().unwrap_or_else(|| Secret::new(""))
    }

    /// The person as the engine's `create` takes them.
    ///
    /// # Errors
    /// Metadata that is not a JSON object.
    pub fn as_new(&self) -> Result<NewProfile, Stop> {
        let read = |text: &Option<String>| text.as_ref().map(|text| Metadata::parse(text.as_str())).transpose();
        Ok(NewProfile {
            id: self.id.clone(),
            email: Some(self.email.clone()),
            name: self.name.clone(),
            user_metadata: read(&self.user_metadata)?,
            app_metadata: read(&self.app_metadata)?,
            ..NewProfile::default()
        })
    }
}

/// A person who has been made.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub(super) person: Person,
    pub(super) id: UserId,
    /// The store's own id.
    pub(super) store_id: String,
}

impl World {
    /// Somebody whom nobody has met.
    pub(super) fn person(&self) -> Person {
        let word = self.fresh_word();
        Person::new(format!("law-{word}@crosswalk.example"), format!("Pass-{word}-ß✓"))
    }

    /// Makes somebody, the way this world makes people.
    pub(super) async fn somebody(&self) -> Result<Made, Stop> {
        self.make(self.person()).await
    }

    /// Makes somebody with that metadata.
    pub(super) async fn somebody_with(&self, user_metadata: &str, app_metadata: &str) -> Result<Made, Stop> {
        let mut person = self.person();
        person.user_metadata = Some(user_metadata.to_owned());
        person.app_metadata = Some(app_metadata.to_owned());
        self.make(person).await
    }

    pub(super) async fn make(&self, person: Person) -> Result<Made, Stop> {
        match self.home {
            super::Home::Made => self.create(person).await,
            super::Home::Seeded => Ok(self.seed(vec![person]).await?.remove(0)),
            super::Home::Moved => {
                let made = self.seed(vec![person]).await?.remove(0);
                match self.login(&made.person.email, &made.person.secret()).await? {
                    Verdict::Accepted(_) => Ok(made),
                    other => Err(Stop::broken(format!("somebody with the right password got {}", other.name()))),
                }
            }
        }
    }

    /// Makes somebody through the engine.
    pub(super) async fn create(&self, person: Person) -> Result<Made, Stop> {
        self.can(Ability::Create)?;
        if !self.is_ours() {
            self.can(Ability::Delete)?;
        }
        let profile = self.try_create(&person).await??;
        Ok(Made { person, store_id: self.store_id(&profile), id: profile.user_id })
    }

    /// As [`World::create`], where an error is part of the law.
    pub(super) async fn try_create(&self, person: &Person) -> Result<crosswalk_contract::Result<Profile>, Stop> {
        let result = self.engine.create(&operator(), &self.connection, person.as_new()?, &person.secret()).await;
        if let Ok(profile) = &result {
            self.remember(&profile.user_id);
        }
        Ok(result)
    }

    /// Writes people into the legacy store as the legacy application would, and finds them there.
    pub(super) async fn seed(&self, people: Vec<Person>) -> Result<Vec<Made>, Stop> {
        let ids = self.hand()?.seed(&people).await.map_err(|error| match error.kind() {
            ErrorKind::Unsupported => Stop::not_applicable(error.message()),
            _ => error.into(),
        })?;
        let by_identifier = self.engine.connection(&self.connection)?.takes_identifiers();
        let mut made = Vec::with_capacity(people.len());
        for (person, store_id) in people.into_iter().zip(ids) {
            let id = match UserId::namespaced(&self.connection, &store_id) {
                // A store that is asked by identifiers alone gives ids in its own way, and the index has to meet them.
                Ok(id) if self.gives_out(&id) && !by_identifier => id,
                _ => match self.by_email(&person.email).await? {
                    Some(profile) => profile.user_id,
                    // Whom the directory takes for somebody else is not shown by what the store says of them.
                    None => UserId::from_store(&store_id).map_err(|error| Stop::broken(error.to_string()))?,
                },
            };
            made.push(Made { person, id, store_id });
        }
        Ok(made)
    }

    pub(super) async fn login(&self, identifier: &str, password: &Secret) -> Result<Verdict<Profile>, Stop> {
        Ok(self.engine.login(&self.connection, identifier, password).await?)
    }

    /// Gives that user another address: verified where the store has a place for that. Returns whether it is.
    pub(super) async fn readdress(&self, id: &UserId, email: &str) -> Result<bool, Stop> {
        self.can(Ability::ChangeEmail)?;
        for verified in [true, false] {
            match self.engine.change_email(&operator(), id, email, verified).await {
                Ok(true) => return Ok(verified),
                Ok(false) => return Err(Stop::broken("nobody was there to get another address")),
                Err(error) if verified && error.code_name() == "read_only_field" => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Stop::broken("neither a verified nor another address can be written, and a change of address is promised"))
    }

    /// The profile of that user, who has to be there.
    pub(super) async fn profile(&self, id: &UserId) -> Result<Profile, Stop> {
        self.engine.get_user_by_id(id).await?.ok_or_else(|| Stop::broken("a user who was made is not found by user_id"))
    }

    pub(super) async fn by_email(&self, email: &str) -> Result<Option<Profile>, Stop> {
        Ok(self.engine.get_user(&self.connection, By::Email, email).await?)
    }

    /// The profile with that address, who has to be there.
    pub(super) async fn found(&self, email: &str) -> Result<Profile, Stop> {
        self.by_email(email).await?.ok_or_else(|| Stop::broken("a user who was made is not found by e-mail address"))
    }

    fn gives_out(&self, id: &UserId) -> bool {
        let connection = self.engine.connection(&self.connection).ok();
        connection.is_some_and(|connection| connection.translation().store_id(id).is_some())
    }

    /// The store's own id of a profile.
    pub(super) fn store_id(&self, profile: &Profile) -> String {
        let connection = self.engine.connection(&self.connection).ok();
        let id = connection.and_then(|connection| connection.translation().store_id(&profile.user_id));
        id.unwrap_or_else(|| profile.user_id.bare().to_owned())
    }
}

/// Who acts in laws.
pub(super) fn operator() -> Actor {
    Actor::operator("crosswalk test")
}

/// A profile without what a login changes, to compare two of them.
pub(super) fn without_logins(mut profile: Profile) -> String {
    profile.last_login = None;
    profile.last_ip = None;
    profile.logins_count = None;
    profile.updated_at = None;
    profile.to_json()
}
