//! phpass, the "portable" hashes of WordPress before 6.8 and phpBB 3: `$P$` or `$H$`, stretched MD5.

use md5::Md5;

use super::{Context, Family, Stored};
use crate::compare::same;
use crate::cost::Cost;
use crate::digests::{SecretBytes, stretch};
use crate::encoding::{CRYPT, CRYPT_ALPHABET, crypt_value};
use crate::identify::{Candidate, Confidence};
use crate::limits::{Limits, within};
use crate::random::{Random, text};
use crate::row::Row;
use crate::target::Target;
use crate::verdict::{Old, Unreadable};
use crate::written::{CannotWrite, HashedRow};

/// What WordPress and phpass itself write: 2^13 rounds.
const LOG2_ROUNDS: u32 = 13;

pub(super) struct Phpass;

impl Family for Phpass {
    fn names(&self) -> &'static [&'static str] {
        &["phpass", "phpass-phpbb"]
    }

    fn options(&self, _name: &str) -> &'static [&'static str] {
        &["write.cost"]
    }

    fn recognise(&self, row: &Row<'_>, found: &mut Vec<Candidate>) {
        // phpBB's combined hashes write a format name after `$H`, so only a real setting counts.
        if matches!(row.hash, [b'$', b'P' | b'H', b'$', ..]) {
            found.push(Candidate { scheme: "phpass", confidence: Confidence::Certain });
        }
    }

    fn read(&self, _name: &'static str, row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, Unreadable> {
        Ok(Box::new(Hash::parse(row.hash.trim_ascii(), context.limits)?))
    }

    fn blank(&self, name: &'static str, _row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, CannotWrite> {
        let letter = if name == "phpass-phpbb" { b'H' } else { b'P' };
        let log2_rounds = context.settings.write.cost.unwrap_or(LOG2_ROUNDS);
        let setting = Setting::new(log2_rounds, context.limits)?;
        Ok(Box::new(Hash { letter, setting, digest: [0; 16] }))
    }
}

/// One symbol for the rounds and eight for the salt, shared with Drupal 7.
#[derive(Clone)]
pub(super) struct Setting {
    pub(super) log2_rounds: u8,
    pub(super) salt: [u8; 8],
}

impl Setting {
    /// Rounds for new hashes, with no salt yet.
    pub(super) fn new(log2_rounds: u32, limits: &Limits) -> Result<Self, CannotWrite> {
        within("phpass rounds (log2)", log2_rounds.into(), limits.phpass_log2_rounds)?;
        match u8::try_from(log2_rounds) {
            Ok(log2_rounds @ 7..=30) => Ok(Self { log2_rounds, salt: *b"........" }),
            _ => Err(CannotWrite::Parameter("cost")),
        }
    }

    /// Reads the nine symbols and gives what follows them.
    pub(super) fn parse<'t>(text: &'t [u8], limits: &Limits) -> Result<(Self, &'t [u8]), Unreadable> {
        let Some((&[rounds, ref salt @ ..], digest)) = text.split_first_chunk::<9>() else {
            return Err(Unreadable::because("a phpass hash has a setting of nine symbols and a digest"));
        };
        let log2_rounds = crypt_value(rounds).ok_or(Unreadable::because("the rounds are not a crypt symbol"))?;
        within("phpass rounds (log2)", log2_rounds.into(), limits.phpass_log2_rounds)?;
        if !(7..=30).contains(&log2_rounds) {
            return Err(Unreadable::because("the rounds are not between 2^7 and 2^30"));
        }
        let mut owned = [0; 8];
        owned.copy_from_slice(salt);
        Ok((Self { log2_rounds, salt: owned }, digest))
    }

    /// As the hash begins, after its magic.
    pub(super) fn to_text(&self) -> Vec<u8> {
        let rounds = CRYPT_ALPHABET[usize::from(self.log2_rounds & 63)];
        std::iter::once(rounds).chain(self.salt).collect()
    }

    /// The same rounds with another salt.
    pub(super) fn salted(&self, random: Random<'_>) -> Self {
        let mut salt = [0; 8];
        salt.copy_from_slice(&text(random, 8, CRYPT_ALPHABET));
        Self { log2_rounds: self.log2_rounds, salt }
    }

    pub(super) fn rounds(&self) -> u32 {
        1 << self.log2_rounds
    }
}

pub(super) struct Hash {
    /// `P` or, in phpBB, `H`.
    letter: u8,
    setting: Setting,
    digest: [u8; 16],
}

impl Hash {
    pub(super) fn parse(text: &[u8], limits: &Limits) -> Result<Self, Unreadable> {
        let [b'$', letter @ (b'P' | b'H'), b'$', rest @ ..] = text else { return Err(Unreadable::UnknownFormat) };
        let (setting, digest) = Setting::parse(rest, limits)?;
        let digest = CRYPT.decode(digest).ok().and_then(|digest| digest.try_into().ok());
        let digest = digest.ok_or(Unreadable::because("the digest is not 22 crypt symbols"))?;
        Ok(Self { letter: *letter, setting, digest })
    }
}

impl Stored for Hash {
    fn label(&self) -> String {
        format!("phpass rounds=2^{}", self.setting.log2_rounds)
    }

    fn cost(&self) -> Cost {
        Cost::nanos(150 << self.setting.log2_rounds)
    }

    fn matches(&self, password: &[u8]) -> bool {
        same(&self.digest, &compute(&self.setting, password))
    }

    fn age(&self, _target: &Target) -> Option<Old> {
        Some(Old::Superseded)
    }

    fn faceless(&self) -> Box<dyn Stored> {
        let setting = Setting { salt: *b"........", ..self.setting };
        Box::new(Self { letter: self.letter, setting, digest: [0; 16] })
    }

    fn renew(&self, password: &[u8], random: Random<'_>) -> Result<HashedRow, CannotWrite> {
        let setting = self.setting.salted(random);
        let digest = CRYPT.encode(&compute(&setting, password));
        Ok(HashedRow::whole([&[b'$', self.letter, b'$'], &*setting.to_text(), digest.as_bytes()].concat()))
    }
}

fn compute(setting: &Setting, password: &[u8]) -> SecretBytes {
    stretch::<Md5>(&setting.salt, password, setting.rounds())
}
