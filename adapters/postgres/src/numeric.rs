//! PostgreSQL's `numeric` in its binary form, as text with every digit.
//!
//! The form is that of `numeric_send`: digits to the base of 10,000, the weight of the first, sign, and how many decimal
//! places are shown. The crates for decimals stop at 28 or 38 digits; a numeric has up to 147,455.

const NEGATIVE: u16 = 0x4000;
const NOT_A_NUMBER: u16 = 0xC000;
const INFINITY: u16 = 0xD000;
const NEGATIVE_INFINITY: u16 = 0xF000;

/// The number's text as PostgreSQL prints it, or `None` where the bytes are not in that form.
pub(crate) fn text(bytes: &[u8]) -> Option<String> {
    let mut words = bytes.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]]));
    let count = usize::from(words.next()?);
    let weight = i32::from(words.next()?.cast_signed());
    let sign = words.next()?;
    let scale = usize::from(words.next()?);
    match sign {
        NOT_A_NUMBER => return Some("NaN".to_owned()),
        INFINITY => return Some("Infinity".to_owned()),
        NEGATIVE_INFINITY => return Some("-Infinity".to_owned()),
        0 | NEGATIVE => {}
        _ => return None,
    }
    let digits: Vec<u16> = words.collect();
    if digits.len() != count || digits.iter().any(|digit| *digit > 9_999) {
        return None;
    }
    // Position 0 is the group of units; zeros at both ends are not sent.
    let group = |position: i32| -> u16 {
        let index = usize::try_from(weight - position).ok();
        index.and_then(|index| digits.get(index).copied()).unwrap_or(0)
    };
    let mut text = String::from(if sign == NEGATIVE { "-" } else { "" });
    let top = weight.max(0);
    text.push_str(&group(top).to_string());
    for position in (0..top).rev() {
        text.push_str(&format!("{:04}", group(position)));
    }
    if scale > 0 {
        text.push('.');
        let end = text.len() + scale;
        let mut position = -1;
        while text.len() < end {
            text.push_str(&format!("{:04}", group(position)));
            position -= 1;
        }
        text.truncate(end);
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sent(words: &[u16]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_be_bytes()).collect()
    }

    #[test]
    fn what_the_server_sends_is_what_it_prints() {
        // numeric_send of each number, PostgreSQL 15.
        assert_eq!(text(&sent(&[0, 0, 0, 0])).unwrap(), "0");
        assert_eq!(text(&sent(&[0, 0, 0, 2])).unwrap(), "0.00");
        assert_eq!(text(&sent(&[2, 0, 0, 16, 25, 4000])).unwrap(), "25.4000000000000000");
        assert_eq!(text(&sent(&[1, 0xFFFE, NEGATIVE, 8, 42])).unwrap(), "-0.00000042");
        assert_eq!(text(&sent(&[1, 2, 0, 0, 1])).unwrap(), "100000000");
        assert_eq!(text(&sent(&[0, 0, NOT_A_NUMBER, 0])).unwrap(), "NaN");
        assert_eq!(text(&sent(&[2, 0, 0, 0, 1])), None);
    }

    proptest! {
        #[test]
        fn foreign_bytes_are_no_number_and_never_a_panic(bytes in any::<Vec<u8>>()) {
            let _ = text(&bytes);
        }
    }
}
