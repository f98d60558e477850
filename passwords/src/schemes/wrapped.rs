//! Hashes inside other notations: a prefix, perhaps a digest of the password first, and then a hash that another family
//! reads.

use super::{Context, Family, Stored, read_recognised};
use crate::cost::Cost;
use crate::identify::{Candidate, Confidence};
use crate::password_form::Prehash;
use crate::random::Random;
use crate::row::Row;
use crate::target::Target;
use crate::verdict::{Old, Unreadable};
use crate::written::{CannotWrite, HashedRow};

/// Prefixes that are put before a hash which then speaks for itself.
const PREFIXES: &[(&str, &[u8])] =
    &[("jenkins", b"#jbcrypt:"), ("nextcloud", b"1|"), ("nextcloud", b"2|"), ("nextcloud", b"3|")];

pub(super) struct Wrappers;

impl Family for Wrappers {
    fn names(&self) -> &'static [&'static str] {
        &["nextcloud", "jenkins"]
    }

    fn options(&self, _name: &str) -> &'static [&'static str] {
        &[]
    }

    fn recognise(&self, row: &Row<'_>, found: &mut Vec<Candidate>) {
        let known = PREFIXES
            .iter()
            .find(|(_, prefix)| row.hash.strip_prefix(*prefix).is_some_and(|inner| inner.starts_with(b"$")));
        if let Some(&(scheme, _)) = known {
            found.push(Candidate { scheme, confidence: Confidence::Certain });
        }
    }

    fn read(&self, name: &'static str, row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, Unreadable> {
        let text = row.hash.trim_ascii();
        let known = PREFIXES.iter().filter(|(scheme, _)| *scheme == name);
        let prefix = known.map(|(_, prefix)| *prefix).find(|prefix| text.starts_with(prefix));
        let prefix = prefix.ok_or(Unreadable::UnknownFormat)?;
        read_behind(prefix, None, row, context)
    }

    fn blank(&self, name: &'static str, _row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, CannotWrite> {
        let (prefix, inner): (&[u8], Box<dyn Stored>) = match name {
            "jenkins" => {
                (b"#jbcrypt:", Box::new(super::bcrypt::blank(super::bcrypt::Variant::A, None, context.limits)?))
            }
            _ => {
                let write = &context.settings.write;
                (b"3|", Box::new(super::argon2::blank(argon2::Algorithm::Argon2id, write, context.limits)?))
            }
        };
        Ok(Box::new(Wrapped { prefix: prefix.to_vec(), prehash: None, inner }))
    }
}

/// Reads what stands behind `prefix` as what it says it is: a hash that begins with `$` and is not itself wrapped, so
/// that no row can nest without end.
pub(super) fn read_behind(
    prefix: &[u8],
    prehash: Option<Prehash>,
    row: &Row<'_>,
    context: Context<'_>,
) -> Result<Box<dyn Stored>, Unreadable> {
    let inner = row.hash.trim_ascii().get(prefix.len()..).filter(|inner| inner.starts_with(b"$"));
    let inner = inner.filter(|inner| !inner.starts_with(b"$wp")).ok_or(Unreadable::UnknownFormat)?;
    let inner = read_recognised(&row.holding(inner), Confidence::Certain, context)?;
    Ok(Box::new(Wrapped { prefix: row.hash.trim_ascii()[..prefix.len()].to_vec(), prehash, inner }))
}

pub(super) struct Wrapped {
    pub(super) prefix: Vec<u8>,
    pub(super) prehash: Option<Prehash>,
    pub(super) inner: Box<dyn Stored>,
}

impl Stored for Wrapped {
    fn label(&self) -> String {
        self.inner.label()
    }

    fn cost(&self) -> Cost {
        self.inner.cost()
    }

    fn matches(&self, password: &[u8]) -> bool {
        match self.prehash {
            None => self.inner.matches(password),
            Some(prehash) => self.inner.matches(&prehash.apply(password)),
        }
    }

    fn age(&self, target: &Target) -> Option<Old> {
        self.inner.age(target)
    }

    fn faceless(&self) -> Box<dyn Stored> {
        Box::new(Self { prefix: self.prefix.clone(), prehash: self.prehash, inner: self.inner.faceless() })
    }

    fn renew(&self, password: &[u8], random: Random<'_>) -> Result<HashedRow, CannotWrite> {
        let inner = match self.prehash {
            None => self.inner.renew(password, random)?,
            Some(prehash) => self.inner.renew(&prehash.apply(password), random)?,
        };
        Ok(inner.behind(&self.prefix))
    }
}
