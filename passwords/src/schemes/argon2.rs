//! Argon2 d, i and id, versions 16 and 19, in the notation of the reference implementation.

use argon2::{Algorithm, AssociatedData, KeyId, Params, ParamsBuilder, Version};
use data_encoding::BASE64_NOPAD;
use zeroize::Zeroizing;

use super::{Context, Family, Stored};
use crate::compare::same;
use crate::cost::Cost;
use crate::encoding::base64;
use crate::identify::{Candidate, Confidence};
use crate::limits::{Limits, within};
use crate::random::{ALPHANUMERIC, Random, bytes, text};
use crate::row::Row;
use crate::spec::HashParams;
use crate::target::{Target, below};
use crate::verdict::{Old, Unreadable};
use crate::written::{CannotWrite, HashedRow};

/// Shorter digests could be met by chance.
const DIGEST_SIZE: std::ops::RangeInclusive<usize> = 16..=512;

/// Salt and digest of new hashes, in bytes.
const NEW_SALT: usize = 16;
const NEW_DIGEST: usize = 32;

pub(super) struct Argon2;

impl Family for Argon2 {
    fn names(&self) -> &'static [&'static str] {
        &["argon2", "argon2id", "argon2i", "argon2d"]
    }

    fn options(&self, _name: &str) -> &'static [&'static str] {
        &["write.memory_kib", "write.passes", "write.lanes"]
    }

    fn recognise(&self, row: &Row<'_>, found: &mut Vec<Candidate>) {
        if split_algorithm(row.hash).is_some() {
            found.push(Candidate { scheme: "argon2", confidence: Confidence::Certain });
        }
    }

    fn read(&self, _name: &'static str, row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, Unreadable> {
        Ok(Box::new(Hash::parse(row.hash.trim_ascii(), context.limits)?))
    }

    fn blank(&self, name: &'static str, _row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, CannotWrite> {
        let algorithm = match name {
            "argon2i" => Algorithm::Argon2i,
            "argon2d" => Algorithm::Argon2d,
            _ => Algorithm::Argon2id,
        };
        Ok(Box::new(blank(algorithm, &context.settings.write, context.limits)?))
    }
}

/// Parameters of a new hash (19 MiB, 2 passes, 1 lane unless stated) and nobody's digest.
pub(super) fn blank(algorithm: Algorithm, write: &HashParams, limits: &Limits) -> Result<Hash, CannotWrite> {
    let memory_kib = write.memory_kib.unwrap_or(Params::DEFAULT_M_COST);
    let passes = write.passes.unwrap_or(Params::DEFAULT_T_COST);
    let lanes = write.lanes.unwrap_or(Params::DEFAULT_P_COST);
    check(memory_kib.into(), passes.into(), lanes.into(), limits)?;
    let params = Params::new(memory_kib, passes, lanes, None).map_err(|_| CannotWrite::Parameter("memory_kib"))?;
    let (salt, digest) = (vec![0; NEW_SALT], vec![0; NEW_DIGEST]);
    Ok(Hash { algorithm, version: Version::V0x13, params, salt, digest })
}

pub(super) struct Hash {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Vec<u8>,
    digest: Vec<u8>,
}

impl Hash {
    /// Reads `$argon2id$v=19$m=19456,t=2,p=1$salt$digest`. Without `v=` the version is 16, as it was when that field did
    /// not exist; parameters may stand in any order.
    pub(super) fn parse(text: &[u8], limits: &Limits) -> Result<Self, Unreadable> {
        let (algorithm, rest) = split_algorithm(text).ok_or(Unreadable::UnknownFormat)?;
        let mut fields = rest.split(|&byte| byte == b'$');
        let mut next = || fields.next().ok_or(Unreadable::because("an argon2 hash has parameters, salt and digest"));
        let mut parameters = next()?;
        let version = match parameters.strip_prefix(b"v=") {
            None => Version::V0x10,
            Some(version) => {
                parameters = next()?;
                match version {
                    b"16" => Version::V0x10,
                    b"19" => Version::V0x13,
                    _ => return Err(Unreadable::because("argon2's version is neither 16 nor 19")),
                }
            }
        };
        let (salt, digest) = (next()?, next()?);
        if fields.next().is_some() {
            return Err(Unreadable::because("an argon2 hash ends with its digest"));
        }
        let mut params = read_parameters(parameters, limits)?;
        let salt = base64(salt).ok_or(Unreadable::because("argon2's salt is not base64"))?;
        let digest = base64(digest).ok_or(Unreadable::because("argon2's digest is not base64"))?;
        if salt.len() < argon2::MIN_SALT_LEN {
            return Err(Unreadable::because("argon2's salt is shorter than 8 bytes"));
        }
        if !DIGEST_SIZE.contains(&digest.len()) {
            return Err(Unreadable::because("argon2's digest is not 16 to 512 bytes long"));
        }
        let params = params.output_len(digest.len()).build();
        let params = params.map_err(|_| {
            Unreadable::because(
                "argon2's parameters are out of its ranges: at least one pass, one lane and 8 KiB for each",
            )
        })?;
        Ok(Self { algorithm, version, params, salt, digest })
    }

    /// The same with a salt of another kind and length.
    pub(super) fn with_salt(self, salt: Vec<u8>) -> Self {
        Self { salt, ..self }
    }

    /// Memory in KiB, passes and lanes as an application states them beside the hash.
    pub(super) fn of(
        algorithm: Algorithm,
        [memory_kib, passes, lanes]: [u32; 3],
        salt: Vec<u8>,
        limits: &Limits,
    ) -> Result<Self, Unreadable> {
        check(memory_kib.into(), passes.into(), lanes.into(), limits)?;
        let params = Params::new(memory_kib, passes, lanes, None);
        let params = params.map_err(|_| Unreadable::because("argon2's parameters are out of its ranges"))?;
        Ok(Self { algorithm, version: Version::V0x13, params, salt, digest: Vec::new() })
    }

