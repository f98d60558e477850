//! The digests that schemes are made of, and what is built on one: HMAC and PBKDF2.

use hmac::{EagerHash, Hmac, KeyInit, Mac};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use zeroize::Zeroizing;

/// Bytes that came from a password: wiped when they are dropped.
pub(crate) type SecretBytes = Zeroizing<Vec<u8>>;

/// A digest by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DigestKind {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

/// Runs one generic function with the digest's type.
macro_rules! with_digest {
    ($kind:expr, $function:ident($($argument:expr),*)) => {
        match $kind {
            DigestKind::Md5 => $function::<Md5>($($argument),*),
            DigestKind::Sha1 => $function::<Sha1>($($argument),*),
            DigestKind::Sha224 => $function::<Sha224>($($argument),*),
            DigestKind::Sha256 => $function::<Sha256>($($argument),*),
            DigestKind::Sha384 => $function::<Sha384>($($argument),*),
            DigestKind::Sha512 => $function::<Sha512>($($argument),*),
        }
    };
}

impl DigestKind {
    /// Every digest, shortest first.
    pub(crate) const ALL: [Self; 6] = [Self::Md5, Self::Sha1, Self::Sha224, Self::Sha256, Self::Sha384, Self::Sha512];

    /// Its name as most applications write it, in lower case.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha224 => "sha224",
            Self::Sha256 => "sha256",
            Self::Sha384 => "sha384",
            Self::Sha512 => "sha512",
        }
    }

    /// Length of its output, in bytes.
    pub(crate) fn size(self) -> usize {
        match self {
            Self::Md5 => 16,
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The digest of the parts, one after the other.
    pub(crate) fn of(self, parts: &[&[u8]]) -> SecretBytes {
        with_digest!(self, digest(parts))
    }

    /// HMAC (RFC 2104) of `message` under `key`.
    pub(crate) fn hmac(self, key: &[u8], message: &[u8]) -> SecretBytes {
        with_digest!(self, hmac(key, message))
    }

    /// PBKDF2 (RFC 8018) with HMAC over this digest.
    pub(crate) fn pbkdf2(self, password: &[u8], salt: &[u8], rounds: u32, size: usize) -> SecretBytes {
        let mut output = Zeroizing::new(vec![0; size]);
        with_digest!(self, pbkdf2_into(password, salt, rounds, &mut output));
        output
    }
}

/// `H(salt · password)`, then `H(digest · password)` again and again: what phpass and Drupal 7 do.
pub(crate) fn stretch<D: Digest>(salt: &[u8], password: &[u8], rounds: u32) -> SecretBytes {
    let mut state = D::new().chain_update(salt).chain_update(password).finalize();
    for _ in 0..rounds {
        state = D::new().chain_update(&state).chain_update(password).finalize();
    }
    Zeroizing::new(state.to_vec())
}

fn digest<D: Digest>(parts: &[&[u8]]) -> SecretBytes {
    let mut digest = D::new();
    for part in parts {
        digest.update(part);
    }
    Zeroizing::new(digest.finalize().to_vec())
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn hmac<D: EagerHash>(key: &[u8], message: &[u8]) -> SecretBytes {
    let mut mac = Hmac::<D>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    Zeroizing::new(mac.finalize().into_bytes().to_vec())
}

fn pbkdf2_into<D: EagerHash>(password: &[u8], salt: &[u8], rounds: u32, output: &mut [u8]) {
    pbkdf2::pbkdf2_hmac::<D>(password, salt, rounds, output);
}
