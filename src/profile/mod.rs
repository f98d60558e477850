//! The canonical profile (Auth0's normalized user profile), its identity, and the changes that can be made to it.
//!
//! Pure: no I/O, no waiting, no clock. Sources: "Normalized User Profile Schema" and "User Profile Structure" of the
//! Auth0 documentation, and the Management API v2 schema of a user.

mod attribute;
mod change;
mod defaults;
mod json;
mod user_id;

pub use attribute::{Attribute, AttributeKind};
pub use change::{Change, ChangeError, Container, ContainerChange, NewProfile};
pub use crosswalk_contract::{Metadata, MetadataError};
pub use json::{ProfileError, instant};
pub use user_id::{UserId, UserIdError};

use jiff::Timestamp;
use serde_json::value::RawValue;

/// A user, as identity systems see one.
#[derive(Clone, Debug)]
pub struct Profile {
    /// `auth0|` and the store's own id.
    pub user_id: UserId,
    /// The connection that the user belongs to: `identities[0].connection`.
    pub connection: String,
    /// E-mail address, as the store wrote it unless the map folds it.
    pub email: Option<String>,
    /// Whether somebody proved to own the address. Absent counts as `false`.
    pub email_verified: bool,
    /// User name.
    pub username: Option<String>,
    /// Telephone number, `+` and digits.
    pub phone_number: Option<String>,
    /// Whether somebody proved to own the number.
    pub phone_verified: Option<bool>,
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
    /// Blocked by an operator. Present only where somebody has said so, as in Auth0's answers.
    pub blocked: Option<bool>,
    /// What the user may change.
    pub user_metadata: Option<Metadata>,
    /// What decides about access; never written by the user.
    pub app_metadata: Option<Metadata>,
    /// When the user was made.
    pub created_at: Option<Timestamp>,
    /// When the profile last changed; logins count.
    pub updated_at: Option<Timestamp>,
    /// The last login, refused ones for a block included.
    pub last_login: Option<Timestamp>,
    /// Address of the last login.
    pub last_ip: Option<String>,
    /// How often the user has logged in.
    pub logins_count: Option<u64>,
    /// When the password last changed.
    pub last_password_reset: Option<Timestamp>,
    /// Root attributes beyond the schema that the store returned, as raw JSON, in the store's order.
    pub extra: Vec<(String, Box<RawValue>)>,
}

impl Profile {
    /// A profile that is only an identity.
    pub fn new(user_id: UserId, connection: impl Into<String>) -> Profile {
        Profile {
            user_id,
            connection: connection.into(),
            email: None,
            email_verified: false,
            username: None,
            phone_number: None,
            phone_verified: None,
            name: None,
            nickname: None,
            given_name: None,
            family_name: None,
            picture: None,
            blocked: None,
            user_metadata: None,
            app_metadata: None,
            created_at: None,
            updated_at: None,
            last_login: None,
            last_ip: None,
            logins_count: None,
            last_password_reset: None,
            extra: Vec::new(),
        }
    }

    /// The metadata container of that name.
    pub fn container(&self, container: Container) -> Option<&Metadata> {
        match container {
            Container::UserMetadata => self.user_metadata.as_ref(),
            Container::AppMetadata => self.app_metadata.as_ref(),
        }
    }

    /// The metadata container of that name, to change it.
    pub fn container_mut(&mut self, container: Container) -> &mut Option<Metadata> {
        match container {
            Container::UserMetadata => &mut self.user_metadata,
            Container::AppMetadata => &mut self.app_metadata,
        }
    }
}
