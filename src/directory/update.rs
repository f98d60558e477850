//! A change of a moved user's root attributes.

use crate::profile::{Attribute, AttributeKind, Profile};

/// Root attributes and what they become. `email` and logins have their own operations; instants and counts are the
/// directory's.
#[derive(Clone, Default)]
pub struct ProfileUpdate {
    texts: Vec<(Attribute, Option<String>)>,
    flags: Vec<(Attribute, Option<bool>)>,
}

impl ProfileUpdate {
    /// Sets or removes a text attribute; `None` if the attribute is no text, or is `email` or `last_ip`.
    pub fn text(mut self, attribute: Attribute, value: Option<&str>) -> Option<ProfileUpdate> {
        let theirs = !matches!(attribute, Attribute::Email | Attribute::LastIp);
        (attribute.kind() == AttributeKind::Text && theirs).then(|| {
            self.texts.push((attribute, value.map(str::to_owned)));
            self
        })
    }

    /// Sets or removes a flag; `None` if the attribute is no flag. A removed `email_verified` is `false`.
    pub fn flag(mut self, attribute: Attribute, value: Option<bool>) -> Option<ProfileUpdate> {
        (attribute.kind() == AttributeKind::Flag).then(|| {
            self.flags.push((attribute, value));
            self
        })
    }

    /// Does it.
    pub(super) fn apply(&self, profile: &mut Profile) {
        for (attribute, value) in &self.texts {
            if let Some(place) = attribute.text_mut(profile) {
                place.clone_from(value);
            }
        }
        for (attribute, value) in &self.flags {
            attribute.set_flag(profile, *value);
        }
    }
}

/// Prints the names, never the values.
impl std::fmt::Debug for ProfileUpdate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let names = self.texts.iter().map(|(it, _)| it).chain(self.flags.iter().map(|(it, _)| it));
        f.debug_list().entries(names.map(|attribute| attribute.name())).finish()
    }
}
