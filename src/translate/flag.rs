//! Rules whose value is true or false.

use crosswalk_contract::Field;

use super::{
    field_text::{Reason, field_like, text_of},
    row::{Misfit, Row, Slot},
};

/// A rule that gives a flag.
#[derive(Clone, Debug)]
pub(super) struct FlagRule {
    pub source: FlagSource,
    pub default: Option<bool>,
}

/// Where the flag comes from.
#[derive(Clone, Debug)]
pub(super) enum FlagSource {
    Const(bool),
    /// Booleans, 0 and 1, `t` and `f`, `true` and `false`, a single bit.
    Natural(Slot),
    /// What means true and false. Without `false_is`, everything that is not true is false.
    Tokens {
        slot: Slot,
        true_is: Vec<Token>,
        false_is: Vec<Token>,
    },
    Table {
        slot: Slot,
        values: Vec<(String, bool)>,
    },
}

/// A column value: as text to compare, and as it is written where the column tells no type.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub text: String,
    pub field: Field,
}

impl FlagRule {
    /// The value.
    pub(super) fn read(&self, row: &Row<'_>) -> Result<Option<bool>, Misfit> {
        match self.slot() {
            None => self.read_field(&Field::Null).map_err(|reason| Misfit { slot: 0, reason }),
            Some(slot) => self.read_field(row.get(slot)).map_err(|reason| Misfit { slot, reason }),
        }
    }

    /// The value that one field gives.
    pub(super) fn read_field(&self, field: &Field) -> Result<Option<bool>, Reason> {
        let value = match &self.source {
            FlagSource::Const(value) => Some(*value),
            FlagSource::Natural(_) => natural(field)?,
            FlagSource::Tokens { true_is, false_is, .. } => match text_of(field)? {
                None => None,
                Some(text) if true_is.iter().any(|token| token.text == text) => Some(true),
                Some(text) if false_is.is_empty() || false_is.iter().any(|token| token.text == text) => Some(false),
                Some(_) => return Err("holds neither a value of `true_is` nor one of `false_is`".into()),
            },
            FlagSource::Table { values, .. } => match text_of(field)? {
                None => None,
                Some(text) => match values.iter().find(|(key, _)| *key == text) {
                    Some((_, value)) => Some(*value),
                    None if self.default.is_some() => None,
                    None => return Err("holds a value that `values` does not list".into()),
                },
            },
        };
        Ok(value.or(self.default))
    }

    /// The column to write that flag to, or why there is none.
    pub(super) fn writable(&self, value: bool) -> Result<Slot, Reason> {
        let missing =
            |name: &str| Err(Reason::Owned(format!("the rule has no `{name}`, so {value} cannot be written")));
        match &self.source {
            FlagSource::Const(_) => Err("it is a constant".into()),
            FlagSource::Natural(slot) => Ok(*slot),
            FlagSource::Tokens { true_is, .. } if value && true_is.is_empty() => missing("true_is"),
            FlagSource::Table { values, .. } if !values.iter().any(|(_, meaning)| *meaning == value) => {
                Err(Reason::Owned(format!("`values` lists no column value for {value}")))
            }
            FlagSource::Tokens { slot, .. } | FlagSource::Table { slot, .. } => Ok(*slot),
        }
    }

    /// The column's value for a flag; reading it back gives the same flag.
    pub(super) fn write(&self, value: bool, like: &Field) -> Result<Field, Reason> {
        self.writable(value)?;
        let field = match &self.source {
            FlagSource::Const(_) => None,
            // No word for false is known, and absence counts as false. Leaving the column alone would let its default speak.
            FlagSource::Tokens { false_is, .. } if !value && false_is.is_empty() => {
                return match self.read_field(&Field::Null)? {
                    Some(true) => Err("the rule has no `false_is`, so false cannot be written".into()),
                    _ => Ok(Field::Null),
                };
            }
            FlagSource::Natural(_) => Some(naturally(value, like)),
            FlagSource::Tokens { true_is, false_is, .. } => match (if value { true_is } else { false_is }).first() {
                None => None,
                Some(token) if like.is_null() => Some(token.field.clone()),
                Some(token) => Some(field_like(&token.text, like)?),
            },
            FlagSource::Table { values, .. } => match values.iter().find(|(_, meaning)| *meaning == value) {
                None => None,
                Some((key, _)) => Some(field_like(key, like)?),
            },
        };
        match field {
            Some(field) if self.read_field(&field)? == Some(value) => Ok(field),
            _ => Err("the column cannot hold it exactly".into()),
        }
    }

    /// The column, where there is one.
    pub(super) fn slot(&self) -> Option<Slot> {
        match &self.source {
            FlagSource::Const(_) => None,
            FlagSource::Natural(slot) | FlagSource::Tokens { slot, .. } | FlagSource::Table { slot, .. } => Some(*slot),
        }
    }
}

