//! What is asked of a script, and what comes of it.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// One call of one function of a program.
#[derive(Clone, Debug)]
pub struct Invocation {
    /// Which source of the program.
    pub function: String,
    /// The arguments before the callback, as one JSON array.
    pub arguments: String,
    /// When the caller stops waiting.
    pub deadline: Instant,
    /// Whether the report is to come at the end of all work, instead of with the callback.
    pub to_the_end: bool,
}

/// How a call went.
#[derive(Debug)]
pub struct Report {
    /// What came of it.
    pub outcome: Outcome,
    /// What the script wrote to the console.
    pub console: Vec<Line>,
    /// What else is to be said about the call.
    pub diagnostics: Vec<Diagnostic>,
    /// Statements and requests that it sent.
    pub traces: Vec<Trace>,
    /// From the start to the answer.
    pub elapsed: Duration,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// `callback(null, data)`: the data as JSON. `None` for `callback()` and for what JSON has no word for.
    Answered(Option<String>),
    /// `callback(error)`, an exception or a rejected promise.
    Failed(Thrown, How),
    /// Everything was done, and the callback was never called.
    NeverCalled,
    /// The deadline passed.
    TimedOut,
    /// The script wanted more memory than it may have.
    OutOfMemory,
    /// The script cannot be read.
    Broken(crate::CompileError),
}

/// How an error came out of a script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Given to the callback.
    Callback,
    /// Thrown.
    Exception,
    /// A promise was rejected.
    Rejection,
    /// The data given to the callback cannot be turned into JSON.
    Result,
}

/// An error of a script: the properties that cross, as Auth0's sandbox copies them.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub struct Thrown {
    /// `name`.
    pub name: Option<String>,
    /// `message`, as text.
    #[serde(deserialize_with = "as_text")]
    pub message: Option<String>,
    /// `code`, as text.
    #[serde(deserialize_with = "as_text")]
    pub code: Option<String>,
    /// `description`, as text.
    #[serde(deserialize_with = "as_text")]
    pub description: Option<String>,
    /// `user_id`, as JSON.
    pub user_id: Option<serde_json::Value>,
    /// `stack`.
    #[serde(deserialize_with = "as_text")]
    pub stack: Option<String>,
}

/// A line of the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// `log`, `info`, `warn`, `error` or `debug`.
    pub level: &'static str,
    /// The text, cut where it is too long.
    pub text: String,
}

/// Something about a call that its author should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// A name for it.
    pub code: String,
    /// The rest in words; may be empty.
    pub detail: String,
}

/// A statement or request that a script sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// `pg`, `mysql` or `http`.
    pub kind: &'static str,
    /// The statement without its values, or method and address.
    pub text: String,
    /// How it went, in a word or two.
    pub outcome: String,
    /// How long it took.
    pub elapsed: Duration,
}

/// Scripts put numbers and objects where text is expected.
fn as_text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match serde_json::Value::deserialize(deserializer)? {
        serde_json::Value::Null => None,
        serde_json::Value::String(text) => Some(text),
        other => Some(other.to_string()),
    })
}
