//! What serde says about a value, understood, and said again without the value: it may be a secret.

/// What serde complains about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Complaint {
    /// A key that does not exist, and those that do.
    UnknownKey { key: String, known: Vec<String> },
    /// A required key is absent.
    MissingKey(String),
    /// A word that is not one of these.
    UnknownWord { known: Vec<String> },
    /// A value of the wrong type or out of range; a phrase for what it must be.
    Wrong(String),
    /// Words of the type's own.
    Other(String),
}

impl Complaint {
    /// Understands the message of a serde error.
    pub(super) fn of(message: &str) -> Complaint {
        if let Some(rest) = message.strip_prefix("unknown field `") {
            let (key, known) = split_names(rest).unwrap_or((rest.trim_end_matches('`'), ""));
            return Complaint::UnknownKey { key: key.to_owned(), known: names(known) };
        }
        if let Some(rest) = message.strip_prefix("unknown variant `") {
            return Complaint::UnknownWord {
                known: split_names(rest).map_or_else(Vec::new, |(_, known)| names(known)),
            };
        }
        if let Some(key) = message.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
            return Complaint::MissingKey(key.to_owned());
        }
        for beginning in ["invalid type: ", "invalid value: ", "invalid length "] {
            let Some((found, expected)) = message.strip_prefix(beginning).and_then(|it| it.rsplit_once(", expected "))
            else {
                continue;
            };
            let must = format!("must be {}", required(expected));
            return Complaint::Wrong(match given(found).filter(|_| beginning == "invalid type: ") {
                Some(given) => format!("{must}, not {given}"),
                None => must,
            });
        }
        if message.starts_with("data did not match any variant") {
            return Complaint::Wrong("has none of the forms that it can have".to_owned());
        }
        // jiff's words for text that is no duration.
        if message.contains("duration format") {
            return Complaint::Wrong("must be a duration such as \"2s\" or \"500ms\"".to_owned());
        }
        match message.strip_prefix("expected ") {
            Some(expected) => Complaint::Wrong(format!("must be {expected}")),
            None => Complaint::Other(message.to_owned()),
        }
    }
}

/// The foreign word, and the names that serde lists after it.
fn split_names(rest: &str) -> Option<(&str, &str)> {
    ["`, expected ", "`, there are no "].into_iter().find_map(|middle| rest.rsplit_once(middle))
}

/// The names between backticks.
fn names(list: &str) -> Vec<String> {
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// What serde expected, in words of the file.
fn required(expected: &str) -> &str {
    match expected {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" | "u128" => "a whole number that is not negative",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a string" | "a borrowed string" | "string or map" | "path string" | "a character" => "text",
        "a sequence" => "a list",
        "a map" => "a table",
        "a duration string" | "an unsigned duration string" => "a duration such as \"2s\" or \"500ms\"",
        other if other.starts_with("struct ") => "a table",
        other if other.starts_with("enum ") => "text",
        other => other,
    }
}

/// What serde found, by type alone.
fn given(found: &str) -> Option<&'static str> {
    let types = [
        ("string ", "text"),
        ("integer ", "a number"),
        ("floating point ", "a number"),
        ("number", "a number"),
        ("boolean ", "true or false"),
        ("sequence", "a list"),
        ("map", "a table"),
    ];
    types.into_iter().find_map(|(beginning, word)| found.starts_with(beginning).then_some(word))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its errors are of interest")]
    struct Sample {
        table: String,
        size: Option<u16>,
        word: Option<Word>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Word {
        Yes,
        No,
    }

    fn complaint(value: serde_json::Value) -> Complaint {
        Complaint::of(&serde_json::from_value::<Sample>(value).unwrap_err().to_string())
    }

    #[test]
    fn serdes_messages_are_understood() {
        let known = ["table", "size", "word"].map(str::to_owned).to_vec();
        assert_eq!(complaint(json!({ "tabel": 1 })), Complaint::UnknownKey { key: "tabel".into(), known });
        assert_eq!(complaint(json!({})), Complaint::MissingKey("table".into()));
        let known = ["yes", "no"].map(str::to_owned).to_vec();
        assert_eq!(complaint(json!({ "word": "maybe" })), Complaint::UnknownWord { known });
        assert_eq!(complaint(json!({ "table": 5 })), Complaint::Wrong("must be text, not a number".into()));
        assert_eq!(
            complaint(json!({ "size": 70000 })),
            Complaint::Wrong("must be a whole number from 0 to 65535".into())
        );
        assert_eq!(complaint(json!("x")), Complaint::Wrong("must be a table, not text".into()));
    }

    #[test]
    fn no_value_comes_through() {
        for secret in ["hunter2", "a, expected b", "`, expected `", "x`, expected one of `hunter2`"] {
            for value in [json!({ "size": secret }), json!({ "word": secret }), json!({ "size": { "a": secret } })] {
                let complaint = complaint(value);
                let clean = match &complaint {
                    Complaint::Wrong(phrase) => !phrase.contains("hunter2") && !phrase.contains("a, "),
                    Complaint::UnknownWord { known } => known == &["yes", "no"],
                    _ => false,
                };
                assert!(clean, "{complaint:?}");
            }
        }
    }
}
