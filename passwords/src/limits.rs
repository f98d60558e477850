//! How much one row may cost, in one place. Every scheme asks here before it allocates or computes.

use serde::Deserialize;

use crate::verdict::Bound;

/// The most that one row may ask for. A row over a limit is refused before any work.
///
/// The defaults leave room for everything that applications are known to write and stop what would stop the process: a
/// hostile `m=4194304` takes 4 GiB, bcrypt 31 takes a day. Raise a limit only for a table that needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Longest password, in bytes.
    pub password_bytes: u64,
    /// Longest stored hash, in bytes.
    pub hash_bytes: u64,
    /// Longest salt column, in bytes.
    pub salt_bytes: u64,
    /// bcrypt's cost, the base-2 logarithm of its rounds.
    pub bcrypt_cost: u64,
    /// argon2's memory, in KiB.
    pub argon2_memory_kib: u64,
    /// argon2's passes over its memory.
    pub argon2_passes: u64,
    /// argon2's lanes.
    pub argon2_lanes: u64,
    /// argon2's memory times its passes, in KiB: what it costs in time.
    pub argon2_work_kib: u64,
    /// scrypt's memory (128 · N · r), in KiB.
    pub scrypt_memory_kib: u64,
    /// scrypt's parallelism, which multiplies its time.
    pub scrypt_lanes: u64,
    /// Rounds of PBKDF2.
    pub pbkdf2_rounds: u64,
    /// Rounds of the SHA-2 and SHA-1 schemes of crypt(3).
    pub crypt_rounds: u64,
    /// Rounds of phpass and Drupal 7, as a base-2 logarithm.
    pub phpass_log2_rounds: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            password_bytes: 4096,
            hash_bytes: 8192,
            salt_bytes: 4096,
            bcrypt_cost: 15,
            argon2_memory_kib: 256 * 1024,
            argon2_passes: 10,
            argon2_lanes: 16,
            argon2_work_kib: 2 * 1024 * 1024,
            scrypt_memory_kib: 128 * 1024,
            scrypt_lanes: 16,
            pbkdf2_rounds: 10_000_000,
            crypt_rounds: 2_000_000,
            phpass_log2_rounds: 24,
        }
    }
}

/// The one comparison: `asked` is let through if it is at most `limit`.
pub(crate) fn within(what: &'static str, asked: u64, limit: u64) -> Result<(), Bound> {
    if asked <= limit { Ok(()) } else { Err(Bound { what, asked: Some(asked), limit }) }
}

/// The same for the password, whose length is not told.
pub(crate) fn password_within(password: &[u8], limits: &Limits) -> Result<(), Bound> {
    within("password length in bytes", password.len() as u64, limits.password_bytes)
        .map_err(|bound| Bound { asked: None, ..bound })
}
