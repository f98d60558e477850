//! The one text form of a field, and the way back to a field of the same type.

use std::borrow::Cow;

use crosswalk_contract::{Date, Field, Time, Timestamp};

/// Why a value does not fit. Never holds the value.
pub(super) type Reason = Cow<'static, str>;

/// The field as text; `None` for null.
///
/// # Errors
/// Bytes that are not UTF-8, and lists.
pub(super) fn text_of(field: &Field) -> Result<Option<Cow<'_, str>>, Reason> {
    Ok(Some(match field {
        Field::Null => return Ok(None),
        Field::Text(text) | Field::Decimal(text) => Cow::Borrowed(text),
        Field::I64(number) => Cow::Owned(number.to_string()),
        Field::U64(number) => Cow::Owned(number.to_string()),
        Field::F64(number) => Cow::Owned(number.to_string()),
        Field::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
        Field::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => return Err("holds bytes that are not UTF-8; give the rule an `encoding`".into()),
        },
        Field::Json(text) if text.trim_start().starts_with('"') => match serde_json::from_str::<String>(text) {
            Ok(text) => Cow::Owned(text),
            Err(_) => return Err("holds broken JSON".into()),
        },
        Field::Json(text) if text.trim() == "null" => return Ok(None),
        Field::Json(text) => Cow::Borrowed(text),
        Field::Date(date) => Cow::Owned(date_text(*date)),
        Field::Time(time) => Cow::Owned(time_text(*time)),
        Field::Timestamp(at) => Cow::Owned(timestamp_text(*at)),
        Field::List(_) => return Err("holds a list where one value is expected; give the rule a `list`".into()),
    }))
}

/// A field with that text, of the type of `like`; null tells no type and gives text.
///
/// # Errors
/// Text that the type cannot hold. Whether it holds it *exactly* is for the caller to see by reading it back.
pub(super) fn field_like(text: &str, like: &Field) -> Result<Field, Reason> {
    let field = match like {
        Field::Null | Field::Text(_) => Some(Field::Text(text.to_owned())),
        Field::Bool(_) => match text {
            "true" => Some(Field::Bool(true)),
            "false" => Some(Field::Bool(false)),
            _ => None,
        },
        Field::I64(_) | Field::U64(_) => text.parse().map(Field::I64).or_else(|_| text.parse().map(Field::U64)).ok(),
        Field::F64(_) => text.parse().ok().filter(|number: &f64| number.is_finite()).map(Field::F64),
        Field::Decimal(_) => is_decimal(text).then(|| Field::Decimal(text.to_owned())),
        Field::Bytes(_) => Some(Field::Bytes(text.as_bytes().to_owned())),
        Field::Json(_) => Some(Field::Json(serde_json::Value::from(text).to_string())),
        Field::Date(_) => parse_date(text).map(Field::Date),
        Field::Time(_) => parse_time(text).map(Field::Time),
        Field::Timestamp(_) => parse_timestamp(text).map(Field::Timestamp),
        Field::List(_) => None,
    };
    field.ok_or_else(|| Cow::Owned(format!("the column holds {}, and this is none", like.type_name())))
}

/// `2009-02-13`.
pub(super) fn date_text(date: Date) -> String {
    format!("{:04}-{:02}-{:02}", date.year, date.month, date.day)
}

fn time_text(time: Time) -> String {
    let mut text = format!("{:02}:{:02}:{:02}", time.hour, time.minute, time.second);
    if time.nanosecond != 0 {
        let fraction = format!(".{:09}", time.nanosecond);
        text.push_str(fraction.trim_end_matches('0'));
    }
    text
}

fn timestamp_text(at: Timestamp) -> String {
    let mut text = format!("{}T{}", date_text(at.date), time_text(at.time));
    if let Some(offset) = at.offset_seconds {
        let (sign, all) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs());
        text.push_str(&format!("{sign}{:02}:{:02}", all / 3600, all / 60 % 60));
        if all % 60 != 0 {
            text.push_str(&format!(":{:02}", all % 60));
        }
    }
    text
}

fn parse_date(text: &str) -> Option<Date> {
    let (rest, day) = text.rsplit_once('-')?;
    let (year, month) = rest.rsplit_once('-')?;
    Some(Date { year: year.parse().ok()?, month: month.parse().ok()?, day: day.parse().ok()? })
}

fn parse_time(text: &str) -> Option<Time> {
    let mut parts = text.splitn(3, ':');
    let (hour, minute, rest) = (parts.next()?, parts.next()?, parts.next()?);
    let (second, fraction) = rest.split_once('.').unwrap_or((rest, ""));
    if fraction.len() > 9 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let nanosecond = format!("{fraction:0<9}").parse().ok()?;
    Some(Time { hour: hour.parse().ok()?, minute: minute.parse().ok()?, second: second.parse().ok()?, nanosecond })
}

fn parse_timestamp(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(['T', ' '])?;
    let (time, offset_seconds) = match time.rfind(['+', '-']) {
        Some(at) => {
            let mut parts = time[at + 1..].split(':').map(|part| part.parse::<i32>().ok());
            let (hours, minutes) = (parts.next()??, parts.next().unwrap_or(Some(0))?);
            let all = hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?;
            let all = all.checked_add(parts.next().unwrap_or(Some(0))?)?;
            (&time[..at], Some(if time[at..].starts_with('-') { -all } else { all }))
        }
        None => match time.strip_suffix('Z') {
            Some(time) => (time, Some(0)),
            None => (time, None),
        },
    };
    Some(Timestamp { date: parse_date(date)?, time: parse_time(time)?, offset_seconds })
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.bytes().any(|byte| byte.is_ascii_digit())
        && digits.bytes().filter(|byte| *byte == b'.').count() <= 1
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_values_have_one_text_and_come_back_from_it() {
        let date = Date { year: 2009, month: 2, day: 13 };
        let time = Time { hour: 23, minute: 31, second: 30, nanosecond: 120_000_000 };
        for (field, text) in [
            (Field::I64(-7), "-7"),
            (Field::U64(u64::MAX), "18446744073709551615"),
            (Field::F64(1.5), "1.5"),
            (Field::Decimal("25.400".into()), "25.400"),
            (Field::Bool(true), "true"),
            (Field::Bytes(b"ab".to_vec()), "ab"),
            (Field::Json("\"a\\\"b\"".into()), "a\"b"),
            (Field::Date(date), "2009-02-13"),
            (Field::Time(time), "23:31:30.12"),
            (Field::Timestamp(Timestamp { date, time, offset_seconds: None }), "2009-02-13T23:31:30.12"),
            (Field::Timestamp(Timestamp { date, time, offset_seconds: Some(-5400) }), "2009-02-13T23:31:30.12-01:30"),
        ] {
            assert_eq!(text_of(&field).unwrap().unwrap(), text);
            assert!(field_like(text, &field).unwrap() == field, "{text}");
        }
    }

    #[test]
    fn a_type_refuses_what_it_cannot_hold_without_telling_the_value() {
        for like in [Field::I64(1), Field::F64(1.0), Field::Bool(true), Field::Decimal("1".into()), Field::List(vec![])]
        {
            let reason = field_like("marker", &like).unwrap_err();
            assert!(!reason.contains("marker"), "{reason}");
        }
    }
}
