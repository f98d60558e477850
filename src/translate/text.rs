//! Rules whose value is text: columns, constants, joins, parts, value tables, binary columns, letter case.

use std::borrow::Cow;

use crosswalk_contract::Field;
use data_encoding::{BASE64, HEXLOWER, HEXLOWER_PERMISSIVE};

use super::{
    field_text::{Reason, field_like, text_of},
    row::{Misfit, Row, Slot},
    settings::{Encoding, Part},
};

/// A rule that gives a text.
#[derive(Clone, Debug)]
pub(super) struct TextRule {
    pub source: TextSource,
    /// To lower case.
    pub fold: bool,
    pub default: Option<String>,
    /// Empty text counts as absent. So it is for root attributes, which old tables fill with `''` for nothing.
    pub blank_is_absent: bool,
}

/// Where the text comes from.
#[derive(Clone, Debug)]
pub(super) enum TextSource {
    Const(String),
    Column { slot: Slot, encoding: Option<Encoding> },
    Join { slots: Vec<Slot>, with: String },
    Split { slot: Slot, separator: String, part: Part },
    Table { slot: Slot, values: Vec<(String, String)> },
}

impl TextRule {
    /// The value.
    pub(super) fn read<'a>(&'a self, row: &Row<'a>) -> Result<Option<Cow<'a, str>>, Misfit> {
        match &self.source {
            TextSource::Const(text) => Ok(Some(Cow::Borrowed(text))),
            TextSource::Join { slots, with } => {
                let mut joined = String::new();
                for &slot in slots {
                    let part = text_of(row.get(slot)).map_err(|reason| Misfit { slot, reason })?;
                    let part = part.as_deref().unwrap_or_default();
                    if !part.is_empty() && !joined.is_empty() {
                        joined.push_str(with);
                    }
                    joined.push_str(part);
                }
                Ok(self.finish((!joined.is_empty()).then_some(Cow::Owned(joined))))
            }
            TextSource::Column { slot, .. } | TextSource::Split { slot, .. } | TextSource::Table { slot, .. } => {
                self.read_field(row.get(*slot)).map_err(|reason| Misfit { slot: *slot, reason })
            }
        }
    }

    /// The value that one field gives, for rules on one column.
    pub(super) fn read_field<'a>(&'a self, field: &'a Field) -> Result<Option<Cow<'a, str>>, Reason> {
        let text = match &self.source {
            TextSource::Column { encoding: Some(encoding), .. } => decoded(field, *encoding)?,
            TextSource::Split { separator, part, .. } => match text_of(field)? {
                Some(text) => cut(&text, separator, *part).map(|part| Cow::Owned(part.to_owned())),
                None => None,
            },
            TextSource::Table { values, .. } => match text_of(field)? {
                None => None,
                Some(text) => match values.iter().find(|(key, _)| *key == text) {
                    Some((_, value)) => Some(Cow::Borrowed(value.as_str())),
                    None if self.default.is_some() => None,
                    None => return Err("holds a value that `values` does not list".into()),
                },
            },
            TextSource::Const(_) | TextSource::Column { .. } | TextSource::Join { .. } => text_of(field)?,
        };
        Ok(self.finish(text))
    }

    /// The column to write, or why there is none.
    pub(super) fn writable(&self) -> Result<Slot, Reason> {
        match &self.source {
            TextSource::Column { slot, .. } | TextSource::Table { slot, .. } => Ok(*slot),
            TextSource::Const(_) => Err("it is a constant".into()),
            TextSource::Join { .. } => Err("it is joined from several columns".into()),
            TextSource::Split { .. } => Err("it is a part of a column".into()),
        }
    }

    /// The column's value for a text; reading it back gives the same text.
    pub(super) fn write(&self, text: &str, like: &Field) -> Result<Field, Reason> {
        self.writable()?;
        let text = if self.fold { Cow::Owned(text.to_lowercase()) } else { Cow::Borrowed(text) };
        let field = match &self.source {
            TextSource::Column { encoding: Some(encoding), .. } => encoded(&text, *encoding)?,
            TextSource::Table { values, .. } => {
                let (key, _) =
                    values.iter().find(|(_, value)| *value == text).ok_or("`values` lists no column value for it")?;
                field_like(key, like)?
            }
            _ => field_like(&text, like)?,
        };
        if self.read_field(&field)?.as_deref() == Some(&*text) {
            Ok(field)
        } else {
            Err("the column cannot hold it exactly".into())
        }
    }

    /// The column and whether letter case is disregarded, where users can be looked up by this rule.
    pub(super) fn lookup(&self) -> Option<(Slot, bool)> {
        match self.source {
            TextSource::Column { slot, encoding: None | Some(Encoding::Utf8) } => Some((slot, self.fold)),
            _ => None,
        }
    }

    fn finish<'a>(&'a self, text: Option<Cow<'a, str>>) -> Option<Cow<'a, str>> {
        let text = text
            .filter(|text| !(self.blank_is_absent && text.is_empty()))
            .or_else(|| self.default.as_deref().map(Cow::Borrowed))?;
        Some(match text {
            text if !self.fold => text,
            text if text.is_ascii() && !text.bytes().any(|byte| byte.is_ascii_uppercase()) => text,
            text => Cow::Owned(text.to_lowercase()),
        })
    }
}

