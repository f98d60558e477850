//! LDAP's `userPassword` (RFC 2307) and its relatives: `{SSHA}` and base64 of digest and salt, scheme names in any case.

use super::digest::Core;
use super::wrapped::{Wrapped, read_behind};
use super::{Context, Family, Stored};
use crate::cost::Cost;
use crate::digests::DigestKind;
use crate::encoding::{BytesAs, base64, hex};
use crate::identify::{Candidate, Confidence};
use crate::locked::is_locked;
use crate::random::{Random, bytes};
use crate::row::Row;
use crate::spec::Order;
use crate::target::Target;
use crate::verdict::{Old, Unreadable};
use crate::written::{CannotWrite, HashedRow};

/// The word in braces, its digest, whether a salt follows the digest, and the name that writes it.
const DIGESTS: &[(&str, DigestKind, bool, &str)] = &[
    ("SSHA", DigestKind::Sha1, true, "ldap-ssha"),
    ("SSHA224", DigestKind::Sha224, true, "ldap-ssha224"),
    ("SSHA256", DigestKind::Sha256, true, "ldap-ssha256"),
    ("SSHA384", DigestKind::Sha384, true, "ldap-ssha384"),
    ("SSHA512", DigestKind::Sha512, true, "ldap-ssha512"),
    ("SMD5", DigestKind::Md5, true, "ldap-smd5"),
    ("SHA", DigestKind::Sha1, false, "ldap-sha"),
    ("SHA224", DigestKind::Sha224, false, "ldap-sha224"),
    ("SHA256", DigestKind::Sha256, false, "ldap-sha256"),
    ("SHA384", DigestKind::Sha384, false, "ldap-sha384"),
    ("SHA512", DigestKind::Sha512, false, "ldap-sha512"),
    ("MD5", DigestKind::Md5, false, "ldap-md5"),
    // Read under these words too, written under the ones above.
    ("SHA1", DigestKind::Sha1, false, ""),
    ("LDAP-MD5", DigestKind::Md5, false, ""),
    ("PLAIN-MD5", DigestKind::Md5, false, ""),
];

/// Words before a hash that speaks for itself: crypt(3), Dovecot, OpenLDAP's modules, Spring Security.
const HOLDERS: &[&str] =
    &["CRYPT", "BLF-CRYPT", "MD5-CRYPT", "SHA256-CRYPT", "SHA512-CRYPT", "BCRYPT", "ARGON2", "ARGON2I", "ARGON2ID"];

/// OpenLDAP writes 8 bytes of salt since 2.5.
const SALT_LENGTH: usize = 8;

pub(super) struct Ldap;

