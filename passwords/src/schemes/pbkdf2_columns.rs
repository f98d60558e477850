//! PBKDF2 in columns: hash and salt each in one, the rounds in a third, in the code, or in a column that names the scheme
//! as Discourse (`$pbkdf2-sha256$i=600000,l=32$`) and Gitea (`pbkdf2$50000$50`) do.

use super::pbkdf2::{Pbkdf2, rounds_within};
use super::{Context, Family, Stored};
use crate::cost::Cost;
use crate::digests::DigestKind;
use crate::encoding::{BytesAs, base64, hex};
use crate::identify::Candidate;
use crate::random::{ALPHANUMERIC, HEX_DIGITS, Random, bytes, text};
use crate::row::Row;
use crate::target::Target;
use crate::verdict::{Old, Unreadable};
use crate::written::{CannotWrite, HashedRow};

const SCHEMES: [(&str, DigestKind); 5] = [
    ("pbkdf2-md5", DigestKind::Md5),
    ("pbkdf2-sha1", DigestKind::Sha1),
    ("pbkdf2-sha256", DigestKind::Sha256),
    ("pbkdf2-sha384", DigestKind::Sha384),
    ("pbkdf2-sha512", DigestKind::Sha512),
];

const DIGEST_SIZE: std::ops::RangeInclusive<usize> = 16..=1024;

/// Length of a new salt where there is none to take after, as it is written.
const SALT_LENGTH: usize = 32;

pub(super) struct Columns;

impl Family for Columns {
    fn names(&self) -> &'static [&'static str] {
        &["pbkdf2-md5", "pbkdf2-sha1", "pbkdf2-sha256", "pbkdf2-sha384", "pbkdf2-sha512"]
    }

    fn options(&self, _name: &str) -> &'static [&'static str] {
        &["hash_encoding", "salt_encoding", "write.rounds", "write.salt_length"]
    }

    fn recognise(&self, _row: &Row<'_>, _found: &mut Vec<Candidate>) {}

    fn read(&self, name: &'static str, row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, Unreadable> {
        let kind = kind(name).ok_or(Unreadable::UnknownFormat)?;
        let settings = context.settings;
        let stated = row.scheme.and_then(Stated::parse);
        let rounds = stated.as_ref().map(|stated| stated.rounds).or(row.iterations);
        let rounds = rounds.or(settings.write.rounds.map(u64::from));
        let rounds = rounds.ok_or(Unreadable::because("neither a column nor `write.rounds` tells the rounds"))?;
        let rounds = rounds_within(rounds, context)?;
        if rounds == 0 {
            return Err(Unreadable::because("there are no rounds"));
        }
        let written = row.hash.trim_ascii();
        let (hash_as, digest) = match settings.hash_encoding {
            Some(as_written) => (as_written, as_written.decode(written)),
            None => match hex(written) {
                Some(digest) => (BytesAs::Hex, Some(digest)),
                None => (BytesAs::Base64, base64(written)),
            },
        };
        let digest = digest.filter(|digest| DIGEST_SIZE.contains(&digest.len()));
        let digest = digest.ok_or(Unreadable::because("the hash is not 16 to 1024 bytes in its encoding"))?;
        let salt_as = match (settings.salt_encoding, &stated) {
            (Some(stated), _) => stated,
            (None, Some(Stated { salt_in_hex: true, .. })) => BytesAs::Hex,
            (None, _) => BytesAs::Raw,
        };
        let salt = row.salt.ok_or(Unreadable::because("the scheme needs a salt column and the row has none"))?;
        let salt = salt_as.decode(salt).ok_or(Unreadable::because("the salt is not in its encoding"))?;
        Ok(Box::new(Hash { hash: Pbkdf2 { kind, rounds, salt, digest }, hash_as, salt_as }))
    }

    fn blank(&self, name: &'static str, row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, CannotWrite> {
        let kind = kind(name).ok_or(CannotWrite::NotLikeThat)?;
        let settings = context.settings;
        let stated = row.scheme.and_then(Stated::parse);
        let rounds = stated.as_ref().map(|stated| stated.rounds).or(row.iterations);
        let rounds = rounds.or(settings.write.rounds.map(u64::from)).ok_or(CannotWrite::NotLikeThat)?;
        let rounds = rounds_within(rounds, context)?;
        let length = settings.write.salt_length.map_or(SALT_LENGTH, |length| length as usize);
        if rounds == 0 {
            return Err(CannotWrite::Parameter("rounds"));
        }
        if length < 8 || length as u64 > context.limits.salt_bytes {
            return Err(CannotWrite::Parameter("salt_length"));
        }
        let salt_as = match (settings.salt_encoding, &stated) {
            (Some(stated), _) => stated,
            (None, Some(Stated { salt_in_hex: true, .. })) => BytesAs::Hex,
            (None, _) => BytesAs::Raw,
        };
        let hash_as = settings.hash_encoding.unwrap_or(BytesAs::Hex);
        let size = stated.and_then(|stated| stated.size).unwrap_or(kind.size());
        let salt = if salt_as == BytesAs::Raw { length } else { length / 2 };
        let hash = Pbkdf2 { kind, rounds, salt: vec![b'x'; salt], digest: vec![0; size] };
        Ok(Box::new(Hash { hash, hash_as, salt_as }))
    }
}

