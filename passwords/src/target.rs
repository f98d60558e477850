//! What a hash should cost today; whatever costs less is a match, but old.

use crate::verdict::Old;

/// The least that a kept hash should cost. Defaults: OWASP Password Storage Cheat Sheet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// bcrypt's cost.
    pub bcrypt_cost: u64,
    /// argon2's memory times its passes, in KiB: the cheat sheet's settings trade one for the other.
    pub argon2_work_kib: u64,
    /// scrypt's memory (128 · N · r) times its lanes, in KiB.
    pub scrypt_work_kib: u64,
    /// Rounds of PBKDF2 over SHA-1.
    pub pbkdf2_sha1_rounds: u64,
    /// Rounds of PBKDF2 over SHA-256.
    pub pbkdf2_sha256_rounds: u64,
}

impl Default for Target {
    fn default() -> Self {
        Self {
            bcrypt_cost: 10,
            argon2_work_kib: 36 * 1024,
            scrypt_work_kib: 64 * 1024,
            pbkdf2_sha1_rounds: 1_300_000,
            pbkdf2_sha256_rounds: 600_000,
        }
    }
}

/// `Some` if a parameter is lower than its target.
pub(crate) fn below(parameter: &'static str, is: u64, target: u64) -> Option<Old> {
    (is < target).then_some(Old::BelowTarget { parameter, is, target })
}
