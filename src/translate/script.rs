//! Stores that already speak profiles, such as custom-database scripts: their words need no map, only care.
//!
//! Which attributes a script may set, and which it must not: Auth0 documentation, "Login Script Templates", "Create a
//! Custom Database Connection" and "Update User Profiles Using Your Database".

use std::borrow::Cow;

use crosswalk_contract::{Assignment, By, ContainerPatch, Error, ErrorKind, Field, Patch, Record};
use data_encoding::BASE64;
use serde_json::value::RawValue;

use super::{
    Explained, SplitChange, Translated, WrittenUser,
    diagnostic::Diagnostic,
    field_text::{Reason, text_of},
    flag::natural,
    json_text::{push_string, same},
    naming,
};
use crate::profile::{
    Attribute, AttributeKind, Change, Container, ContainerChange, Metadata, NewProfile, Profile, UserId, UserIdError,
};

/// The script map of one connection.
pub(super) struct ScriptMap {
    pub connection: String,
    /// For messages.
    pub table: String,
}

impl ScriptMap {
    pub(super) fn profile(&self, record: &Record) -> Result<Translated, Error> {
        let mut diagnostics = Vec::new();
        let id = self.id(record, &mut diagnostics)?;
        let user_id = UserId::from_store(&id).map_err(|error| self.bad_id(error))?;
        if id.starts_with("auth0|") {
            diagnostics.push(Diagnostic::new(
                "prefixed-user-id",
                "the store's user id begins with `auth0|` already, and the prefix is added once more, as Auth0 does",
            ));
        }
        let mut profile = Profile::new(user_id, self.connection.clone());
        let (mut legacy, mut canonical) = (None, None);
        let has_user_id = record.get("user_id").is_some_and(|field| !is_blank(field));
        for (name, field) in record.iter() {
            let misfit = |reason: Reason| self.misfit(name, reason, &id);
            if name == "user_id" || (name == "id" && !has_user_id) {
                continue;
            }
            if let Some((code, why)) = never_taken(name) {
                if !field.is_null() {
                    diagnostics.push(Diagnostic::new(code, format!("`{name}` was left out: {why}")));
                }
            } else if let Some(container) = naming::container_of(name) {
                let read = container_in(field).map_err(|reason| misfit(reason).code("invalid_metadata_container"))?;
                match (container, name == naming::LEGACY) {
                    (Container::UserMetadata, _) => profile.user_metadata = read,
                    (Container::AppMetadata, true) => legacy = read,
                    (Container::AppMetadata, false) => canonical = read,
                }
            } else if let Some(attribute) = Attribute::from_name(name) {
                match attribute.kind() {
                    AttributeKind::Flag => attribute.set_flag(&mut profile, natural(field).map_err(misfit)?),
                    _ => {
                        if let Some(place) = attribute.text_mut(&mut profile) {
                            *place = text(field).map_err(misfit)?;
                        }
                    }
                }
            } else if !field.is_null() {
                let mut raw = String::new();
                push_json(field, &mut raw).map_err(misfit)?;
                let raw = RawValue::from_string(raw).map_err(|_| misfit("holds broken JSON".into()))?;
                profile.extra.push((name.to_owned(), raw));
            }
        }
        profile.app_metadata = naming::app_metadata(legacy, canonical, &mut diagnostics)
            .map_err(|reason| self.misfit(naming::LEGACY, reason, &id))?;
        Ok(Translated { profile, must_change_password: false, locked: false, diagnostics })
    }

    /// Whether the record is the one that was asked for. Scripts find identifiers by their own rules, so letter case
    /// does not count, and an identifier that the profile does not show cannot be compared.
    pub(super) fn answers(&self, record: &Record, by: &By, asked: &str) -> bool {
        let name = match by {
            By::Id => return self.id(record, &mut Vec::new()).is_ok_and(|id| id == asked),
            By::Email => "email",
            By::Username => "username",
            By::Phone => "phone_number",
            By::Field(name) => name,
            By::Fields(_) => return false,
        };
        match record.get(name).map(text) {
            None | Some(Ok(None)) => true,
            Some(Ok(Some(own))) => own.to_lowercase() == asked.to_lowercase(),
            Some(Err(_)) => false,
        }
    }