    /// The digest alone, of that size.
    pub(super) fn raw(&self, password: &[u8], size: usize) -> Option<Zeroizing<Vec<u8>>> {
        self.compute(password, &self.salt, size)
    }

    /// The same with nobody's salt and digest.
    pub(super) fn emptied(&self) -> Self {
        let (salt, digest) = (vec![0; self.salt.len()], vec![0; self.digest.len()]);
        Self { algorithm: self.algorithm, version: self.version, params: self.params.clone(), salt, digest }
    }

    fn compute(&self, password: &[u8], salt: &[u8], size: usize) -> Option<Zeroizing<Vec<u8>>> {
        let mut output = Zeroizing::new(vec![0; size]);
        let argon2 = argon2::Argon2::new(self.algorithm, self.version, self.params.clone());
        argon2.hash_password_into(password, salt, &mut output).ok()?;
        Some(output)
    }
}

impl Stored for Hash {
    fn label(&self) -> String {
        let (m, t, p) = (self.params.m_cost(), self.params.t_cost(), self.params.p_cost());
        format!("{} m={m} t={t} p={p}", self.algorithm.as_str())
    }

    fn cost(&self) -> Cost {
        let memory_kib = u64::from(self.params.m_cost());
        let nanos = memory_kib.saturating_mul(u64::from(self.params.t_cost())).saturating_mul(400);
        Cost { memory_bytes: memory_kib * 1024, ..Cost::nanos(nanos) }
    }

    fn matches(&self, password: &[u8]) -> bool {
        self.compute(password, &self.salt, self.digest.len()).is_some_and(|computed| same(&self.digest, &computed))
    }

    fn age(&self, target: &Target) -> Option<Old> {
        let work = u64::from(self.params.m_cost()) * u64::from(self.params.t_cost());
        below("argon2 memory times passes in KiB", work, target.argon2_work_kib)
    }

    fn faceless(&self) -> Box<dyn Stored> {
        Box::new(self.emptied())
    }

    fn renew(&self, password: &[u8], random: Random<'_>) -> Result<HashedRow, CannotWrite> {
        if !self.params.keyid().is_empty() || !self.params.data().is_empty() {
            return Err(CannotWrite::NotLikeThat);
        }
        // Django's salts are text, and it rehashes what has another kind.
        let length = self.salt.len().max(NEW_SALT);
        let is_text = self.salt.iter().all(u8::is_ascii_alphanumeric);
        let salt = if is_text { text(random, length, ALPHANUMERIC) } else { bytes(random, length) };
        let digest = self.compute(password, &salt, self.digest.len()).ok_or(CannotWrite::Parameter("memory_kib"))?;
        let (m, t, p) = (self.params.m_cost(), self.params.t_cost(), self.params.p_cost());
        let (name, version) = (self.algorithm.as_str(), u32::from(self.version));
        let (salt, digest) = (BASE64_NOPAD.encode(&salt), BASE64_NOPAD.encode(&digest));
        Ok(HashedRow::whole(format!("${name}$v={version}$m={m},t={t},p={p}${salt}${digest}")))
    }
}

fn split_algorithm(text: &[u8]) -> Option<(Algorithm, &[u8])> {
    let rest = text.strip_prefix(b"$argon2")?;
    [(&b"id$"[..], Algorithm::Argon2id), (b"i$", Algorithm::Argon2i), (b"d$", Algorithm::Argon2d)]
        .into_iter()
        .find_map(|(name, algorithm)| Some((algorithm, rest.strip_prefix(name)?)))
}

fn read_parameters(text: &[u8], limits: &Limits) -> Result<ParamsBuilder, Unreadable> {
    const BROKEN: Unreadable = Unreadable::because("argon2's parameters are not m=, t= and p=, each once and a number");
    let (mut memory_kib, mut passes, mut lanes) = (None, None, None);
    let mut builder = ParamsBuilder::new();
    for parameter in text.split(|&byte| byte == b',') {
        let text = std::str::from_utf8(parameter).map_err(|_| BROKEN)?;
        let (key, value) = text.split_once('=').ok_or(BROKEN)?;
        let place = match key {
            "m" => &mut memory_kib,
            "t" => &mut passes,
            "p" => &mut lanes,
            "keyid" => {
                builder.keyid(KeyId::from_b64(value).map_err(|_| BROKEN)?);
                continue;
            }
            "data" => {
                builder.data(AssociatedData::from_b64(value).map_err(|_| BROKEN)?);
                continue;
            }
            _ => return Err(BROKEN),
        };
        if place.replace(value.parse::<u32>().map_err(|_| BROKEN)?).is_some() {
            return Err(BROKEN);
        }
    }
    let (Some(memory_kib), Some(passes), Some(lanes)) = (memory_kib, passes, lanes) else { return Err(BROKEN) };
    check(memory_kib.into(), passes.into(), lanes.into(), limits)?;
    builder.m_cost(memory_kib).t_cost(passes).p_cost(lanes);
    Ok(builder)
}

fn check(memory_kib: u64, passes: u64, lanes: u64, limits: &Limits) -> Result<(), crate::verdict::Bound> {
    within("argon2 memory in KiB", memory_kib, limits.argon2_memory_kib)?;
    within("argon2 passes", passes, limits.argon2_passes)?;
    within("argon2 lanes", lanes, limits.argon2_lanes)?;
    within("argon2 memory times passes in KiB", memory_kib * passes, limits.argon2_work_kib)
}
