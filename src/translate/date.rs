//! Rules whose value is an instant: unix seconds, milliseconds, SQL dates in a stated zone.

use crosswalk_contract::{Date, Field, Time, Timestamp as SqlTimestamp};
use jiff::{
    Timestamp,
    civil::{self, DateTime},
    tz::{Offset, TimeZone},
};

use super::{
    field_text::{Reason, field_like, text_of},
    row::{Misfit, Row, Slot},
    settings::DateForm,
};

/// A rule that gives an instant.
#[derive(Clone, Debug)]
pub(super) struct DateRule {
    pub slot: Slot,
    pub form: DateForm,
    /// The zone of dates without an offset.
    pub zone: TimeZone,
    pub default: Option<Timestamp>,
}

const SECOND: i128 = 1_000_000_000;

impl DateRule {
    /// The value.
    pub(super) fn read(&self, row: &Row<'_>) -> Result<Option<Timestamp>, Misfit> {
        self.read_field(row.get(self.slot)).map_err(|reason| Misfit { slot: self.slot, reason })
    }

    /// The value that one field gives. Zero is no date: old tables write it for "never".
    pub(super) fn read_field(&self, field: &Field) -> Result<Option<Timestamp>, Reason> {
        let at = match self.form {
            DateForm::Unix => number_instant(field, SECOND)?,
            DateForm::UnixMs => number_instant(field, SECOND / 1000)?,
            DateForm::Sql => self.sql_instant(field)?,
        };
        Ok(at.or(self.default))
    }

    /// The column's value for an instant; reading it back gives the same instant.
    pub(super) fn write(&self, at: Timestamp, like: &Field) -> Result<Field, Reason> {
        let field = match self.form {
            DateForm::Unix => to_number(at.as_nanosecond(), SECOND, like)?,
            DateForm::UnixMs => to_number(at.as_nanosecond(), SECOND / 1000, like)?,
            DateForm::Sql => self.to_sql(at, like)?,
        };
        if self.read_field(&field)? == Some(at) { Ok(field) } else { Err("the column cannot hold it exactly".into()) }
    }

    fn sql_instant(&self, field: &Field) -> Result<Option<Timestamp>, Reason> {
        match field {
            Field::Null | Field::I64(0) | Field::U64(0) => Ok(None),
            Field::Date(date) => self.at(*date, None, None),
            Field::Timestamp(at) => self.at(at.date, Some(at.time), at.offset_seconds),
            Field::Text(_) | Field::Bytes(_) | Field::Json(_) => {
                let text = text_of(field)?;
                match text.as_deref().map(str::trim).unwrap_or_default() {
                    "" | "0" => Ok(None),
                    text if text.starts_with("0000-00-00") => Ok(None),
                    text => match text.parse::<Timestamp>() {
                        Ok(at) => Ok(Some(at)),
                        Err(_) => {
                            let local: DateTime = text.parse().map_err(|_| "holds text that is no SQL date")?;
                            self.local(local).map(Some)
                        }
                    },
                }
            }
            other => Err(Reason::Owned(format!("holds {} where an SQL date is expected", other.type_name()))),
        }
    }

    fn at(&self, date: Date, time: Option<Time>, offset: Option<i32>) -> Result<Option<Timestamp>, Reason> {
        if (date.year, date.month, date.day) == (0, 0, 0) {
            return Ok(None);
        }
        let no_date = |_| Reason::from("holds a date that the calendar does not have");
        let part = |number: u8| i8::try_from(number).unwrap_or(i8::MAX);
        let year = i16::try_from(date.year).map_err(|_| "holds a date out of range")?;
        let day = civil::Date::new(year, part(date.month), part(date.day)).map_err(no_date)?;
        let time = match time {
            // A leap second is the last instant of its minute, as in every clock that does not know it.
            Some(Time { hour, minute, second, nanosecond }) => civil::Time::new(
                part(hour),
                part(minute),
                part(second.min(59)),
                i32::try_from(nanosecond).unwrap_or(i32::MAX),
            )
            .map_err(no_date)?,
            None => civil::Time::midnight(),
        };
        let local = day.to_datetime(time);
        match offset {
            Some(seconds) => Offset::from_seconds(seconds)
                .and_then(|offset| offset.to_timestamp(local))
                .map(Some)
                .map_err(|_| "holds a date out of range".into()),
            None => self.local(local).map(Some),
        }
    }