    pub(super) fn new_user(&self, user: &NewProfile) -> WrittenUser {
        let mut assignments: Vec<Assignment> = Vec::new();
        let texts = [
            ("user_id", &user.id),
            ("email", &user.email),
            ("username", &user.username),
            ("phone_number", &user.phone_number),
            ("name", &user.name),
            ("nickname", &user.nickname),
            ("given_name", &user.given_name),
            ("family_name", &user.family_name),
            ("picture", &user.picture),
        ];
        for (name, text) in texts {
            assignments.extend(text.as_ref().map(|text| (name.to_owned(), Field::Text(text.clone()))));
        }
        assignments.extend(user.email_verified.map(|flag| ("email_verified".to_owned(), Field::Bool(flag))));
        for container in Container::ALL {
            if let Some(document) = user.container(container) {
                assignments.push((container.name().to_owned(), Field::Json(document.as_str().to_owned())));
            }
        }
        // A block is the host's own, and a script would not know it.
        WrittenUser {
            assignments,
            overlay: Change { blocked: user.blocked.filter(|blocked| *blocked), ..Change::default() },
        }
    }

    pub(super) fn split(
        &self,
        change: &Change,
        record: &Record,
        max_bytes: u64,
        store_writes: bool,
    ) -> Result<SplitChange, Error> {
        let overlay = Change { blocked: change.blocked, ..Change::default() };
        let mut out = SplitChange { patch: Patch::default(), overlay, refused: Vec::new() };
        for container in Container::ALL {
            let Some(wanted) = change.container(container) else { continue };
            let mut stored: Vec<(&str, Metadata)> = Vec::new();
            for (name, field) in record.iter().filter(|(name, _)| naming::container_of(name) == Some(container)) {
                let read = container_in(field).map_err(|reason| {
                    let id = self.id(record, &mut Vec::new()).unwrap_or_default();
                    self.misfit(name, reason, &id).code("invalid_metadata_container")
                })?;
                stored.extend(read.map(|read| (name, read)));
            }
            if store_writes {
                let home = naming::name_to_patch(container, record);
                out.patch.containers.extend(patches(wanted, &stored, home, max_bytes));
            } else {
                let overlay = beside(container, wanted, &stored, &mut out.refused);
                if !overlay.is_empty() {
                    *out.overlay.container_mut(container) = Some(overlay);
                }
            }
        }
        Ok(out)
    }

    /// One line per attribute that the store returned.
    pub(super) fn explain(&self, record: &Record) -> Vec<Explained> {
        let has_user_id = record.get("user_id").is_some_and(|field| !is_blank(field));
        let line = |(name, field): (&str, &Field)| {
            let renamed = match naming::container_of(name) {
                Some(container) => container.name(),
                None => name,
            };
            let (target, rule) = match name {
                "user_id" => ("user_id", "after auth0|"),
                "id" if !has_user_id => ("user_id", "after auth0|"),
                _ if renamed != name => (renamed, "renamed"),
                _ => (name, "as it is"),
            };
            let (rule, shown) = match never_taken(name) {
                Some(("password-in-profile" | "token-in-profile", why)) => {
                    (format!("left out: {why}"), "***".to_owned())
                }
                Some((_, why)) => (format!("left out: {why}"), "-".to_owned()),
                None => {
                    let mut shown = String::new();
                    let shown = match (target, field) {
                        ("user_id", field) => text(field).map(|id| format!("auth0|{}", id.unwrap_or_default())),
                        (_, Field::Null) => Ok("-".to_owned()),
                        (_, Field::Text(text)) => Ok(text.clone()),
                        (_, field) => push_json(field, &mut shown).map(|()| shown),
                    };
                    (rule.to_owned(), shown.unwrap_or_else(|reason| format!("does not fit: it {reason}")))
                }
            };
            Explained { source: vec![name.to_owned()], rule, target: target.to_owned(), shown }
        };
        record.iter().map(line).collect()
    }

