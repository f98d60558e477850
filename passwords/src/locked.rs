//! The marks that stand where a hash would stand and mean: no password opens this account.

/// Marks that are the whole field. `x` and `NP` come from Unix password files, `*0` and `*1` are crypt(3)'s failures,
/// `not cached` is Moodle's word for accounts of other login systems.
const WHOLE: &[&[u8]] = &[b"*", b"x", b"NP", b"*NP*", b"*0", b"*1", b"not cached"];

/// Marks that begin a field: a locked Unix or Solaris account keeps its hash behind them, Django adds random text.
const BEGINNING: &[&[u8]] = &[b"!", b"*LK*", b"{SASL}"];

/// Hashes that begin with `!` all the same: Request Tracker's own notation.
const NOT_MARKS: &[&[u8]] = &[b"!sha512!", b"!bcrypt!"];

/// Whether `hash` is empty or one of the marks. Blanks around it do not matter (CHAR columns are padded).
pub(crate) fn is_locked(hash: &[u8]) -> bool {
    let hash = hash.trim_ascii();
    hash.is_empty()
        || WHOLE.contains(&hash)
        // Marks are ASCII; raw bytes that happen to begin like one are not a mark.
        || (hash.is_ascii()
            && BEGINNING.iter().any(|mark| hash.starts_with(mark))
            && !NOT_MARKS.iter().any(|not| hash.starts_with(not)))
}

#[cfg(test)]
mod tests {
    use super::is_locked;

    #[test]
    fn every_mark_of_the_catalogue_is_locked() {
        let marks =
            ["", " ", "*", "!", "!!", "!*", "x", "*LK*", "*LK*$5$abc", "NP", "*0", "*1", "!4Fh0rand", "not cached"];
        for mark in marks {
            assert!(is_locked(mark.as_bytes()), "{mark:?}");
        }
        assert!(is_locked(b"{SASL}alice@example.org"));
    }

    #[test]
    fn a_hash_that_only_looks_like_a_mark_is_not_locked() {
        for hash in ["!bcrypt!04!E8uz", "!sha512!salt!abc", "*2470C0C06DEE42FD1618BB99005ADCA2EC9D1E19", "xyz", "NPx"] {
            assert!(!is_locked(hash.as_bytes()), "{hash:?}");
        }
    }
}
