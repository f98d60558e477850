//! Which columns feed a password row, and which are written for a new password. What a hash means is not known here.

use std::borrow::Cow;

use crosswalk_contract::{Assignment, Error, Field, Record};
use serde_json::Value;

use super::{field_text::text_of, plan::Plan, settings::PasswordSettings, text::TextSource};
use crate::profile::Attribute;

/// The password columns of a map, by name: each is read once per login, where a look-up by name costs nothing.
pub(super) struct PasswordColumns {
    pub hash: String,
    pub salt: Option<String>,
    pub iterations: Option<String>,
    pub scheme_field: Option<String>,
    pub scheme: Option<Value>,
}

/// What a password row consists of, from one record. A missing or null column is absent; a missing hash is empty.
pub struct PasswordFields<'r> {
    hash: Cow<'r, [u8]>,
    salt: Option<Cow<'r, [u8]>>,
    iterations: Option<u64>,
    scheme: Option<Cow<'r, str>>,
    user_name: Option<Cow<'r, [u8]>>,
    email: Option<Cow<'r, [u8]>>,
    id: Option<Cow<'r, [u8]>>,
}

impl PasswordFields<'_> {
    /// The stored hash; empty where the user has none.
    pub fn hash(&self) -> &[u8] {
        &self.hash
    }
    /// The salt's column.
    pub fn salt(&self) -> Option<&[u8]> {
        self.salt.as_deref()
    }
    /// The iteration count's column.
    pub fn iterations(&self) -> Option<u64> {
        self.iterations
    }
    /// The scheme that the row itself names.
    pub fn scheme(&self) -> Option<&str> {
        self.scheme.as_deref()
    }
    /// The user name as it is stored; some schemes hash it along.
    pub fn user_name(&self) -> Option<&[u8]> {
        self.user_name.as_deref()
    }
    /// The e-mail address as it is stored.
    pub fn email(&self) -> Option<&[u8]> {
        self.email.as_deref()
    }
    /// The store's own id.
    pub fn id(&self) -> Option<&[u8]> {
        self.id.as_deref()
    }
}

/// Shows nothing of it.
impl std::fmt::Debug for PasswordFields<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PasswordFields").finish_non_exhaustive()
    }
}

/// A new hash, to be written.
#[derive(Clone)]
pub struct Hashed {
    /// The hash.
    pub hash: Vec<u8>,
    /// Whether it (and the salt) is text.
    pub hash_is_text: bool,
    /// The salt, where the hash does not hold it.
    pub salt: Option<Vec<u8>>,
    /// The iteration count, where the hash does not hold it.
    pub iterations: Option<u64>,
    /// The scheme's name for the row's scheme column.
    pub scheme: Option<String>,
}

/// Shows nothing of it.
impl std::fmt::Debug for Hashed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hashed").finish_non_exhaustive()
    }
}

impl PasswordColumns {
    pub(super) fn new(settings: &PasswordSettings) -> PasswordColumns {
        PasswordColumns {
            hash: settings.field.clone(),
            salt: settings.salt.clone(),
            iterations: settings.iterations.clone(),
            scheme_field: settings.scheme_field.clone(),
            scheme: settings.scheme.clone(),
        }
    }
}

impl Plan {
    pub(super) fn password_fields<'r>(&self, record: &'r Record) -> Option<PasswordFields<'r>> {
        let columns = self.password.as_ref()?;
        let named = |name: &Option<String>| record.get(name.as_deref()?).filter(|field| !field.is_null());
        let stored = |attribute: Attribute| match &self.text(attribute)?.source {
            TextSource::Column { slot, .. } => record.get(self.slots.name(*slot)).and_then(bytes_of),
            _ => None,
        };
        let id = match self.id.slots.as_slice() {
            [slot] => record.get(self.slots.name(*slot)).and_then(bytes_of),
            _ => self
                .slots
                .row(record)
                .ok()
                .and_then(|row| self.id.read(&row).ok()?)
                .map(|id| Cow::Owned(id.into_bytes())),
        };
        Some(PasswordFields {
            hash: record.get(&columns.hash).and_then(bytes_of).unwrap_or_default(),
            salt: named(&columns.salt).and_then(bytes_of),
            iterations: named(&columns.iterations).and_then(|field| text_of(field).ok()??.trim().parse().ok()),
            scheme: named(&columns.scheme_field).and_then(|field| text_of(field).ok()?),
            user_name: stored(Attribute::Username),
            email: stored(Attribute::Email),
            id,
        })
    }

    pub(super) fn password_assignments(&self, hashed: &Hashed) -> Result<Vec<Assignment>, Error> {
        let columns = self
            .password
            .as_ref()
            .ok_or_else(|| Error::unsupported("the map has no `password`, so none can be written"))?;
        let field = |bytes: &[u8]| match std::str::from_utf8(bytes) {
            Ok(text) if hashed.hash_is_text => Field::Text(text.to_owned()),
            _ => Field::Bytes(bytes.to_owned()),
        };
        let needs = |name: &'static str, column: &Option<String>| {
            column.clone().ok_or_else(|| {
                Error::unsupported(format!("the new hash needs a column for its {name}, and the map names none"))
                    .with("table", &self.table)
                    .hint(format!("add `{name}` to `password` in the map, or choose a scheme whose hash holds it"))
            })
        };
        let mut assignments = vec![(columns.hash.clone(), field(&hashed.hash))];
        if let Some(salt) = &hashed.salt {
            assignments.push((needs("salt", &columns.salt)?, field(salt)));
        }
        if let Some(iterations) = hashed.iterations {
            let number = i64::try_from(iterations).map_or(Field::U64(iterations), Field::I64);
            assignments.push((needs("iterations", &columns.iterations)?, number));
        }
        if let (Some(scheme), Some(column)) = (&hashed.scheme, &columns.scheme_field) {
            assignments.push((column.clone(), Field::Text(scheme.clone())));
        }
        // Whoever has just chosen a password need not do it again.
        if let Some(rule) = &self.must_change_password
            && let Ok(slot) = rule.writable(false)
            && let Ok(field) = rule.write(false, &Field::Null)
        {
            assignments.push((self.slots.name(slot).to_owned(), field));
        }
        Ok(assignments)
    }
}

fn bytes_of(field: &Field) -> Option<Cow<'_, [u8]>> {
    match field {
        Field::Null => None,
        Field::Bytes(bytes) => Some(Cow::Borrowed(bytes)),
        Field::Text(text) | Field::Decimal(text) => Some(Cow::Borrowed(text.as_bytes())),
        other => text_of(other).ok()?.map(|text| Cow::Owned(text.into_owned().into_bytes())),
    }
}
