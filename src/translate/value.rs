//! Rules whose value is JSON: single metadata keys and extra root attributes, typed.

use std::borrow::Cow;

use crosswalk_contract::Field;
use serde_json::value::RawValue;

use super::{
    date::DateRule,
    field_text::{Reason, field_like, text_of},
    flag::FlagRule,
    json_text::{Digits, is_number, items, push_string, same, string},
    row::{Misfit, Row, Slot},
    text::TextRule,
};

/// A rule that gives a JSON value.
#[derive(Clone, Debug)]
pub(super) struct ValueRule {
    pub kind: ValueKind,
    /// Raw JSON where the column is null.
    pub default: Option<String>,
}

/// Where the value comes from.
#[derive(Clone, Debug)]
pub(super) enum ValueKind {
    /// Raw JSON.
    Const(String),
    Text(TextRule),
    Flag(FlagRule),
    Date(DateRule),
    Number(Slot),
    /// JSON text.
    Json(Slot),
    List {
        slot: Slot,
        separator: String,
        numbers: bool,
    },
    /// Column values and the raw JSON that each means.
    Table {
        slot: Slot,
        values: Vec<(String, String)>,
    },
}

impl ValueRule {
    /// Appends the raw value; false where there is none.
    pub(super) fn read(&self, row: &Row<'_>, out: &mut String) -> Result<bool, Misfit> {
        if let ValueKind::Text(rule) = &self.kind {
            let text = rule.read(row)?;
            if let Some(text) = &text {
                push_string(out, text);
            }
            return Ok(text.is_some() || self.push_default(out));
        }
        match self.slot() {
            None => self.read_field(&Field::Null, out).map_err(|reason| Misfit { slot: 0, reason }),
            Some(slot) => self.read_field(row.get(slot), out).map_err(|reason| Misfit { slot, reason }),
        }
    }

    /// The raw value by itself.
    pub(super) fn value(&self, row: &Row<'_>) -> Result<Option<String>, Misfit> {
        let mut out = String::new();
        Ok(self.read(row, &mut out)?.then_some(out))
    }

    /// The raw value that one field gives.
    pub(super) fn value_of(&self, field: &Field) -> Result<Option<String>, Reason> {
        let mut out = String::new();
        Ok(self.read_field(field, &mut out)?.then_some(out))
    }

    /// The column to write, or why there is none.
    pub(super) fn writable(&self) -> Result<Slot, Reason> {
        match &self.kind {
            ValueKind::Const(_) => Err("it is a constant".into()),
            ValueKind::Text(rule) => rule.writable(),
            ValueKind::Flag(rule) => rule.writable(true).or_else(|_| rule.writable(false)),
            ValueKind::Date(rule) => Ok(rule.slot),
            ValueKind::Number(slot)
            | ValueKind::Json(slot)
            | ValueKind::List { slot, .. }
            | ValueKind::Table { slot, .. } => Ok(*slot),
        }
    }

    /// The column's value for a raw value; reading it back gives a value that means the same.
    pub(super) fn write(&self, raw: &str, like: &Field) -> Result<Field, Reason> {
        self.writable()?;
        let wrong = |expected: &'static str| move || Reason::from(expected);
        let field = match &self.kind {
            ValueKind::Const(_) => return Err("it is a constant".into()),
            ValueKind::Text(rule) => {
                let text = string(raw).ok_or_else(wrong("the column holds text, and this is no string"))?;
                let field = rule.write(&text, like)?;
                // A folded rule reads back in lower case, and that is what was asked for.
                if rule.fold {
                    return Ok(field);
                }
                field
            }
            ValueKind::Flag(rule) => {
                let value = raw.parse().map_err(|_| "the column holds a flag, and this is neither true nor false")?;
                rule.write(value, like)?
            }
            ValueKind::Date(rule) => {
                let at = string(raw).and_then(|text| text.parse().ok());
                rule.write(at.ok_or_else(wrong("the column holds a date, and this is no ISO 8601 instant"))?, like)?
            }
            ValueKind::Number(_) => number_field(raw, like)?,
            ValueKind::Json(_) => match like {
                Field::Null | Field::Json(_) => Field::Json(raw.to_owned()),
                Field::Text(_) => Field::Text(raw.to_owned()),
                Field::Bytes(_) => Field::Bytes(raw.as_bytes().to_owned()),
                other => field_like(raw, other)?,
            },
            ValueKind::List { separator, numbers, .. } => {
                let items = items(raw).ok_or_else(wrong("the column holds a list, and this is no array"))?;
                list_field(&items, separator, *numbers, like)?
            }
            ValueKind::Table { values, .. } => {
                let (key, _) = values
                    .iter()
                    .find(|(_, meaning)| same(meaning, raw))
                    .ok_or_else(wrong("`values` lists no column value for it"))?;
                field_like(key, like)?
            }
        };
        match self.value_of(&field)? {
            Some(back) if self.means_same(&back, raw) => Ok(field),
            _ => Err("the column cannot hold it exactly".into()),
        }
    }

