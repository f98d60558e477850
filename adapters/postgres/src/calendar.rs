//! Dates and times: PostgreSQL counts days and microseconds from 2000-01-01, fields have parts.
//!
//! Years before 1 are astronomical in fields (1 BC is year 0) and have `BC` in PostgreSQL's text.

use crosswalk_contract::{Date, Field, Time, Timestamp};

const MICROS_OF_DAY: i64 = 86_400_000_000;

/// The date so many days after 2000-01-01. PostgreSQL's two infinite dates are no dates and stay its text.
pub(crate) fn date(days: i32) -> Field {
    match days {
        i32::MAX => Field::from("infinity"),
        i32::MIN => Field::from("-infinity"),
        days => Field::Date(civil(i64::from(days))),
    }
}

/// The time so many microseconds after midnight. PostgreSQL knows `24:00:00`, which is no time of a day and stays text.
pub(crate) fn time(micros: i64) -> Field {
    match micros {
        MICROS_OF_DAY => Field::from("24:00:00"),
        micros => Field::Time(clock(micros)),
    }
}

/// The moment so many microseconds after 2000-01-01; `offset` 0 for the zoned type, which is stored in UTC.
pub(crate) fn timestamp(micros: i64, offset_seconds: Option<i32>) -> Field {
    match micros {
        i64::MAX => Field::from("infinity"),
        i64::MIN => Field::from("-infinity"),
        micros => Field::Timestamp(moment(micros, offset_seconds)),
    }
}

/// PostgreSQL's text for a date, or `None` where it is no date of the calendar (MySQL's zero dates).
pub(crate) fn date_text(date: &Date) -> Option<String> {
    let (text, era) = parts(date)?;
    Some(format!("{text}{era}"))
}

/// PostgreSQL's text for a time of day, with nanoseconds where there are any (it rounds to microseconds).
pub(crate) fn time_text(time: &Time) -> String {
    let whole = format!("{:02}:{:02}:{:02}", time.hour, time.minute, time.second);
    if time.nanosecond == 0 {
        return whole;
    }
    let fraction = format!("{:09}", time.nanosecond);
    format!("{whole}.{}", fraction.trim_end_matches('0'))
}

/// PostgreSQL's text for a moment, with its offset, or `None` where its date is none.
pub(crate) fn timestamp_text(timestamp: &Timestamp) -> Option<String> {
    let (date, era) = parts(&timestamp.date)?;
    let time = time_text(&timestamp.time);
    let offset = timestamp.offset_seconds.map_or_else(String::new, |offset| {
        let (sign, seconds) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs());
        format!("{sign}{:02}:{:02}:{:02}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
    });
    Some(format!("{date} {time}{offset}{era}"))
}

/// The same moment on the clock of UTC and without an offset, for columns that have no zone: PostgreSQL would drop the
/// offset there without a word and store another moment.
pub(crate) fn in_utc(timestamp: &Timestamp) -> Option<Timestamp> {
    let offset = i64::from(timestamp.offset_seconds.unwrap_or(0));
    parts(&timestamp.date)?;
    let time = timestamp.time;
    let seconds = i64::from(time.hour) * 3_600 + i64::from(time.minute) * 60 + i64::from(time.second) - offset;
    let days = day_number(&timestamp.date) + seconds.div_euclid(86_400);
    let clock = clock(seconds.rem_euclid(86_400) * 1_000_000);
    let time = Time { nanosecond: time.nanosecond, ..clock };
    Some(Timestamp { date: civil(days), time, offset_seconds: None })
}

fn parts(date: &Date) -> Option<(String, &'static str)> {
    if !(1..=12).contains(&date.month) || !(1..=31).contains(&date.day) {
        return None;
    }
    let (year, era) = if date.year > 0 { (i64::from(date.year), "") } else { (1 - i64::from(date.year), " BC") };
    Some((format!("{year:04}-{:02}-{:02}", date.month, date.day), era))
}