    /// A time that clocks skipped is read as if they had not yet; one that they showed twice is the first.
    fn local(&self, local: DateTime) -> Result<Timestamp, Reason> {
        self.zone.to_timestamp(local).map_err(|_| "holds a date out of range".into())
    }

    fn to_sql(&self, at: Timestamp, like: &Field) -> Result<Field, Reason> {
        let local = self.zone.to_datetime(at);
        Ok(match like {
            Field::Date(_) => Field::Date(sql_date(local.date())),
            Field::Null => Field::Timestamp(sql_timestamp(local, None)),
            Field::Timestamp(SqlTimestamp { offset_seconds: None, .. }) => Field::Timestamp(sql_timestamp(local, None)),
            Field::Timestamp(SqlTimestamp { offset_seconds: Some(seconds), .. }) => {
                let offset = Offset::from_seconds(*seconds).unwrap_or(Offset::UTC);
                Field::Timestamp(sql_timestamp(offset.to_datetime(at), Some(offset.seconds())))
            }
            Field::Text(_) | Field::Bytes(_) | Field::Json(_) => {
                let old = text_of(like)?.unwrap_or_default();
                let text = match old.trim() {
                    old if old.parse::<Timestamp>().is_ok() => at.to_string(),
                    old if old.contains('T') => local.to_string(),
                    _ => local.to_string().replacen('T', " ", 1),
                };
                field_like(&text, like)?
            }
            other => return Err(Reason::Owned(format!("the column holds {}, not dates", other.type_name()))),
        })
    }
}

fn sql_date(date: civil::Date) -> Date {
    Date { year: i32::from(date.year()), month: date.month().unsigned_abs(), day: date.day().unsigned_abs() }
}

fn sql_timestamp(at: DateTime, offset_seconds: Option<i32>) -> SqlTimestamp {
    let time = Time {
        hour: at.hour().unsigned_abs(),
        minute: at.minute().unsigned_abs(),
        second: at.second().unsigned_abs(),
        nanosecond: at.subsec_nanosecond().unsigned_abs(),
    };
    SqlTimestamp { date: sql_date(at.date()), time, offset_seconds }
}

fn number_instant(field: &Field, unit: i128) -> Result<Option<Timestamp>, Reason> {
    let nanoseconds = match field {
        Field::Null => return Ok(None),
        Field::I64(number) => i128::from(*number).checked_mul(unit),
        Field::U64(number) => i128::from(*number).checked_mul(unit),
        Field::F64(_) | Field::Decimal(_) | Field::Text(_) | Field::Bytes(_) | Field::Json(_) => {
            match text_of(field)?.as_deref().map(str::trim).unwrap_or_default() {
                "" => return Ok(None),
                text => nanoseconds(text, unit),
            }
        }
        other => return Err(Reason::Owned(format!("holds {} where a number is expected", other.type_name()))),
    };
    match nanoseconds {
        Some(0) => Ok(None),
        Some(nanoseconds) => {
            Timestamp::from_nanosecond(nanoseconds).map(Some).map_err(|_| "holds a date out of range".into())
        }
        None => Err("holds no number that could be a date".into()),
    }
}

/// A decimal text in units of so many nanoseconds; what is below a nanosecond is cut off.
fn nanoseconds(text: &str, unit: i128) -> Option<i128> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.is_empty() || whole.len() > 30 || !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') {
        return None;
    }
    let mut all = whole.parse::<i128>().ok()?.checked_mul(unit)?;
    let mut scale = unit;
    for digit in fraction.bytes() {
        scale /= 10;
        all = all.checked_add(scale.checked_mul(i128::from(digit.checked_sub(b'0').filter(|digit| *digit < 10)?))?)?;
    }
    Some(if negative { -all } else { all })
}

