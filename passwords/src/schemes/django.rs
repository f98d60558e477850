//! Django's hashers: `algorithm$parameters$salt$digest`, salts as text.

use data_encoding::{BASE64, HEXLOWER};

use super::bcrypt::{self, Variant};
use super::digest::{self, Core};
use super::pbkdf2::{Pbkdf2, rounds_within};
use super::scrypt::{Scrypt, params_within};
use super::wrapped::{Wrapped, read_behind};
use super::{Context, Family, Stored, argon2};
use crate::cost::Cost;
use crate::digests::DigestKind;
use crate::encoding::{base64, hex};
use crate::identify::{Candidate, Confidence};
use crate::password_form::Prehash;
use crate::random::{ALPHANUMERIC, Random, text};
use crate::row::Row;
use crate::spec::Order;
use crate::target::Target;
use crate::verdict::{Old, Unreadable};
use crate::written::{CannotWrite, HashedRow};

/// Django 5.2's own numbers for new hashes.
const ROUNDS: u32 = 1_000_000;
const SALT_LENGTH: usize = 22;
const BCRYPT_COST: u32 = 12;
const SCRYPT_LOG2_N: u32 = 14;
const SCRYPT_DIGEST: usize = 64;
const ARGON2_MEMORY_KIB: u32 = 102_400;
const ARGON2_LANES: u32 = 8;

const PBKDF2_SHA256: &[u8] = b"pbkdf2_sha256$";
const PBKDF2_SHA1: &[u8] = b"pbkdf2_sha1$";
const BCRYPT_SHA256: &[u8] = b"bcrypt_sha256$";
const BCRYPT: &[u8] = b"bcrypt$";
const ARGON2: &[u8] = b"argon2";
const SCRYPT: &[u8] = b"scrypt$";
const MD5: &[u8] = b"md5$";
const SHA1: &[u8] = b"sha1$";

pub(super) struct Django;