    fn id(&self, record: &Record, diagnostics: &mut Vec<Diagnostic>) -> Result<String, Error> {
        let named = |name| record.get(name).filter(|field| !is_blank(field));
        let (name, field) = match (named("user_id"), named("id")) {
            (Some(field), _) => ("user_id", field),
            (None, Some(field)) => {
                diagnostics.push(Diagnostic::new("id-as-user-id", "the store returned `id`; it should say `user_id`"));
                ("id", field)
            }
            (None, None) => return Err(self.bad_id(UserIdError::Missing)),
        };
        if !matches!(field, Field::Text(_)) {
            diagnostics
                .push(Diagnostic::new("user-id-not-text", format!("`{name}` is no text; it was turned into text")));
        }
        let composite = matches!(field, Field::Json(raw) if raw.trim_start().starts_with(['{', '[']));
        match text_of(field) {
            Ok(Some(id)) if !composite => Ok(id.into_owned()),
            _ => Err(Error::new(ErrorKind::Inconsistent, "the user id is neither text nor number")
                .code("invalid_user_id")
                .with("table", &self.table)
                .with("field", name)),
        }
    }

    fn bad_id(&self, error: UserIdError) -> Error {
        let code = if error == UserIdError::Missing { "missing_user_id" } else { "invalid_user_id" };
        Error::new(ErrorKind::Inconsistent, format!("the store returned a profile without a usable id: {error}"))
            .code(code)
            .with("table", &self.table)
            .with("field", "user_id")
    }

    fn misfit(&self, name: &str, reason: Reason, id: &str) -> Error {
        Error::new(ErrorKind::Inconsistent, format!("the store returned a profile whose attribute {reason}"))
            .with("table", &self.table)
            .with("field", name)
            .row(id)
    }
}

/// Attributes that a script's profile may have and that are not taken from it.
fn never_taken(name: &str) -> Option<(&'static str, &'static str)> {
    match name {
        "password" | "password_hash" | "passwordHash" | "salt" => {
            Some(("password-in-profile", "a profile is visible to administrators and applications"))
        }
        "access_token" | "refresh_token" => Some(("token-in-profile", "tokens do not belong to the root of a profile")),
        "created_at"
        | "updated_at"
        | "logins_count"
        | "last_login"
        | "last_ip"
        | "identities"
        | "blocked"
        | "last_password_reset" => {
            Some(("host-owned-field", "Crosswalk keeps it itself; legacy values belong into metadata"))
        }
        _ => None,
    }
}

fn is_blank(field: &Field) -> bool {
    match field {
        Field::Null => true,
        Field::Text(text) => text.trim().is_empty(),
        Field::Json(text) => text.trim() == "null",
        _ => false,
    }
}

fn text(field: &Field) -> Result<Option<String>, Reason> {
    match field {
        Field::Json(raw) if raw.trim_start().starts_with(['{', '[']) => {
            Err("holds a structure where text is expected".into())
        }
        field => Ok(text_of(field)?.filter(|text| !text.is_empty()).map(Cow::into_owned)),
    }
}

fn container_in(field: &Field) -> Result<Option<Metadata>, Reason> {
    let text = match field {
        Field::Null => return Ok(None),
        Field::Json(text) if text.trim() == "null" => return Ok(None),
        Field::Json(text) | Field::Text(text) => text.clone(),
        Field::List(items) if items.is_empty() => return Ok(Some(Metadata::empty())),
        other => return Err(Reason::Owned(format!("is a metadata container and holds {}", other.type_name()))),
    };
    Metadata::from_store(text)
        .map(Some)
        .map_err(|error| Reason::Owned(format!("is a metadata container that cannot be read: {error}")))
}

fn push_json(field: &Field, out: &mut String) -> Result<(), Reason> {
    match field {
        Field::Null => out.push_str("null"),
        Field::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Field::I64(_) | Field::U64(_) => out.push_str(&text_of(field)?.unwrap_or_default()),
        Field::F64(number) => out.push_str(&serde_json::Value::from(*number).to_string()),
        Field::Json(raw) => out.push_str(raw),
        Field::Bytes(bytes) => push_string(out, &BASE64.encode(bytes)),
        Field::List(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                push_json(item, out)?;
            }
            out.push(']');
        }
        Field::Decimal(_) | Field::Text(_) | Field::Date(_) | Field::Time(_) | Field::Timestamp(_) => {
            push_string(out, &text_of(field)?.unwrap_or_default());
        }
    }
    Ok(())
}

