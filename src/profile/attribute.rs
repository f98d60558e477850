//! The names of a profile's root attributes: one list for maps, changes and JSON.

use std::fmt;

use super::Profile;

/// A root attribute that a map can fill and that is not a metadata container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Attribute {
    /// `email`
    Email,
    /// `email_verified`
    EmailVerified,
    /// `username`
    Username,
    /// `phone_number`
    PhoneNumber,
    /// `phone_verified`
    PhoneVerified,
    /// `name`
    Name,
    /// `nickname`
    Nickname,
    /// `given_name`
    GivenName,
    /// `family_name`
    FamilyName,
    /// `picture`
    Picture,
    /// `blocked`
    Blocked,
    /// `created_at`
    CreatedAt,
    /// `updated_at`
    UpdatedAt,
    /// `last_login`
    LastLogin,
    /// `last_ip`
    LastIp,
    /// `logins_count`
    LoginsCount,
    /// `last_password_reset`
    LastPasswordReset,
}

/// What an attribute holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttributeKind {
    /// Text.
    Text,
    /// A boolean.
    Flag,
    /// An instant, ISO 8601 in UTC with milliseconds in JSON.
    Instant,
    /// A whole number, not negative.
    Count,
}

impl Attribute {
    /// All of them, in the order of the canonical JSON form.
    pub const ALL: [Attribute; 17] = [
        Attribute::Blocked,
        Attribute::CreatedAt,
        Attribute::Email,
        Attribute::EmailVerified,
        Attribute::FamilyName,
        Attribute::GivenName,
        Attribute::LastIp,
        Attribute::LastLogin,
        Attribute::LastPasswordReset,
        Attribute::LoginsCount,
        Attribute::Name,
        Attribute::Nickname,
        Attribute::PhoneNumber,
        Attribute::PhoneVerified,
        Attribute::Picture,
        Attribute::UpdatedAt,
        Attribute::Username,
    ];

    /// The attribute of that name.
    pub fn from_name(name: &str) -> Option<Attribute> {
        Attribute::ALL.into_iter().find(|attribute| attribute.name() == name)
    }

    /// The name in JSON and in maps.
    pub fn name(self) -> &'static str {
        match self {
            Attribute::Email => "email",
            Attribute::EmailVerified => "email_verified",
            Attribute::Username => "username",
            Attribute::PhoneNumber => "phone_number",
            Attribute::PhoneVerified => "phone_verified",
            Attribute::Name => "name",
            Attribute::Nickname => "nickname",
            Attribute::GivenName => "given_name",
            Attribute::FamilyName => "family_name",
            Attribute::Picture => "picture",
            Attribute::Blocked => "blocked",
            Attribute::CreatedAt => "created_at",
            Attribute::UpdatedAt => "updated_at",
            Attribute::LastLogin => "last_login",
            Attribute::LastIp => "last_ip",
            Attribute::LoginsCount => "logins_count",
            Attribute::LastPasswordReset => "last_password_reset",
        }
    }

    /// What it holds.
    pub fn kind(self) -> AttributeKind {
        match self {
            Attribute::EmailVerified | Attribute::PhoneVerified | Attribute::Blocked => AttributeKind::Flag,
            Attribute::CreatedAt | Attribute::UpdatedAt | Attribute::LastLogin | Attribute::LastPasswordReset => {
                AttributeKind::Instant
            }
            Attribute::LoginsCount => AttributeKind::Count,
            _ => AttributeKind::Text,
        }
    }

    /// Where a profile keeps a text attribute; `None` for the other kinds.
    pub fn text_mut(self, profile: &mut Profile) -> Option<&mut Option<String>> {
        Some(match self {
            Attribute::Email => &mut profile.email,
            Attribute::Username => &mut profile.username,
            Attribute::PhoneNumber => &mut profile.phone_number,
            Attribute::Name => &mut profile.name,
            Attribute::Nickname => &mut profile.nickname,
            Attribute::GivenName => &mut profile.given_name,
            Attribute::FamilyName => &mut profile.family_name,
            Attribute::Picture => &mut profile.picture,
            Attribute::LastIp => &mut profile.last_ip,
            _ => return None,
        })
    }

    /// The value of a text attribute.
    pub fn text(self, profile: &Profile) -> Option<&str> {
        match self {
            Attribute::Email => &profile.email,
            Attribute::Username => &profile.username,
            Attribute::PhoneNumber => &profile.phone_number,
            Attribute::Name => &profile.name,
            Attribute::Nickname => &profile.nickname,
            Attribute::GivenName => &profile.given_name,
            Attribute::FamilyName => &profile.family_name,
            Attribute::Picture => &profile.picture,
            Attribute::LastIp => &profile.last_ip,
            _ => return None,
        }
        .as_deref()
    }

    /// Where a profile keeps an instant; `None` for the other kinds.
    pub fn instant_mut(self, profile: &mut Profile) -> Option<&mut Option<jiff::Timestamp>> {
        Some(match self {
            Attribute::CreatedAt => &mut profile.created_at,
            Attribute::UpdatedAt => &mut profile.updated_at,
            Attribute::LastLogin => &mut profile.last_login,
            Attribute::LastPasswordReset => &mut profile.last_password_reset,
            _ => return None,
        })
    }

    /// The value of an instant.
    pub fn instant(self, profile: &Profile) -> Option<jiff::Timestamp> {
        match self {
            Attribute::CreatedAt => profile.created_at,
            Attribute::UpdatedAt => profile.updated_at,
            Attribute::LastLogin => profile.last_login,
            Attribute::LastPasswordReset => profile.last_password_reset,
            _ => None,
        }
    }

    /// The value of a flag. `email_verified` is never absent.
    pub fn flag(self, profile: &Profile) -> Option<bool> {
        match self {
            Attribute::EmailVerified => Some(profile.email_verified),
            Attribute::PhoneVerified => profile.phone_verified,
            Attribute::Blocked => profile.blocked,
            _ => None,
        }
    }

    /// Sets a flag; other kinds are left alone.
    pub fn set_flag(self, profile: &mut Profile, value: Option<bool>) {
        match self {
            Attribute::EmailVerified => profile.email_verified = value.unwrap_or(false),
            Attribute::PhoneVerified => profile.phone_verified = value,
            Attribute::Blocked => profile.blocked = value,
            _ => {}
        }
    }
}

impl fmt::Display for Attribute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
