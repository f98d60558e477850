//! What a key asks of a row, by the types that the table declares.

use crosswalk_contract::{By, Error, ErrorKind, Fold, Key, Result, canonical_integer};
use crosswalk_sql::Criterion;
use rusqlite::types::{ToSqlOutput, Value, ValueRef};

use crate::{
    dialect::FOLDED_UNICODE,
    schema::{Affinity, Column, Schema},
    store::Store,
    value::{Parameter, borrowed_text},
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

/// Adds what the column must fulfil; false where it cannot.
///
/// An index serves the first criterion, which goes by the column's own collation and conversions; the second leaves
/// only what is the same byte for byte. Columns without a type hold texts, integers and bytes side by side, and bytes
/// are found by the text that they spell.
fn add<'v>(criteria: &mut Criteria<'v>, column: &'v Column, text: &'v str, fold: Fold) -> bool {
    let name = column.name.as_str();
    let integer = canonical_integer(text).map(|number| ToSqlOutput::Owned(Value::Integer(number)));
    match (column.affinity, integer) {
        (Affinity::Integer, None) => return false,
        (Affinity::Integer | Affinity::Numeric, Some(integer)) => criteria.push(Criterion::Equal(name, integer)),
        (Affinity::Real, _) => match text.parse::<f64>() {
            Ok(number) if number.is_finite() && number.to_string() == text => {
                criteria.push(Criterion::Equal(name, ToSqlOutput::Owned(Value::Real(number))));
            }
            _ => return false,
        },
        (Affinity::Text | Affinity::Numeric | Affinity::None, _) if fold == Fold::Lower && !text.is_ascii() => {
            criteria.push(Criterion::Matching(name, FOLDED_UNICODE.into(), borrowed_text(text)));
        }
        (Affinity::Text | Affinity::Numeric | Affinity::None, _) if fold == Fold::Lower => {
            criteria.push(Criterion::Folded(name, borrowed_text(text)));
        }
        (Affinity::Text | Affinity::Numeric, _) => {
            criteria.push(Criterion::Equal(name, borrowed_text(text)));
            criteria.push(Criterion::SameBytes(name, borrowed_text(text)));
        }
        (Affinity::None, integer) => {
            let bytes = ToSqlOutput::Borrowed(ValueRef::Blob(text.as_bytes()));
            let values = [borrowed_text(text), bytes].into_iter().chain(integer).collect();
            criteria.push(Criterion::OneOf(name, values));
            criteria.push(Criterion::SameBytes(name, borrowed_text(text)));
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use crosswalk_contract::Field;
    use proptest::prelude::*;

    use super::*;
    use crate::store::{Intent, tests::store};

    const TABLE: &str = "CREATE TABLE t (i INTEGER, n NUMERIC, r REAL, x TEXT COLLATE NOCASE, b BLOB);";

    /// The text that a stored value is found by.
    fn canonical(field: &Field) -> Option<String> {
        match field {
            Field::I64(number) => Some(number.to_string()),
            Field::F64(number) => Some(number.to_string()),
            Field::Text(text) => Some(text.clone()),
            Field::Bytes(bytes) => String::from_utf8(bytes.clone()).ok(),
            _ => None,
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn a_row_is_found_by_its_own_text_and_by_no_other(
            stored in "[ a-cA-C0-2.+\\-\0é]{0,4}",
            asked in prop::collection::vec("[ a-cA-C0-2.+\\-\0é]{0,4}", 24),
        ) {
            let dir = tempfile::tempdir().unwrap();
            let store = store(&dir, TABLE, &[]);
            let checked = |session: &crate::store::Session<'_>| {
                session
                    .connection
                    .execute("INSERT INTO t VALUES (?1, ?1, ?1, ?1, ?1)", [&stored])
                    .map_err(|error| session.failure(&error))?;
                let mut wrong = Vec::new();
                for column in ["i", "n", "r", "x", "b"] {
                    let read = format!("SELECT {column} FROM t");
                    let own = session.connection.query_row(&read, [], |row| Ok(crate::value::field(row.get_ref(0)?)));
                    let own = canonical(&own.unwrap()).unwrap();
                    // Text in a column of integers is no canonical integer, and numbers beside text are reals' own form.
                    let findable = match column {
                        "i" => canonical_integer(&own).is_some(),
                        "n" => own == stored || canonical_integer(&own).is_some(),
                        "r" => own.parse::<f64>().is_ok_and(|number| number.to_string() == own),
                        _ => true,
                    };
                    for text in asked.iter().chain([&stored, &own]) {
                        let found = session.get_user(&Key::field(column, text))?.is_some();
                        if (found && *text != own) || (!found && *text == own && findable) {
                            wrong.push((column, own.clone(), text.clone(), found));
                        }
                    }
                }
                Ok(wrong)
            };
            let (_, wrong) = store.transact(None, Intent::Write, checked);
            let wrong = wrong.unwrap();
            prop_assert!(wrong.is_empty(), "{wrong:?}");
        }
    }
}
