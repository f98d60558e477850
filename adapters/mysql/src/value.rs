//! Between the server's types and fields.

use crosswalk_contract::{Date, Error, Field, Record, Result, Time, Timestamp};
use mysql_async::{
    Column as Answered, Row, Value,
    consts::{ColumnFlags, ColumnType},
};

use crate::schema::{Column, Kind, Schema};

/// The number of the character set `binary`: what is not text.
const BINARY: u16 = 63;

/// The record of a row whose first columns were selected by [`Schema::reading`], and what comes after them.
pub(crate) fn record(schema: &Schema, row: Row) -> (Record, Vec<Value>) {
    let answered = row.columns();
    let mut values = row.unwrap();
    let rest = values.split_off(schema.names.names().len().min(values.len()));
    let fields = values.into_iter().zip(answered.iter()).map(|(value, column)| field(value, column)).collect();
    (Record::new(schema.names.clone(), fields), rest)
}

/// What the column holds. Text that is not UTF-8 is bytes: nothing is replaced and nothing is lost.
pub(crate) fn field(value: Value, column: &Answered) -> Field {
    match value {
        Value::NULL => Field::Null,
        Value::Int(number) => Field::I64(number),
        Value::UInt(number) => i64::try_from(number).map_or(Field::U64(number), Field::I64),
        Value::Double(number) => Field::F64(number),
        // The shortest text of the stored bits: as a wider number, 0.1 would become 0.10000000149.
        Value::Float(number) => Field::F64(number.to_string().parse().unwrap_or(f64::from(number))),
        Value::Date(year, month, day, hour, minute, second, micros) => {
            let date = Date { year: i32::from(year), month, day };
            match column.column_type() {
                ColumnType::MYSQL_TYPE_DATE | ColumnType::MYSQL_TYPE_NEWDATE => Field::Date(date),
                _ => {
                    let time = Time { hour, minute, second, nanosecond: micros.saturating_mul(1_000) };
                    Field::Timestamp(Timestamp { date, time, offset_seconds: None })
                }
            }
        }
        Value::Time(false, 0, hour, minute, second, micros) => {
            Field::Time(Time { hour, minute, second, nanosecond: micros.saturating_mul(1_000) })
        }
        Value::Time(negative, days, hour, minute, second, micros) => {
            Field::Text(long_time(negative, u64::from(days) * 24 + u64::from(hour), minute, second, micros))
        }
        Value::Bytes(bytes) => bytes_field(bytes, column),
    }
}

/// The field as a parameter for that column.
///
/// # Errors
/// `Refused` (`wrong_type`) for what the server cannot hold: it would store something else without a word.
pub(crate) fn parameter(column: &Column, field: &Field) -> Result<Value> {
    let refuse = |what: &str| {
        Err(Error::refused("wrong_type", format!("the column cannot hold {what}"))
            .with("field", &column.name)
            .hint("give the column another rule in the map"))
    };
    Ok(match field {
        Field::Null => Value::NULL,
        Field::Bool(value) => Value::Int(i64::from(*value)),
        Field::I64(number) => Value::Int(*number),
        Field::U64(number) => Value::UInt(*number),
        Field::F64(number) if !number.is_finite() => return refuse("a number that is not finite"),
        Field::F64(number) => Value::Double(*number),
        Field::Decimal(text) if loses_digits(column, text) => return refuse("all digits of that decimal"),
        Field::Text(text) | Field::Decimal(text) if column.kind == Kind::Bit => match text.parse::<u64>() {
            Ok(number) => Value::UInt(number),
            Err(_) => return refuse("that text"),
        },
        Field::Decimal(text) | Field::Text(text) | Field::Json(text) => Value::from(text),
        // Of a BIT column, as other clients read and write it.
        Field::Bytes(bytes) if column.kind == Kind::Bit && bytes.len() <= 8 => Value::UInt(big_endian(bytes)),
        Field::Bytes(bytes) => Value::from(bytes),
        Field::Date(date) if out_of_range(date) => return refuse("a year outside 0 to 9999"),
        Field::Timestamp(Timestamp { date, .. }) if out_of_range(date) => return refuse("a year outside 0 to 9999"),
        Field::Timestamp(Timestamp { offset_seconds: Some(_), .. }) if matches!(column.kind, Kind::Timestamp(_)) => {
            return refuse("an offset from UTC");
        }
        Field::Date(date) => Value::from(date_text(date)),
        Field::Time(time) => Value::from(time_text(time)),
        Field::Timestamp(timestamp) => Value::from(timestamp_text(timestamp)),
        Field::List(_) => return refuse("a list"),
    })
}

/// The bytes that a value takes, for keeping batches small.
pub(crate) fn weight(value: &Value) -> usize {
    match value {
        Value::Bytes(bytes) => bytes.len(),
        _ => 8,
    }
}

fn bytes_field(bytes: Vec<u8>, column: &Answered) -> Field {
    let text = |bytes: Vec<u8>, make: fn(String) -> Field| match String::from_utf8(bytes) {
        Ok(text) => make(text),
        Err(error) => Field::Bytes(error.into_bytes()),
    };
    match column.column_type() {
        ColumnType::MYSQL_TYPE_DECIMAL | ColumnType::MYSQL_TYPE_NEWDECIMAL => text(bytes, Field::Decimal),
        ColumnType::MYSQL_TYPE_JSON => text(bytes, Field::Json),
        ColumnType::MYSQL_TYPE_BIT if bytes.len() <= 8 => match big_endian(&bytes) {
            number if number <= i64::MAX as u64 => Field::I64(number as i64),
            number => Field::U64(number),
        },
        ColumnType::MYSQL_TYPE_GEOMETRY => Field::Bytes(bytes),
        _ if column.character_set() == BINARY && !column.flags().contains(ColumnFlags::ENUM_FLAG) => {
            Field::Bytes(bytes)
        }
        _ => text(bytes, Field::Text),
    }
}

fn big_endian(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The server rounds a decimal to its column without an error.
fn loses_digits(column: &Column, text: &str) -> bool {
    let Kind::Decimal(_, scale) = column.kind else { return false };
    let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction).trim_end_matches('0');
    fraction.len() > scale as usize && fraction.bytes().all(|byte| byte.is_ascii_digit())
}

fn out_of_range(date: &Date) -> bool {
    !(0..=9_999).contains(&date.year)
}

fn date_text(date: &Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year, date.month, date.day)
}

fn time_text(time: &Time) -> String {
    let whole = format!("{:02}:{:02}:{:02}", time.hour, time.minute, time.second);
    if time.nanosecond == 0 {
        return whole;
    }
    let fraction = format!("{:09}", time.nanosecond);
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

fn timestamp_text(timestamp: &Timestamp) -> String {
    let local = format!("{} {}", date_text(&timestamp.date), time_text(&timestamp.time));
    match timestamp.offset_seconds {
        None => local,
        Some(offset) => {
            let (sign, minutes) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs() / 60);
            format!("{local}{sign}{:02}:{:02}", minutes / 60, minutes % 60)
        }
    }
}

/// MySQL's TIME goes from -838:59:59 to 838:59:59, which no time of day can hold.
fn long_time(negative: bool, hours: u64, minute: u8, second: u8, micros: u32) -> String {
    let sign = if negative { "-" } else { "" };
    let whole = format!("{sign}{hours:02}:{minute:02}:{second:02}");
    if micros == 0 {
        return whole;
    }
    let fraction = format!("{micros:06}");
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}
