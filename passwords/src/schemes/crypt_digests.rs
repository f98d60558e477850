//! What crypt(3) computes, and the order in which it writes the bytes of a digest.

use md5::Md5;
use sha2::Digest;
use zeroize::Zeroizing;

use crate::digests::{DigestKind, SecretBytes};
use crate::encoding::CRYPT;

/// The order of a digest's bytes in its text: each scheme scatters them, and writes groups of three, low bits first.
#[derive(Clone, Copy)]
pub(super) struct Order(&'static [usize], usize);

impl Order {
    pub(super) const MD5: Order = Order(&[12, 6, 0, 13, 7, 1, 14, 8, 2, 15, 9, 3, 5, 10, 4, 11], 16);
    pub(super) const SHA256: Order = Order(
        &[
            20, 10, 0, 11, 1, 21, 2, 22, 12, 23, 13, 3, 14, 4, 24, 5, 25, 15, 26, 16, 6, 17, 7, 27, 8, 28, 18, 29, 19,
            9, 30, 31,
        ],
        32,
    );
    pub(super) const SHA512: Order = Order(
        &[
            42, 21, 0, 1, 43, 22, 23, 2, 44, 45, 24, 3, 4, 46, 25, 26, 5, 47, 48, 27, 6, 7, 49, 28, 29, 8, 50, 51, 30,
            9, 10, 52, 31, 32, 11, 53, 54, 33, 12, 13, 55, 34, 35, 14, 56, 57, 36, 15, 16, 58, 37, 38, 17, 59, 60, 39,
            18, 19, 61, 40, 41, 20, 62, 63,
        ],
        64,
    );
    /// The first byte comes again at the end, where implementations differ; only the others count.
    pub(super) const SHA1: Order =
        Order(&[2, 1, 0, 5, 4, 3, 8, 7, 6, 11, 10, 9, 14, 13, 12, 17, 16, 15, 0, 19, 18], 20);

    /// The length of a digest in bytes.
    pub(super) fn size(self) -> usize {
        self.1
    }

    pub(super) fn encode(self, digest: &[u8]) -> Vec<u8> {
        let scattered: Vec<u8> = self.0.iter().filter_map(|&at| digest.get(at).copied()).collect();
        CRYPT.encode(&scattered).into_bytes()
    }

    pub(super) fn decode(self, text: &[u8]) -> Option<Vec<u8>> {
        let scattered = CRYPT.decode(text).ok().filter(|bytes| bytes.len() == self.0.len())?;
        let mut digest = vec![0; self.1];
        for (&at, byte) in self.0.iter().zip(scattered) {
            // The true first byte is in the first group.
            if at != 0 || digest[0] == 0 {
                digest[at] = byte;
            }
        }
        Some(digest)
    }
}

/// FreeBSD's MD5-crypt by Poul-Henning Kamp, 1,000 rounds.
pub(super) fn md5(magic: &[u8], password: &[u8], salt: &[u8]) -> SecretBytes {
    let inner = Md5::new().chain_update(password).chain_update(salt).chain_update(password).finalize();
    let mut outer = Md5::new().chain_update(password).chain_update(magic).chain_update(salt);
    for start in (0..password.len()).step_by(16) {
        outer.update(&inner[..16.min(password.len() - start)]);
    }
    let mut length = password.len();
    while length > 0 {
        // As published: a zero for a set bit of the length, the password's first byte for the others.
        outer.update([if length & 1 == 1 { 0 } else { password[0] }]);
        length >>= 1;
    }
    let mut state = outer.finalize();
    for round in 0..1_000_u32 {
        let mut next = Md5::new();
        if round % 2 == 1 {
            next.update(password)
        } else {
            next.update(state)
        }
        if round % 3 != 0 {
            next.update(salt);
        }
        if round % 7 != 0 {
            next.update(password);
        }
        if round % 2 == 1 {
            next.update(state)
        } else {
            next.update(password)
        }
        state = next.finalize();
    }
    Zeroizing::new(state.to_vec())
}

/// SHA-256-crypt. The rounds are at least 1,000.
pub(super) fn sha256(password: &[u8], salt: &[u8], rounds: u32) -> SecretBytes {
    let params = sha_crypt::Params::new(rounds).unwrap_or_default();
    Zeroizing::new(sha_crypt::sha256_crypt(password, salt, params).to_vec())
}

/// SHA-512-crypt. The rounds are at least 1,000.
pub(super) fn sha512(password: &[u8], salt: &[u8], rounds: u32) -> SecretBytes {
    let params = sha_crypt::Params::new(rounds).unwrap_or_default();
    Zeroizing::new(sha_crypt::sha512_crypt(password, salt, params).to_vec())
}

/// NetBSD's: HMAC-SHA-1 under the password, over the setting and then over itself.
pub(super) fn sha1(password: &[u8], salt: &[u8], rounds: u32) -> SecretBytes {
    let setting = [salt, format!("$sha1${rounds}").as_bytes()].concat();
    let mut state = DigestKind::Sha1.hmac(password, &setting);
    for _ in 1..rounds {
        state = DigestKind::Sha1.hmac(password, &state);
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_is_decoded_again() {
        for order in [Order::MD5, Order::SHA256, Order::SHA512, Order::SHA1] {
            for first in [0, 1, 255] {
                let mut digest: Vec<u8> = (1..=order.size()).map(|at| u8::try_from(at).unwrap()).collect();
                digest[0] = first;
                assert_eq!(order.decode(&order.encode(&digest)).unwrap(), digest);
            }
        }
    }
}