/// The flag that a field means by itself, for stores without rules too.
pub(super) fn natural(field: &Field) -> Result<Option<bool>, Reason> {
    let unclear =
        || Reason::from("holds neither true nor false; say which values mean what with `true_is` and `false_is`");
    match field {
        Field::Bool(value) => Ok(Some(*value)),
        Field::Bytes(bytes) if bytes == &[0] => Ok(Some(false)),
        Field::Bytes(bytes) if bytes == &[1] => Ok(Some(true)),
        other => match text_of(other)?.as_deref() {
            None | Some("") => Ok(None),
            Some("1") => Ok(Some(true)),
            Some("0") => Ok(Some(false)),
            Some(text) if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("t") => Ok(Some(true)),
            Some(text) if text.eq_ignore_ascii_case("false") || text.eq_ignore_ascii_case("f") => Ok(Some(false)),
            Some(_) => Err(unclear()),
        },
    }
}

fn naturally(value: bool, like: &Field) -> Field {
    let digit = if value { "1" } else { "0" };
    match like {
        Field::I64(_) => Field::I64(i64::from(value)),
        Field::U64(_) => Field::U64(u64::from(value)),
        Field::F64(_) => Field::F64(f64::from(u8::from(value))),
        Field::Decimal(_) => Field::Decimal(digit.to_owned()),
        Field::Bytes(bytes) if matches!(bytes.as_slice(), [0 | 1]) => Field::Bytes(vec![u8::from(value)]),
        Field::Bytes(_) => Field::Bytes(digit.as_bytes().to_owned()),
        Field::Json(_) => Field::Json(value.to_string()),
        // In the spelling that the row has: `TRUE` and `false`, `t` and `f`, else digits.
        Field::Text(text) => Field::Text(match (text.as_str(), value) {
            ("t" | "f", true) => "t".to_owned(),
            ("t" | "f", false) => "f".to_owned(),
            ("T" | "F", true) => "T".to_owned(),
            ("T" | "F", false) => "F".to_owned(),
            (text, _) if text == text.to_uppercase() && text.len() > 1 => value.to_string().to_uppercase(),
            (text, _) if text.len() > 1 => value.to_string(),
            _ => digit.to_owned(),
        }),
        _ => Field::Bool(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(text: &str) -> Token {
        Token { text: text.to_owned(), field: text.into() }
    }

    fn tokens(true_is: &[&str], false_is: &[&str]) -> FlagRule {
        let all = |texts: &[&str]| texts.iter().map(|text| token(text)).collect();
        FlagRule {
            source: FlagSource::Tokens { slot: 0, true_is: all(true_is), false_is: all(false_is) },
            default: None,
        }
    }

    #[test]
    fn words_mean_what_the_rule_says_and_nothing_else_fits() {
        let rule = tokens(&["Y", "1"], &["N"]);
        assert_eq!(rule.read_field(&"Y".into()).unwrap(), Some(true));
        assert_eq!(rule.read_field(&Field::I64(1)).unwrap(), Some(true));
        assert_eq!(rule.read_field(&"N".into()).unwrap(), Some(false));
        assert_eq!(rule.read_field(&Field::Null).unwrap(), None);
        assert!(rule.read_field(&"y".into()).is_err());
        assert!(rule.write(true, &Field::Null).unwrap() == "Y".into());
        assert!(rule.write(false, &"Y".into()).unwrap() == "N".into());
        assert!(rule.write(true, &Field::I64(0)).is_err(), "an integer column cannot hold Y");
    }

    #[test]
    fn without_false_words_everything_else_is_false_and_false_is_written_as_null() {
        let rule = tokens(&["on"], &[]);
        assert_eq!(rule.read_field(&"".into()).unwrap(), Some(false));
        assert!(rule.write(false, &"on".into()).unwrap().is_null());
        assert!(rule.write(true, &Field::Null).is_ok());
        let rule = FlagRule { default: Some(true), ..rule };
        assert!(rule.write(false, &"on".into()).unwrap_err().contains("false_is"));
    }

    #[test]
    fn natural_flags_are_written_in_the_spelling_of_the_row() {
        let rule = FlagRule { source: FlagSource::Natural(0), default: None };
        for like in [
            Field::Bool(true),
            Field::I64(1),
            Field::Decimal("1".into()),
            "1".into(),
            "t".into(),
            "TRUE".into(),
            Field::Bytes(vec![1]),
            Field::Json("true".into()),
        ] {
            assert_eq!(rule.read_field(&like).unwrap(), Some(true), "{like:?}");
            assert_eq!(rule.read_field(&rule.write(false, &like).unwrap()).unwrap(), Some(false), "{like:?}");
        }
        assert!(rule.write(false, &"TRUE".into()).unwrap() == "FALSE".into());
        assert!(rule.read_field(&Field::I64(2)).is_err());
    }

    #[test]
    fn a_status_column_is_written_as_the_first_value_of_that_meaning() {
        let values = vec![("A".to_owned(), false), ("B".to_owned(), true), ("C".to_owned(), true)];
        let rule = FlagRule { source: FlagSource::Table { slot: 0, values }, default: None };
        assert_eq!(rule.read_field(&"C".into()).unwrap(), Some(true));
        assert!(rule.write(true, &"A".into()).unwrap() == "B".into());
        assert!(rule.read_field(&"D".into()).is_err());
    }
}
