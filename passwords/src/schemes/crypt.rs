//! crypt(3)'s digest-based schemes: MD5 (`$1$`, Apache's `$apr1$`, AIX's `{smd5}`), SHA-256 and SHA-512 (`$5$`, `$6$`, Ulrich
//! Drepper's specification), NetBSD's HMAC-SHA-1 (`$sha1$`).

use std::ops::Range;

use super::crypt_digests::{self as digests, Order};
use super::{Context, Family, Stored};
use crate::compare::same;
use crate::cost::Cost;
use crate::digests::SecretBytes;
use crate::encoding::CRYPT_ALPHABET;
use crate::identify::{Candidate, Confidence};
use crate::limits::within;
use crate::random::{Random, text};
use crate::row::Row;
use crate::target::Target;
use crate::verdict::{Bound, Old, Unreadable};
use crate::written::{CannotWrite, HashedRow};

/// What stands before the salt, and what is computed.
const MAGICS: &[(&[u8], &Kind)] = &[
    (b"$1$", &MD5),
    (b"$apr1$", &APR1),
    (b"{smd5}", &AIX),
    (b"$5$", &SHA256),
    (b"$6$", &SHA512),
    (b"$sha1$", &SHA1),
    // Ory Kratos' names for the same.
    (b"$md5-crypt$", &MD5),
    (b"$sha256-crypt$", &SHA256),
    (b"$sha512-crypt$", &SHA512),
];

struct Kind {
    name: &'static str,
    magic: &'static [u8],
    compute: fn(&[u8], &[u8], u32) -> SecretBytes,
    order: Order,
    /// As the implementations clamp them; nothing for MD5, which always has 1,000.
    rounds: Range<u32>,
    /// Where no rounds are stated.
    usual_rounds: u32,
    /// How much of a salt is used, and how long new ones are.
    salt: usize,
    /// What one round costs.
    nanos: u64,
}

const MD5: Kind = Kind {
    name: "md5-crypt",
    magic: b"$1$",
    compute: |password, salt, _| digests::md5(b"$1$", password, salt),
    order: Order::MD5,
    rounds: 1_000..1_001,
    usual_rounds: 1_000,
    salt: 8,
    nanos: 250,
};

const APR1: Kind = Kind {
    name: "apr1",
    magic: b"$apr1$",
    compute: |password, salt, _| digests::md5(b"$apr1$", password, salt),
    ..MD5
};

const AIX: Kind =
    Kind { name: "aix-smd5", magic: b"{smd5}", compute: |password, salt, _| digests::md5(b"", password, salt), ..MD5 };

const SHA256: Kind = Kind {
    name: "sha256-crypt",
    magic: b"$5$",
    compute: digests::sha256,
    order: Order::SHA256,
    rounds: 1_000..1_000_000_000,
    usual_rounds: 5_000,
    salt: 16,
    nanos: 400,
};

const SHA512: Kind =
    Kind { name: "sha512-crypt", magic: b"$6$", compute: digests::sha512, order: Order::SHA512, nanos: 550, ..SHA256 };

const SHA1: Kind = Kind {
    name: "sha1-crypt",
    magic: b"$sha1$",
    compute: digests::sha1,
    order: Order::SHA1,
    rounds: 1..u32::MAX,
    usual_rounds: 480_000,
    salt: 64,
    nanos: 500,
};

pub(super) struct Crypt;

