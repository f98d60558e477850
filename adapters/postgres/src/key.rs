//! What a key asks of a row, by the types of the table's columns.

use crosswalk_contract::{By, Error, ErrorKind, Fold, Key, Result, canonical_integer};
use crosswalk_sql::Criterion;

use crate::{
    column::{Column, Shape},
    parameter::{Parameter, hex},
    schema::Schema,
    store::Store,
};

/// What rows must fulfil.
pub(crate) type Criteria<'v> = Vec<Criterion<'v, Parameter<'v>>>;

/// The criteria for a key, or `None` where no row can have it: the text is not the canonical form of a column's type.
///
/// # Errors
/// `Config` for a column that the table does not have, or an identifier that is no column.
pub(crate) fn criteria<'v>(store: &'v Store, schema: &'v Schema, key: &'v Key) -> Result<Option<Criteria<'v>>> {
    let columns = match (key.columns(), &key.by, key.one(), store.opening.id_fields.as_slice()) {
        (Some(columns), ..) if !columns.is_empty() => columns,
        (None, By::Id, Some(value), [column]) => vec![(column.as_str(), value)],
        _ => {
            let message = format!("a table cannot be searched by {}", key.by.name());
            return Err(Error::new(ErrorKind::Config, message).hint("name the column in the map of the connection"));
        }
    };
    let mut criteria = Vec::with_capacity(columns.len() * 2);
    for (name, value) in columns {
        let column = schema.column(&store.table.table, name)?;
        if !add(&mut criteria, column, value, key.fold) {
            return Ok(None);
        }
    }
    Ok(Some(criteria))
}

/// Adds what the column must fulfil; false where no value of its type has that text.
///
/// An index serves the first criterion. A second one leaves only what is the same byte for byte, where equal means
/// less than that.
fn add<'v>(criteria: &mut Criteria<'v>, column: &'v Column, text: &'v str, fold: Fold) -> bool {
    let name = column.name.as_str();
    let value = Parameter::borrowed(text);
    // PostgreSQL has no NUL in any text, and refuses the whole statement for one.
    if text.contains('\0') {
        return false;
    }
    match column.shape {
        Shape::Integer(least, most) => {
            if !canonical_integer(text).is_some_and(|number| (least..=most).contains(&number)) {
                return false;
            }
            criteria.push(Criterion::Equal(name, value));
        }
        Shape::Numeric => {
            if !is_decimal(text) {
                return false;
            }
            criteria.push(Criterion::Equal(name, value.clone()));
            criteria.push(Criterion::SameBytes(name, value));
        }
        Shape::Uuid => {
            if !is_uuid(text) {
                return false;
            }
            criteria.push(Criterion::Equal(name, value));
        }
        Shape::Bool => {
            if !matches!(text, "true" | "false") {
                return false;
            }
            criteria.push(Criterion::Equal(name, value));
        }
        // Bytes are found by the text that they spell.
        Shape::Bytes => criteria.push(Criterion::Equal(name, Parameter::owned(hex(text.as_bytes())))),
        Shape::CaseBlind if fold == Fold::Lower => criteria.push(Criterion::Equal(name, value)),
        Shape::Text | Shape::Padded if fold == Fold::Lower => criteria.push(Criterion::Folded(name, value)),
        Shape::Text | Shape::Padded | Shape::CaseBlind => {
            // Blanks at the end of char(n) are padding, so no value of it ends with one.
            if column.shape == Shape::Padded && text.ends_with(' ') {
                return false;
            }
            criteria.push(Criterion::Equal(name, value.clone()));
            if !column.exact {
                criteria.push(Criterion::SameBytes(name, value));
            }
        }
        // Whatever else there is has the text that PostgreSQL prints for it. No index serves this.
        _ => criteria.push(Criterion::SameBytes(name, value)),
    }
    true
}

/// The canonical text of a numeric: no exponent, no plus, no zeros in front. How many zeros end it is the column's own.
fn is_decimal(text: &str) -> bool {
    let number = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = match number.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (number, None),
    };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let negative_zero = number.len() < text.len() && number.bytes().all(|byte| matches!(byte, b'0' | b'.'));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && whole.len() <= 131_072
        && fraction.is_none_or(|fraction| digits(fraction) && fraction.len() <= 16_383)
        && !negative_zero
}

/// The form that PostgreSQL prints: lower case, with hyphens, without braces.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_decimals_are_looked_for() {
        for text in ["0", "4711", "-4711", "0.5", "25.4000", "-0.1"] {
            assert!(is_decimal(text), "{text}");
        }
        for text in ["", "-", "04711", "+1", "1.", ".5", "1e3", "NaN", " 1", "1 ", "-0", "-0.0", "1.2.3", "４"] {
            assert!(!is_decimal(text), "{text}");
        }
    }

    #[test]
    fn only_canonical_uuids_are_looked_for() {
        assert!(is_uuid("0190a6f2-7b1c-7000-8000-000000000001"));
        for text in [
            "0190A6F2-7B1C-7000-8000-000000000001",
            "0190a6f27b1c70008000000000000001",
            "{0190a6f2-7b1c-7000-8000-000}",
        ] {
            assert!(!is_uuid(text), "{text}");
        }
    }
}
