//! Bytes as text: the encodings of Node's `Buffer`.

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use rquickjs::{Function, Object, Result, prelude::This};

/// The text in UTF-8; halves of surrogate pairs become replacement characters.
pub(crate) fn utf8(text: &rquickjs::String<'_>) -> Result<String> {
    text.to_string().or_else(|_| {
        let strings: Object<'_> = text.ctx().globals().get("String")?;
        let prototype: Object<'_> = strings.get("prototype")?;
        prototype.get::<_, Function<'_>>("toWellFormed")?.call((This(text.clone()),))
    })
}

/// The bytes that a text stands for.
pub(crate) fn encode(text: &str, encoding: &str) -> Vec<u8> {
    match encoding {
        "hex" => from_hex(text),
        "base64" | "base64url" => from_base64(text),
        // The low byte of each UTF-16 unit, as Node takes it.
        "latin1" | "ascii" => text.encode_utf16().map(|unit| unit.to_le_bytes()[0]).collect(),
        "utf16le" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        _ => text.as_bytes().to_vec(),
    }
}

/// The text that bytes stand for.
pub(crate) fn decode(bytes: &[u8], encoding: &str) -> String {
    match encoding {
        "hex" => HEXLOWER.encode(bytes),
        "base64" => BASE64.encode(bytes),
        "base64url" => BASE64URL_NOPAD.encode(bytes),
        "latin1" => bytes.iter().map(|byte| char::from(*byte)).collect(),
        "ascii" => bytes.iter().map(|byte| char::from(byte & 0x7f)).collect(),
        "utf16le" => {
            let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// Pairs of digits up to the first that is none.
fn from_hex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    text.as_bytes().chunks_exact(2).map_while(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

/// Both alphabets, with or without padding; what is in neither is passed over, as Node does.
fn from_base64(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut count) = (0_u32, 0);
    for byte in text.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            _ => continue,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count).to_le_bytes()[0]);
            bits &= (1 << count) - 1;
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_and_text_are_as_node_has_them() {
        assert_eq!(encode("é", "utf8"), [0xc3, 0xa9]);
        assert_eq!(encode("é", "latin1"), [0xe9]);
        assert_eq!(encode("abc", "hex"), [0xab]);
        assert_eq!(encode("zz", "hex"), [0_u8; 0]);
        assert_eq!(encode("aGVsbG8=", "base64"), b"hello");
        assert_eq!(encode("aGVs bG8", "base64url"), b"hello");
        assert_eq!(encode("-_8", "base64"), [0xfb, 0xff]);
        assert_eq!(decode(&[0xfb, 0xff], "base64url"), "-_8");
        assert_eq!(decode(&[0xe9], "latin1"), "é");
        assert_eq!(decode(&[0xe9], "utf8"), "\u{fffd}");
        assert_eq!(decode(&encode("🦀", "utf16le"), "utf16le"), "🦀");
    }
}