fn moment(micros: i64, offset_seconds: Option<i32>) -> Timestamp {
    let date = civil(micros.div_euclid(MICROS_OF_DAY));
    Timestamp { date, time: clock(micros.rem_euclid(MICROS_OF_DAY)), offset_seconds }
}

fn clock(micros: i64) -> Time {
    let part = |unit: i64, modulus: i64| u8::try_from(micros / unit % modulus).unwrap_or(0);
    Time {
        hour: part(3_600_000_000, 24),
        minute: part(60_000_000, 60),
        second: part(1_000_000, 60),
        nanosecond: u32::try_from(micros % 1_000_000).unwrap_or(0) * 1_000,
    }
}

/// Days between 0000-03-01 and 2000-01-01, where March starts the year and leap days end it.
const EPOCH: i64 = 730_425;
/// Days of 400 years.
const CYCLE: i64 = 146_097;

/// The proleptic Gregorian date (the method of Howard Hinnant's "chrono-Compatible Low-Level Date Algorithms").
/// PostgreSQL's range is wider than any calendar crate's.
fn civil(days: i64) -> Date {
    let days = days + EPOCH;
    let (cycle, of_cycle) = (days.div_euclid(CYCLE), days.rem_euclid(CYCLE));
    let year_of_cycle = (of_cycle - of_cycle / 1_460 + of_cycle / 36_524 - of_cycle / 146_096) / 365;
    let day_of_year = of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_cycle + cycle * 400 + i64::from(month <= 2);
    Date {
        year: i32::try_from(year).unwrap_or(i32::MAX),
        month: u8::try_from(month).unwrap_or(0),
        day: u8::try_from(day).unwrap_or(0),
    }
}

/// The inverse of [`civil`].
fn day_number(date: &Date) -> i64 {
    let (month, day) = (i64::from(date.month), i64::from(date.day));
    let year = i64::from(date.year) - i64::from(month <= 2);
    let (cycle, year_of_cycle) = (year.div_euclid(400), year.rem_euclid(400));
    let march_month = if month > 2 { month - 3 } else { month + 9 };
    let day_of_year = (153 * march_month + 2) / 5 + day - 1;
    cycle * CYCLE + year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year - EPOCH
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_days_are_their_dates() {
        for (days, year, month, day) in [
            (0, 2000, 1, 1),
            (-1, 1999, 12, 31),
            (59, 2000, 2, 29),
            (8_824, 2024, 2, 28),
            (8_825, 2024, 2, 29),
            (-730_119, 1, 1, 1),
            (-730_120, 0, 12, 31),
        ] {
            assert_eq!(civil(days), Date { year, month, day }, "{days}");
        }
        assert_eq!(date_text(&Date { year: 0, month: 12, day: 31 }).unwrap(), "0001-12-31 BC");
        assert_eq!(date_text(&Date { year: -43, month: 3, day: 15 }).unwrap(), "0044-03-15 BC");
        assert_eq!(date_text(&Date { year: 0, month: 0, day: 0 }), None);
    }

    #[test]
    fn a_moment_with_an_offset_keeps_its_moment_where_there_is_no_zone() {
        let date = Date { year: 2000, month: 1, day: 1 };
        let time = Time { hour: 1, minute: 30, second: 0, nanosecond: 5_000 };
        let local = Timestamp { date, time, offset_seconds: Some(7_200) };
        assert_eq!(timestamp_text(&local).unwrap(), "2000-01-01 01:30:00.000005+02:00:00");
        assert_eq!(timestamp_text(&in_utc(&local).unwrap()).unwrap(), "1999-12-31 23:30:00.000005");
    }

    proptest! {
        #[test]
        fn each_day_has_one_date(days in -2_451_545_i64..2_145_031_949) {
            let date = civil(days);
            prop_assert!((1..=12).contains(&date.month) && (1..=31).contains(&date.day));
            prop_assert_eq!(day_number(&date), days);
        }
    }
}
