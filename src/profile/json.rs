//! The one JSON form of a profile: written for clients, read back from the directory.

use std::fmt;

use jiff::{Timestamp, Unit};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::value::RawValue;

use super::{Attribute, AttributeKind, Container, Metadata, MetadataError, Profile, UserId, UserIdError};

/// An instant as Auth0 writes it: ISO 8601, UTC, milliseconds.
pub fn instant(at: Timestamp) -> String {
    let at = at.round(Unit::Millisecond).unwrap_or(at);
    format!("{at:.3}")
}

#[derive(Serialize)]
struct Identity<'p> {
    connection: &'p str,
    user_id: &'p str,
    provider: &'static str,
    #[serde(rename = "isSocial")]
    is_social: bool,
}

/// Attributes in the order of [`Attribute::ALL`], then `identities`, extra attributes, `user_id`, `user_metadata` and
/// `app_metadata`. Absent attributes and containers are left out, as in Auth0's answers.
impl Serialize for Profile {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for attribute in Attribute::ALL {
            match attribute.kind() {
                AttributeKind::Text => entry(&mut map, attribute, attribute.text(self))?,
                AttributeKind::Flag => entry(&mut map, attribute, attribute.flag(self))?,
                AttributeKind::Instant => entry(&mut map, attribute, attribute.instant(self).map(instant))?,
                AttributeKind::Count => entry(&mut map, attribute, self.logins_count)?,
            }
        }
        let identity = Identity {
            connection: &self.connection,
            user_id: self.user_id.bare(),
            provider: "auth0",
            is_social: false,
        };
        map.serialize_entry("identities", &[identity])?;
        for (name, value) in &self.extra {
            map.serialize_entry(name, value)?;
        }
        map.serialize_entry("user_id", self.user_id.as_str())?;
        for container in Container::ALL {
            if let Some(metadata) = self.container(container) {
                map.serialize_entry(container.name(), metadata)?;
            }
        }
        map.end()
    }
}

impl Profile {
    /// The JSON form as text.
    pub fn to_json(&self) -> String {
        // Writing to a string cannot fail, and every part of a profile is valid JSON by construction.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads the JSON form. `identities` gives the connection.
    ///
    /// # Errors
    /// Which attribute is missing or of the wrong type; never a value.
    pub fn from_json(text: &str) -> Result<Profile, ProfileError> {
        let document = Metadata::from_store(text).map_err(ProfileError::Json)?;
        let user_id: String = read(&document, "user_id")?.ok_or(ProfileError::Attribute("user_id".into()))?;
        let user_id = UserId::parse(&user_id).map_err(ProfileError::UserId)?;
        let identities: Vec<ReadIdentity> =
            read(&document, "identities")?.ok_or(ProfileError::Attribute("identities".into()))?;
        let connection = identities.into_iter().next().ok_or(ProfileError::Attribute("identities".into()))?.connection;

        let mut profile = Profile::new(user_id, connection);
        for (name, raw) in document.iter() {
            if matches!(name, "user_id" | "identities") {
                continue;
            }
            let wrong = || ProfileError::Attribute(name.to_owned());
            if let Some(container) = Container::ALL.into_iter().find(|container| container.name() == name) {
                *profile.container_mut(container) = Some(Metadata::from_store(raw).map_err(ProfileError::Json)?);
            } else if let Some(attribute) = Attribute::from_name(name) {
                profile.read_attribute(attribute, raw).map_err(|_| wrong())?;
            } else {
                profile.extra.push((name.to_owned(), RawValue::from_string(raw.to_owned()).map_err(|_| wrong())?));
            }
        }
        Ok(profile)
    }

    fn read_attribute(&mut self, attribute: Attribute, raw: &str) -> serde_json::Result<()> {
        match attribute.kind() {
            AttributeKind::Flag => attribute.set_flag(self, serde_json::from_str(raw)?),
            AttributeKind::Count => self.logins_count = serde_json::from_str(raw)?,
            AttributeKind::Text => {
                if let Some(place) = attribute.text_mut(self) {
                    *place = serde_json::from_str(raw)?;
                }
            }
            AttributeKind::Instant => {
                if let Some(place) = attribute.instant_mut(self) {
                    *place = serde_json::from_str(raw)?;
                }
            }
        }
        Ok(())
    }
}

/// Why a text is not a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProfileError {
    /// Not a JSON object, or a container is not one.
    Json(MetadataError),
    /// The `user_id`.
    UserId(UserIdError),
    /// This attribute is missing or of the wrong type.
    Attribute(String),
}

impl fmt::Display for ProfileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProfileError::Json(error) => write!(f, "the profile cannot be read: {error}"),
            ProfileError::UserId(error) => error.fmt(f),
            ProfileError::Attribute(name) => write!(f, "the profile's `{name}` is missing or of the wrong type"),
        }
    }
}

impl std::error::Error for ProfileError {}

#[derive(serde::Deserialize)]
struct ReadIdentity {
    connection: String,
}

fn read<T: serde::de::DeserializeOwned>(document: &Metadata, name: &str) -> Result<Option<T>, ProfileError> {
    match document.get(name) {
        None => Ok(None),
        Some(raw) => serde_json::from_str(raw).map(Some).map_err(|_| ProfileError::Attribute(name.to_owned())),
    }
}

fn entry<M: SerializeMap, V: Serialize>(map: &mut M, attribute: Attribute, value: Option<V>) -> Result<(), M::Error> {
    match value {
        Some(value) => map.serialize_entry(attribute.name(), &value),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back_to_the_letter() {
        let text = r#"{"blocked":true,"created_at":"2009-02-13T23:31:30.000Z","email":"j@example.com","email_verified":false,"logins_count":3,"name":"J","identities":[{"connection":"shop","user_id":"shop|4711","provider":"auth0","isSocial":false}],"company":{"n":1.50},"user_id":"auth0|shop|4711","user_metadata":{"n":12345678901234567890123},"app_metadata":{}}"#;
        assert_eq!(Profile::from_json(text).unwrap().to_json(), text);
    }

    #[test]
    fn absent_containers_are_left_out() {
        let profile = Profile::new(UserId::from_store("1").unwrap(), "shop");
        let json = profile.to_json();
        assert!(!json.contains("metadata") && !json.contains("blocked"), "{json}");
    }

    #[test]
    fn a_broken_profile_names_the_attribute_and_not_the_value() {
        let error = Profile::from_json(
            r#"{"user_id":"auth0|1","identities":[{"connection":"shop"}],"email":["secret@example.com"]}"#,
        )
        .unwrap_err();
        assert_eq!(error, ProfileError::Attribute("email".into()));
    }
}
