//! A PBKDF2 hash as the dialects share it: they differ in how they write it.

use super::Context;
use crate::compare::same;
use crate::cost::Cost;
use crate::digests::{DigestKind, SecretBytes};
use crate::limits::within;
use crate::target::{Target, below};
use crate::verdict::{Bound, Old};

#[derive(Clone)]
pub(super) struct Pbkdf2 {
    pub(super) kind: DigestKind,
    pub(super) rounds: u32,
    pub(super) salt: Vec<u8>,
    pub(super) digest: Vec<u8>,
}

/// The rounds, if the limits allow so many.
pub(super) fn rounds_within(rounds: u64, context: Context<'_>) -> Result<u32, Bound> {
    within("pbkdf2 rounds", rounds, context.limits.pbkdf2_rounds)?;
    within("pbkdf2 rounds", rounds, u32::MAX.into())?;
    Ok(u32::try_from(rounds).unwrap_or(u32::MAX))
}

impl Pbkdf2 {
    pub(super) fn label(&self) -> String {
        format!("pbkdf2-{:?} rounds={}", self.kind, self.rounds).to_ascii_lowercase()
    }

    pub(super) fn cost(&self) -> Cost {
        let nanos = match self.kind {
            DigestKind::Sha384 | DigestKind::Sha512 => 320,
            _ => 110,
        };
        let blocks = self.digest.len().div_ceil(self.kind.size()).max(1) as u64;
        Cost::nanos(nanos * blocks * u64::from(self.rounds))
    }

    pub(super) fn compute(&self, password: &[u8]) -> SecretBytes {
        self.kind.pbkdf2(password, &self.salt, self.rounds, self.digest.len())
    }

    pub(super) fn matches(&self, password: &[u8]) -> bool {
        same(&self.digest, &self.compute(password))
    }

    pub(super) fn age(&self, target: &Target) -> Option<Old> {
        let rounds =
            if self.kind == DigestKind::Sha1 { target.pbkdf2_sha1_rounds } else { target.pbkdf2_sha256_rounds };
        below("pbkdf2 rounds", self.rounds.into(), rounds)
    }

    pub(super) fn faceless(&self) -> Self {
        let (salt, digest) = (vec![b'x'; self.salt.len()], vec![0; self.digest.len()]);
        Self { salt, digest, ..*self }
    }
}
