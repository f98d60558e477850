//! How bytes are written as text: hexadecimal, base64 and the two alphabets of crypt(3). Decoders are strict: a text that
//! is not exactly what an encoder writes is nothing (but for padding and letter case, which carry no meaning).

use std::sync::LazyLock;

use data_encoding::{BASE64, BASE64_NOPAD, BitOrder, Encoding, HEXLOWER, HEXLOWER_PERMISSIVE, HEXUPPER, Specification};
use serde::Deserialize;

/// How a column writes bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum BytesAs {
    /// Hexadecimal, written in lower case, read in either, with or without `0x`.
    Hex,
    /// Hexadecimal, written in upper case, read in either.
    HexUpper,
    /// Base64 (RFC 4648), written with padding; read with or without it and in the URL alphabet too.
    Base64,
    /// Base64 written without padding.
    Base64Unpadded,
    /// The bytes themselves: `BINARY(n)`, `bytea`; for a salt, its text.
    Raw,
}

impl BytesAs {
    /// The bytes that `text` writes, or nothing if it is not written so.
    pub(crate) fn decode(self, text: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Hex | Self::HexUpper => hex(text),
            Self::Base64 | Self::Base64Unpadded => base64(text),
            Self::Raw => Some(text.to_vec()),
        }
    }

    /// `bytes` as this column writes them.
    pub(crate) fn encode(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Hex => HEXLOWER.encode(bytes).into_bytes(),
            Self::HexUpper => HEXUPPER.encode(bytes).into_bytes(),
            Self::Base64 => BASE64.encode(bytes).into_bytes(),
            Self::Base64Unpadded => BASE64_NOPAD.encode(bytes).into_bytes(),
            Self::Raw => bytes.to_vec(),
        }
    }
}

/// Hexadecimal in either case, with or without `0x`.
pub(crate) fn hex(text: &[u8]) -> Option<Vec<u8>> {
    let digits = text.strip_prefix(b"0x").or(text.strip_prefix(b"0X")).unwrap_or(text);
    HEXLOWER_PERMISSIVE.decode(digits).ok()
}

/// Base64 in the standard or the URL alphabet, with or without padding. Spare bits must be zero.
pub(crate) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let end = text.len() - text.iter().rev().take(2).take_while(|&&byte| byte == b'=').count();
    if end != text.len() && !text.len().is_multiple_of(4) {
        return None;
    }
    let mut symbols = text[..end].to_vec();
    for symbol in &mut symbols {
        match symbol {
            b'-' => *symbol = b'+',
            b'_' => *symbol = b'/',
            _ => {}
        }
    }
    BASE64_NOPAD.decode(&symbols).ok()
}

/// The alphabet of crypt(3), in its order: a symbol's place is its value.
pub(crate) const CRYPT_ALPHABET: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The value of one symbol of crypt(3)'s alphabet.
pub(crate) fn crypt_value(symbol: u8) -> Option<u8> {
    CRYPT_ALPHABET.iter().position(|&candidate| candidate == symbol).and_then(|place| u8::try_from(place).ok())
}

/// crypt(3)'s symbols, low bits first, as phpass and its children write digests.
pub(crate) static CRYPT: LazyLock<Encoding> =
    LazyLock::new(|| specification(CRYPT_ALPHABET, BitOrder::LeastSignificantFirst, true));

const BCRYPT_ALPHABET: &[u8; 64] = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// bcrypt's own base64.
pub(crate) static BCRYPT: LazyLock<Encoding> =
    LazyLock::new(|| specification(BCRYPT_ALPHABET, BitOrder::MostSignificantFirst, true));

/// The same, forgiving the four spare bits of a salt's last symbol: salts made by hand have them set.
pub(crate) static BCRYPT_SALT: LazyLock<Encoding> =
    LazyLock::new(|| specification(BCRYPT_ALPHABET, BitOrder::MostSignificantFirst, false));

#[expect(clippy::expect_used, reason = "64 different ASCII symbols are a sound specification, and a test builds each")]
fn specification(symbols: &[u8; 64], bit_order: BitOrder, check_trailing_bits: bool) -> Encoding {
    let mut specification = Specification::new();
    specification.symbols.extend(symbols.iter().map(|&symbol| char::from(symbol)));
    specification.bit_order = bit_order;
    specification.check_trailing_bits = check_trailing_bits;
    specification.encoding().expect("64 different ASCII symbols")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_and_case_carry_no_meaning_and_everything_else_does() {
        assert_eq!(hex(b"0xC3bc").unwrap(), [0xc3, 0xbc]);
        assert_eq!(hex(b"c3b"), None);
        for text in ["+/8=", "+/8", "-_8=", "-_8"] {
            assert_eq!(base64(text.as_bytes()).unwrap(), [0xfb, 0xff], "{text}");
        }
        for text in ["+/9=", "+/8==", "+/8=x", "=", "+ /8", "+"] {
            assert_eq!(base64(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn the_alphabets_of_crypt_are_sound() {
        assert_eq!(CRYPT.encode(&[1, 2, 3]), "/6k.");
        assert_eq!(BCRYPT.encode(&[0xff, 0x00, 0x10]), "9u.O");
        assert_eq!(BCRYPT_SALT.decode(b"9v").unwrap(), [0xff]);
        assert!(BCRYPT.decode(b"9v").is_err());
    }
}
