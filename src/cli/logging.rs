//! What is logged, and where: warnings to standard error, more with `-v` and `-vv`. Records and secrets are never logged.

use std::io::{self, IsTerminal};

use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// Starts logging. `CROSSWALK_LOG` (`crosswalk=debug`) wins over the number of `-v`.
pub fn start(verbose: u8) {
    let level = match verbose {
        0 => "warn",
        1 => "crosswalk=info,warn",
        _ => "crosswalk=debug,info",
    };
    let filter = EnvFilter::try_from_env("CROSSWALK_LOG").unwrap_or_else(|_| EnvFilter::new(level));
    let lines = fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal()).with_target(false);
    // A second start (tests in one process) keeps the first.
    let _ = tracing_subscriber::registry().with(filter).with(lines.compact()).try_init();
}
