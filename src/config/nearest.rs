//! The right word that somebody meant.

/// Words that are no slip: what legacy stores and their scripts call `metadata` is `app_metadata` here.
const OTHER_NAMES: [(&str, &str); 1] = [("metadata", "app_metadata")];

/// The candidate that `word` is most probably a slip of, if any is near: one slip for each three letters.
pub(super) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str> + Clone) -> Option<&'a str> {
    if let Some((_, meant)) = OTHER_NAMES.iter().find(|(other, _)| *other == word)
        && let Some(candidate) = candidates.clone().into_iter().find(|candidate| candidate == meant)
    {
        return Some(candidate);
    }
    let word = plain(word)?;
    let within = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let distance = strsim::damerau_levenshtein(&word, &plain(candidate)?);
            (distance <= within && distance < candidate.chars().count()).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// Without the differences that nobody remembers: letter case, `-` or `_`. `None` for what is too long to be a slip.
fn plain(word: &str) -> Option<String> {
    (word.len() <= 64).then(|| word.to_lowercase().replace('-', "_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_a_stranger_finds_none() {
        let words = ["table", "condition", "read_only", "path", "map"];
        assert_eq!(nearest("tabel", words), Some("table"));
        assert_eq!(nearest("readonly", words), Some("read_only"));
        assert_eq!(nearest("Read-Only", words), Some("read_only"));
        assert_eq!(nearest("paht", words), Some("path"));
        assert_eq!(nearest("metadata", ["user_metadata", "app_metadata"]), Some("app_metadata"));
        assert_eq!(nearest("colour", words), None);
        assert_eq!(nearest("x", words), None);
        assert_eq!(nearest(&"table".repeat(1000), words), None);
    }
}
