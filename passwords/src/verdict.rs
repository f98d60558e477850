//! What can be said about a password and a row. Nothing here ever holds a value out of either.

use std::fmt;

/// The answer to "is this the password of this row?".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Verdict {
    /// It is, and the hash is good enough to keep.
    Match,
    /// It is, but the hash should be replaced now that the password is known.
    MatchButOld(Old),
    /// It is not.
    NoMatch,
    /// The row holds a mark instead of a hash (empty, `*`, `!`, `x`, `not cached`): no password opens it.
    Locked,
    /// Neither the string nor the specification says how to read this row.
    UnknownFormat,
    /// Checking would cost more than the limits allow. Nothing was computed.
    Refused(Bound),
    /// The format is known, but this row is not a sound instance of it.
    Malformed(Defect),
}

impl Verdict {
    /// True for [`Verdict::Match`] and [`Verdict::MatchButOld`], and for nothing else.
    pub fn is_match(self) -> bool {
        matches!(self, Self::Match | Self::MatchButOld(_))
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Match => f.write_str("match"),
            Self::MatchButOld(old) => write!(f, "match, but old: {old}"),
            Self::NoMatch => f.write_str("no match"),
            Self::Locked => f.write_str("locked: the row holds a mark that no password matches"),
            Self::UnknownFormat => f.write_str("unknown format: name its scheme in the configuration"),
            Self::Refused(bound) => write!(f, "refused: {bound}"),
            Self::Malformed(defect) => write!(f, "malformed: {defect}"),
        }
    }
}

/// Why a hash that matched should be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Old {
    /// One round of a digest made for speed: a graphics card tries billions a second.
    FastDigest,
    /// A stretched digest that memory-hard hashes have replaced (phpass, Drupal 7).
    Superseded,
    /// A good scheme with a parameter that is lower than today's target.
    BelowTarget {
        /// Which parameter, for example `bcrypt cost`.
        parameter: &'static str,
        /// What the row has.
        is: u64,
        /// What it should have at least.
        target: u64,
    },
    /// Written by an implementation with a known fault (`$2x$`).
    Faulty,
}

impl fmt::Display for Old {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FastDigest => f.write_str("a fast digest, not a password hash"),
            Self::Superseded => f.write_str("a stretched digest that memory-hard hashes have replaced"),
            Self::BelowTarget { parameter, is, target } => write!(f, "{parameter} is {is}, the target is {target}"),
            Self::Faulty => f.write_str("written by an implementation with a known fault"),
        }
    }
}

/// Which limit would have been passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// What is limited, for example `bcrypt cost`.
    pub what: &'static str,
    /// What the row asks for; absent for the length of a password, which is nobody's business.
    pub asked: Option<u64>,
    /// The limit in force.
    pub limit: u64,
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.asked {
            Some(asked) => write!(f, "{} is {asked}, the limit is {}", self.what, self.limit),
            None => write!(f, "{} is over the limit of {}", self.what, self.limit),
        }
    }
}

/// What is wrong with a row, in words that were written before the row was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Defect(pub(crate) &'static str);

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Why a row cannot be read into something a password can be checked against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unreadable {
    Locked,
    UnknownFormat,
    Refused(Bound),
    Malformed(Defect),
}

impl Unreadable {
    /// `const`-friendly shorthand for a malformed row.
    pub(crate) const fn because(what: &'static str) -> Self {
        Self::Malformed(Defect(what))
    }
}

impl From<Bound> for Unreadable {
    fn from(bound: Bound) -> Self {
        Self::Refused(bound)
    }
}

impl From<Unreadable> for Verdict {
    fn from(reason: Unreadable) -> Self {
        match reason {
            Unreadable::Locked => Self::Locked,
            Unreadable::UnknownFormat => Self::UnknownFormat,
            Unreadable::Refused(bound) => Self::Refused(bound),
            Unreadable::Malformed(defect) => Self::Malformed(defect),
        }
    }
}
