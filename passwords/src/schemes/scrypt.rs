//! An scrypt hash as the dialects share it: they differ in how they write it.

use scrypt::Params;

use super::Context;
use crate::compare::same;
use crate::cost::Cost;
use crate::digests::SecretBytes;
use crate::limits::within;
use crate::target::{Target, below};
use crate::verdict::{Old, Unreadable};

#[derive(Clone)]
pub(super) struct Scrypt {
    pub(super) params: Params,
    pub(super) salt: Vec<u8>,
    pub(super) digest: Vec<u8>,
}

/// N, r and p, if they are scrypt's and the limits allow their memory.
pub(super) fn params_within(n: u64, r: u32, p: u32, context: Context<'_>) -> Result<Params, Unreadable> {
    let memory_kib = u128::from(n) * u128::from(r) / 8;
    within("scrypt memory in KiB", u64::try_from(memory_kib).unwrap_or(u64::MAX), context.limits.scrypt_memory_kib)?;
    within("scrypt lanes", p.into(), context.limits.scrypt_lanes)?;
    if !n.is_power_of_two() || n < 2 {
        return Err(Unreadable::because("scrypt's N is not a power of two"));
    }
    let log2_n = u8::try_from(n.ilog2()).unwrap_or(u8::MAX);
    Params::new(log2_n, r, p).map_err(|_| Unreadable::because("scrypt's r and p do not fit its N"))
}

impl Scrypt {
    pub(super) fn label(&self) -> String {
        format!("scrypt n={} r={} p={}", self.params.n(), self.params.r(), self.params.p())
    }

    pub(super) fn cost(&self) -> Cost {
        let (n, r, p) = (self.params.n(), u64::from(self.params.r()), u64::from(self.params.p()));
        let work = n.saturating_mul(r).saturating_mul(p);
        let memory_bytes = (n + p).saturating_mul(r).saturating_mul(128);
        Cost { memory_bytes, ..Cost::nanos(work.saturating_mul(380)) }
    }

    pub(super) fn compute(&self, password: &[u8]) -> Option<SecretBytes> {
        let mut output = SecretBytes::new(vec![0; self.digest.len()]);
        scrypt::scrypt(password, &self.salt, &self.params, &mut output).ok()?;
        Some(output)
    }

    pub(super) fn matches(&self, password: &[u8]) -> bool {
        self.compute(password).is_some_and(|computed| same(&self.digest, &computed))
    }

    pub(super) fn age(&self, target: &Target) -> Option<Old> {
        let memory = self.params.n().saturating_mul(self.params.r().into());
        let work_kib = memory.saturating_mul(self.params.p().into()) / 8;
        below("scrypt memory times lanes in KiB", work_kib, target.scrypt_work_kib)
    }

    pub(super) fn faceless(&self) -> Self {
        let (salt, digest) = (vec![b'x'; self.salt.len()], vec![0; self.digest.len()]);
        Self { salt, digest, ..self.clone() }
    }
}