impl Family for Ldap {
    fn names(&self) -> &'static [&'static str] {
        &[
            "ldap",
            "ldap-ssha",
            "ldap-ssha224",
            "ldap-ssha256",
            "ldap-ssha384",
            "ldap-ssha512",
            "ldap-smd5",
            "ldap-sha",
            "ldap-sha224",
            "ldap-sha256",
            "ldap-sha384",
            "ldap-sha512",
            "ldap-md5",
            "ldap-crypt-bcrypt",
        ]
    }

    fn options(&self, name: &str) -> &'static [&'static str] {
        match name {
            "ldap-crypt-bcrypt" => &["write.cost"],
            _ => &["write.salt_length"],
        }
    }

    fn recognise(&self, row: &Row<'_>, found: &mut Vec<Candidate>) {
        let Some((word, rest)) = split_word(row.hash) else { return };
        let (word, _) = split_suffix(word);
        let known = DIGESTS.iter().map(|digest| digest.0).chain(HOLDERS.iter().copied());
        // Spring writes `{MD5}{salt}…`, which is another format under the same word.
        if !rest.starts_with(b"{") && known.into_iter().any(|known| word.eq_ignore_ascii_case(known)) {
            found.push(Candidate { scheme: "ldap", confidence: Confidence::Certain });
        }
    }

    fn read(&self, _name: &'static str, row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, Unreadable> {
        let hash = row.hash.trim_ascii();
        let (written, rest) = split_word(hash).ok_or(Unreadable::UnknownFormat)?;
        if HOLDERS.iter().any(|holder| written.eq_ignore_ascii_case(holder)) {
            // An account that was locked before it came into the directory still is.
            if is_locked(rest) {
                return Err(Unreadable::Locked);
            }
            return read_behind(&hash[..hash.len() - rest.len()], None, row, context);
        }
        let (word, stated) = split_suffix(written);
        let known = DIGESTS.iter().find(|digest| word.eq_ignore_ascii_case(digest.0));
        let &(_, kind, salted, _) = known.ok_or(Unreadable::UnknownFormat)?;
        // Dovecot reads and writes hexadecimal too; only its length can tell, and only if there is no salt.
        let is_hex = !salted && rest.len() == 2 * kind.size();
        let digest_as = stated.unwrap_or(if is_hex { BytesAs::Hex } else { BytesAs::Base64 });
        let bytes = if digest_as == BytesAs::Hex { hex(rest) } else { base64(rest) };
        let bytes = bytes.ok_or(Unreadable::because("what follows the braces is neither base64 nor hexadecimal"))?;
        let Some((digest, salt)) = bytes.split_at_checked(kind.size()).filter(|(_, salt)| salted || salt.is_empty())
        else {
            return Err(Unreadable::because("what follows the braces is not as long as the digest they name"));
        };
        let core = Core {
            kind,
            order: Some(Order::PasswordFirst),
            site_key: None,
            salt: salt.to_vec(),
            digest: digest.to_vec(),
        };
        Ok(Box::new(Hash { word: written.to_owned(), core, salted, digest_as }))
    }

    fn blank(&self, name: &'static str, _row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, CannotWrite> {
        let write = &context.settings.write;
        if name == "ldap-crypt-bcrypt" {
            let inner = Box::new(super::bcrypt::blank(super::bcrypt::Variant::B, write.cost, context.limits)?);
            return Ok(Box::new(Wrapped { prefix: b"{CRYPT}".to_vec(), prehash: None, inner }));
        }
        // `ldap` alone writes what every directory reads.
        let name = if name == "ldap" { "ldap-ssha" } else { name };
        let known = DIGESTS.iter().find(|digest| digest.3 == name);
        let &(word, kind, salted, _) = known.ok_or(CannotWrite::NotChosen)?;
        let length = write.salt_length.map_or(SALT_LENGTH, |length| length as usize);
        if length as u64 > context.limits.salt_bytes {
            return Err(CannotWrite::Parameter("salt_length"));
        }
        let salt = if salted { vec![0; length] } else { Vec::new() };
        let core = Core { kind, order: Some(Order::PasswordFirst), site_key: None, salt, digest: vec![0; kind.size()] };
        Ok(Box::new(Hash { word: word.to_owned(), core, salted, digest_as: BytesAs::Base64 }))
    }
}

/// The word in braces and what follows.
fn split_word(hash: &[u8]) -> Option<(&str, &[u8])> {
    let inner = hash.strip_prefix(b"{")?;
    // No word is longer; looking further would cost time for every JSON document in a column.
    let end = inner.iter().take(24).position(|&byte| byte == b'}')?;
    Some((std::str::from_utf8(&inner[..end]).ok()?, &inner[end + 1..]))
}

/// Dovecot's way of stating the encoding: `SHA512.HEX`, `SSHA512.B64`.
fn split_suffix(word: &str) -> (&str, Option<BytesAs>) {
    match word.split_once('.') {
        Some((word, suffix)) if suffix.eq_ignore_ascii_case("HEX") => (word, Some(BytesAs::Hex)),
        Some((word, suffix)) if suffix.eq_ignore_ascii_case("B64") || suffix.eq_ignore_ascii_case("BASE64") => {
            (word, Some(BytesAs::Base64))
        }
        _ => (word, None),
    }
}

struct Hash {
    /// As it was written: a directory may match it by case.
    word: String,
    core: Core,
    salted: bool,
    digest_as: BytesAs,
}

impl Stored for Hash {
    fn label(&self) -> String {
        self.core.label()
    }

    fn cost(&self) -> Cost {
        self.core.cost()
    }

    fn matches(&self, password: &[u8]) -> bool {
        self.core.matches(password)
    }

    fn age(&self, _target: &Target) -> Option<Old> {
        Some(Old::FastDigest)
    }

    fn faceless(&self) -> Box<dyn Stored> {
        let (word, core) = (self.word.clone(), self.core.faceless());
        Box::new(Self { word, core, salted: self.salted, digest_as: self.digest_as })
    }

    fn renew(&self, password: &[u8], random: Random<'_>) -> Result<HashedRow, CannotWrite> {
        let length = if self.core.salt.is_empty() { SALT_LENGTH } else { self.core.salt.len() };
        let salt = if self.salted { bytes(random, length) } else { Vec::new() };
        let fresh = Core { salt, ..self.core.clone() };
        let mut written = fresh.compute(Order::PasswordFirst, password);
        written.extend_from_slice(&fresh.salt);
        Ok(HashedRow::whole(self.digest_as.encode(&written)).behind(format!("{{{}}}", self.word).as_bytes()))
    }
}
