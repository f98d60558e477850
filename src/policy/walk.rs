//! One pass over a valid JSON text, telling each name and each value's type.
//!
//! serde_json's generic reader refuses numbers that fit no `f64`, and reading level by level costs a pass per level.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The JSON types. Integers and decimals are one type: `1` and `1.5` live happily in one field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JsonType {
    /// `null`: says nothing about a field's type.
    Null,
    /// `true`, `false`.
    Boolean,
    /// A number.
    Number,
    /// Text.
    String,
    /// `[…]`.
    Array,
    /// `{…}`.
    Object,
}

impl fmt::Display for JsonType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            JsonType::Null => "null",
            JsonType::Boolean => "boolean",
            JsonType::Number => "number",
            JsonType::String => "string",
            JsonType::Array => "array",
            JsonType::Object => "object",
        })
    }
}

/// What a walk meets.
pub(super) enum Step<'w> {
    /// A name inside an object, decoded, and its path.
    Key { path: &'w str, key: &'w str },
    /// A value.
    Value { path: &'w str, kind: JsonType },
}

/// Walks `json`, which must be valid (a first-level slice of a [`Metadata`](crate::profile::Metadata) is). The path
/// begins with `root`; members add `.name`, items of arrays add `[]`.
pub(super) fn walk(root: &str, json: &str, visit: &mut dyn FnMut(Step<'_>)) {
    let mut path = root.to_owned();
    // For each open object or array: how long the path was before it, and whether it is an array.
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut expect_key = false;
    let mut rest = json;
    while let Some(first) = rest.bytes().next() {
        match first {
            b'{' | b'[' => {
                let array = first == b'[';
                visit(Step::Value { path: &path, kind: if array { JsonType::Array } else { JsonType::Object } });
                open.push((path.len(), array));
                if array {
                    path.push_str("[]");
                }
                expect_key = !array;
                rest = &rest[1..];
            }
            b'}' | b']' => {
                if let Some((length, _)) = open.pop() {
                    path.truncate(length);
                }
                rest = &rest[1..];
            }
            b',' => {
                if let Some((length, false)) = open.last() {
                    path.truncate(*length);
                    expect_key = true;
                }
                rest = &rest[1..];
            }
            b'"' => {
                let end = string_end(rest);
                if expect_key {
                    let length = path.len();
                    path.push('.');
                    path.push_str(&decoded(&rest[..end]));
                    visit(Step::Key { path: &path, key: &path[length + 1..] });
                    expect_key = false;
                } else {
                    visit(Step::Value { path: &path, kind: JsonType::String });
                }
                rest = &rest[end..];
            }
            b't' | b'f' | b'n' | b'-' | b'0'..=b'9' => {
                let kind = match first {
                    b't' | b'f' => JsonType::Boolean,
                    b'n' => JsonType::Null,
                    _ => JsonType::Number,
                };
                visit(Step::Value { path: &path, kind });
                let end = rest.find([',', '}', ']', ' ', '\t', '\n', '\r']).unwrap_or(rest.len());
                rest = &rest[end..];
            }
            // White space and colons; outside strings valid JSON has nothing else.
            _ => rest = &rest[rest.chars().next().map_or(1, char::len_utf8)..],
        }
    }
}

/// Where the string that starts `text` ends, its closing quote included.
fn string_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 1;
    while let Some(found) = memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
        at += found + 1;
        if bytes[at - 1] == b'"' {
            return at;
        }
        at += 1;
    }
    text.len()
}

fn decoded(quoted: &str) -> std::borrow::Cow<'_, str> {
    match quoted.contains('\\') {
        false => quoted.trim_matches('"').into(),
        true => serde_json::from_str::<String>(quoted).unwrap_or_default().into(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn steps(json: &str) -> Vec<String> {
        let mut found = Vec::new();
        walk("r", json, &mut |step| {
            found.push(match step {
                Step::Key { path, .. } => format!("key {path}"),
                Step::Value { path, kind } => format!("{kind} {path}"),
            });
        });
        found
    }

    #[test]
    fn every_name_and_value_is_met_with_its_path() {
        assert_eq!(
            steps(r#" { "a" : [ 1e999 , {"b":null} , [ ] ] , "c\"d" : "}{\"," , "e":{ } } "#),
            [
                "object r",
                "key r.a",
                "array r.a",
                "number r.a[]",
                "object r.a[]",
                "key r.a[].b",
                "null r.a[].b",
                "array r.a[]",
                "key r.c\"d",
                "string r.c\"d",
                "key r.e",
                "object r.e"
            ]
        );
        assert_eq!(steps("true"), ["boolean r"]);
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in ".*") {
            let _ = steps(&text);
        }
    }
}
