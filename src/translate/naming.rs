//! The one place where `metadata` is `app_metadata`.
//!
//! Management API v1 kept one bag called `metadata`; v2 shows it as `app_metadata`, but custom-database scripts still
//! return it under the old name. A script that returns `app_metadata` instead makes an unrelated root attribute there,
//! which hides the real one until the API writes, and then all metadata seems lost. So a store may say either, and
//! above this floor there is only `app_metadata`:
//!
//! * read: both names are accepted; where both are there, `metadata` wins per first-level key and the other keys of
//!   `app_metadata` stay;
//! * written as a patch: under the name by which the store returned it, `metadata` where it returned none;
//! * written as a new user: `app_metadata`, since the argument of `create` is not renamed.
//!
//! Source: Auth0 documentation, "Metadata and Custom Databases" and "Custom Database Action Script Execution Best
//! Practices". A map has no such question: its keys are the profile's words, and a column may be called anything.

use crosswalk_contract::Record;
use serde_json::value::RawValue;

use super::{diagnostic::Diagnostic, field_text::Reason};
use crate::profile::{Container, Metadata};

/// What stores that speak profiles call `app_metadata`.
pub(super) const LEGACY: &str = "metadata";

/// The container that a store means by that name.
pub(super) fn container_of(name: &str) -> Option<Container> {
    match name {
        LEGACY => Some(Container::AppMetadata),
        _ => Container::ALL.into_iter().find(|container| container.name() == name),
    }
}

/// `app_metadata` from what a store returned under its two names.
///
/// # Errors
/// None in practice; the merge rule's own.
pub(super) fn app_metadata(
    legacy: Option<Metadata>,
    canonical: Option<Metadata>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Option<Metadata>, Reason> {
    match (legacy, canonical) {
        (legacy, None) => Ok(legacy),
        (None, canonical) => {
            diagnostics.push(Diagnostic::new(
                "app-metadata-in-script",
                "the store returned `app_metadata`; scripts call it `metadata`, and elsewhere this name would hide what \
                 was written through the API",
            ));
            Ok(canonical)
        }
        (Some(legacy), Some(canonical)) => {
            diagnostics.push(Diagnostic::new(
                "both-metadata-names",
                "the store returned `metadata` and `app_metadata`; keys of `metadata` win",
            ));
            Ok(Some(united(&canonical, &legacy)))
        }
    }
}

/// The first container with the keys of the second put over it, each in its old place if it had one.
pub(super) fn united(base: &Metadata, over: &Metadata) -> Metadata {
    let mut document = base.clone();
    document.put_over(over);
    document
}

/// A checked raw value.
pub(super) fn raw(value: &str) -> Result<Box<RawValue>, Reason> {
    RawValue::from_string(value.to_owned()).map_err(|_| "holds broken JSON".into())
}

/// The name under which a change of a container is given to a store that speaks profiles.
pub(super) fn name_to_patch(container: Container, record: &Record) -> &'static str {
    let has = |name| record.get(name).is_some_and(|field| !field.is_null());
    match container {
        Container::AppMetadata if has(LEGACY) || !has(container.name()) => LEGACY,
        _ => container.name(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unite(legacy: Option<&str>, canonical: Option<&str>) -> (Option<String>, Vec<&'static str>) {
        let parse = |text: Option<&str>| text.map(|text| Metadata::parse(text).unwrap());
        let mut diagnostics = Vec::new();
        let united = app_metadata(parse(legacy), parse(canonical), &mut diagnostics).unwrap();
        let codes = diagnostics.iter().map(|diagnostic| diagnostic.code).collect();
        (united.map(|metadata| metadata.as_str().to_owned()), codes)
    }

    #[test]
    fn the_legacy_name_alone_is_what_scripts_should_say() {
        assert_eq!(unite(Some(r#"{"plan":"full"}"#), None), (Some(r#"{"plan":"full"}"#.into()), vec![]));
    }

    #[test]
    fn the_new_name_alone_is_accepted_and_noted() {
        let (united, codes) = unite(None, Some(r#"{"plan":"full"}"#));
        assert_eq!(
            (united.as_deref(), codes.as_slice()),
            (Some(r#"{"plan":"full"}"#), &["app-metadata-in-script"][..])
        );
    }

    #[test]
    fn of_both_names_the_legacy_one_wins_key_by_key() {
        let (united, codes) = unite(Some(r#"{"plan":"a","x":1}"#), Some(r#"{"plan":"b","y":2}"#));
        assert_eq!(united.as_deref(), Some(r#"{"plan":"a","y":2,"x":1}"#));
        assert_eq!(codes, ["both-metadata-names"]);
    }

    #[test]
    fn a_union_keeps_values_to_the_letter_and_names_once() {
        let base = Metadata::from_store(r#"{ "\u0061" : 1.50, "b":[ 1 ], "a":2, "c\"":3 }"#).unwrap();
        let over = Metadata::parse(r#"{"a":{"x": 1},"z":12345678901234567890123}"#).unwrap();
        let united = united(&base, &over);
        assert_eq!(united.as_str(), r#"{ "\u0061" : {"x": 1}, "b":[ 1 ], "c\"":3,"z":12345678901234567890123 }"#);
        assert_eq!(super::united(&Metadata::empty(), &Metadata::empty()).as_str(), "{}");
    }

    #[test]
    fn a_patch_goes_where_the_store_keeps_it() {
        let name = |columns: &[&str]| {
            let record = Record::from_pairs(columns.iter().map(|name| (*name, "{}".into())));
            name_to_patch(Container::AppMetadata, &record)
        };
        assert_eq!(name(&[]), "metadata");
        assert_eq!(name(&["metadata", "app_metadata"]), "metadata");
        assert_eq!(name(&["app_metadata"]), "app_metadata");
    }
}
