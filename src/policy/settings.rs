//! The `[connection.x.policy]` section.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// What may be written to a connection.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolicySettings {
    /// The size that each metadata container may grow to. Auth0's documentation of custom databases says 16 MB each.
    pub metadata_limit: ByteSize,
    /// What to do where a field's type differs from that of other users.
    pub types: TypesMode,
}

/// What to do where a field's type differs from that of other users.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TypesMode {
    /// Nothing.
    Off,
    /// Write, and log a warning.
    #[default]
    Warn,
    /// Refuse. The first writer of a field sets its type.
    Enforce,
}

/// A size in bytes; written as a number or as text with a unit (`"16 MB"`, where 1 MB = 1,048,576 bytes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

impl ByteSize {
    /// The number of bytes.
    pub fn bytes(self) -> u64 {
        self.0
    }
}

/// 16 MB.
impl Default for ByteSize {
    fn default() -> Self {
        ByteSize(16 * MEBI)
    }
}

const KIBI: u64 = 1 << 10;
const MEBI: u64 = 1 << 20;
const GIBI: u64 = 1 << 30;

impl std::str::FromStr for ByteSize {
    type Err = String;
    fn from_str(text: &str) -> Result<ByteSize, String> {
        let digits = text.trim().find(|character: char| !character.is_ascii_digit()).unwrap_or(text.trim().len());
        let (number, unit) = text.trim().split_at(digits);
        let factor = match unit.trim().to_ascii_lowercase().as_str() {
            "" | "b" | "bytes" => 1,
            "kb" | "kib" => KIBI,
            "mb" | "mib" => MEBI,
            "gb" | "gib" => GIBI,
            _ => return Err(format!("`{}` is not a unit of size; use B, kB, MB or GB", unit.trim())),
        };
        number
            .parse::<u64>()
            .ok()
            .and_then(|number| number.checked_mul(factor))
            .map(ByteSize)
            .ok_or_else(|| "a size is a whole number with a unit, such as \"16 MB\"".to_owned())
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            bytes if bytes >= MEBI && bytes % MEBI == 0 => write!(f, "{} MB", bytes / MEBI),
            bytes if bytes >= KIBI && bytes % KIBI == 0 => write!(f, "{} kB", bytes / KIBI),
            bytes => write!(f, "{bytes} bytes"),
        }
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<ByteSize, D::Error> {
        struct Size;
        impl de::Visitor<'_> for Size {
            type Value = ByteSize;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a size such as \"16 MB\" or a number of bytes")
            }
            fn visit_u64<E: de::Error>(self, bytes: u64) -> Result<ByteSize, E> {
                Ok(ByteSize(bytes))
            }
            fn visit_i64<E: de::Error>(self, bytes: i64) -> Result<ByteSize, E> {
                u64::try_from(bytes).map(ByteSize).map_err(|_| E::custom("a size cannot be negative"))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<ByteSize, E> {
                text.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Size)
    }
}

impl Serialize for ByteSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_megabytes_are_16_777_216_bytes() {
        assert_eq!(ByteSize::default().bytes(), 16_777_216);
        assert_eq!("16 MB".parse(), Ok(ByteSize::default()));
        assert_eq!("16MiB".parse(), Ok(ByteSize::default()));
        assert_eq!(ByteSize::default().to_string(), "16 MB");
    }

    #[test]
    fn what_is_not_a_size_is_told_so() {
        assert!("16 parsecs".parse::<ByteSize>().unwrap_err().contains("parsecs"));
        assert!("lots".parse::<ByteSize>().is_err());
        assert!("99999999999999 GB".parse::<ByteSize>().is_err());
    }
}