impl Family for Crypt {
    fn names(&self) -> &'static [&'static str] {
        &["md5-crypt", "apr1", "aix-smd5", "sha256-crypt", "sha512-crypt", "sha1-crypt"]
    }

    fn options(&self, name: &str) -> &'static [&'static str] {
        if name.starts_with("sha") { &["write.rounds", "write.salt_length"] } else { &["write.salt_length"] }
    }

    fn recognise(&self, row: &Row<'_>, found: &mut Vec<Candidate>) {
        if let Some((_, kind)) = MAGICS.iter().find(|(magic, _)| row.hash.starts_with(magic)) {
            found.push(Candidate { scheme: kind.name, confidence: Confidence::Certain });
        }
    }

    fn read(&self, _name: &'static str, row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, Unreadable> {
        let whole = row.hash.trim_ascii();
        let known = MAGICS.iter().find(|(magic, _)| whole.starts_with(magic));
        let &(magic, kind) = known.ok_or(Unreadable::UnknownFormat)?;
        let mut fields = whole[magic.len()..].split(|&byte| byte == b'$').peekable();
        let stated = match fields.peek() {
            Some(rounds) if kind.name == "sha1-crypt" => Some(*rounds),
            Some(rounds) => rounds.strip_prefix(b"rounds="),
            None => None,
        };
        let rounds = match stated {
            None => kind.usual_rounds,
            Some(digits) => {
                fields.next();
                kind.clamped(number(digits)?, context)?
            }
        };
        let parts: Vec<&[u8]> = fields.collect();
        let [salt, digest] = parts.as_slice() else {
            return Err(Unreadable::because("a hash of crypt(3) has a salt and a digest"));
        };
        // What is beyond the length that is used is cut, by every implementation.
        let salt = salt[..salt.len().min(kind.salt)].to_vec();
        let digest = kind.order.decode(digest).ok_or(Unreadable::because("the digest is not one of its scheme"))?;
        Ok(Box::new(Hash { kind, magic: magic.to_vec(), salt, digest, rounds, states_rounds: stated.is_some() }))
    }

    fn blank(&self, name: &'static str, _row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, CannotWrite> {
        let kind = MAGICS.iter().map(|(_, kind)| *kind).find(|kind| kind.name == name);
        let kind = kind.ok_or(CannotWrite::NotLikeThat)?;
        let write = &context.settings.write;
        let rounds = write.rounds.unwrap_or(kind.usual_rounds);
        if !kind.rounds.contains(&rounds) {
            return Err(CannotWrite::Parameter("rounds"));
        }
        within("crypt rounds", rounds.into(), context.limits.crypt_rounds)?;
        let salt = write.salt_length.map_or(kind.salt.min(16), |length| length as usize);
        if !(1..=kind.salt).contains(&salt) {
            return Err(CannotWrite::Parameter("salt_length"));
        }
        let (salt, digest) = (vec![b'.'; salt], vec![0; kind.order.size()]);
        // SHA-crypt leaves the usual number out.
        let states_rounds = rounds != kind.usual_rounds || kind.name == "sha1-crypt";
        Ok(Box::new(Hash { kind, magic: kind.magic.to_vec(), salt, digest, rounds, states_rounds }))
    }
}

fn number(digits: &[u8]) -> Result<u64, Unreadable> {
    let text = std::str::from_utf8(digits).ok().filter(|_| digits.iter().all(u8::is_ascii_digit));
    text.and_then(|text| text.parse().ok()).ok_or(Unreadable::because("the rounds are not a number"))
}

impl Kind {
    /// As the implementations do it; the limit is asked before.
    fn clamped(&self, rounds: u64, context: Context<'_>) -> Result<u32, Bound> {
        within("crypt rounds", rounds, context.limits.crypt_rounds)?;
        let (least, most) = (self.rounds.start, self.rounds.end - 1);
        Ok(u32::try_from(rounds).unwrap_or(u32::MAX).clamp(least, most))
    }
}

struct Hash {
    kind: &'static Kind,
    magic: Vec<u8>,
    salt: Vec<u8>,
    digest: Vec<u8>,
    rounds: u32,
    states_rounds: bool,
}

impl Stored for Hash {
    fn label(&self) -> String {
        format!("{} rounds={}", self.kind.name, self.rounds)
    }

    fn cost(&self) -> Cost {
        Cost::nanos(self.kind.nanos * u64::from(self.rounds))
    }

    fn matches(&self, password: &[u8]) -> bool {
        same(&self.digest, &(self.kind.compute)(password, &self.salt, self.rounds))
    }

    fn age(&self, _target: &Target) -> Option<Old> {
        Some(Old::Superseded)
    }

    fn faceless(&self) -> Box<dyn Stored> {
        let (salt, digest) = (vec![b'.'; self.salt.len()], vec![0; self.digest.len()]);
        Box::new(Self { magic: self.magic.clone(), salt, digest, ..*self })
    }

    fn renew(&self, password: &[u8], random: Random<'_>) -> Result<HashedRow, CannotWrite> {
        // C's crypt(3) reads up to the first NUL.
        if password.contains(&0) {
            return Err(CannotWrite::PasswordHoldsNul);
        }
        let salt = text(random, self.salt.len(), CRYPT_ALPHABET);
        let digest = self.kind.order.encode(&(self.kind.compute)(password, &salt, self.rounds));
        let rounds = match (self.states_rounds, self.kind.name) {
            (false, _) => String::new(),
            (true, "sha1-crypt") => format!("{}$", self.rounds),
            (true, _) => format!("rounds={}$", self.rounds),
        };
        Ok(HashedRow::whole([&self.magic, rounds.as_bytes(), &salt, b"$", &digest].concat()))
    }
}
