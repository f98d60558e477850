//! What an application does to a password before it hashes it.

use data_encoding::{BASE64, HEXLOWER};
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::digests::{DigestKind, SecretBytes};

/// How the application turns the characters of a password into bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum PasswordEncoding {
    /// UTF-8, byte for byte as it was typed: nothing is trimmed or normalised.
    #[default]
    Utf8,
    /// UTF-16, low byte first: .NET and SQL Server.
    Utf16le,
    /// The low byte of each UTF-16 unit: JavaScript "binary strings".
    Binary,
}

/// A digest of the password that the application hashes in its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Prehash {
    /// Lower-case hexadecimal MD5 (vBulletin 5, SuiteCRM, tables that were wrapped in bulk).
    Md5Hex,
    /// Lower-case hexadecimal SHA-1.
    Sha1Hex,
    /// Lower-case hexadecimal SHA-256 (Meteor, Rocket.Chat, Django's `bcrypt_sha256`).
    Sha256Hex,
    /// Lower-case hexadecimal SHA-512 (NodeBB).
    Sha512Hex,
    /// Base64 of SHA-256.
    Sha256Base64,
    /// Base64 of SHA-384 (CodeIgniter Shield, BCrypt.Net).
    Sha384Base64,
    /// Base64 of SHA-512 (Symfony for long passwords, BCrypt.Net).
    Sha512Base64,
    /// WordPress 6.8: base64 of HMAC-SHA-384 of the trimmed password under the key `wp-sha384`.
    Wordpress,
}

/// Encoding first, then the digest. Both apply to every row of a column.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct PasswordForm {
    pub(crate) encoding: PasswordEncoding,
    pub(crate) prehash: Option<Prehash>,
}

impl PasswordForm {
    /// The bytes that are hashed, or nothing if the password is not text and the encoding needs text.
    pub(crate) fn prepare(self, password: &[u8]) -> Option<SecretBytes> {
        // Twice the length is enough for UTF-16, and room at the start means no copy is left behind by growing.
        let mut encoded: SecretBytes = Zeroizing::new(Vec::with_capacity(2 * password.len()));
        match self.encoding {
            PasswordEncoding::Utf8 => encoded.extend_from_slice(password),
            PasswordEncoding::Utf16le => encoded.extend(units(password)?.flat_map(u16::to_le_bytes)),
            PasswordEncoding::Binary => encoded.extend(units(password)?.map(|unit| unit.to_le_bytes()[0])),
        }
        Some(match self.prehash {
            None => encoded,
            Some(prehash) => prehash.apply(&encoded),
        })
    }
}

impl Prehash {
    /// The bytes that take the password's place.
    pub(crate) fn apply(self, password: &[u8]) -> SecretBytes {
        let hex = |kind: DigestKind| HEXLOWER.encode(&kind.of(&[password]));
        let base64 = |kind: DigestKind| BASE64.encode(&kind.of(&[password]));
        let text = match self {
            Self::Md5Hex => hex(DigestKind::Md5),
            Self::Sha1Hex => hex(DigestKind::Sha1),
            Self::Sha256Hex => hex(DigestKind::Sha256),
            Self::Sha512Hex => hex(DigestKind::Sha512),
            Self::Sha256Base64 => base64(DigestKind::Sha256),
            Self::Sha384Base64 => base64(DigestKind::Sha384),
            Self::Sha512Base64 => base64(DigestKind::Sha512),
            Self::Wordpress => BASE64.encode(&DigestKind::Sha384.hmac(b"wp-sha384", php_trim(password))),
        };
        Zeroizing::new(text.into_bytes())
    }
}

fn units(password: &[u8]) -> Option<std::str::EncodeUtf16<'_>> {
    std::str::from_utf8(password).ok().map(str::encode_utf16)
}

/// What PHP's `trim` takes off: blank, tab, line feed, carriage return, NUL and vertical tab.
fn php_trim(text: &[u8]) -> &[u8] {
    let blank = |byte: &u8| b" \t\n\r\0\x0b".contains(byte);
    let start = text.iter().position(|byte| !blank(byte)).unwrap_or(text.len());
    let end = text.iter().rposition(|byte| !blank(byte)).map_or(start, |last| last + 1);
    &text[start..end]
}
