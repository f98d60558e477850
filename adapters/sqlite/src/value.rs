//! Between SQLite's five storage classes and fields.

use crosswalk_contract::{Date, Error, Field, Result, Time, Timestamp};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};

/// A parameter: borrowed wherever it can be, since metadata may be 16 MB long.
pub(crate) type Parameter<'v> = ToSqlOutput<'v>;

/// A value exactly as SQLite stores it, kept beyond its row: keys of rows and raw containers. Text may be any bytes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Stored {
    Null,
    Integer(i64),
    Real(f64),
    Text(Vec<u8>),
    Blob(Vec<u8>),
}

impl Stored {
    pub(crate) fn parameter(&self) -> Parameter<'_> {
        ToSqlOutput::Borrowed(match self {
            Stored::Null => ValueRef::Null,
            Stored::Integer(number) => ValueRef::Integer(*number),
            Stored::Real(number) => ValueRef::Real(*number),
            Stored::Text(text) => ValueRef::Text(text),
            Stored::Blob(bytes) => ValueRef::Blob(bytes),
        })
    }
}

impl From<ValueRef<'_>> for Stored {
    fn from(value: ValueRef<'_>) -> Stored {
        match value {
            ValueRef::Null => Stored::Null,
            ValueRef::Integer(number) => Stored::Integer(number),
            ValueRef::Real(number) => Stored::Real(number),
            ValueRef::Text(text) => Stored::Text(text.to_owned()),
            ValueRef::Blob(bytes) => Stored::Blob(bytes.to_owned()),
        }
    }
}

/// What the column holds. Text that is not UTF-8 is bytes: nothing is replaced and nothing is lost.
pub(crate) fn field(value: ValueRef<'_>) -> Field {
    match value {
        ValueRef::Null => Field::Null,
        ValueRef::Integer(number) => Field::I64(number),
        ValueRef::Real(number) => Field::F64(number),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Field::Text(text.to_owned()),
            Err(_) => Field::Bytes(text.to_owned()),
        },
        ValueRef::Blob(bytes) => Field::Bytes(bytes.to_owned()),
    }
}

/// The field as a parameter. Dates and times have SQLite's own text form; decimals stay text with every digit.
///
/// # Errors
/// `Refused` (`wrong_type`) for what SQLite cannot hold: it would store something else without a word.
pub(crate) fn parameter<'v>(column: &str, field: &'v Field) -> Result<Parameter<'v>> {
    let refuse = |what: &str| {
        Err(Error::refused("wrong_type", format!("SQLite cannot hold {what}"))
            .with("field", column)
            .hint("give the column another rule in the map"))
    };
    Ok(match field {
        Field::Null => ToSqlOutput::Owned(Value::Null),
        Field::Bool(value) => ToSqlOutput::Owned(Value::Integer(i64::from(*value))),
        Field::I64(number) => ToSqlOutput::Owned(Value::Integer(*number)),
        Field::U64(number) => match i64::try_from(*number) {
            Ok(number) => ToSqlOutput::Owned(Value::Integer(number)),
            Err(_) => return refuse("an integer above 9223372036854775807"),
        },
        Field::F64(number) if number.is_nan() => return refuse("NaN, which it turns into NULL"),
        Field::F64(number) => ToSqlOutput::Owned(Value::Real(*number)),
        Field::Decimal(text) | Field::Text(text) | Field::Json(text) => borrowed_text(text),
        Field::Bytes(bytes) => ToSqlOutput::Borrowed(ValueRef::Blob(bytes)),
        Field::Date(date) if out_of_range(date) => return refuse("a year outside 0 to 9999"),
        Field::Timestamp(Timestamp { date, .. }) if out_of_range(date) => return refuse("a year outside 0 to 9999"),
        Field::Timestamp(Timestamp { offset_seconds: Some(offset), .. }) if offset % 60 != 0 => {
            return refuse("an offset from UTC that is not whole minutes");
        }
        Field::Date(date) => owned_text(date_text(date)),
        Field::Time(time) => owned_text(time_text(time)),
        Field::Timestamp(timestamp) => owned_text(timestamp_text(timestamp)),
        Field::List(_) => return refuse("a list in one column"),
    })
}

/// Text as a parameter without a copy.
pub(crate) fn borrowed_text(text: &str) -> Parameter<'_> {
    ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes()))
}

/// The bytes that a value takes, for keeping batches small.
pub(crate) fn weight(value: ValueRef<'_>) -> usize {
    match value {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => bytes.len(),
        _ => 8,
    }
}

fn owned_text(text: String) -> Parameter<'static> {
    ToSqlOutput::Owned(Value::Text(text))
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(field: &Field) -> String {
        match parameter("c", field).unwrap() {
            ToSqlOutput::Owned(Value::Text(text)) => text,
            ToSqlOutput::Borrowed(ValueRef::Text(text)) => String::from_utf8(text.to_vec()).unwrap(),
            _ => panic!("not text"),
        }
    }

    #[test]
    fn dates_and_times_have_sqlites_own_text_form() {
        let date = Date { year: 2009, month: 2, day: 0 };
        let time = Time { hour: 3, minute: 4, second: 5, nanosecond: 120_000_000 };
        assert_eq!(text(&Field::Date(date)), "2009-02-00");
        assert_eq!(text(&Field::Time(time)), "03:04:05.12");
        let zoned = Timestamp { date, time, offset_seconds: Some(-5_400) };
        assert_eq!(text(&Field::Timestamp(zoned)), "2009-02-00 03:04:05.12-01:30");
        assert_eq!(text(&Field::Timestamp(Timestamp { offset_seconds: None, ..zoned })), "2009-02-00 03:04:05.12");
        assert_eq!(text(&Field::Decimal("25.4000000000000000".into())), "25.4000000000000000");
    }

    #[test]
    fn what_sqlite_would_change_without_a_word_is_refused() {
        let year = Field::Date(Date { year: 10_000, month: 1, day: 1 });
        for field in [Field::U64(u64::MAX), Field::F64(f64::NAN), Field::List(vec![]), year] {
            assert_eq!(parameter("c", &field).unwrap_err().code_name(), "wrong_type", "{field:?}");
        }
        assert!(parameter("c", &Field::U64(7)).is_ok());
    }

    proptest! {
        #[test]
        fn what_is_read_and_written_back_is_the_same(
            number in any::<i64>(), real in any::<f64>(), text in ".*", bytes in any::<Vec<u8>>(),
        ) {
            let connection = rusqlite::Connection::open_in_memory().unwrap();
            let reals = if real.is_nan() { 0.0 } else { real };
            let fields = [Field::Null, Field::I64(number), Field::F64(reals), Field::Text(text), Field::Bytes(bytes)];
            for written in &fields {
                let read = connection
                    .query_row("SELECT ?1", [parameter("c", written).unwrap()], |row| Ok(field(row.get_ref(0)?)))
                    .unwrap();
                prop_assert!(&read == written, "{written:?} came back as {read:?}");
            }
        }
    }
}
