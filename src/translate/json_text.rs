//! Raw JSON: strings written, numbers compared digit by digit. `serde_json::Value` would round them.

use serde_json::value::RawValue;

/// Appends a text as JSON string.
pub(super) fn push_string(out: &mut String, text: &str) {
    if text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&serde_json::Value::from(text).to_string());
    }
}

/// The text of a JSON string; `None` for everything else.
pub(super) fn string(raw: &str) -> Option<String> {
    serde_json::from_str(raw).ok()
}

/// The items of a JSON array; `None` for everything else.
pub(super) fn items(raw: &str) -> Option<Vec<&RawValue>> {
    serde_json::from_str(raw).ok()
}

/// Whether a text is a JSON number.
pub(super) fn is_number(text: &str) -> bool {
    text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
        && serde_json::from_str::<&RawValue>(text).is_ok_and(|raw| raw.get() == text)
}

/// Whether two raw values mean the same: equal text, equal strings, or numbers with equal digits.
pub(super) fn same(left: &str, right: &str) -> bool {
    if left == right {
        return true;
    }
    match (left.as_bytes().first(), right.as_bytes().first()) {
        (Some(b'"'), Some(b'"')) => string(left).is_some_and(|left| string(right) == Some(left)),
        (Some(b'-' | b'0'..=b'9'), Some(b'-' | b'0'..=b'9')) => {
            Digits::of(left).is_some_and(|left| Digits::of(right) == Some(left))
        }
        (Some(b'['), Some(b'[')) => match (items(left), items(right)) {
            (Some(left), Some(right)) => {
                left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left.get(), right.get()))
            }
            _ => false,
        },
        _ => false,
    }
}

/// A decimal number as sign, digits without outer zeros, and the power of ten of the last one.
#[derive(PartialEq)]
pub(super) struct Digits {
    negative: bool,
    digits: String,
    power: i64,
}

impl Digits {
    /// Reads a JSON number.
    pub(super) fn of(number: &str) -> Option<Digits> {
        let (negative, number) = match number.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, number),
        };
        let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut power = exponent.parse::<i64>().ok()?.checked_sub(i64::try_from(fraction.len()).ok()?)?;
        let all = [whole, fraction].concat();
        if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let kept = all.trim_end_matches('0');
        power = power.checked_add(i64::try_from(all.len() - kept.len()).ok()?)?;
        let digits = kept.trim_start_matches('0').to_owned();
        // All zeros are the same number, with and without a sign.
        Some(if digits.is_empty() {
            Digits { negative: false, digits, power: 0 }
        } else {
            Digits { negative, digits, power }
        })
    }

    /// The number without an exponent; `None` where that would be absurdly long.
    pub(super) fn plain(&self) -> Option<String> {
        let sign = if self.negative { "-" } else { "" };
        match self.power {
            _ if self.digits.is_empty() => Some("0".to_owned()),
            0..=400 => Some(format!("{sign}{}{}", self.digits, "0".repeat(usize::try_from(self.power).ok()?))),
            -400..0 => {
                let places = usize::try_from(-self.power).ok()?;
                let padded = format!("{:0>width$}", self.digits, width = places + 1);
                let (whole, fraction) = padded.split_at(padded.len() - places);
                Some(format!("{sign}{whole}.{fraction}"))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_same_when_their_digits_are() {
        for (left, right) in
            [("1", "1.0"), ("1e3", "1000"), ("-0", "0.00"), ("1.50", "15E-1"), ("[1, \"\\u0061\"]", "[1.0,\"a\"]")]
        {
            assert!(same(left, right), "{left} {right}");
        }
        for (left, right) in [
            ("12345678901234567890123", "12345678901234567890124"),
            ("1", "\"1\""),
            ("1", "-1"),
            ("0.1", "0.10000000000000001"),
        ] {
            assert!(!same(left, right), "{left} {right}");
        }
    }

    #[test]
    fn a_number_loses_its_exponent_and_no_digit() {
        let plain = |text| Digits::of(text).unwrap().plain();
        assert_eq!(plain("1e3").as_deref(), Some("1000"));
        assert_eq!(plain("-1.25e-3").as_deref(), Some("-0.00125"));
        assert_eq!(plain("0e9").as_deref(), Some("0"));
        assert_eq!(plain("1e999999999"), None);
        assert!(Digits::of("1e99999999999999999999").is_none());
    }

    #[test]
    fn only_json_numbers_are_numbers() {
        for text in ["0", "-1.5e7", "12345678901234567890123"] {
            assert!(is_number(text), "{text}");
        }
        for text in ["", "042", "+1", "1 ", "NaN", "true", "1,5"] {
            assert!(!is_number(text), "{text}");
        }
    }
}
