//! `require('crosswalk').merge` and `.json`: metadata documents as texts, so that nothing is lost in JavaScript's numbers.

use crosswalk_contract::{ContainerPatch, Metadata};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A change of one container, as `change_metadata` gets it.
#[derive(Deserialize)]
struct Change {
    #[serde(default)]
    clear: bool,
    set: Option<Box<RawValue>>,
    #[serde(default)]
    remove: Vec<String>,
    limit: Option<u64>,
}

/// What is wrong, and the code that a program knows it by.
pub(crate) type Problem = (String, &'static str);

const INVALID: &str = "invalid_metadata";

/// The document after the change, by the one merge rule there is.
pub(crate) fn merge(document: Option<&str>, change: &str) -> Result<String, Problem> {
    let wrong = |what: &str, error: &dyn std::fmt::Display| (format!("{what}: {error}"), INVALID);
    let change: Change = serde_json::from_str(change).map_err(|error| wrong("the change cannot be read", &error))?;
    let mut document = match document {
        Some(text) => Metadata::from_store(text).map_err(|error| wrong("the document cannot be read", &error))?,
        None => Metadata::empty(),
    };
    let mut patch = ContainerPatch::new("metadata", change.limit.unwrap_or(u64::MAX));
    (patch.clear, patch.remove) = (change.clear, change.remove);
    if let Some(set) = change.set {
        let set = Metadata::parse(set.get()).map_err(|error| wrong("`set` cannot be read", &error))?;
        for (key, value) in set.iter() {
            let value =
                RawValue::from_string(value.to_owned()).map_err(|error| wrong("`set` cannot be read", &error))?;
            patch.set.push((key.to_owned(), value));
        }
    }
    match patch.apply(&mut document) {
        Ok(_) => Ok(document.as_str().to_owned()),
        Err(error) => Err((error.message().to_owned(), error.code_name())),
    }
}

/// The text of an argument, or of one of its members.
pub(crate) fn part(arguments: &str, at: usize, key: Option<&str>) -> Option<String> {
    let arguments: Vec<&RawValue> = serde_json::from_str(arguments).ok()?;
    let argument = arguments.get(at)?.get();
    match key {
        None => Some(argument.to_owned()),
        Some(key) if argument.starts_with('[') => {
            let items: Vec<&RawValue> = serde_json::from_str(argument).ok()?;
            Some(items.get(key.parse::<usize>().ok()?)?.get().to_owned())
        }
        Some(key) => Metadata::parse(argument).ok()?.get(key).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_changed_keeps_its_text() {
        let merged =
            merge(Some(r#"{ "a": 1.50, "b":12345678901234567890 }"#), r#"{"set":{"c":2.0,"a":null},"remove":[]}"#);
        assert_eq!(merged.unwrap(), r#"{ "a": null, "b":12345678901234567890,"c":2.0 }"#);
        assert_eq!(merge(None, r#"{"set":{"a":1}}"#).unwrap(), r#"{"a":1}"#);
        assert_eq!(merge(Some(r#"{"a":1}"#), r#"{"clear":true}"#).unwrap(), "{}");
        assert_eq!(merge(Some("{}"), r#"{"set":{"a":"0123456789"},"limit":5}"#).unwrap_err().1, "metadata_too_large");
        assert_eq!(merge(Some("[1]"), "{}").unwrap_err().1, INVALID);
    }

    #[test]
    fn arguments_are_found_in_their_text() {
        let text = r#"["a", {"m": {"x": 1.0}, "n": [2]}]"#;
        assert_eq!(part(text, 1, Some("m")).as_deref(), Some(r#"{"x": 1.0}"#));
        assert_eq!(part(text, 1, None).as_deref(), Some(r#"{"m": {"x": 1.0}, "n": [2]}"#));
        assert_eq!(part(text, 5, None), None);
    }
}
