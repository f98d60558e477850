//! From fields to parameters. All parameters are sent as text, so the server converts by its own rules and any type can
//! be written, also those that no driver knows.

use std::{borrow::Cow, error::Error as StdError, fmt};

use bytes::BytesMut;
use crosswalk_contract::{Error, Field, Result};
use tokio_postgres::types::{Format, IsNull, ToSql, Type};

use crate::{
    calendar::{date_text, in_utc, time_text, timestamp_text},
    column::{Column, Shape},
};

/// A value in PostgreSQL's text form; `None` is NULL. Borrowed wherever it can be: metadata may be 16 MB long.
#[derive(Clone, PartialEq)]
pub(crate) struct Parameter<'v>(pub(crate) Option<Cow<'v, str>>);

impl<'v> Parameter<'v> {
    pub(crate) fn borrowed(text: &'v str) -> Parameter<'v> {
        Parameter(Some(Cow::Borrowed(text)))
    }

    pub(crate) fn owned(text: impl Into<String>) -> Parameter<'static> {
        Parameter(Some(Cow::Owned(text.into())))
    }

    /// The field as the column is to hold it.
    ///
    /// # Errors
    /// `Refused` where the column cannot hold it, or where PostgreSQL would store something else without a word.
    pub(crate) fn of(column: &Column, field: &'v Field) -> Result<Parameter<'v>> {
        let text = match field {
            Field::Null => return Ok(Parameter(None)),
            Field::List(fields) => match column.shape {
                Shape::List => Cow::Owned(array(column, fields)?),
                _ => return Err(refused(column, "a list, and the column is no array")),
            },
            field => one(column, field)?,
        };
        if text.contains('\0') {
            return Err(refused(column, "the character NUL"));
        }
        if let Some(limit) = column.limit
            && text.len() > limit as usize
        {
            let kept = if column.shape == Shape::Padded { text.trim_end_matches(' ') } else { &text };
            let length = kept.chars().count();
            if length > limit as usize {
                return Err(Error::refused(
                    "too_long",
                    format!("the value has {length} characters and the column holds {limit}"),
                )
                .with("field", &column.name));
            }
        }
        Ok(Parameter(Some(text)))
    }
}

/// Prints that it is there, never what it is: the driver writes parameters to its debug log.
impl fmt::Debug for Parameter<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "***" } else { "NULL" })
    }
}

impl ToSql for Parameter<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        Ok(match &self.0 {
            Some(text) => {
                out.extend_from_slice(text.as_bytes());
                IsNull::No
            }
            None => IsNull::Yes,
        })
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(&self, r#type: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        self.to_sql(r#type, out)
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }
}

/// The text form of `bytea`.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let mut text = String::with_capacity(2 + bytes.len() * 2);
    text.push_str("\\x");
    for byte in bytes {
        text.push(DIGITS[usize::from(byte >> 4)]);
        text.push(DIGITS[usize::from(byte & 15)]);
    }
    text
}

/// The text form of `hstore` for a JSON object.
///
/// # Errors
/// What it holds that an `hstore` cannot: everything but texts and null.
pub(crate) fn hstore(json: &str) -> std::result::Result<String, &'static str> {
    let object: std::collections::BTreeMap<String, serde_json::Value> =
        serde_json::from_str(json).map_err(|_| "a column of the type hstore holds an object")?;
    let mut text = String::with_capacity(json.len());
    for (name, value) in object {
        if !text.is_empty() {
            text.push(',');
        }
        quote(&mut text, &name);
        text.push_str("=>");
        match value {
            serde_json::Value::Null => text.push_str("NULL"),
            serde_json::Value::String(value) => quote(&mut text, &value),
            _ => return Err("a column of the type hstore holds texts only"),
        }
    }
    if text.contains('\0') { Err("a column of the type hstore cannot hold the character NUL") } else { Ok(text) }
}

fn quote(text: &mut String, part: &str) {
    text.push('"');
    for character in part.chars() {
        if matches!(character, '"' | '\\') {
            text.push('\\');
        }
        text.push(character);
    }
    text.push('"');
}

fn one<'v>(column: &Column, field: &'v Field) -> Result<Cow<'v, str>> {
    let no_date = || refused(column, "a date with a zero or impossible part");
    Ok(match field {
        Field::Null => Cow::Borrowed(""),
        // Columns of bytes that hold text hold its UTF-8.
        Field::Text(text) | Field::Json(text) | Field::Decimal(text) if column.member == Shape::Bytes => {
            Cow::Owned(hex(text.as_bytes()))
        }
        Field::Text(text) | Field::Json(text)
            if column.member == Shape::Hstore && text.trim_start().starts_with('{') =>
        {
            Cow::Owned(hstore(text).map_err(|why| refused(column, why))?)
        }
        Field::Text(text) | Field::Json(text) | Field::Decimal(text) => Cow::Borrowed(text),
        Field::Bool(value) => Cow::Borrowed(match (column.member, value) {
            (Shape::Integer(..) | Shape::Numeric | Shape::Float, true) => "1",
            (Shape::Integer(..) | Shape::Numeric | Shape::Float, false) => "0",
            (_, true) => "true",
            (_, false) => "false",
        }),
        Field::I64(number) => Cow::Owned(number.to_string()),
        Field::U64(number) => Cow::Owned(number.to_string()),
        Field::F64(number) => Cow::Owned(number.to_string()),
        Field::Bytes(bytes) if column.member == Shape::Bytes => Cow::Owned(hex(bytes)),
        Field::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => return Err(refused(column, "bytes that are no text, and the column is no bytea")),
        },
        Field::Date(date) => Cow::Owned(date_text(date).ok_or_else(no_date)?),
        Field::Time(time) => Cow::Owned(time_text(time)),
        Field::Timestamp(timestamp) => {
            let zoneless = matches!(column.member, Shape::Timestamp | Shape::Date | Shape::Time);
            let shifted = if zoneless { in_utc(timestamp) } else { Some(*timestamp) };
            Cow::Owned(shifted.as_ref().and_then(timestamp_text).ok_or_else(no_date)?)
        }
        Field::List(_) => return Err(refused(column, "a list inside a value")),
    })
}

/// An array in PostgreSQL's text form; everything is quoted, so nothing in it can end it.
fn array(column: &Column, fields: &[Field]) -> Result<String> {
    let mut text = String::from("{");
    for (index, field) in fields.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        match field {
            Field::Null => text.push_str("NULL"),
            Field::List(inner) => text.push_str(&array(column, inner)?),
            field => quote(&mut text, &one(column, field)?),
        }
    }
    text.push('}');
    Ok(text)
}

fn refused(column: &Column, what: &str) -> Error {
    Error::refused("wrong_type", format!("the column cannot hold {what}"))
        .with("field", &column.name)
        .hint("give the column another rule in the map")
}