    /// The column's value for no value.
    pub(super) fn remove(&self) -> Result<Field, Reason> {
        self.writable()?;
        if self.default.is_some() {
            return Err("the rule has a default, so it is never absent".into());
        }
        Ok(Field::Null)
    }

    /// Whether two raw values are one for this rule: two spellings of an instant are.
    pub(super) fn means_same(&self, left: &str, right: &str) -> bool {
        let instant = |raw| string(raw).and_then(|text| text.parse::<jiff::Timestamp>().ok());
        same(left, right)
            || matches!(self.kind, ValueKind::Date(_)) && instant(left).is_some_and(|left| instant(right) == Some(left))
    }

    fn read_field(&self, field: &Field, out: &mut String) -> Result<bool, Reason> {
        let found = match &self.kind {
            ValueKind::Const(raw) => {
                out.push_str(raw);
                true
            }
            ValueKind::Text(rule) => {
                let text = rule.read_field(field)?;
                if let Some(text) = &text {
                    push_string(out, text);
                }
                text.is_some()
            }
            ValueKind::Flag(rule) => {
                let value = rule.read_field(field)?;
                if let Some(value) = value {
                    out.push_str(if value { "true" } else { "false" });
                }
                value.is_some()
            }
            ValueKind::Date(rule) => {
                let at = rule.read_field(field)?;
                if let Some(at) = at {
                    push_string(out, &at.to_string());
                }
                at.is_some()
            }
            ValueKind::Number(_) => match number_text(field)? {
                Some(number) => {
                    out.push_str(&number);
                    true
                }
                None => false,
            },
            ValueKind::Json(_) => match json_value(field)? {
                Some(raw) => {
                    out.push_str(&raw);
                    true
                }
                None => false,
            },
            ValueKind::List { separator, numbers, .. } => push_list(field, separator, *numbers, out)?,
            ValueKind::Table { values, .. } => match text_of(field)? {
                None => false,
                Some(text) => match values.iter().find(|(key, _)| *key == text) {
                    Some((_, raw)) => {
                        out.push_str(raw);
                        true
                    }
                    None if self.default.is_some() => false,
                    None => return Err("holds a value that `values` does not list".into()),
                },
            },
        };
        Ok(found || self.push_default(out))
    }

    fn push_default(&self, out: &mut String) -> bool {
        if let Some(raw) = &self.default {
            out.push_str(raw);
        }
        self.default.is_some()
    }

    fn slot(&self) -> Option<Slot> {
        match &self.kind {
            ValueKind::Const(_) => None,
            ValueKind::Flag(rule) => rule.slot(),
            ValueKind::Text(_) | ValueKind::Date(_) | ValueKind::Number(_) | ValueKind::Json(_) => self.writable().ok(),
            ValueKind::List { slot, .. } | ValueKind::Table { slot, .. } => Some(*slot),
        }
    }
}

fn number_text(field: &Field) -> Result<Option<Cow<'_, str>>, Reason> {
    let text = match field {
        Field::Bool(_) => return Err("holds a boolean where a number is expected".into()),
        other => text_of(other)?,
    };
    match text {
        Some(text) if text.is_empty() => Ok(None),
        Some(text) if is_number(&text) => Ok(Some(text)),
        Some(_) => Err("holds text that is no number".into()),
        None => Ok(None),
    }
}

fn number_field(raw: &str, like: &Field) -> Result<Field, Reason> {
    let digits = Digits::of(raw).filter(|_| is_number(raw)).ok_or("the column holds a number, and this is none")?;
    let plain = || digits.plain().ok_or(Reason::from("the number is out of range"));
    match like {
        Field::Text(_) => Ok(Field::Text(raw.to_owned())),
        Field::Json(_) => Ok(Field::Json(raw.to_owned())),
        Field::Bytes(_) => Ok(Field::Bytes(raw.as_bytes().to_owned())),
        Field::Null => {
            let plain = plain()?;
            Ok(plain
                .parse()
                .map(Field::I64)
                .or_else(|_| plain.parse().map(Field::U64))
                .unwrap_or(Field::Decimal(plain)))
        }
        Field::F64(_) => field_like(raw, like),
        like => field_like(&plain()?, like),
    }
}

fn json_value(field: &Field) -> Result<Option<Cow<'_, str>>, Reason> {
    let text = match field {
        Field::Json(text) => Some(Cow::Borrowed(text.as_str())),
        other => text_of(other)?,
    };
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    match serde_json::from_str::<&RawValue>(&text) {
        Ok(raw) if raw.get() == "null" => Ok(None),
        Ok(_) => Ok(Some(match text {
            Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
            Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
        })),
        Err(_) => Err("holds text that is no JSON".into()),
    }
}