impl Family for Django {
    fn names(&self) -> &'static [&'static str] {
        &[
            "django",
            "django-pbkdf2-sha256",
            "django-pbkdf2-sha1",
            "django-bcrypt-sha256",
            "django-bcrypt",
            "django-argon2",
            "django-scrypt",
            "django-sha1",
            "django-md5",
        ]
    }

    fn options(&self, name: &str) -> &'static [&'static str] {
        match name {
            "django" | "django-pbkdf2-sha256" | "django-pbkdf2-sha1" => &["write.rounds"],
            "django-argon2" => &["write.memory_kib", "write.passes", "write.lanes"],
            "django-bcrypt-sha256" | "django-bcrypt" | "django-scrypt" => &["write.cost"],
            _ => &[],
        }
    }

    fn recognise(&self, row: &Row<'_>, found: &mut Vec<Candidate>) {
        let hash = row.hash;
        let begins = |prefixes: &[&[u8]]| prefixes.iter().any(|prefix| hash.starts_with(prefix));
        let confidence = if begins(&[BCRYPT_SHA256, b"bcrypt$$2", b"argon2$argon2"]) {
            Confidence::Certain
        } else if begins(&[PBKDF2_SHA256, PBKDF2_SHA1, SCRYPT, MD5, SHA1]) {
            // Others use the same words for other things, Werkzeug's `sha1$` being an HMAC.
            Confidence::Likely
        } else {
            return;
        };
        found.push(Candidate { scheme: "django", confidence });
    }

    fn read(&self, _name: &'static str, row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, Unreadable> {
        let hash = row.hash.trim_ascii();
        let after = |prefix: &[u8]| hash.strip_prefix(prefix);
        if let Some(rest) = after(PBKDF2_SHA256) {
            read_pbkdf2("pbkdf2_sha256", DigestKind::Sha256, rest, context)
        } else if let Some(rest) = after(PBKDF2_SHA1) {
            read_pbkdf2("pbkdf2_sha1", DigestKind::Sha1, rest, context)
        } else if after(BCRYPT_SHA256).is_some() {
            read_behind(BCRYPT_SHA256, Some(Prehash::Sha256Hex), row, context)
        } else if after(BCRYPT).is_some() {
            read_behind(BCRYPT, None, row, context)
        } else if after(ARGON2).is_some() {
            read_behind(ARGON2, None, row, context)
        } else if let Some(rest) = after(SCRYPT) {
            read_scrypt(rest, context)
        } else if let Some(rest) = after(MD5) {
            read_digest("md5", DigestKind::Md5, rest)
        } else if let Some(rest) = after(SHA1) {
            read_digest("sha1", DigestKind::Sha1, rest)
        } else if hash.len() == 32 {
            // The oldest hasher of all wrote nothing but the digest.
            digest::read_unsalted(DigestKind::Md5, hash)
        } else {
            Err(Unreadable::UnknownFormat)
        }
    }

    fn blank(&self, name: &'static str, _row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, CannotWrite> {
        let write = &context.settings.write;
        let salt = vec![b'x'; SALT_LENGTH];
        Ok(match name {
            "django-bcrypt-sha256" | "django-bcrypt" => {
                let cost = write.cost.unwrap_or(BCRYPT_COST);
                let inner = Box::new(bcrypt::blank(Variant::B, Some(cost), context.limits)?);
                let hashed_first = name == "django-bcrypt-sha256";
                let prefix = if hashed_first { BCRYPT_SHA256 } else { BCRYPT };
                let prehash = hashed_first.then_some(Prehash::Sha256Hex);
                Box::new(Wrapped { prefix: prefix.to_vec(), prehash, inner })
            }
            "django-argon2" => {
                let mut write = *write;
                write.memory_kib = write.memory_kib.or(Some(ARGON2_MEMORY_KIB));
                write.lanes = write.lanes.or(Some(ARGON2_LANES));
                let inner = argon2::blank(::argon2::Algorithm::Argon2id, &write, context.limits)?;
                let inner = Box::new(inner.with_salt(salt));
                Box::new(Wrapped { prefix: ARGON2.to_vec(), prehash: None, inner })
            }
            "django-scrypt" => {
                let log2_n = write.cost.unwrap_or(SCRYPT_LOG2_N);
                let n = 1u64.checked_shl(log2_n).ok_or(CannotWrite::Parameter("cost"))?;
                let params = params_within(n, 8, 5, context).map_err(|reason| match reason {
                    Unreadable::Refused(bound) => CannotWrite::OverLimit(bound),
                    _ => CannotWrite::Parameter("cost"),
                })?;
                Box::new(ScryptHash(Scrypt { params, salt, digest: vec![0; SCRYPT_DIGEST] }))
            }
            "django-sha1" => Box::new(DigestHash { name: "sha1", core: blank_core(DigestKind::Sha1, salt) }),
            "django-md5" => Box::new(DigestHash { name: "md5", core: blank_core(DigestKind::Md5, salt) }),
            _ => {
                let (name, kind) = match name {
                    "django-pbkdf2-sha1" => ("pbkdf2_sha1", DigestKind::Sha1),
                    _ => ("pbkdf2_sha256", DigestKind::Sha256),
                };
                let rounds = rounds_within(write.rounds.unwrap_or(ROUNDS).into(), context)?;
                if rounds == 0 {
                    return Err(CannotWrite::Parameter("rounds"));
                }
                Box::new(Pbkdf2Hash { name, inner: Pbkdf2 { kind, rounds, salt, digest: vec![0; kind.size()] } })
            }
        })
    }
}

fn blank_core(kind: DigestKind, salt: Vec<u8>) -> Core {
    Core { kind, order: Some(Order::SaltFirst), site_key: None, salt, digest: vec![0; kind.size()] }
}

/// The fields of a hash, if there are exactly so many.
fn fields<const N: usize>(text: &[u8]) -> Result<[&[u8]; N], Unreadable> {
    let mut fields = text.split(|&byte| byte == b'$');
    let mut found = [&b""[..]; N];
    for field in &mut found {
        *field = fields.next().ok_or(Unreadable::because("a Django hash has too few fields"))?;
    }
    match fields.next() {
        None => Ok(found),
        Some(_) => Err(Unreadable::because("a Django hash has too many fields")),
    }
}

fn number<T: std::str::FromStr>(text: &[u8]) -> Result<T, Unreadable> {
    let text = std::str::from_utf8(text).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    text.and_then(|text| text.parse().ok())
        .ok_or(Unreadable::because("a Django hash has a parameter that is no number"))
}

/// A digest in base64, of exactly this size.
fn sized(text: &[u8], size: usize) -> Result<Vec<u8>, Unreadable> {
    let digest = base64(text).filter(|digest| digest.len() == size);
    digest.ok_or(Unreadable::because("the digest is not base64 of its algorithm's length"))
}