/// The value that a reader sees: of several containers the legacy name wins.
fn seen<'m>(stored: &'m [(&str, Metadata)], key: &str) -> Option<&'m str> {
    let winner = stored.iter().filter(|(name, _)| *name == naming::LEGACY);
    winner.chain(stored).find_map(|(_, document)| document.get(key))
}

fn patches(wanted: &ContainerChange, stored: &[(&str, Metadata)], home: &str, max_bytes: u64) -> Vec<ContainerPatch> {
    let mut patch = ContainerPatch::new(home, max_bytes);
    patch.clear = wanted.clear;
    patch.remove = wanted.remove.clone();
    for (key, raw) in &wanted.set {
        if wanted.clear || seen(stored, key) != Some(raw.get()) {
            patch.set.push((key.clone(), raw.clone()));
        }
    }
    let mut all = vec![patch];
    // What goes must go under both names, or the other one would show.
    for (name, document) in stored.iter().filter(|(name, _)| *name != home) {
        let mut other = ContainerPatch::new(*name, max_bytes);
        other.clear = wanted.clear;
        other.remove = wanted.remove.iter().filter(|key| document.get(key).is_some()).cloned().collect();
        all.push(other);
    }
    all.retain(|patch| patch.clear || !patch.set.is_empty() || !patch.remove.is_empty());
    all
}

