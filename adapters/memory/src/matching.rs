//! When a stored field has the value that a key asks for: the text must be the canonical form of the field's own type.

use crosswalk_contract::{By, Error, ErrorKind, Field, Fold, Key, Record, Result, canonical_integer};

/// The columns of a key with the values asked for. An id stands for the id columns.
///
/// # Errors
/// `Config` for an identifier that is no column: the map resolves those before a table store is asked.
pub(crate) fn columns<'k>(key: &'k Key, id: &'k [String]) -> Result<Vec<(&'k str, &'k str)>> {
    if let Some(columns) = key.columns() {
        return Ok(columns);
    }
    match (&key.by, key.one(), id) {
        (By::Id, Some(value), [column]) => Ok(vec![(column.as_str(), value)]),
        _ => Err(Error::new(ErrorKind::Config, format!("this store cannot look users up by {}", key.by.name()))
            .hint("name the column in the map of the connection")),
    }
}

/// Whether the record is the one that is asked for. A record without the column is not.
pub(crate) fn matches(record: &Record, columns: &[(&str, &str)], fold: Fold) -> bool {
    columns.iter().all(|(name, value)| record.get(name).is_some_and(|field| field_is(field, value, fold)))
}

/// Whether that field is written `text`, for fields that can identify somebody.
pub(crate) fn field_is(field: &Field, text: &str, fold: Fold) -> bool {
    match field {
        Field::Text(stored) if fold == Fold::Lower => stored.to_lowercase() == text.to_lowercase(),
        Field::Text(stored) | Field::Decimal(stored) => stored == text,
        Field::I64(stored) => canonical_integer(text) == Some(*stored),
        Field::U64(stored) => stored.to_string() == text,
        Field::Bytes(stored) => stored == text.as_bytes(),
        _ => false,
    }
}

/// Whether two stored fields identify the same user. Nothing equals NULL, as in SQL.
pub(crate) fn same(one: &Field, other: &Field, fold: Fold) -> bool {
    match (one, other) {
        (Field::Null, _) | (_, Field::Null) => false,
        (Field::Text(one), other) => field_is(other, one, fold),
        (Field::I64(one), Field::I64(other)) => one == other,
        (Field::I64(one), other) => field_is(other, &one.to_string(), fold),
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn text_that_is_not_an_integers_canonical_form_is_nobody() {
        assert!(field_is(&Field::I64(4711), "4711", Fold::Exact));
        for text in ["4711abc", " 4711", "4711.0", "+4711", "04711", "4711 ", "", "4711\0"] {
            assert!(!field_is(&Field::I64(4711), text, Fold::Exact), "{text:?}");
            assert!(!field_is(&Field::U64(4711), text, Fold::Lower), "{text:?}");
        }
    }

    #[test]
    fn text_is_compared_byte_for_byte_unless_the_key_is_folded() {
        assert!(!field_is(&"Jane".into(), "jane", Fold::Exact));
        assert!(field_is(&"JANÉ".into(), "jané", Fold::Lower));
        assert!(!field_is(&"jane".into(), "jane\0", Fold::Lower));
    }

    proptest! {
        #[test]
        fn an_integer_is_found_by_its_own_text_only(stored in any::<i64>(), text in ".{0,24}") {
            prop_assert!(field_is(&Field::I64(stored), &stored.to_string(), Fold::Exact));
            if text != stored.to_string() {
                prop_assert!(!field_is(&Field::I64(stored), &text, Fold::Exact));
            }
        }
    }
}
