//! A profile as a script returned it, as a record: texts and numbers as fields, structures as their JSON.

use crosswalk_contract::{Error, ErrorKind, Field, Metadata, Record, Result};

/// The record of a JSON object.
///
/// # Errors
/// `Inconsistent` for JSON that is no object.
pub fn record_of(json: &str) -> Result<Record> {
    let members = Metadata::parse(json).map_err(|_| {
        Error::new(ErrorKind::Inconsistent, "the script returned something that is no profile")
            .code("invalid_profile")
            .hint("a profile is an object with `user_id`")
    })?;
    Ok(Record::from_pairs(members.iter().map(|(name, raw)| (name, field(raw)))))
}

fn field(raw: &str) -> Field {
    match raw.as_bytes().first() {
        Some(b'n') => Field::Null,
        Some(b't') => Field::Bool(true),
        Some(b'f') => Field::Bool(false),
        Some(b'"') => match serde_json::from_str(raw) {
            Ok(text) => Field::Text(text),
            // Half of a pair of surrogates is no text.
            Err(_) => Field::Json(raw.to_owned()),
        },
        Some(b'-' | b'0'..=b'9') => match (raw.parse(), raw.parse()) {
            (Ok(number), _) => Field::I64(number),
            (_, Ok(number)) => Field::U64(number),
            _ => Field::Json(raw.to_owned()),
        },
        _ => Field::Json(raw.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_become_fields() {
        let record =
            record_of(r#"{"a":"x","b":5,"c":18446744073709551615,"d":1.50,"e":null,"f":true,"g":{"h":1},"i":[]}"#);
        let fields: Vec<Field> = record.unwrap().fields().to_vec();
        let json = |text: &str| Field::Json(text.to_owned());
        assert_eq!(
            fields,
            [
                "x".into(),
                Field::I64(5),
                Field::U64(u64::MAX),
                json("1.50"),
                Field::Null,
                Field::Bool(true),
                json(r#"{"h":1}"#),
                json("[]"),
            ]
        );
        for text in ["true", "5", "\"x\"", "[1]", ""] {
            assert_eq!(record_of(text).unwrap_err().code_name(), "invalid_profile", "{text}");
        }
    }
}
