//! How a law ends early: it is broken, or there is nothing to try it on.

use std::fmt;

use crosswalk_contract::Error;

use crate::profile::{ChangeError, MetadataError};

/// What a law's body comes to.
pub type Held = Result<(), Stop>;

/// Why a body did not reach its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The law does not hold; the sentence says what happened instead.
    Broken(String),
    /// The law cannot be tried here; the sentence says why.
    NotApplicable(String),
}

impl Stop {
    /// The law does not hold.
    pub fn broken(what: impl Into<String>) -> Stop {
        Stop::Broken(what.into())
    }

    /// The law cannot be tried here.
    pub fn not_applicable(why: impl Into<String>) -> Stop {
        Stop::NotApplicable(why.into())
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Broken(what) => f.write_str(what),
            Stop::NotApplicable(why) => write!(f, "not applicable: {why}"),
        }
    }
}

/// An error where the law expects an answer.
impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Broken(format!("there was an error where an answer was due: {error:?}"))
    }
}

impl From<ChangeError> for Stop {
    fn from(error: ChangeError) -> Stop {
        Stop::Broken(format!("the law's own change cannot be read: {error}"))
    }
}

impl From<MetadataError> for Stop {
    fn from(error: MetadataError) -> Stop {
        Stop::Broken(format!("the law's own metadata cannot be read: {error}"))
    }
}

/// Broken, unless it is so.
pub(super) fn so(holds: bool, otherwise: impl FnOnce() -> String) -> Held {
    if holds { Ok(()) } else { Err(Stop::Broken(otherwise())) }
}
