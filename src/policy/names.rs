//! Names of metadata keys: forbidden characters at any depth, reserved names at the first level of `app_metadata`.
//!
//! Source: Auth0, "Metadata field names and data types". Removing a badly named key is always allowed; only what a
//! change sets is judged.

use super::{
    Violation,
    violation::{MAX_VIOLATIONS, clipped},
    walk::{Step, walk},
};
use crate::profile::Container;

/// Names that would shadow the profile's own fields where `app_metadata` is merged into the root (Rules).
const RESERVED: [&str; 18] = [
    "__tenant",
    "_id",
    "blocked",
    "clientID",
    "created_at",
    "email_verified",
    "email",
    "globalClientID",
    "global_client_id",
    "identities",
    "lastIP",
    "lastLogin",
    "loginsCount",
    "metadata",
    "multifactor_last_modified",
    "multifactor",
    "updated_at",
    "user_id",
];

const FORBIDDEN: [char; 2] = ['.', '$'];

/// Judges a first-level key and every name inside its value.
pub(super) fn check(container: Container, key: &str, value: &str, violations: &mut Vec<Violation>) {
    if container == Container::AppMetadata && RESERVED.contains(&key) {
        violations.push(Violation::new(
            "reserved_name",
            format!("{container}.{key}"),
            format!("`{key}` is a reserved name and cannot be a key of app_metadata; nest it under another key"),
        ));
    }
    forbidden_characters(container, key, key, violations);
    // Names inside the value can only offend if one of the characters is there at all.
    if value.contains(FORBIDDEN) || value.contains('\\') {
        walk(key, value, &mut |step| {
            if let Step::Key { path, key } = step {
                forbidden_characters(container, path, key, violations);
            }
        });
    }
}

fn forbidden_characters(container: Container, path: &str, key: &str, violations: &mut Vec<Violation>) {
    if violations.len() >= MAX_VIOLATIONS {
        return;
    }
    let path = clipped(path);
    if let Some(found) = FORBIDDEN.into_iter().find(|character| key.contains(*character)) {
        violations.push(Violation::new(
            "forbidden_character",
            format!("{container}.{path}"),
            format!(
                "the name `{container}.{path}` has a `{found}`; names of metadata keys cannot; nest an object instead"
            ),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(container: Container, key: &str, value: &str) -> Vec<String> {
        let mut violations = Vec::new();
        check(container, key, value, &mut violations);
        violations.into_iter().map(|violation| violation.path).collect()
    }

    #[test]
    fn names_are_judged_at_any_depth_and_values_never() {
        assert_eq!(paths(Container::UserMetadata, "color", r#""light.blue $5""#), [""; 0]);
        assert_eq!(
            paths(Container::UserMetadata, "a", r#"{"b":{"c.d":1},"e":[{"f":{"$g":"x.y"}}]}"#),
            ["user_metadata.a.b.c.d", "user_metadata.a.e[].f.$g"]
        );
    }

    #[test]
    fn an_escape_hides_no_character() {
        assert_eq!(paths(Container::UserMetadata, "a", r#"{"b\u002ec":1}"#), ["user_metadata.a.b.c"]);
    }

    #[test]
    fn reserved_names_are_reserved_in_app_metadata_at_the_first_level_only() {
        assert_eq!(paths(Container::AppMetadata, "email", "1"), ["app_metadata.email"]);
        assert_eq!(paths(Container::UserMetadata, "email", "1"), [""; 0]);
        assert_eq!(paths(Container::AppMetadata, "contact", r#"{"email":1}"#), [""; 0]);
    }
}