fn to_number(nanoseconds: i128, unit: i128, like: &Field) -> Result<Field, Reason> {
    let (whole, rest) = (nanoseconds / unit, (nanoseconds % unit).unsigned_abs());
    let sign = if nanoseconds < 0 && whole == 0 { "-" } else { "" };
    let text = if rest == 0 {
        whole.to_string()
    } else {
        let places = if unit == SECOND { 9 } else { 6 };
        format!("{sign}{whole}.{}", format!("{rest:0>places$}").trim_end_matches('0'))
    };
    match like {
        Field::Null if rest == 0 => i64::try_from(whole).map(Field::I64).map_err(|_| "it is out of range".into()),
        Field::Null => Ok(Field::Decimal(text)),
        Field::Json(_) => Ok(Field::Json(text)),
        like => field_like(&text, like),
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZoneDatabase;

    use super::*;

    fn rule(form: DateForm, zone: &str) -> DateRule {
        DateRule { slot: 0, form, zone: TimeZoneDatabase::bundled().get(zone).unwrap(), default: None }
    }

    fn read(rule: &DateRule, field: Field) -> Option<String> {
        rule.read_field(&field).unwrap().map(|at| at.to_string())
    }

    #[test]
    fn unix_numbers_are_read_whatever_type_they_have() {
        let rule = rule(DateForm::Unix, "UTC");
        for field in [Field::I64(1_234_567_890), "1234567890".into(), Field::Decimal("1234567890.0".into())] {
            assert_eq!(read(&rule, field).as_deref(), Some("2009-02-13T23:31:30Z"));
        }
        assert_eq!(read(&rule, Field::Decimal("1234567890.25".into())).as_deref(), Some("2009-02-13T23:31:30.25Z"));
        assert_eq!(read(&rule, Field::Decimal("-0.5".into())).as_deref(), Some("1969-12-31T23:59:59.5Z"));
        assert_eq!(read(&rule, Field::I64(0)), None, "zero is written for never");
        for field in [Field::I64(i64::MAX), "soon".into(), "1e9".into(), Field::F64(f64::NAN), Field::Bool(true)] {
            assert!(rule.read_field(&field).is_err(), "{field:?}");
        }
    }

    #[test]
    fn local_dates_are_read_in_their_zone() {
        let rule = rule(DateForm::Sql, "Europe/Berlin");
        assert_eq!(read(&rule, "2009-07-01 12:00:00".into()).as_deref(), Some("2009-07-01T10:00:00Z"));
        assert_eq!(read(&rule, "2009-01-01T12:00:00.5".into()).as_deref(), Some("2009-01-01T11:00:00.5Z"));
        assert_eq!(read(&rule, "2009-01-01 12:00:00+05:30".into()).as_deref(), Some("2009-01-01T06:30:00Z"));
        assert_eq!(read(&rule, "2009-01-01".into()).as_deref(), Some("2008-12-31T23:00:00Z"));
        for absent in ["0000-00-00 00:00:00", "0000-00-00", "", "0"] {
            assert_eq!(read(&rule, absent.into()), None, "{absent}");
        }
        let zero = Date { year: 0, month: 0, day: 0 };
        assert_eq!(read(&rule, Field::Date(zero)), None);
        assert!(rule.read_field(&Field::Date(Date { year: 2009, month: 2, day: 30 })).is_err());
        assert!(rule.read_field(&"13.02.2009".into()).is_err());
    }

    #[test]
    fn what_is_written_reads_back_or_is_refused() {
        let sql = rule(DateForm::Sql, "Europe/Berlin");
        let summer: Timestamp = "2009-07-01T10:00:00Z".parse().unwrap();
        assert!(sql.write(summer, &"2001-01-01 00:00:00".into()).unwrap() == "2009-07-01 12:00:00".into());
        assert!(sql.write(summer, &"2001-01-01T00:00:00Z".into()).unwrap() == "2009-07-01T10:00:00Z".into());
        let date = Field::Date(Date { year: 2001, month: 1, day: 1 });
        assert!(sql.write(summer, &date).is_err(), "noon is more than a date");
        // Clocks showed 02:30 twice on this night; the second time cannot be told from the first.
        let second: Timestamp = "2009-10-25T01:30:00Z".parse().unwrap();
        assert!(sql.write(second, &"2001-01-01 00:00:00".into()).is_err());
        let unix = rule(DateForm::Unix, "UTC");
        assert!(unix.write(summer, &Field::Null).unwrap() == Field::I64(1_246_442_400));
        let half: Timestamp = "2009-07-01T10:00:00.5Z".parse().unwrap();
        assert!(unix.write(half, &Field::I64(0)).is_err());
        assert!(unix.write(half, &"0".into()).unwrap() == "1246442400.5".into());
    }

    #[test]
    fn zones_need_no_files_of_the_machine() {
        assert!(TimeZoneDatabase::bundled().get("America/Argentina/Buenos_Aires").is_ok());
    }
}