fn push_list(field: &Field, separator: &str, numbers: bool, out: &mut String) -> Result<bool, Reason> {
    let start = out.len();
    let mut push = |text: &str| -> Result<(), Reason> {
        out.push(if out.len() == start { '[' } else { ',' });
        if !numbers {
            push_string(out, text);
        } else if is_number(text) {
            out.push_str(text);
        } else {
            return Err("holds a list item that is no number".into());
        }
        Ok(())
    };
    match field {
        Field::Null => return Ok(false),
        Field::List(items) => {
            for item in items {
                push(&text_of(item)?.ok_or("holds a list with a null item")?)?;
            }
        }
        Field::Json(text) => {
            if text.trim() == "null" {
                return Ok(false);
            }
            for item in items(text).ok_or("holds JSON that is no array")? {
                match string(item.get()) {
                    Some(text) => push(&text)?,
                    None if numbers => push(item.get())?,
                    None => return Err("holds an array with an item that is no text".into()),
                }
            }
        }
        other => {
            let text = text_of(other)?.unwrap_or_default();
            if !text.trim().is_empty() {
                for item in text.split(separator) {
                    push(item.trim())?;
                }
            }
        }
    }
    out.push_str(if out.len() == start { "[]" } else { "]" });
    Ok(true)
}

fn list_field(raws: &[&RawValue], separator: &str, numbers: bool, like: &Field) -> Result<Field, Reason> {
    let mut texts = Vec::with_capacity(raws.len());
    for raw in raws {
        texts.push(match string(raw.get()) {
            Some(text) if !numbers => text,
            None if numbers && is_number(raw.get()) => raw.get().to_owned(),
            _ if numbers => return Err("the column holds a list of numbers, and an item is none".into()),
            _ => return Err("the column holds a list of texts, and an item is none".into()),
        });
    }
    match like {
        Field::List(old) => {
            let like = old.first().unwrap_or(&Field::Null);
            texts.iter().map(|text| field_like(text, like)).collect::<Result<_, _>>().map(Field::List)
        }
        Field::Json(_) => {
            let mut json = String::from("[");
            for (index, raw) in raws.iter().enumerate() {
                json.push_str(if index == 0 { "" } else { "," });
                json.push_str(raw.get());
            }
            json.push(']');
            Ok(Field::Json(json))
        }
        like => field_like(&texts.join(separator), like),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(kind: ValueKind) -> ValueRule {
        ValueRule { kind, default: None }
    }

    fn value(rule: &ValueRule, field: impl Into<Field>) -> Option<String> {
        rule.value_of(&field.into()).unwrap()
    }

    #[test]
    fn a_number_column_keeps_every_digit_and_comes_back_in_its_own_type() {
        let rule = rule(ValueKind::Number(0));
        assert_eq!(value(&rule, "12345678901234567890.10").as_deref(), Some("12345678901234567890.10"));
        assert_eq!(value(&rule, Field::U64(u64::MAX)).as_deref(), Some("18446744073709551615"));
        assert_eq!(value(&rule, ""), None);
        assert!(rule.value_of(&"abc".into()).is_err());
        assert!(rule.write("42", &"7".into()).unwrap() == "42".into());
        assert!(rule.write("1e3", &Field::I64(7)).unwrap() == Field::I64(1000));
        assert!(rule.write("1.5", &Field::I64(7)).is_err());
        assert!(rule.write("12345678901234567890123", &Field::F64(1.0)).is_err(), "it would be rounded");
        assert!(rule.write("12345678901234567890123", &Field::Null).is_ok());
        assert!(rule.write("\"42\"", &Field::Null).is_err());
    }

    #[test]
    fn lists_come_from_text_arrays_and_json() {
        let rule = rule(ValueKind::List { slot: 0, separator: ",".into(), numbers: false });
        let expected = Some(r#"["a","b c"]"#);
        assert_eq!(value(&rule, "a, b c").as_deref(), expected);
        assert_eq!(value(&rule, Field::List(vec!["a".into(), "b c".into()])).as_deref(), expected);
        assert_eq!(value(&rule, Field::Json(r#"["a", "b c"]"#.into())).as_deref(), expected);
        assert_eq!(value(&rule, "").as_deref(), Some("[]"));
        assert_eq!(value(&rule, Field::Null), None);
        assert!(rule.write(r#"["a","b"]"#, &"x".into()).unwrap() == "a,b".into());
        assert!(rule.write(r#"["a,b"]"#, &"x".into()).is_err(), "it would come back as two items");
        assert!(rule.write(r#"[1]"#, &"x".into()).is_err());
        assert!(rule.write("\"a\"", &"x".into()).is_err());
    }

    #[test]
    fn json_columns_keep_their_exact_text() {
        let rule = rule(ValueKind::Json(0));
        assert_eq!(value(&rule, r#"{"n": 1.50}"#).as_deref(), Some(r#"{"n": 1.50}"#));
        assert_eq!(value(&rule, Field::Json("null".into())), None);
        assert_eq!(value(&rule, Field::I64(3)).as_deref(), Some("3"));
        assert!(rule.value_of(&"{".into()).is_err());
        assert!(rule.write("[1]", &"{}".into()).unwrap() == "[1]".into());
    }

    #[test]
    fn a_key_with_a_default_cannot_be_removed() {
        let rule = ValueRule { default: Some("0".into()), ..rule(ValueKind::Number(0)) };
        assert_eq!(value(&rule, Field::Null).as_deref(), Some("0"));
        assert!(rule.remove().is_err());
    }
}
