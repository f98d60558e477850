//! The binary: hands its arguments to the command line and its answer to the shell.

use std::process::ExitCode;

fn main() -> ExitCode {
    crosswalk::cli::run(std::env::args_os()).into()
}
