//! Drupal 7 to 9: `$S$`, stretched SHA-512 cut to 55 symbols; `U$S$` and `U$P$` for passwords that were MD5 in Drupal 6;
//! TYPO3's `M$P$`, which is the same idea.

use sha2::Sha512;

use super::phpass::{self, Setting};
use super::wrapped::Wrapped;
use super::{Context, Family, Stored};
use crate::compare::same;
use crate::cost::Cost;
use crate::digests::{SecretBytes, stretch};
use crate::encoding::CRYPT;
use crate::identify::{Candidate, Confidence};
use crate::limits::Limits;
use crate::password_form::Prehash;
use crate::random::Random;
use crate::row::Row;
use crate::target::Target;
use crate::verdict::{Old, Unreadable};
use crate::written::{CannotWrite, HashedRow};

/// What Drupal 7 writes: 2^15 rounds.
const LOG2_ROUNDS: u32 = 15;

/// How much of the digest's text is kept: Drupal's column held 55 symbols, 12 of them magic and setting.
const KEPT: usize = 43;

pub(super) struct Drupal;

impl Family for Drupal {
    fn names(&self) -> &'static [&'static str] {
        &["drupal7"]
    }

    fn options(&self, _name: &str) -> &'static [&'static str] {
        &["write.cost"]
    }

    fn recognise(&self, row: &Row<'_>, found: &mut Vec<Candidate>) {
        let upgraded = matches!(row.hash, [b'U' | b'M', b'$', b'S' | b'P' | b'H', b'$', ..]);
        if upgraded || row.hash.starts_with(b"$S$") {
            found.push(Candidate { scheme: "drupal7", confidence: Confidence::Certain });
        }
    }

    fn read(&self, _name: &'static str, row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, Unreadable> {
        let text = row.hash.trim_ascii();
        match text {
            [letter @ (b'U' | b'M'), inner @ ..] => {
                let inner = read_plain(inner, context.limits)?;
                Ok(Box::new(Wrapped { prefix: vec![*letter], prehash: Some(Prehash::Md5Hex), inner }))
            }
            _ => read_plain(text, context.limits),
        }
    }

    fn blank(&self, _name: &'static str, _row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, CannotWrite> {
        let log2_rounds = context.settings.write.cost.unwrap_or(LOG2_ROUNDS);
        let setting = Setting::new(log2_rounds, context.limits)?;
        Ok(Box::new(Hash { setting, digest: vec![b'.'; KEPT] }))
    }
}

/// Drupal kept phpass hashes of imported users as they were.
fn read_plain(text: &[u8], limits: &Limits) -> Result<Box<dyn Stored>, Unreadable> {
    match text.strip_prefix(b"$S$") {
        None => Ok(Box::new(phpass::Hash::parse(text, limits)?)),
        Some(rest) => {
            let (setting, digest) = Setting::parse(rest, limits)?;
            if digest.len() != KEPT {
                return Err(Unreadable::because("the digest is not 43 crypt symbols"));
            }
            Ok(Box::new(Hash { setting, digest: digest.to_vec() }))
        }
    }
}

struct Hash {
    setting: Setting,
    /// As text: the cut falls inside a byte.
    digest: Vec<u8>,
}

impl Stored for Hash {
    fn label(&self) -> String {
        format!("drupal7 rounds=2^{}", self.setting.log2_rounds)
    }

    fn cost(&self) -> Cost {
        Cost::nanos(350 << self.setting.log2_rounds)
    }

    fn matches(&self, password: &[u8]) -> bool {
        same(&self.digest, &compute(&self.setting, password))
    }

    fn age(&self, _target: &Target) -> Option<Old> {
        Some(Old::Superseded)
    }

    fn faceless(&self) -> Box<dyn Stored> {
        let setting = Setting { salt: *b"........", ..self.setting };
        Box::new(Self { setting, digest: vec![b'.'; KEPT] })
    }

    fn renew(&self, password: &[u8], random: Random<'_>) -> Result<HashedRow, CannotWrite> {
        let setting = self.setting.salted(random);
        Ok(HashedRow::whole([b"$S$", &*setting.to_text(), &compute(&setting, password)].concat()))
    }
}

fn compute(setting: &Setting, password: &[u8]) -> SecretBytes {
    let digest = stretch::<Sha512>(&setting.salt, password, setting.rounds());
    let mut text = SecretBytes::new(CRYPT.encode(&digest).into_bytes());
    text.truncate(KEPT);
    text
}
