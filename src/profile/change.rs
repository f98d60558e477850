//! What somebody wants changed, before policy has judged it.

use std::fmt;

use crosswalk_contract::ContainerPatch;
use serde_json::value::RawValue;

use super::{Metadata, MetadataError};

/// The two metadata containers, by their canonical names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Container {
    /// `user_metadata`: preferences; the user may change it.
    UserMetadata,
    /// `app_metadata`: plan, roles, access; never changed by the user.
    AppMetadata,
}

impl Container {
    /// Both.
    pub const ALL: [Container; 2] = [Container::UserMetadata, Container::AppMetadata];

    /// The canonical name.
    pub fn name(self) -> &'static str {
        match self {
            Container::UserMetadata => "user_metadata",
            Container::AppMetadata => "app_metadata",
        }
    }
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A change of one container by the rules of `PATCH /api/v2/users/{id}`: first-level keys merge, `null` removes, `{}`
/// clears, nested objects are replaced.
#[derive(Clone, Debug, Default)]
pub struct ContainerChange {
    /// Remove everything first.
    pub clear: bool,
    /// First-level keys and their new raw values.
    pub set: Vec<(String, Box<RawValue>)>,
    /// First-level keys that go.
    pub remove: Vec<String>,
}

impl ContainerChange {
    /// Reads a patch body's container: `{}` clears, a `null` member removes that key, any other member sets it.
    pub fn from_document(document: &Metadata) -> ContainerChange {
        let mut change = ContainerChange { clear: document.is_empty(), ..ContainerChange::default() };
        for (key, value) in document.iter() {
            match RawValue::from_string(value.to_owned()) {
                Ok(raw) if raw.get() != "null" => change.set.push((key.to_owned(), raw)),
                _ => change.remove.push(key.to_owned()),
            }
        }
        change
    }

    /// The patch that does it to a document, which may grow to `max_bytes`.
    pub fn patch(&self, container: Container, max_bytes: u64) -> ContainerPatch {
        ContainerPatch {
            container: container.name().to_owned(),
            clear: self.clear,
            set: self.set.clone(),
            remove: self.remove.clone(),
            max_bytes,
            read: None,
        }
    }

    /// How many bytes it adds at most.
    pub fn added_bytes(&self) -> u64 {
        self.set.iter().map(|(key, value)| (escaped_bytes(key) + value.get().len() + 4) as u64).sum()
    }

    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        !self.clear && self.set.is_empty() && self.remove.is_empty()
    }
}

/// At most: a control character takes six.
fn escaped_bytes(key: &str) -> usize {
    key.len() * 6
}

/// A change of one user's metadata.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// What happens to `user_metadata`.
    pub user_metadata: Option<ContainerChange>,
    /// What happens to `app_metadata`.
    pub app_metadata: Option<ContainerChange>,
    /// Block or unblock the user.
    pub blocked: Option<bool>,
}

impl Change {
    /// Reads `{"user_metadata": {…}, "app_metadata": {…}, "blocked": true}`.
    ///
    /// # Errors
    /// What is wrong and where; never a value.
    pub fn from_json(text: &str) -> Result<Change, ChangeError> {
        let body = Metadata::parse(text).map_err(ChangeError::Body)?;
        let mut change = Change::default();
        for (key, value) in body.iter() {
            match key {
                "user_metadata" => change.user_metadata = Some(read(Container::UserMetadata, value)?),
                "app_metadata" => change.app_metadata = Some(read(Container::AppMetadata, value)?),
                "blocked" => change.blocked = Some(value.parse().map_err(|_| ChangeError::NotAFlag("blocked"))?),
                _ => return Err(ChangeError::UnknownKey(key.to_owned())),
            }
        }
        Ok(change)
    }

    /// The change as a body that [`Change::from_json`] reads. A change that clears *and* sets has no such body; it loses
    /// nothing here because a body never asks for both.
    pub fn to_json(&self) -> String {
        let null = RawValue::NULL;
        let mut members: Vec<(&str, Box<RawValue>)> = Vec::new();
        for container in Container::ALL {
            let Some(change) = self.container(container) else { continue };
            let set = change.set.iter().map(|(key, value)| (key.as_str(), &**value));
            let removed = change.remove.iter().map(|key| (key.as_str(), null));
            let document = Metadata::from_members(set.chain(removed));
            members.extend(RawValue::from_string(document.as_str().to_owned()).map(|raw| (container.name(), raw)));
        }
        if let Some(blocked) = self.blocked {
            members.extend(RawValue::from_string(blocked.to_string()).map(|raw| ("blocked", raw)));
        }
        Metadata::from_members(members.iter().map(|(name, raw)| (*name, &**raw))).as_str().to_owned()
    }

