//! Why a command failed, in plain words on standard error, or as one JSON object.

use std::io;

use serde_json::{Value, json};

use super::exit::Exit;
use crate::{config::Mistakes, engine::Error};

/// The result of a command.
pub type Outcome<T = Exit> = Result<T, Failure>;

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// The command line, or what came through standard input.
    Usage {
        /// What is wrong.
        message: String,
        /// What to do.
        hint: String,
    },
    /// The configuration, with all of its mistakes.
    Mistakes(Box<Mistakes>),
    /// A store, the directory or a rule.
    Engine(Error),
    /// A file of the command's own.
    File {
        /// What was tried, with the file's name.
        message: String,
        /// What the operating system said.
        cause: io::Error,
    },
    /// Ctrl-C.
    Interrupted,
    /// A panic, told when it happened.
    Fault,
    /// Nobody reads the output any more (`crosswalk list … | head`). Not worth a word.
    NobodyListens,
}

impl Failure {
    /// A wrong command line.
    pub fn usage(message: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure::Usage { message: message.into(), hint: hint.into() }
    }

    /// A file that could not be read or written.
    pub fn file(message: impl Into<String>, cause: io::Error) -> Failure {
        Failure::File { message: message.into(), cause }
    }

    /// The exit code.
    pub fn exit(&self) -> Exit {
        match self {
            Failure::Usage { .. } => Exit::Usage,
            Failure::Mistakes(_) => Exit::Config,
            Failure::Engine(error) => Exit::of(error),
            Failure::File { .. } => Exit::Unavailable,
            Failure::Interrupted => Exit::Interrupted,
            Failure::Fault => Exit::Unexpected,
            Failure::NobodyListens => Exit::Ok,
        }
    }

    /// For people: what is wrong, where, and what to do next.
    pub fn text(&self) -> String {
        match self {
            Failure::Usage { message, hint } => format!("{message}\n  {hint}"),
            Failure::Mistakes(mistakes) => mistakes.to_string(),
            Failure::Engine(error) => engine_text(error),
            Failure::File { message, cause } => format!("{message}: {cause}"),
            Failure::Interrupted => "interrupted".to_owned(),
            Failure::Fault => "a fault of Crosswalk itself".to_owned(),
            Failure::NobodyListens => String::new(),
        }
    }

    /// For programs: `{"error":{"kind","code","message","hint","context"}}`.
    pub fn json(&self) -> Value {
        let error = match self {
            Failure::Usage { message, hint } => object("usage", "usage", message, Some(hint), json!({})),
            Failure::Mistakes(mistakes) => {
                let message = "the configuration has mistakes";
                let context = json!({ "file": mistakes.file });
                let mut error = object("config", "config", message, Some("correct them and check again"), context);
                error["mistakes"] = json!(mistakes.mistakes);
                error
            }
            Failure::Engine(error) => error_json(error),
            Failure::File { .. } => object("unavailable", "file", &self.text(), None, json!({})),
            Failure::Interrupted => object("interrupted", "interrupted", &self.text(), None, json!({})),
            Failure::Fault => object("unexpected", "fault", &self.text(), Some("please report it"), json!({})),
            Failure::NobodyListens => object("unavailable", "output", "nobody reads the output", None, json!({})),
        };
        json!({ "error": error })
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Engine(error)
    }
}

impl From<Mistakes> for Failure {
    fn from(mistakes: Mistakes) -> Failure {
        Failure::Mistakes(Box::new(mistakes))
    }
}

/// Only writing to the screen ends in a bare I/O error; files say more, see [`Failure::file`].
impl From<io::Error> for Failure {
    fn from(cause: io::Error) -> Failure {
        match cause.kind() {
            io::ErrorKind::BrokenPipe => Failure::NobodyListens,
            _ => Failure::file("the output cannot be written", cause),
        }
    }
}

fn object(kind: &str, code: &str, message: &str, hint: Option<&str>, context: Value) -> Value {
    json!({ "kind": kind, "code": code, "message": message, "hint": hint, "context": context })
}

/// An engine's error for programs, without the object around it.
pub fn error_json(error: &Error) -> Value {
    let context = error.context().iter().map(|(name, value)| ((*name).to_owned(), json!(value)));
    let context = Value::Object(context.collect());
    object(error.kind().name(), error.code_name(), error.message(), error.hint_text(), context)
}

/// An error's own form is one line for logs; a person gets where and what next on lines of their own.
fn engine_text(error: &Error) -> String {
    let mut text = error.message().to_owned();
    if let Some(cause) = std::error::Error::source(error) {
        text.push_str(&format!(": {cause}"));
    }
    if !error.context().is_empty() {
        let context: Vec<String> = error.context().iter().map(|(name, value)| format!("{name} {value}")).collect();
        text.push_str(&format!("\n  where: {}", context.join(", ")));
    }
    if let Some(hint) = error.hint_text() {
        text.push_str(&format!("\n  what to do: {hint}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::ErrorKind;

    #[test]
    fn an_error_says_where_it_happened_and_what_to_do() {
        let error =
            Error::new(ErrorKind::Inconsistent, "the column is not a date").with("field", "created").hint("mend it");
        let failure = Failure::from(error);
        assert_eq!(failure.text(), "the column is not a date\n  where: field created\n  what to do: mend it");
        assert_eq!(failure.json()["error"]["context"]["field"], "created");
        assert_eq!(failure.exit(), Exit::Inconsistent);
    }

    #[test]
    fn a_reader_that_goes_away_is_no_failure() {
        assert_eq!(Failure::from(io::Error::from(io::ErrorKind::BrokenPipe)).exit(), Exit::Ok);
    }
}