fn decoded(field: &Field, encoding: Encoding) -> Result<Option<Cow<'_, str>>, Reason> {
    let bytes = match field {
        Field::Null => return Ok(None),
        Field::Bytes(bytes) => bytes.as_slice(),
        Field::Text(text) => text.as_bytes(),
        other => return Err(Cow::Owned(format!("holds {} where bytes are expected", other.type_name()))),
    };
    Ok(Some(match encoding {
        Encoding::Hex => Cow::Owned(HEXLOWER.encode(bytes)),
        Encoding::Base64 => Cow::Owned(BASE64.encode(bytes)),
        Encoding::Utf8 => Cow::Borrowed(std::str::from_utf8(bytes).map_err(|_| "holds bytes that are not UTF-8")?),
        Encoding::Latin1 => Cow::Owned(bytes.iter().map(|byte| char::from(*byte)).collect()),
    }))
}

fn encoded(text: &str, encoding: Encoding) -> Result<Field, Reason> {
    let bytes = match encoding {
        Encoding::Hex => HEXLOWER_PERMISSIVE.decode(text.as_bytes()).map_err(|_| "it is not hexadecimal")?,
        Encoding::Base64 => BASE64.decode(text.as_bytes()).map_err(|_| "it is not base64")?,
        Encoding::Utf8 => text.as_bytes().to_owned(),
        Encoding::Latin1 => text
            .chars()
            .map(|character| u8::try_from(u32::from(character)))
            .collect::<Result<Vec<u8>, _>>()
            .map_err(|_| "it has characters that ISO 8859-1 does not have")?,
    };
    Ok(Field::Bytes(bytes))
}

fn cut<'t>(text: &'t str, separator: &str, part: Part) -> Option<&'t str> {
    match part {
        Part::First => text.split(separator).next(),
        Part::Rest => text.split_once(separator).map(|(_, rest)| rest),
        Part::Last => text.rsplit(separator).next(),
        Part::Number(number) => text.split(separator).nth(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(source: TextSource) -> TextRule {
        TextRule { source, fold: false, default: None, blank_is_absent: true }
    }

    fn read(rule: &TextRule, fields: &[Field]) -> Option<String> {
        rule.read(&Row::of_slots(fields)).unwrap().map(Cow::into_owned)
    }

    #[test]
    fn joined_names_skip_what_is_empty() {
        let rule = rule(TextSource::Join { slots: vec![0, 1, 2], with: " ".into() });
        assert_eq!(read(&rule, &["Ada".into(), Field::Null, "Lovelace".into()]).as_deref(), Some("Ada Lovelace"));
        assert_eq!(read(&rule, &["".into(), Field::Null, "".into()]), None);
        assert!(rule.write("x", &Field::Null).is_err());
    }

    #[test]
    fn a_part_is_cut_out_of_a_column() {
        let part = |part| rule(TextSource::Split { slot: 0, separator: " ".into(), part });
        let full = [Field::from("Ada King Lovelace")];
        for (which, expected) in [
            (Part::First, Some("Ada")),
            (Part::Rest, Some("King Lovelace")),
            (Part::Last, Some("Lovelace")),
            (Part::Number(1), Some("King")),
            (Part::Number(3), None),
        ] {
            assert_eq!(read(&part(which), &full).as_deref(), expected, "{which:?}");
        }
        assert_eq!(read(&part(Part::Rest), &["Ada".into()]), None);
    }

    #[test]
    fn binary_columns_have_a_text_form_and_come_back_from_it() {
        for (encoding, text) in [(Encoding::Hex, "00ff"), (Encoding::Base64, "AP8="), (Encoding::Latin1, "\0ÿ")] {
            let rule = rule(TextSource::Column { slot: 0, encoding: Some(encoding) });
            assert_eq!(read(&rule, &[Field::Bytes(vec![0, 255])]).as_deref(), Some(text));
            assert!(rule.write(text, &Field::Null).unwrap() == Field::Bytes(vec![0, 255]));
        }
        let hex = rule(TextSource::Column { slot: 0, encoding: Some(Encoding::Hex) });
        assert!(hex.write("00FF", &Field::Null).is_err(), "it would read back in lower case");
        let bytes = [Field::Bytes(vec![0, 255])];
        assert!(rule(TextSource::Column { slot: 0, encoding: None }).read(&Row::of_slots(&bytes)).is_err());
    }

    #[test]
    fn folded_text_is_written_in_lower_case() {
        let rule = TextRule { fold: true, ..rule(TextSource::Column { slot: 0, encoding: None }) };
        assert_eq!(read(&rule, &["JÉ@X".into()]).as_deref(), Some("jé@x"));
        assert!(rule.write("JÉ@X", &Field::Null).unwrap() == Field::from("jé@x"));
    }

    #[test]
    fn a_value_outside_its_table_does_not_fit_unless_there_is_a_default() {
        let values = vec![("f".to_owned(), "female".to_owned()), ("F".to_owned(), "female".to_owned())];
        let table = rule(TextSource::Table { slot: 0, values });
        assert_eq!(read(&table, &["F".into()]).as_deref(), Some("female"));
        assert!(table.read_field(&"x".into()).is_err());
        assert!(table.write("female", &Field::Null).unwrap() == Field::from("f"));
        assert!(table.write("male", &Field::Null).is_err());
        let table = TextRule { default: Some("unknown".into()), ..table };
        assert_eq!(read(&table, &["x".into()]).as_deref(), Some("unknown"));
    }

    #[test]
    fn a_number_column_takes_numbers_only() {
        let rule = rule(TextSource::Column { slot: 0, encoding: None });
        assert!(rule.write("12", &Field::I64(0)).unwrap() == Field::I64(12));
        assert!(rule.write("012", &Field::I64(0)).is_err());
        assert!(rule.write("", &Field::Null).is_err(), "empty reads as absent");
    }
}
