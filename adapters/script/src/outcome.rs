//! What came of a call, in the words of the contract. What a script says of an error is for operators: it may hold
//! anything, so it is the error's cause, and never its message or context.

use std::{error, fmt};

use crosswalk_contract::{Ability, Error, ErrorKind, Record, Result, Verdict};
use crosswalk_javascript::{Diagnostic, Outcome, Report, Thrown};

use crate::record::record_of;

/// The JSON that was given to the callback; `None` for nothing, and for what JavaScript takes for nothing (`null`,
/// `false`, `0`, `''`).
///
/// # Errors
/// `Unavailable` where the store behind the script is away or the time is over, `Conflict` for `user_exists`, `Refused`
/// for other `ValidationError`s and `UnauthorizedError`s, `Unexpected` for everything else that went wrong.
pub fn answer(ability: Ability, report: Report) -> Result<Option<String>> {
    let Report { outcome, diagnostics, elapsed, .. } = report;
    let error = match outcome {
        Outcome::Answered(json) => return Ok(json.filter(|json| !is_nothing(json))),
        Outcome::Failed(thrown, _) => failed(thrown),
        Outcome::NeverCalled => {
            Error::new(ErrorKind::Unexpected, "the script came to its end and never called its callback")
                .code("callback_never_called")
                .hint("every way through a script must end in one call of the callback")
        }
        Outcome::TimedOut => {
            Error::new(ErrorKind::Unavailable, format!("the script did not answer within {elapsed:.1?}"))
                .code("timeout")
                .hint("see whether what it calls is slow, or raise the connection's timeout")
        }
        Outcome::OutOfMemory => Error::new(ErrorKind::Unexpected, "the script wanted more memory than it may have")
            .code("out_of_memory")
            .hint("see what it holds on to, or raise `memory_mb` of the store"),
        Outcome::Broken(error) => Error::new(ErrorKind::Config, error.to_string()).code("broken_script"),
    };
    let error = error.with("script", ability.name());
    Err(match diagnostics.iter().find(|diagnostic| diagnostic.code == "arity") {
        Some(Diagnostic { detail, .. }) => error.hint(format!("{detail}: see `context` in the settings of the store")),
        None => error,
    })
}

/// Whether `delete.js` removed somebody: `callback(null)` is success, so that only `false` says that there was nobody.
///
/// # Errors
/// As [`answer`].
pub fn removed(report: Report) -> Result<bool> {
    if report.outcome == Outcome::Answered(Some("false".to_owned())) {
        return Ok(false);
    }
    answer(Ability::Delete, report).map(|_| true)
}

/// What `login.js` came to: `new WrongUsernameOrPasswordError(user, …)` is a wrong password; with nobody in it, the user is
/// unknown.
///
/// # Errors
/// As [`answer`].
pub fn verdict(identifier: &str, report: Report) -> Result<Verdict<Record>> {
    if let Outcome::Failed(thrown, _) = &report.outcome
        && thrown.code.as_deref() == Some("wrongusernameorpassword")
    {
        return Ok(if names_somebody(thrown) { Verdict::WrongPassword } else { Verdict::UnknownUser });
    }
    match answer(Ability::Login, report) {
        Ok(Some(json)) => record_of(&json).map(Verdict::Accepted).map_err(|error| error.with("script", "login")),
        Ok(None) => Ok(Verdict::WrongPassword),
        Err(error) if says_nobody(&error, identifier) => Ok(Verdict::UnknownUser),
        Err(error) => Err(error),
    }
}

fn names_somebody(thrown: &Thrown) -> bool {
    use serde_json::Value;
    !matches!(&thrown.user_id, None | Some(Value::Null | Value::Bool(false)))
        && thrown.user_id.as_ref().and_then(Value::as_str) != Some("")
        && thrown.user_id.as_ref().and_then(Value::as_f64) != Some(0.0)
}

fn is_nothing(json: &str) -> bool {
    matches!(json, "null" | "false" | "0" | "-0" | "\"\"")
}

