//! The binary form of the types that user tables are made of, as the text that the server would have sent. Whatever depends on
//! settings of the session (dates, floats) is not among them.

use std::{borrow::Cow, fmt::Write};

use tokio_postgres::types::{FromSql, Type};

/// Bytes as the server sent them.
pub(super) struct Cell<'r>(&'r [u8]);

impl<'r> FromSql<'r> for Cell<'r> {
    fn from_sql(_: &Type, raw: &'r [u8]) -> Result<Cell<'r>, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Cell(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

const BOOL: u32 = 16;
const INT8: u32 = 20;
const INT2: u32 = 21;
const INT4: u32 = 23;
const OID: u32 = 26;
const UUID: u32 = 2950;
const JSONB: u32 = 3802;
/// `name`, `text`, `json`, `xml`, `bpchar`, `varchar`: the text itself.
const TEXTS: [u32; 6] = [19, 25, 114, 142, 1042, 1043];

/// Whether [`Cell::text`] knows the type of that number.
pub(super) fn is_known(oid: u32) -> bool {
    TEXTS.contains(&oid) || matches!(oid, BOOL | INT8 | INT2 | INT4 | OID | UUID | JSONB)
}

impl<'r> Cell<'r> {
    /// The text of a value of that type.
    pub(super) fn text(&self, oid: u32) -> Option<Cow<'r, str>> {
        let raw = self.0;
        match oid {
            BOOL => Some(if raw.first().is_some_and(|byte| *byte != 0) { "t" } else { "f" }.into()),
            INT2 => raw.try_into().ok().map(|raw| i16::from_be_bytes(raw).to_string().into()),
            INT4 => raw.try_into().ok().map(|raw| i32::from_be_bytes(raw).to_string().into()),
            INT8 => raw.try_into().ok().map(|raw| i64::from_be_bytes(raw).to_string().into()),
            OID => raw.try_into().ok().map(|raw| u32::from_be_bytes(raw).to_string().into()),
            UUID => Some(uuid(raw).into()),
            // Before the text stands the version of the form.
            JSONB => raw.get(1..).map(String::from_utf8_lossy),
            // A database without an encoding may send what is no UTF-8; node-postgres reads it like this.
            _ => Some(String::from_utf8_lossy(raw)),
        }
    }
}

fn uuid(raw: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for (at, byte) in raw.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_as_the_server_tells_them() {
        for (oid, raw, expected) in [
            (BOOL, &[1_u8][..], "t"),
            (BOOL, &[0], "f"),
            (INT2, &[0xff, 0xfe], "-2"),
            (INT4, &[0, 0, 1, 0], "256"),
            (INT8, &[0x80, 0, 0, 0, 0, 0, 0, 0], "-9223372036854775808"),
            (OID, &[0xff, 0xff, 0xff, 0xff], "4294967295"),
            (25, "ß".as_bytes(), "ß"),
            (JSONB, b"\x01{\"a\": 1}", "{\"a\": 1}"),
            (
                UUID,
                &[0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40, 0],
                "123e4567-e89b-12d3-a456-426614174000",
            ),
        ] {
            assert_eq!(Cell(raw).text(oid).as_deref(), Some(expected), "{oid}");
        }
    }
}
