//! MediaWiki's older types: `:A:` MD5, `:B:` MD5 of salt and MD5, `:pbkdf2-legacyB:` PBKDF2 over what `:B:` was, and the
//! types that hold a hash which speaks for itself (`:bcrypt:`, `:argon2:`).

use super::pbkdf2::{Pbkdf2, rounds_within};
use super::pbkdf2_notations::Notations;
use super::wrapped::read_behind;
use super::{Context, Family, Settings, Stored};
use crate::compare::same;
use crate::cost::Cost;
use crate::digests::{DigestKind, SecretBytes};
use crate::encoding::{BytesAs, base64, hex};
use crate::identify::{Candidate, Confidence};
use crate::limits::Limits;
use crate::random::Random;
use crate::row::Row;
use crate::target::Target;
use crate::verdict::{Old, Unreadable};
use crate::written::{CannotWrite, HashedRow};

const MD5: DigestKind = DigestKind::Md5;

pub(super) struct MediaWiki;

impl Family for MediaWiki {
    fn names(&self) -> &'static [&'static str] {
        &["mediawiki"]
    }

    fn options(&self, _name: &str) -> &'static [&'static str] {
        &["write.rounds"]
    }

    fn recognise(&self, row: &Row<'_>, found: &mut Vec<Candidate>) {
        let types: [&[u8]; 5] = [b":A:", b":B:", b"$B$", b":pbkdf2-legacy", b":argon2:$"];
        if types.iter().any(|kind| row.hash.starts_with(kind)) {
            found.push(Candidate { scheme: "mediawiki", confidence: Confidence::Certain });
        }
    }

    fn read(&self, _name: &'static str, row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, Unreadable> {
        let text = row.hash.trim_ascii();
        if text.starts_with(b":argon2:") {
            return read_behind(b":argon2:", None, row, context);
        }
        if text.starts_with(b":pbkdf2:") {
            return Notations.read("mediawiki-pbkdf2", row, context);
        }
        let hash = match text {
            [b':', b'A', b':', digest @ ..] => Hash { salt: None, outer: None, digest: md5(digest)? },
            // hashcat's spelling of the same.
            [separator @ (b':' | b'$'), b'B', second, rest @ ..] if second == separator => {
                let at = rest.iter().position(|byte| byte == separator).ok_or(BROKEN)?;
                Hash { salt: Some(rest[..at].to_vec()), outer: None, digest: md5(&rest[at + 1..])? }
            }
            _ => match text.strip_prefix(b":pbkdf2-legacyB:!") {
                Some(rest) => layered(rest, context)?,
                // From before there were types.
                None => Hash { salt: None, outer: None, digest: md5(text)? },
            },
        };
        Ok(Box::new(hash))
    }

    fn blank(&self, _name: &'static str, row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, CannotWrite> {
        Notations.blank("mediawiki-pbkdf2", row, context)
    }
}

const BROKEN: Unreadable = Unreadable::because("the string does not have the parts of its type");

fn md5(digits: &[u8]) -> Result<Vec<u8>, Unreadable> {
    hex(digits).filter(|digest| digest.len() == MD5.size()).ok_or(Unreadable::because("the digest is no MD5"))
}

/// `sha512:30000:64!salt of B!base64 salt!base64 digest`.
fn layered(text: &[u8], context: Context<'_>) -> Result<Hash, Unreadable> {
    let parts: Vec<&[u8]> = text.split(|&byte| byte == b'!').collect();
    let [parameters, inner_salt, salt, digest] = parts.as_slice() else { return Err(BROKEN) };
    let parameters = std::str::from_utf8(parameters).map_err(|_| BROKEN)?;
    let parameters: Vec<&str> = parameters.split(':').collect();
    let [name, rounds, size] = parameters.as_slice() else { return Err(BROKEN) };
    let kind = DigestKind::ALL.into_iter().find(|kind| kind.name() == *name).ok_or(BROKEN)?;
    let rounds = rounds_within(rounds.parse().map_err(|_| BROKEN)?, context)?;
    let (salt, digest) = (base64(salt).ok_or(BROKEN)?, base64(digest).ok_or(BROKEN)?);
    if rounds == 0 || digest.len() < 16 || size.parse() != Ok(digest.len()) {
        return Err(BROKEN);
    }
    let outer = Some(Pbkdf2 { kind, rounds, salt, digest: digest.clone() });
    Ok(Hash { salt: Some(inner_salt.to_vec()), outer, digest })
}

struct Hash {
    salt: Option<Vec<u8>>,
    outer: Option<Pbkdf2>,
    digest: Vec<u8>,
}

impl Hash {
    fn compute(&self, password: &[u8]) -> SecretBytes {
        let plain = MD5.of(&[password]);
        let inner = match &self.salt {
            None => plain,
            Some(salt) => MD5.of(&[salt, b"-", &BytesAs::Hex.encode(&plain)]),
        };
        match &self.outer {
            None => inner,
            Some(outer) => outer.compute(&BytesAs::Hex.encode(&inner)),
        }
    }
}

impl Stored for Hash {
    fn label(&self) -> String {
        match (&self.outer, &self.salt) {
            (Some(outer), _) => format!("mediawiki {} over B", outer.label()),
            (None, Some(_)) => "mediawiki B".to_owned(),
            (None, None) => "mediawiki A".to_owned(),
        }
    }

    fn cost(&self) -> Cost {
        self.outer.as_ref().map_or(Cost::nanos(500), Pbkdf2::cost)
    }

    fn matches(&self, password: &[u8]) -> bool {
        same(&self.digest, &self.compute(password))
    }

    fn age(&self, _target: &Target) -> Option<Old> {
        Some(Old::Superseded)
    }

    fn faceless(&self) -> Box<dyn Stored> {
        let salt = self.salt.as_ref().map(|salt| vec![b'x'; salt.len()]);
        let outer = self.outer.as_ref().map(Pbkdf2::faceless);
        Box::new(Self { salt, outer, digest: vec![0; self.digest.len()] })
    }

    fn renew(&self, password: &[u8], random: Random<'_>) -> Result<HashedRow, CannotWrite> {
        // Since 1.24 MediaWiki itself writes PBKDF2 over whatever was there before.
        let (settings, limits) = (Settings::default(), Limits::default());
        let context = Context { settings: &settings, limits: &limits };
        Notations.blank("mediawiki-pbkdf2", &Row::default(), context)?.renew(password, random)
    }
}