    /// The change of that container.
    pub fn container(&self, container: Container) -> Option<&ContainerChange> {
        match container {
            Container::UserMetadata => self.user_metadata.as_ref(),
            Container::AppMetadata => self.app_metadata.as_ref(),
        }
    }

    /// The change of that container, to set it.
    pub fn container_mut(&mut self, container: Container) -> &mut Option<ContainerChange> {
        match container {
            Container::UserMetadata => &mut self.user_metadata,
            Container::AppMetadata => &mut self.app_metadata,
        }
    }

    /// Whether nothing would change.
    pub fn is_empty(&self) -> bool {
        self.blocked.is_none()
            && Container::ALL.into_iter().all(|it| self.container(it).is_none_or(ContainerChange::is_empty))
    }
}

/// A user to be made.
#[derive(Clone, Debug, Default)]
pub struct NewProfile {
    /// The store's own id, where the caller chooses it.
    pub id: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Whether the address counts as proven from the start.
    pub email_verified: Option<bool>,
    /// User name.
    pub username: Option<String>,
    /// Telephone number.
    pub phone_number: Option<String>,
    /// Full name.
    pub name: Option<String>,
    /// Short name.
    pub nickname: Option<String>,
    /// First name.
    pub given_name: Option<String>,
    /// Last name.
    pub family_name: Option<String>,
    /// Absolute URL of a picture.
    pub picture: Option<String>,
    /// Blocked from the start.
    pub blocked: Option<bool>,
    /// First `user_metadata`.
    pub user_metadata: Option<Metadata>,
    /// First `app_metadata`.
    pub app_metadata: Option<Metadata>,
}

impl NewProfile {
    /// The metadata container of that name.
    pub fn container(&self, container: Container) -> Option<&Metadata> {
        match container {
            Container::UserMetadata => self.user_metadata.as_ref(),
            Container::AppMetadata => self.app_metadata.as_ref(),
        }
    }
}

/// Why a text is not a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangeError {
    /// The body itself.
    Body(MetadataError),
    /// A container.
    Container(Container, MetadataError),
    /// `blocked` is not `true` or `false`.
    NotAFlag(&'static str),
    /// A member that is none of `user_metadata`, `app_metadata`, `blocked`.
    UnknownKey(String),
}

impl fmt::Display for ChangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ChangeError::Body(error) => write!(f, "the change cannot be read: {error}"),
            ChangeError::Container(container, error) => write!(f, "{container} cannot be read: {error}"),
            ChangeError::NotAFlag(name) => write!(f, "{name} is neither true nor false"),
            ChangeError::UnknownKey(key) => {
                write!(f, "`{key}` cannot be changed here; a change has `user_metadata`, `app_metadata` and `blocked`")
            }
        }
    }
}

impl std::error::Error for ChangeError {}

fn read(container: Container, text: &str) -> Result<ContainerChange, ChangeError> {
    let document = Metadata::parse(text).map_err(|error| ChangeError::Container(container, error))?;
    Ok(ContainerChange::from_document(&document))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_removes_an_empty_object_clears_and_the_rest_is_set() {
        let change = Change::from_json(r#"{"user_metadata":{"a":1,"b":null},"app_metadata":{}}"#).unwrap();
        let user = change.user_metadata.unwrap();
        assert_eq!((user.set.len(), user.remove.as_slice(), user.clear), (1, ["b".to_owned()].as_slice(), false));
        assert!(change.app_metadata.unwrap().clear);
    }

    #[test]
    fn a_change_written_down_is_the_same_change() {
        for body in [
            r#"{"user_metadata":{"a":12345678901234567890123,"b":null},"app_metadata":{},"blocked":false}"#,
            r#"{"app_metadata":{"o":{"x":null}}}"#,
            "{}",
        ] {
            assert_eq!(Change::from_json(body).unwrap().to_json(), body);
        }
    }

    #[test]
    fn the_legacy_name_is_not_a_name_here() {
        assert_eq!(
            Change::from_json(r#"{"metadata":{"plan":"full"}}"#).unwrap_err(),
            ChangeError::UnknownKey("metadata".into())
        );
    }

    #[test]
    fn a_container_must_be_an_object() {
        assert_eq!(
            Change::from_json(r#"{"user_metadata":[1]}"#).unwrap_err(),
            ChangeError::Container(Container::UserMetadata, MetadataError::NotAnObject)
        );
    }
}
