//! The list of scheme families, and what a family is. A new family is one file here and one line in [`FAMILIES`].

mod argon2;
mod bcrypt;
mod crypt;
mod crypt_digests;
mod digest;
mod django;
mod drupal;
mod keycloak;
mod ldap;
mod magento;
mod mediawiki;
mod pbkdf2;
mod pbkdf2_columns;
mod pbkdf2_notations;
mod pbkdf2_texts;
mod phpass;
mod scrypt;
mod wordpress;
mod wrapped;

use crate::cost::Cost;
use crate::identify::{Candidate, Confidence};
use crate::limits::Limits;
use crate::random::Random;
use crate::row::Row;
use crate::spec::{HashParams, Layout, Order, SchemeSpec, SiteKeyOrder};
use crate::target::Target;
use crate::verdict::{Bound, Old, Unreadable};
use crate::written::{CannotWrite, HashedRow};

/// Every family, in the order in which they are asked what a string is.
static FAMILIES: &[&dyn Family] = &[
    &bcrypt::Bcrypt,
    &argon2::Argon2,
    &crypt::Crypt,
    &wordpress::WordPress,
    &phpass::Phpass,
    &drupal::Drupal,
    &keycloak::Keycloak,
    &pbkdf2_notations::Notations,
    &pbkdf2_columns::Columns,
    &mediawiki::MediaWiki,
    &magento::Magento,
    &ldap::Ldap,
    &django::Django,
    &wrapped::Wrappers,
    &digest::Digests,
];

/// Schemes that are read and written by the same code.
pub(crate) trait Family: Sync {
    /// The names under which a specification finds it.
    fn names(&self) -> &'static [&'static str];

    /// The options that only some schemes have and this one does, by key.
    fn options(&self, name: &str) -> &'static [&'static str];

    /// Adds what the row may hold. Looks at the beginning and the length only, since it is asked for every row.
    fn recognise(&self, row: &Row<'_>, found: &mut Vec<Candidate>);

    /// Reads the row as the scheme `name`, checking every parameter against the limits.
    fn read(&self, name: &'static str, row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, Unreadable>;

    /// A stored hash with the parameters for new ones and nobody's digest. The row is the new user's, without a hash.
    fn blank(&self, name: &'static str, row: &Row<'_>, context: Context<'_>) -> Result<Box<dyn Stored>, CannotWrite>;

    /// Whether strings of this scheme say nothing about themselves, so that one that does is read as what it says.
    fn is_bare(&self) -> bool {
        false
    }
}

/// A stored hash, read and found to be within its limits: parameters, salt and digest.
pub(crate) trait Stored: Send + Sync {
    /// The scheme's name and its parameters, for counting: the same for rows that cost the same.
    fn label(&self) -> String;

    /// What checking it costs.
    fn cost(&self) -> Cost;

    /// Whether this is the password. Takes the same time for any two passwords of one length.
    fn matches(&self, password: &[u8]) -> bool;

    /// Why it should be replaced, if it should.
    fn age(&self, target: &Target) -> Option<Old>;

    /// The same parameters with a salt and a digest that are nobody's.
    fn faceless(&self) -> Box<dyn Stored>;

    /// A new hash of this password with the same parameters, in the same notation.
    fn renew(&self, password: &[u8], random: Random<'_>) -> Result<HashedRow, CannotWrite>;
}

/// What a family needs to know besides the row.
#[derive(Clone, Copy)]
pub(crate) struct Context<'c> {
    pub(crate) settings: &'c Settings,
    pub(crate) limits: &'c Limits,
}

/// The part of a specification that only some schemes have.
#[derive(Default)]
pub(crate) struct Settings {
    pub(crate) order: Option<Order>,
    pub(crate) layout: Option<Layout>,
    pub(crate) hash_encoding: Option<crate::encoding::BytesAs>,
    pub(crate) salt_encoding: Option<crate::encoding::BytesAs>,
    pub(crate) site_key_order: Option<SiteKeyOrder>,
    pub(crate) write: HashParams,
}

impl From<&SchemeSpec> for Settings {
    fn from(spec: &SchemeSpec) -> Self {
        Self {
            order: spec.order,
            layout: spec.layout.clone(),
            hash_encoding: spec.hash_encoding,
            salt_encoding: spec.salt_encoding,
            site_key_order: spec.site_key_order,
            write: spec.write,
        }
    }
}

/// A scheme: its family and its name in there.
#[derive(Clone, Copy)]
pub(crate) struct Scheme {
    pub(crate) family: &'static dyn Family,
    pub(crate) name: &'static str,
}

/// The scheme of this name; letter case and `_` for `-` do not matter.
pub(crate) fn find(name: &str) -> Option<Scheme> {
    let same = |known: &str| {
        known.len() == name.len()
            && known
                .bytes()
                .zip(name.bytes())
                .all(|(known, given)| known == given.to_ascii_lowercase() || (known == b'-' && given == b'_'))
    };
    // A scheme column may say more than a name.
    if let Some(name) = pbkdf2_columns::named(name) {
        return Some(Scheme { family: &pbkdf2_columns::Columns, name });
    }
    FAMILIES.iter().find_map(|&family| {
        let name = family.names().iter().copied().find(|known| same(known))?;
        Some(Scheme { family, name })
    })
}

/// Every name that [`find`] knows.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().flat_map(|family| family.names().iter().copied())
}

/// What the row may hold, most certain first.
pub(crate) fn candidates(row: &Row<'_>) -> Vec<Candidate> {
    let row = row.holding(row.hash.trim_ascii());
    let mut found = Vec::new();
    for family in FAMILIES {
        family.recognise(&row, &mut found);
    }
    found.sort_by_key(|candidate| std::cmp::Reverse(candidate.confidence));
    found
}

/// What most tables hold that hold anything good: for unknown users as long as nothing better is known.
pub(crate) fn usual(limits: &Limits) -> Result<Box<dyn Stored>, Bound> {
    let cost = u32::try_from(limits.bcrypt_cost.min(10)).unwrap_or(10);
    match bcrypt::blank(bcrypt::Variant::B, Some(cost.max(4)), limits) {
        Ok(blank) => Ok(Box::new(blank)),
        Err(CannotWrite::OverLimit(bound)) => Err(bound),
        Err(_) => Err(Bound { what: "bcrypt cost", asked: Some(4), limit: limits.bcrypt_cost }),
    }
}

/// Reads a row that says itself what it is.
pub(crate) fn read_recognised(
    row: &Row<'_>,
    at_least: Confidence,
    context: Context<'_>,
) -> Result<Box<dyn Stored>, Unreadable> {
    let best = candidates(row).into_iter().find(|candidate| candidate.confidence >= at_least);
    let scheme = best.and_then(|candidate| find(candidate.scheme)).ok_or(Unreadable::UnknownFormat)?;
    scheme.family.read(scheme.name, row, context)
}