/// What a script says with its errors.
pub(crate) fn failed(thrown: Thrown) -> Error {
    let code = thrown.code.clone().unwrap_or_default();
    let name = thrown.name.clone().unwrap_or_default();
    // What node-postgres says has no code.
    let is_cut = thrown.message.as_deref().is_some_and(|message| message.starts_with("Connection terminated"));
    let words = Words(thrown);
    let error = match (name.as_str(), code.as_str()) {
        (_, "metadata_too_large") => {
            Error::refused("metadata_too_large", "the metadata would become larger than it may be")
        }
        ("ValidationError", "user_exists" | "username_exists" | "email_exists") => {
            Error::new(ErrorKind::Conflict, "the script says that there is such a user already").code("user_exists")
        }
        ("ValidationError", _) => Error::refused("script_validation", "the script refuses what was asked"),
        ("UnauthorizedError", _) => Error::refused("unauthorized", "the script refuses this user"),
        _ if is_away(&code) || is_cut => {
            Error::new(ErrorKind::Unavailable, "what the script calls cannot be reached").code("unreachable")
        }
        (_, "EHOSTNOTALLOWED") => Error::new(ErrorKind::Config, "the script wants a host that it may not reach")
            .code("host_not_allowed")
            .hint("if it is meant to, add the host to `allow_hosts` of the store (--allow-host of `script run`)"),
        (_, "22001" | "ER_DATA_TOO_LONG") => Error::refused("too_long", "a value is longer than its column"),
        (_, "22021" | "22P05" | "ER_TRUNCATED_WRONG_VALUE_FOR_FIELD") => {
            Error::refused(NOT_IN_CHARSET, "the database behind the script has no room for a character of a value")
        }
        (_, "ER_NET_PACKET_TOO_LARGE") => {
            Error::refused("too_large", "a value is larger than the database lets through")
        }
        _ => Error::new(ErrorKind::Unexpected, "the script failed").code("script_error"),
    };
    error.source(words)
}

const NOT_IN_CHARSET: &str = "not_in_charset";

/// Whether an error of a look-up means that nobody can have the identifier: it has a character that the store has not.
pub(crate) fn says_nobody(error: &Error, identifier: &str) -> bool {
    let is_plain = identifier.bytes().all(|byte| matches!(byte, 1..=0x7f));
    error.code_name() == NOT_IN_CHARSET && !is_plain
}

fn is_sqlstate(code: &str) -> bool {
    code.len() == 5 && code.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

fn is_of_database(code: &str) -> bool {
    is_sqlstate(code) && code.bytes().any(|byte| byte.is_ascii_digit()) || code.starts_with("ER_")
}

/// Codes of Node, PostgreSQL and MySQL that say that nobody is there, or has no time.
fn is_away(code: &str) -> bool {
    const NETWORK: [&str; 13] = [
        "EIO",
        "ECONNREFUSED",
        "ECONNRESET",
        "ECONNABORTED",
        "EHOSTUNREACH",
        "ENETUNREACH",
        "ENOTFOUND",
        "EAI_AGAIN",
        "EPIPE",
        "ETIMEDOUT",
        "ESOCKETTIMEDOUT",
        "PROTOCOL_CONNECTION_LOST",
        "POOL_CLOSED",
    ];
    // Classes 08 (connection), 53 (resources) and 57 (operator intervention) of SQLSTATE.
    NETWORK.contains(&code)
        || is_sqlstate(code) && matches!(&code[..2], "08" | "53" | "57")
        || matches!(
            code,
            "ER_CON_COUNT_ERROR"
                | "ER_TOO_MANY_USER_CONNECTIONS"
                | "ER_LOCK_WAIT_TIMEOUT"
                | "ER_LOCK_DEADLOCK"
                | "40001"
                | "40P01"
                | "55P03"
        )
}

/// An error in the script's own words. Those of a database may hold what somebody typed, so only its code is told.
#[derive(Debug)]
pub(crate) struct Words(pub(crate) Thrown);

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Thrown { name, message, code, .. } = &self.0;
        let message = match code.as_deref().filter(|code| is_of_database(code)) {
            Some(_) => "the database's words are shown by `crosswalk script run`",
            None => message.as_deref().unwrap_or("no message"),
        };
        let told = [name.as_deref().filter(|name| *name != "Error"), code.as_deref()];
        let told: Vec<&str> = told.into_iter().flatten().collect();
        match told.is_empty() {
            true => f.write_str(message),
            false => write!(f, "{}: {message}", told.join(" ")),
        }
    }
}

impl error::Error for Words {}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, code: Option<&str>) -> Error {
        let code = code.map(str::to_owned);
        failed(Thrown { name: Some(name.to_owned()), message: Some("words".to_owned()), code, ..Thrown::default() })
    }

    #[test]
    fn errors_of_scripts_say_what_the_caller_can_do() {
        for (name, code, kind) in [
            ("Error", None, ErrorKind::Unexpected),
            ("Error", Some("ECONNREFUSED"), ErrorKind::Unavailable),
            ("Error", Some("EHOSTNOTALLOWED"), ErrorKind::Config),
            ("error", Some("57P01"), ErrorKind::Unavailable),
            ("error", Some("22021"), ErrorKind::Refused),
            ("error", Some("23505"), ErrorKind::Unexpected),
            ("Error", Some("ER_DUP_ENTRY"), ErrorKind::Unexpected),
            ("ValidationError", Some("user_exists"), ErrorKind::Conflict),
            ("ValidationError", Some("email-too-long"), ErrorKind::Refused),
            ("UnauthorizedError", Some("unauthorized"), ErrorKind::Refused),
        ] {
            assert_eq!(of(name, code).kind(), kind, "{name} {code:?}");
        }
        assert!(of("TypeError", None).to_string().ends_with("TypeError: words"));
    }
}
