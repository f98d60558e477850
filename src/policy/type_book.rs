//! The type book: which JSON type each metadata field has, so that it is the same across all users of a connection.
//!
//! Auth0 asks for consistent types and leaves it to discipline; a field that is `"23"` for one user and `23` for another
//! breaks searches and every typed client. `null` says nothing; items of arrays count as one field, `roles[]`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    JsonType, Violation,
    violation::MAX_VIOLATIONS,
    walk::{Step, walk},
};
use crate::profile::{Container, Metadata, UserId};

/// How many fields a book knows. A connection with more has *dynamic keys* (user names as keys, say); fields that are
/// not in the book are then no longer judged or learnt.
pub const MAX_PATHS: usize = 2_000;

/// The longest path that a book learns, in bytes.
const LONGEST_PATH: usize = 512;

/// The types of one connection's metadata fields.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TypeBook {
    fields: BTreeMap<String, BTreeMap<JsonType, Seen>>,
    /// Whether there were more than [`MAX_PATHS`] fields.
    #[serde(default)]
    dynamic: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Seen {
    users: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    example: Option<String>,
}

/// What a book knows of one field.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PathReport {
    /// `app_metadata.plan`, `user_metadata.roles[]`.
    pub path: String,
    /// Types with the number of users that have them, the most frequent first.
    pub types: Vec<(JsonType, u64)>,
    /// A user who has a type that is not the most frequent one.
    pub example_of_minority: Option<String>,
}

impl TypeBook {
    /// Whether there were more than [`MAX_PATHS`] fields.
    pub fn has_dynamic_keys(&self) -> bool {
        self.dynamic
    }

    /// The type that a field has: the most frequent one, and among equals the one that was first in the order of
    /// [`JsonType`].
    pub fn expected(&self, path: &str) -> Option<JsonType> {
        expected(self.fields.get(path)?)
    }

    /// What in a first-level member clashes with the book.
    pub fn clashes(&self, container: Container, key: &str, value: &str) -> Vec<Violation> {
        let mut clashes = Vec::new();
        if self.fields.is_empty() {
            return clashes;
        }
        walk(&format!("{container}.{key}"), value, &mut |step| {
            if let Step::Value { path, kind } = step
                && kind != JsonType::Null
                && let Some(expected) = self.expected(path)
                && expected != kind
                && clashes.len() < MAX_VIOLATIONS
            {
                clashes.push(Violation::new(
                    "type_mismatch",
                    path,
                    format!("`{path}` is a {expected} for other users of this connection and would be a {kind} here"),
                ));
            }
        });
        clashes
    }

    /// Learns fields that the book does not know yet, from a first-level member that has been written. The first
    /// writer sets the type. Tells whether the book has changed.
    pub fn learn(&mut self, container: Container, key: &str, value: &str) -> bool {
        let mut changed = false;
        walk(&format!("{container}.{key}"), value, &mut |step| {
            if let Step::Value { path, kind } = step
                && kind != JsonType::Null
                && !self.fields.contains_key(path)
            {
                changed |= self.count(path, kind, None);
            }
        });
        changed
    }

    /// Counts one user's whole container, to build a book from existing data.
    pub fn survey(&mut self, container: Container, metadata: &Metadata, user: &UserId) {
        // A field counts once per user, however many items of an array have it.
        let mut met: BTreeMap<(String, JsonType), ()> = BTreeMap::new();
        for (key, value) in metadata.iter() {
            walk(&format!("{container}.{key}"), value, &mut |step| {
                if let Step::Value { path, kind } = step
                    && kind != JsonType::Null
                {
                    met.insert((path.to_owned(), kind), ());
                }
            });
        }
        for (path, kind) in met.into_keys() {
            self.count(&path, kind, Some(user));
        }
    }