fn kind(name: &str) -> Option<DigestKind> {
    SCHEMES.iter().find(|scheme| scheme.0 == name).map(|scheme| scheme.1)
}

/// What a scheme column says beside the name of the digest.
struct Stated {
    rounds: u64,
    size: Option<usize>,
    salt_in_hex: bool,
}

impl Stated {
    fn parse(column: &str) -> Option<Stated> {
        if let Some(gitea) = column.strip_prefix("pbkdf2$") {
            let (rounds, size) = gitea.split_once('$')?;
            return Some(Stated { rounds: rounds.parse().ok()?, size: within_size(size), salt_in_hex: true });
        }
        let discourse = column.strip_prefix("$pbkdf2-")?.strip_suffix('$')?;
        let (_, parameters) = discourse.split_once("$i=")?;
        let (rounds, size) = parameters.split_once(",l=").unwrap_or((parameters, ""));
        Some(Stated { rounds: rounds.parse().ok()?, size: within_size(size), salt_in_hex: false })
    }
}

fn within_size(text: &str) -> Option<usize> {
    text.parse().ok().filter(|size| DIGEST_SIZE.contains(size))
}

/// The scheme that such a column names.
pub(super) fn named(column: &str) -> Option<&'static str> {
    if column.starts_with("pbkdf2$") {
        return Some("pbkdf2-sha256");
    }
    let (name, _) = column.strip_prefix('$')?.split_once('$')?;
    SCHEMES.iter().map(|scheme| scheme.0).find(|known| *known == name)
}

struct Hash {
    hash: Pbkdf2,
    hash_as: BytesAs,
    salt_as: BytesAs,
}

impl Stored for Hash {
    fn label(&self) -> String {
        self.hash.label()
    }

    fn cost(&self) -> Cost {
        self.hash.cost()
    }

    fn matches(&self, password: &[u8]) -> bool {
        self.hash.matches(password)
    }

    fn age(&self, target: &Target) -> Option<Old> {
        self.hash.age(target)
    }

    fn faceless(&self) -> Box<dyn Stored> {
        Box::new(Self { hash: self.hash.faceless(), ..*self })
    }

    fn renew(&self, password: &[u8], random: Random<'_>) -> Result<HashedRow, CannotWrite> {
        let old = &self.hash.salt;
        let salt = match self.salt_as {
            // A text stays one that the application would have made.
            BytesAs::Raw if old.iter().all(|byte| HEX_DIGITS.contains(byte)) => text(random, old.len(), HEX_DIGITS),
            BytesAs::Raw => text(random, old.len(), ALPHANUMERIC),
            _ => bytes(random, old.len()),
        };
        let hash = Pbkdf2 { salt, ..self.hash.clone() };
        let digest = self.hash_as.encode(&hash.compute(password));
        Ok(HashedRow::with_salt(digest, self.salt_as.encode(&hash.salt)))
    }
}
