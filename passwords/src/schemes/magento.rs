//! Magento 2: `hash:salt:version`, where an upgrade of old hashes adds versions: what one version computed is the password
//! of the next (`Magento\Framework\Encryption\Encryptor`).

use argon2::Algorithm;

use super::argon2::Hash as Argon2;
use super::{Context, Family, Stored};
use crate::compare::same;
use crate::cost::Cost;
use crate::digests::{DigestKind, SecretBytes};
use crate::encoding::{BytesAs, hex};
use crate::identify::{Candidate, Confidence};
use crate::limits::Limits;
use crate::random::{ALPHANUMERIC, Random, text};
use crate::row::Row;
use crate::target::Target;
use crate::verdict::{Old, Unreadable};
use crate::written::{CannotWrite, HashedRow};

/// Upgrades that a hash may have been through; Magento has known four versions.
const MOST_STEPS: usize = 4;

/// libsodium's salt for argon2.
const SODIUM_SALT: usize = 16;

/// Magento 2.4: argon2id, 32 bytes, 2 passes, 64 MiB.
const NEW: &str = "3_32_2_67108864";
const NEW_SALT: usize = 32;

pub(super) struct Magento;

impl Family for Magento {
    fn names(&self) -> &'static [&'static str] {
        &["magento"]
    }

    fn options(&self, _name: &str) -> &'static [&'static str] {
        &[]
    }

    fn recognise(&self, row: &Row<'_>, found: &mut Vec<Candidate>) {
        let digest = row.hash.split(|&byte| byte == b':').next().unwrap_or_default();
        let versions = row.hash.iter().filter(|&&byte| byte == b':').count() >= 2;
        if versions && matches!(digest.len(), 32 | 64) && digest.iter().all(u8::is_ascii_hexdigit) {
            found.push(Candidate { scheme: "magento", confidence: Confidence::Likely });
        }
    }

    fn read(&self, _name: &'static str, row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, Unreadable> {
        let hash = row.hash.trim_ascii();
        let mut fields = hash.splitn(3, |&byte| byte == b':');
        let (Some(digest), Some(salt), Some(versions)) = (fields.next(), fields.next(), fields.next()) else {
            return Err(Unreadable::because("a Magento hash has a digest, a salt and a version"));
        };
        let digest = hex(digest).filter(|digest| digest.len() >= 16);
        let digest = digest.ok_or(Unreadable::because("the digest is not hexadecimal"))?;
        let versions: Vec<&[u8]> = versions.split(|&byte| byte == b':').collect();
        if versions.len() > MOST_STEPS {
            return Err(Unreadable::because("there are more versions than Magento has had"));
        }
        let steps: Result<Vec<Step>, Unreadable> =
            versions.iter().map(|version| Step::parse(version, salt, context.limits)).collect();
        let steps = steps?;
        let size = steps.last().map_or(0, Step::size);
        if size != digest.len() {
            return Err(Unreadable::because("the digest is not as long as its version makes it"));
        }
        Ok(Box::new(Hash { salt: salt.to_vec(), steps, digest }))
    }

    fn blank(&self, _name: &'static str, _row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, CannotWrite> {
        blank(vec![b'x'; NEW_SALT], context.limits)
    }
}

fn blank(salt: Vec<u8>, limits: &Limits) -> Result<Box<dyn Stored>, CannotWrite> {
    let step = Step::parse(NEW.as_bytes(), &salt, limits).map_err(|reason| match reason {
        Unreadable::Refused(bound) => CannotWrite::OverLimit(bound),
        _ => CannotWrite::NotLikeThat,
    })?;
    Ok(Box::new(Hash { salt, digest: vec![0; step.size()], steps: vec![step] }))
}

/// One version.
enum Step {
    Digest(DigestKind),
    Argon2(Box<Argon2>, usize),
}

