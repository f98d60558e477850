//! What a key asks of a row, by the types, character sets and collations of the table.

use std::borrow::Cow;

use crosswalk_contract::{By, Error, ErrorKind, Fold, Key, Result, canonical_integer};
use crosswalk_sql::Criterion;
use mysql_async::Value;

use crate::{
    schema::{Column, Kind, Schema},
    store::Store,
};

/// What rows must fulfil.
pub(crate) type Criteria<'v> = Vec<Criterion<'v, Value>>;

/// The text that the server writes for the column is the value, byte for byte.
const WRITTEN: &str = "CAST(CAST({column} AS CHAR) AS BINARY) = CAST({value} AS BINARY)";

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

/// Adds what the column must fulfil; false where it cannot.
fn add<'v>(criteria: &mut Criteria<'v>, column: &'v Column, text: &str, fold: Fold) -> bool {
    let name = column.name.as_str();
    let mut equal = |value: Value| criteria.push(Criterion::Equal(name, value));
    match column.kind {
        Kind::Text => add_text(criteria, column, text, fold),
        Kind::Bytes if fold == Fold::Exact => equal(Value::from(text)),
        Kind::Bytes => {
            let lower = "CAST(LOWER(CONVERT({column} USING utf8mb4)) AS BINARY) = CAST({value} AS BINARY)";
            criteria.push(Criterion::Matching(name, lower.into(), Value::from(text)));
        }
        Kind::Integer | Kind::Year | Kind::Bit => match (canonical_integer(text), text.parse::<u64>()) {
            // The server takes 9 for the year 2009.
            (Some(number), _) if column.kind == Kind::Year && (1..1901).contains(&number) => return false,
            (Some(number), _) => equal(Value::Int(number)),
            (None, Ok(number)) if number.to_string() == text => equal(Value::UInt(number)),
            _ => return false,
        },
        // As text, both sides would be compared as binary floating-point numbers.
        Kind::Decimal(precision, scale) if is_decimal(text, precision, scale) => {
            let exact = format!("{{column}} = CAST({{value}} AS DECIMAL({precision},{scale}))");
            criteria.push(Criterion::Matching(name, exact.into(), Value::from(text)));
        }
        Kind::Float => match text.parse::<f32>() {
            Ok(number) if number.is_finite() && number.to_string() == text => equal(Value::Float(number)),
            _ => return false,
        },
        Kind::Double => match text.parse::<f64>() {
            Ok(number) if number.is_finite() && number.to_string() == text => equal(Value::Double(number)),
            _ => return false,
        },
        Kind::Time(digits) | Kind::Timestamp(digits) => match as_written(text, digits as usize) {
            Some(written) => criteria.push(Criterion::Matching(name, WRITTEN.into(), Value::from(written))),
            None => return false,
        },
        Kind::Formatted | Kind::Date | Kind::Json => {
            if column.declared == "uuid" && is_uuid(text) {
                equal(Value::from(text));
            }
            criteria.push(Criterion::Matching(name, WRITTEN.into(), Value::from(text)));
        }
        Kind::Decimal(..) | Kind::Other => return false,
    }
    true
}

/// An index serves the first criterion, which goes by the column's own collation: it finds `JANÉ ` for `jane`. The second
/// leaves only what is the same byte for byte, or differs in letter case alone.
///
/// The value is converted to the column's character set, never the column to the value's: that would pass the index by,
/// and a character that the column cannot hold would be an error ("Illegal mix of collations") instead of an absence.
fn add_text<'v>(criteria: &mut Criteria<'v>, column: &'v Column, text: &str, fold: Fold) {
    let name = column.name.as_str();
    let own = match (&column.charset, &column.collation) {
        (Some(charset), Some(collation)) if charset != "utf8mb4" => Some((charset, collation)),
        _ => None,
    };
    let unicode = match own {
        Some(_) => "CONVERT({column} USING utf8mb4)",
        None => "{column}",
    };
    let serves_index: Cow<'_, str> = match own {
        Some((charset, collation)) => {
            format!("{{column}} = CONVERT({{value}} USING {charset}) COLLATE {collation}").into()
        }
        None => "{column} = {value}".into(),
    };
    let exact = match fold {
        Fold::Exact => format!("CAST({unicode} AS BINARY) = CAST({{value}} AS BINARY)"),
        Fold::Lower => format!("CAST(LOWER({unicode}) AS BINARY) = CAST({{value}} AS BINARY)"),
    };
    if fold == Fold::Exact || !column.regards_case() {
        criteria.push(Criterion::Matching(name, serves_index, Value::from(text)));
    }
    criteria.push(Criterion::Matching(name, exact.into(), Value::from(text)));
}

/// Whether this is how the server writes a decimal of that column.
fn is_decimal(text: &str, precision: u32, scale: u32) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    digits(whole)
        && digits(fraction)
        && !whole.is_empty()
        && (whole == "0" || !whole.starts_with('0'))
        && whole.len() <= (precision.saturating_sub(scale)).max(1) as usize
        && fraction.len() == scale as usize
        && unsigned.contains('.') == (scale > 0)
        && !(text.starts_with('-') && unsigned.bytes().all(|byte| matches!(byte, b'0' | b'.')))
}

/// A time as the server writes it, from how a field of it is written: `2009-02-13T23:31:30.12` and six digits make
/// `2009-02-13 23:31:30.120000`.
fn as_written(text: &str, digits: usize) -> Option<String> {
    let (whole, fraction) = text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
    if whole.contains(' ') || fraction.is_some_and(|rest| rest.is_empty() || rest.ends_with('0') || rest.len() > digits)
    {
        return None;
    }
    let whole = whole.replacen('T', " ", 1);
    Some(if digits == 0 { whole } else { format!("{whole}.{:0<digits$}", fraction.unwrap_or_default()) })
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_the_server_writes_is_a_decimal() {
        for text in ["0.00", "12.50", "-0.01", "99999999.99"] {
            assert!(is_decimal(text, 10, 2), "{text}");
        }
        for text in
            ["", "-", "12.5", "12", "012.50", " 1.00", "1.00 ", "-0.00", "1e2", "123456789.00", ".50", "+1.00", "1.000"]
        {
            assert!(!is_decimal(text, 10, 2), "{text:?}");
        }
        assert!(is_decimal("4711", 10, 0) && !is_decimal("4711.", 10, 0));
    }

    #[test]
    fn a_time_is_asked_for_as_the_server_writes_it() {
        assert_eq!(as_written("2009-02-13T23:31:30.12", 6).as_deref(), Some("2009-02-13 23:31:30.120000"));
        assert_eq!(as_written("2009-02-13T23:31:30", 0).as_deref(), Some("2009-02-13 23:31:30"));
        for text in ["2009-02-13 23:31:30", "2009-02-13T23:31:30.", "2009-02-13T23:31:30.10", "2009-02-13T23:31:30.1"] {
            assert_eq!(as_written(text, 0), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_number_is_a_decimal_only_in_one_way(number in any::<i32>(), scale in 0u32..4, other in "[-+0-9. e]{0,8}") {
            let text = match scale {
                0 => number.to_string(),
                _ => format!("{number}.{}", "5".repeat(scale as usize)),
            };
            prop_assert!(is_decimal(&text, 20, scale) || number == 0);
            if is_decimal(&other, 20, scale) && let Ok(parsed) = other.parse::<f64>() {
                prop_assert_eq!(format!("{parsed:.*}", scale as usize), other);
            }
        }
    }
}
