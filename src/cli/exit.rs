//! Exit codes: what a script may build on. One table for the code, `--help` and the README.

use std::process::ExitCode;

use crate::engine::{Error, ErrorKind};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Ok = 0,
    /// The question was answered, and the answer is no: a wrong password, an unknown user, a law that failed.
    No = 1,
    /// The command line is wrong.
    Usage = 2,
    /// The configuration is wrong.
    Config = 3,
    /// A store, a file or a terminal is not there, or is busy.
    Unavailable = 4,
    /// A rule forbids it, somebody else was first, or the connection cannot do it.
    Refused = 5,
    /// The data contradict themselves or the map.
    Inconsistent = 6,
    /// A script of the operator's own failed.
    Script = 7,
    /// `doctor` found something that stands in the way.
    Blockers = 10,
    /// `doctor` found only warnings.
    Warnings = 11,
    /// A fault of Crosswalk itself.
    Unexpected = 70,
    /// Somebody pressed Ctrl-C.
    Interrupted = 130,
}

impl Exit {
    /// Every code with its meaning, as `--help` and the README show them.
    pub const TABLE: [(Exit, &'static str); 12] = [
        (Exit::Ok, "done"),
        (Exit::No, "the answer is no: wrong password, unknown user, a law that failed"),
        (Exit::Usage, "the command line is wrong"),
        (Exit::Config, "the configuration is wrong; every mistake is told"),
        (Exit::Unavailable, "a store is down, locked or full: try again later"),
        (Exit::Refused, "refused by a rule, taken by somebody else, or not possible here"),
        (Exit::Inconsistent, "the data contradict themselves or the map: mend the row"),
        (Exit::Script, "a custom-database script failed: see its error and mend it"),
        (Exit::Blockers, "doctor found something that stands in the way"),
        (Exit::Warnings, "doctor found warnings only"),
        (Exit::Unexpected, "a fault of Crosswalk itself: please report it"),
        (Exit::Interrupted, "interrupted by Ctrl-C"),
    ];

    /// The number.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The code for an error: what the caller can do decides.
    pub fn of(error: &Error) -> Exit {
        // These came from the command line.
        if matches!(error.code_name(), "inexistent_backup" | "inexistent_connection" | "invalid_cursor") {
            return Exit::Usage;
        }
        if matches!(error.code_name(), "script_error" | "callback_never_called" | "out_of_memory") {
            return Exit::Script;
        }
        match error.kind() {
            ErrorKind::Config => Exit::Config,
            ErrorKind::Unavailable => Exit::Unavailable,
            ErrorKind::Unsupported | ErrorKind::Conflict | ErrorKind::Refused => Exit::Refused,
            ErrorKind::Inconsistent => Exit::Inconsistent,
            ErrorKind::Unexpected => Exit::Unexpected,
        }
    }

    /// The table for `--help`.
    pub fn help() -> String {
        let rows = Exit::TABLE.map(|(exit, meaning)| format!("  {:>3}  {meaning}", exit.code()));
        format!("Exit codes:\n{}", rows.join("\n"))
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_tells_the_same_codes() {
        let readme = include_str!("../../README.md");
        for (exit, meaning) in Exit::TABLE {
            let row = format!("| {} | {meaning} |", exit.code());
            assert!(readme.contains(&row), "the README lacks: {row}");
        }
    }

    #[test]
    fn a_store_that_is_down_never_looks_like_a_wrong_password() {
        assert_ne!(Exit::of(&Error::new(ErrorKind::Unavailable, "down")), Exit::No);
    }
}