impl Step {
    fn parse(version: &[u8], salt: &[u8], limits: &Limits) -> Result<Step, Unreadable> {
        const UNKNOWN: Unreadable = Unreadable::because("Magento has no such version");
        let text = std::str::from_utf8(version).map_err(|_| UNKNOWN)?;
        let argon2 = |size: u32, passes: u32, memory_bytes: u64| {
            // libsodium takes 16 bytes: more is cut, less is filled up with zeros.
            let mut salt = salt[..salt.len().min(SODIUM_SALT)].to_vec();
            salt.resize(SODIUM_SALT, 0);
            let memory_kib = u32::try_from(memory_bytes / 1024).unwrap_or(u32::MAX);
            let hash = Argon2::of(Algorithm::Argon2id, [memory_kib, passes, 1], salt, limits)?;
            let size = usize::try_from(size).ok().filter(|size| (16..=512).contains(size));
            Ok(Step::Argon2(Box::new(hash), size.ok_or(UNKNOWN)?))
        };
        match text {
            "0" => Ok(Step::Digest(DigestKind::Md5)),
            "1" => Ok(Step::Digest(DigestKind::Sha256)),
            "2" => argon2(32, 2, 64 << 20),
            _ => {
                let numbers: Option<Vec<u64>> = text.split('_').map(|number| number.parse().ok()).collect();
                match numbers.as_deref() {
                    Some(&[3, size, passes, memory]) => argon2(
                        u32::try_from(size).map_err(|_| UNKNOWN)?,
                        u32::try_from(passes).map_err(|_| UNKNOWN)?,
                        memory,
                    ),
                    _ => Err(UNKNOWN),
                }
            }
        }
    }

    fn size(&self) -> usize {
        match self {
            Step::Digest(kind) => kind.size(),
            Step::Argon2(_, size) => *size,
        }
    }

    fn compute(&self, salt: &[u8], password: &[u8]) -> Option<SecretBytes> {
        match self {
            Step::Digest(kind) => Some(kind.of(&[salt, password])),
            Step::Argon2(hash, size) => hash.raw(password, *size),
        }
    }
}

struct Hash {
    salt: Vec<u8>,
    steps: Vec<Step>,
    digest: Vec<u8>,
}

impl Hash {
    fn compute(&self, password: &[u8]) -> Option<SecretBytes> {
        let mut state = SecretBytes::new(password.to_vec());
        for (number, step) in self.steps.iter().enumerate() {
            // What goes from version to version is the text that was in the table.
            let input = if number == 0 { state } else { SecretBytes::new(BytesAs::Hex.encode(&state)) };
            state = step.compute(&self.salt, &input)?;
        }
        Some(state)
    }
}

impl Stored for Hash {
    fn label(&self) -> String {
        let steps: Vec<String> = self
            .steps
            .iter()
            .map(|step| match step {
                Step::Digest(kind) => kind.name().to_owned(),
                Step::Argon2(hash, _) => hash.label(),
            })
            .collect();
        format!("magento {}", steps.join(" then "))
    }

    fn cost(&self) -> Cost {
        let steps = self.steps.iter().map(|step| match step {
            Step::Digest(_) => Cost::nanos(500),
            Step::Argon2(hash, _) => hash.cost(),
        });
        steps.fold(Cost::default(), |sum, step| Cost {
            memory_bytes: sum.memory_bytes.max(step.memory_bytes),
            micros: sum.micros + step.micros,
        })
    }

    fn matches(&self, password: &[u8]) -> bool {
        self.compute(password).is_some_and(|computed| same(&self.digest, &computed))
    }

    fn age(&self, target: &Target) -> Option<Old> {
        match self.steps.as_slice() {
            [Step::Argon2(hash, _)] => hash.age(target),
            _ => Some(Old::Superseded),
        }
    }

    fn faceless(&self) -> Box<dyn Stored> {
        let steps = self.steps.iter().map(|step| match step {
            Step::Digest(kind) => Step::Digest(*kind),
            Step::Argon2(hash, size) => Step::Argon2(Box::new(hash.emptied()), *size),
        });
        Box::new(Self { salt: vec![b'x'; self.salt.len()], steps: steps.collect(), digest: vec![0; self.digest.len()] })
    }

    fn renew(&self, password: &[u8], random: Random<'_>) -> Result<HashedRow, CannotWrite> {
        // Magento itself writes new hashes in its newest version only.
        let salt = text(random, NEW_SALT, ALPHANUMERIC);
        let step = Step::parse(NEW.as_bytes(), &salt, &Limits::default()).map_err(|_| CannotWrite::NotLikeThat)?;
        let digest = step.compute(&salt, password).ok_or(CannotWrite::Parameter("memory_kib"))?;
        Ok(HashedRow::whole([&BytesAs::Hex.encode(&digest), &b":"[..], &salt, b":", NEW.as_bytes()].concat()))
    }
}