    /// Every field, in order of its path.
    pub fn report(&self) -> Vec<PathReport> {
        self.fields
            .iter()
            .map(|(path, seen)| {
                let main = expected(seen);
                let mut types: Vec<(JsonType, u64)> = seen.iter().map(|(kind, it)| (*kind, it.users)).collect();
                types.sort_by_key(|(kind, users)| (Some(*kind) != main, std::cmp::Reverse(*users)));
                let minority = seen.iter().filter(|(kind, _)| Some(**kind) != main).min_by_key(|(_, it)| it.users);
                PathReport {
                    path: path.clone(),
                    types,
                    example_of_minority: minority.and_then(|(_, it)| it.example.clone()),
                }
            })
            .collect()
    }

    fn count(&mut self, path: &str, kind: JsonType, user: Option<&UserId>) -> bool {
        // A path longer than any field name that people choose is made of data.
        let one_more = self.fields.len() < MAX_PATHS && path.len() <= LONGEST_PATH;
        if !self.fields.contains_key(path) && !one_more {
            let first = !self.dynamic;
            self.dynamic = true;
            return first;
        }
        let seen = self.fields.entry(path.to_owned()).or_default().entry(kind).or_default();
        seen.users += 1;
        if let (None, Some(user)) = (&seen.example, user) {
            seen.example = Some(user.to_string());
        }
        true
    }
}

fn expected(seen: &BTreeMap<JsonType, Seen>) -> Option<JsonType> {
    seen.iter().max_by_key(|(kind, it)| (it.users, std::cmp::Reverse(**kind))).map(|(kind, _)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: Container = Container::AppMetadata;

    fn clash(book: &TypeBook, key: &str, value: &str) -> Vec<String> {
        book.clashes(APP, key, value).into_iter().map(|violation| violation.message).collect()
    }

    #[test]
    fn the_first_writer_sets_the_type() {
        let mut book = TypeBook::default();
        assert!(book.learn(APP, "age", "23"));
        assert!(!book.learn(APP, "age", "\"23\""), "the second writer does not change it");
        assert_eq!(clash(&book, "age", "23.5"), [""; 0]);
        assert_eq!(clash(&book, "age", "null"), [""; 0]);
        assert_eq!(
            clash(&book, "age", "\"23\""),
            ["`app_metadata.age` is a number for other users of this connection and would be a string here"]
        );
    }

    #[test]
    fn items_of_arrays_are_one_field() {
        let mut book = TypeBook::default();
        book.learn(APP, "roles", r#"["a",{"n":1}]"#);
        assert_eq!(book.expected("app_metadata.roles[]"), Some(JsonType::String));
        assert_eq!(clash(&book, "roles", r#"["b"]"#), [""; 0]);
        assert_eq!(clash(&book, "roles", r#"[7]"#).len(), 1);
        assert_eq!(clash(&book, "roles", r#"[{"n":"x"}]"#).len(), 2);
    }

    #[test]
    fn a_survey_tells_types_users_and_somebody_of_the_minority() {
        let mut book = TypeBook::default();
        for (id, text) in [("1", r#"{"age":1}"#), ("2", r#"{"age":2}"#), ("3", r#"{"age":"3","l":["a","b"]}"#)] {
            let user = UserId::namespaced("shop", id).unwrap();
            book.survey(APP, &Metadata::from_store(text).unwrap(), &user);
        }
        let report = book.report();
        assert_eq!(report[0].types, [(JsonType::Number, 2), (JsonType::String, 1)]);
        assert_eq!(report[0].example_of_minority.as_deref(), Some("auth0|shop|3"));
        assert_eq!(report[2].types, [(JsonType::String, 1)], "two items of one user are one user");
    }

    #[test]
    fn a_connection_with_dynamic_keys_is_recognised_and_not_judged() {
        let mut book = TypeBook::default();
        for index in 0..=MAX_PATHS {
            book.learn(APP, &format!("user{index}"), "1");
        }
        assert!(book.has_dynamic_keys());
        assert_eq!(book.report().len(), MAX_PATHS);
        assert_eq!(clash(&book, "unknown", "\"x\""), [""; 0]);
    }
}
