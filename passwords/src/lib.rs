//! Recognise, verify, bound and rehash the password hashes that legacy user tables hold.
//!
//! A row in, a verdict out. A [`Row`] is what the table has about one user's password, a [`SchemeSpec`] says how to read
//! it (or lets each string speak for itself), a [`Verifier`] is that specification compiled. Nothing here does I/O, waits,
//! logs or reads a clock; randomness is passed in.
//!
//! The README lists the schemes. Three promises hold for whatever a row contains: no panic, no work beyond the [`Limits`], no value in any message.

mod compare;
mod cost;
mod digests;
mod encoding;
mod identify;
mod limits;
mod locked;
mod password_form;
mod random;
mod row;
mod schemes;
mod spec;
mod target;
mod verdict;
mod verifier;
mod written;

pub use cost::Cost;
pub use encoding::BytesAs;
pub use identify::{Candidate, Confidence, identify};
pub use limits::Limits;
pub use password_form::{PasswordEncoding, Prehash};
pub use random::Random;
pub use row::Row;
pub use spec::{HashParams, Layout, Order, SchemeSpec, SiteKeyOrder, SpecError};
pub use target::Target;
pub use verdict::{Bound, Defect, Old, Verdict};
pub use verifier::{Likeness, Verifier, hash};
pub use written::{CannotWrite, HashedRow};

/// Every scheme name that a specification may use, `auto` first.
pub fn scheme_names() -> impl Iterator<Item = &'static str> {
    std::iter::once(verifier::AUTO).chain(schemes::names())
}

#[doc = include_str!("../README.md")]
#[cfg(doctest)]
struct ReadmeExamples;
