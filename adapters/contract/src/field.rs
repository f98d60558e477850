//! One value of a legacy record, typed as the store typed it: nothing is decided or lost here.

use std::fmt;

/// A value as the store returned it, or as it is to be written.
///
/// An adapter converts between these and its driver's types and never decides what a column *means*. JSON values are
/// deliberately absent: a JSON map would lose `BINARY`, `DECIMAL`, large unsigned numbers and zero dates.
#[derive(Clone, PartialEq)]
pub enum Field {
    /// SQL `NULL`, or an absent value.
    Null,
    /// A boolean, where the store has such a type.
    Bool(bool),
    /// A signed integer.
    I64(i64),
    /// An unsigned integer that may not fit [`Field::I64`] (MySQL `BIGINT UNSIGNED`).
    U64(u64),
    /// A binary floating-point number.
    F64(f64),
    /// An exact decimal as its text, every digit kept (`25.4000000000000000`).
    Decimal(String),
    /// Text in Unicode.
    Text(String),
    /// Bytes that are not known to be text.
    Bytes(Vec<u8>),
    /// A calendar date; zero parts are kept (`0000-00-00`).
    Date(Date),
    /// A time of day.
    Time(Time),
    /// A date and time, with or without an offset.
    Timestamp(Timestamp),
    /// JSON as the store's exact text.
    Json(String),
    /// Several values (a PostgreSQL array, or extra rows merged into one field).
    List(Vec<Field>),
}

impl Field {
    /// Whether this is [`Field::Null`].
    pub fn is_null(&self) -> bool {
        matches!(self, Field::Null)
    }

    /// The text inside [`Field::Text`], [`Field::Json`] or [`Field::Decimal`].
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Field::Text(text) | Field::Json(text) | Field::Decimal(text) => Some(text),
            _ => None,
        }
    }

    /// The name of the variant, for messages: it tells the type and never the value.
    pub fn type_name(&self) -> &'static str {
        match self {
            Field::Null => "null",
            Field::Bool(_) => "boolean",
            Field::I64(_) | Field::U64(_) => "integer",
            Field::F64(_) => "float",
            Field::Decimal(_) => "decimal",
            Field::Text(_) => "text",
            Field::Bytes(_) => "bytes",
            Field::Date(_) => "date",
            Field::Time(_) => "time",
            Field::Timestamp(_) => "timestamp",
            Field::Json(_) => "json",
            Field::List(_) => "list",
        }
    }
}

/// Prints the type, never the value: records pass through logs and test failures, and they hold hashes.
impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.type_name())
    }
}

impl From<&str> for Field {
    fn from(text: &str) -> Self {
        Field::Text(text.to_owned())
    }
}

impl From<String> for Field {
    fn from(text: String) -> Self {
        Field::Text(text)
    }
}

impl From<i64> for Field {
    fn from(number: i64) -> Self {
        Field::I64(number)
    }
}

impl From<bool> for Field {
    fn from(value: bool) -> Self {
        Field::Bool(value)
    }
}

/// A calendar date as the store holds it. Parts may be zero, since MySQL stores `0000-00-00` and `2009-00-00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date {
    /// Year, `0` for MySQL's zero date.
    pub year: i32,
    /// Month 1–12, or `0`.
    pub month: u8,
    /// Day 1–31, or `0`.
    pub day: u8,
}

/// A time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Time {
    /// Hours 0–23.
    pub hour: u8,
    /// Minutes 0–59.
    pub minute: u8,
    /// Seconds 0–60.
    pub second: u8,
    /// Nanoseconds below a second.
    pub nanosecond: u32,
}

/// A date with a time of day, and the offset from UTC in seconds where the store knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timestamp {
    /// The calendar date.
    pub date: Date,
    /// The time of day.
    pub time: Time,
    /// Seconds east of UTC; `None` where the store's type has no zone.
    pub offset_seconds: Option<i32>,
}