fn read_pbkdf2(
    name: &'static str,
    kind: DigestKind,
    rest: &[u8],
    context: Context<'_>,
) -> Result<Box<dyn Stored>, Unreadable> {
    let [rounds, salt, digest] = fields(rest)?;
    let rounds = rounds_within(number(rounds)?, context)?;
    if rounds == 0 {
        return Err(Unreadable::because("a PBKDF2 hash has at least one round"));
    }
    let (salt, digest) = (salt.to_vec(), sized(digest, kind.size())?);
    Ok(Box::new(Pbkdf2Hash { name, inner: Pbkdf2 { kind, rounds, salt, digest } }))
}

fn read_scrypt(rest: &[u8], context: Context<'_>) -> Result<Box<dyn Stored>, Unreadable> {
    let [n, salt, r, p, digest] = fields(rest)?;
    let params = params_within(number(n)?, number(r)?, number(p)?, context)?;
    let (salt, digest) = (salt.to_vec(), sized(digest, SCRYPT_DIGEST)?);
    Ok(Box::new(ScryptHash(Scrypt { params, salt, digest })))
}

fn read_digest(name: &'static str, kind: DigestKind, rest: &[u8]) -> Result<Box<dyn Stored>, Unreadable> {
    let [salt, digest] = fields(rest)?;
    let digest = hex(digest).filter(|digest| digest.len() == kind.size());
    let digest = digest.ok_or(Unreadable::because("the digest is not hexadecimal of its algorithm's length"))?;
    let core = Core { kind, order: Some(Order::SaltFirst), site_key: None, salt: salt.to_vec(), digest };
    Ok(Box::new(DigestHash { name, core }))
}

struct Pbkdf2Hash {
    name: &'static str,
    inner: Pbkdf2,
}

impl Stored for Pbkdf2Hash {
    fn label(&self) -> String {
        self.inner.label()
    }

    fn cost(&self) -> Cost {
        self.inner.cost()
    }

    fn matches(&self, password: &[u8]) -> bool {
        self.inner.matches(password)
    }

    fn age(&self, target: &Target) -> Option<Old> {
        self.inner.age(target)
    }

    fn faceless(&self) -> Box<dyn Stored> {
        Box::new(Self { name: self.name, inner: self.inner.faceless() })
    }

    fn renew(&self, password: &[u8], random: Random<'_>) -> Result<HashedRow, CannotWrite> {
        let fresh = Pbkdf2 { salt: text(random, SALT_LENGTH, ALPHANUMERIC), ..self.inner.clone() };
        let (rounds, digest) = (fresh.rounds.to_string(), BASE64.encode(&fresh.compute(password)));
        let fields = [self.name.as_bytes(), rounds.as_bytes(), &fresh.salt, digest.as_bytes()];
        Ok(HashedRow::whole(fields.join(&b'$')))
    }
}

struct ScryptHash(Scrypt);

impl Stored for ScryptHash {
    fn label(&self) -> String {
        self.0.label()
    }

    fn cost(&self) -> Cost {
        self.0.cost()
    }

    fn matches(&self, password: &[u8]) -> bool {
        self.0.matches(password)
    }

    fn age(&self, target: &Target) -> Option<Old> {
        self.0.age(target)
    }

    fn faceless(&self) -> Box<dyn Stored> {
        Box::new(Self(self.0.faceless()))
    }

    fn renew(&self, password: &[u8], random: Random<'_>) -> Result<HashedRow, CannotWrite> {
        let fresh = Scrypt { salt: text(random, SALT_LENGTH, ALPHANUMERIC), ..self.0.clone() };
        let digest = fresh.compute(password).ok_or(CannotWrite::Parameter("cost"))?;
        let [n, r, p] =
            [fresh.params.n(), fresh.params.r().into(), fresh.params.p().into()].map(|number| number.to_string());
        let digest = BASE64.encode(&digest);
        let fields = [b"scrypt", n.as_bytes(), &fresh.salt, r.as_bytes(), p.as_bytes(), digest.as_bytes()];
        Ok(HashedRow::whole(fields.join(&b'$')))
    }
}

/// `md5$salt$digest` and `sha1$salt$digest`; an empty salt is one too.
struct DigestHash {
    name: &'static str,
    core: Core,
}

impl Stored for DigestHash {
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
        Box::new(Self { name: self.name, core: self.core.faceless() })
    }

    fn renew(&self, password: &[u8], random: Random<'_>) -> Result<HashedRow, CannotWrite> {
        let fresh = Core { salt: text(random, SALT_LENGTH, ALPHANUMERIC), ..self.core.clone() };
        let digest = HEXLOWER.encode(&fresh.compute(Order::SaltFirst, password));
        Ok(HashedRow::whole([self.name.as_bytes(), &fresh.salt, digest.as_bytes()].join(&b'$')))
    }
}
