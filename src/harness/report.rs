//! What trying the laws came to.

use std::{fmt, time::Duration};

use serde::Serialize;

/// How one law ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome", content = "why")]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not; the sentence says what happened instead.
    Broken(String),
    /// It was not tried; the sentence says why. Never counts as passed.
    NotApplicable(String),
}

/// One law and how it ended.
#[derive(Clone, Debug, Serialize)]
pub struct Tried {
    /// The law's sentence.
    pub law: &'static str,
    /// How it ended.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// How long it took.
    pub millis: u64,
}

/// What trying all laws against one connection came to.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Report {
    /// The connection.
    pub connection: String,
    /// Each law.
    pub laws: Vec<Tried>,
    /// It was stopped before all laws were tried.
    pub interrupted: bool,
    /// Users who were made and could not be removed.
    pub left_behind: usize,
}

impl Tried {
    pub(super) fn new(law: &'static str, outcome: Outcome, took: Duration) -> Tried {
        Tried { law, outcome, millis: u64::try_from(took.as_millis()).unwrap_or(u64::MAX) }
    }
}

impl Report {
    /// Laws that hold.
    pub fn passed(&self) -> usize {
        self.count(|outcome| *outcome == Outcome::Passed)
    }

    /// Laws that do not hold.
    pub fn broken(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::Broken(_)))
    }

    /// Laws that were not tried.
    pub fn not_applicable(&self) -> usize {
        self.count(|outcome| matches!(outcome, Outcome::NotApplicable(_)))
    }

    fn count(&self, which: impl Fn(&Outcome) -> bool) -> usize {
        self.laws.iter().filter(|tried| which(&tried.outcome)).count()
    }
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Outcome::Passed => write!(f, "ok      {}", self.law),
            Outcome::Broken(why) => write!(f, "BROKEN  {}: {why}", self.law),
            Outcome::NotApplicable(why) => write!(f, "ignored {} ({why})", self.law),
        }
    }
}
