//! Durations as people write them: `"2s"`, `"500ms"`, `"1m 30s"`.

use std::{fmt, time::Duration};

use jiff::SignedDuration;
#[cfg(all(feature = "cli", feature = "script"))]
use serde::de::value::StrDeserializer;
use serde::{Deserializer, de};

/// Reads a duration that is longer than nothing and at most a day.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    deserializer.deserialize_str(DurationText)
}

/// The same where the key is there.
pub(super) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    deserialize(deserializer).map(Some)
}

/// Reads one from elsewhere, such as a command line.
///
/// # Errors
/// Why it is none, for a person.
#[cfg(all(feature = "cli", feature = "script"))]
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    deserialize(StrDeserializer::<de::value::Error>::new(text)).map_err(|error| error.to_string())
}

/// No wait in this configuration is longer: more is a slip, and sums of instants must not overflow.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

struct DurationText;

impl de::Visitor<'_> for DurationText {
    type Value = Duration;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a duration such as \"2s\" or \"500ms\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Duration, E> {
        let duration = text.parse::<SignedDuration>().map_err(|_| E::invalid_value(de::Unexpected::Str(""), &self))?;
        match Duration::try_from(duration) {
            Ok(duration) if duration.is_zero() => Err(E::custom("a duration of nothing would refuse everything")),
            Ok(duration) if duration > LONGEST => Err(E::custom("a duration of more than a day is not meant here")),
            Ok(duration) => Ok(duration),
            Err(_) => Err(E::custom("a duration cannot be negative")),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        let good = [("2s", 2_000), ("500ms", 500), ("1m 30s", 90_000), ("2 seconds", 2_000), ("PT2S", 2_000)];
        for (text, millis) in good {
            assert_eq!(deserialize(json!(text)).unwrap(), Duration::from_millis(millis), "{text}");
        }
        for text in ["", "2", "0s", "-2s", "25h", "2 parsecs", "1 day"] {
            assert!(deserialize(json!(text)).is_err(), "{text}");
        }
        assert!(deserialize(json!(2)).is_err());
    }
}