/// For a store that cannot write: its keys stay its own, all others go to the overlay.
fn beside(
    container: Container,
    wanted: &ContainerChange,
    stored: &[(&str, Metadata)],
    refused: &mut Vec<(Container, String, String)>,
) -> ContainerChange {
    let mut overlay = ContainerChange { clear: wanted.clear, ..ContainerChange::default() };
    let mut refuse = |key: &str| {
        if !refused.iter().any(|(of, name, _)| *of == container && name == key) {
            refused.push((container, key.to_owned(), "the store holds it and cannot write it".to_owned()));
        }
    };
    if wanted.clear {
        let keys = stored.iter().flat_map(|(_, document)| document.iter().map(|(key, _)| key));
        keys.filter(|key| !wanted.set.iter().any(|(name, _)| name == key)).for_each(&mut refuse);
    }
    for (key, raw) in &wanted.set {
        match seen(stored, key) {
            Some(own) if same(own, raw.get()) => {}
            Some(_) => refuse(key),
            None => overlay.set.push((key.clone(), raw.clone())),
        }
    }
    for key in &wanted.remove {
        match seen(stored, key) {
            Some(_) => refuse(key),
            None => overlay.remove.push(key.clone()),
        }
    }
    overlay
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map() -> ScriptMap {
        ScriptMap { connection: "crm".into(), table: "get_user".into() }
    }

    fn read(pairs: &[(&str, Field)]) -> Result<(String, Vec<&'static str>), Error> {
        let record = Record::from_pairs(pairs.iter().map(|(name, field)| (*name, field.clone())));
        let translated = map().profile(&record)?;
        Ok((translated.profile.to_json(), translated.diagnostics.iter().map(|it| it.code).collect()))
    }

    fn json(text: &str) -> Field {
        Field::Json(text.into())
    }

    #[test]
    fn the_documented_profile_becomes_the_canonical_one() {
        let (profile, diagnostics) = read(&[
            ("user_id", "7".into()),
            ("email", "jane.doe@example.com".into()),
            ("user_metadata", json(r#"{"hobby":"surfing"}"#)),
            ("metadata", json(r#"{"plan":"full"}"#)),
        ])
        .unwrap();
        assert!(profile.contains(r#""user_metadata":{"hobby":"surfing"},"app_metadata":{"plan":"full"}"#), "{profile}");
        assert!(!profile.contains(r#""metadata""#) && profile.contains(r#""user_id":"auth0|7""#), "{profile}");
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
    }

    #[test]
    fn passwords_and_host_owned_fields_are_left_out_and_noted() {
        let (profile, diagnostics) = read(&[
            ("id", Field::I64(7)),
            ("password_hash", "marker".into()),
            ("blocked", Field::Bool(true)),
            ("refresh_token", "marker".into()),
            ("company", "ACME".into()),
            ("tags", json("[1,  2]")),
            ("email_verified", Field::I64(1)),
        ])
        .unwrap();
        assert!(!profile.contains("marker") && !profile.contains("blocked"), "{profile}");
        assert!(profile.contains(r#""email_verified":true"#), "{profile}");
        assert!(profile.contains(r#""company":"ACME","tags":[1,  2]"#), "{profile}");
        let expected =
            ["id-as-user-id", "user-id-not-text", "password-in-profile", "host-owned-field", "token-in-profile"];
        assert_eq!(diagnostics, expected);
    }

    #[test]
    fn a_profile_without_an_id_is_refused() {
        for id in [Field::Null, "".into(), " ".into()] {
            assert_eq!(read(&[("user_id", id)]).unwrap_err().code_name(), "missing_user_id");
        }
        assert_eq!(read(&[("email", "a@b".into())]).unwrap_err().code_name(), "missing_user_id");
        assert_eq!(read(&[("user_id", json("{}"))]).unwrap_err().code_name(), "invalid_user_id");
    }

    #[test]
    fn a_container_that_is_no_object_is_refused_without_telling_it() {
        for container in ["metadata", "app_metadata", "user_metadata"] {
            for value in ["gold".into(), Field::I64(3), json("[1]"), json("\"gold\"")] {
                let error = read(&[("user_id", "1".into()), (container, value)]).unwrap_err();
                assert_eq!(error.code_name(), "invalid_metadata_container");
                assert!(!error.to_string().contains("gold"), "{error}");
            }
            assert!(read(&[("user_id", "1".into()), (container, Field::Null)]).is_ok());
        }
    }

    fn record() -> Record {
        Record::from_pairs([
            ("user_id", Field::from("1")),
            ("metadata", json(r#"{"plan":"a","x":1}"#)),
            ("app_metadata", json(r#"{"plan":"b","y":2}"#)),
        ])
    }

    #[test]
    fn what_is_removed_goes_under_both_names() {
        let change = Change::from_json(r#"{"app_metadata":{"plan":null,"y":null,"new":1,"x":1}}"#).unwrap();
        let split = map().split(&change, &record(), 100, true).unwrap();
        let patches: Vec<(&str, usize, &[String])> = split
            .patch
            .containers
            .iter()
            .map(|it| (it.container.as_str(), it.set.len(), it.remove.as_slice()))
            .collect();
        let both = ["plan".to_owned(), "y".to_owned()];
        assert_eq!(patches, [("metadata", 1, &both[..]), ("app_metadata", 0, &both[..])]);
        assert!(split.overlay.is_empty() && split.refused.is_empty());
    }

    #[test]
    fn a_store_that_cannot_write_keeps_its_keys_and_the_overlay_takes_the_rest() {
        let change = Change::from_json(r#"{"app_metadata":{"plan":"z","seen":true,"x":1},"blocked":true}"#).unwrap();
        let split = map().split(&change, &record(), 100, false).unwrap();
        assert!(split.patch.is_empty());
        assert_eq!(split.refused.iter().map(|(_, key, _)| key.as_str()).collect::<Vec<_>>(), ["plan"]);
        let set = split.overlay.app_metadata.unwrap().set;
        assert_eq!(set.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["seen"]);
        assert_eq!(split.overlay.blocked, Some(true));
    }

    #[test]
    fn create_gets_app_metadata_under_its_own_name() {
        let user = NewProfile {
            email: Some("a@b".into()),
            app_metadata: Some(Metadata::parse(r#"{"plan":"full"}"#).unwrap()),
            ..NewProfile::default()
        };
        let names: Vec<String> = map().new_user(&user).assignments.into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, ["email", "app_metadata"]);
    }
}
