//! The command line as people and scripts meet it: the real program, its words, its JSON, its exit codes.

#[path = "cli/bad_days.rs"]
mod bad_days;
#[path = "cli/demo.rs"]
mod demo;
#[path = "cli/directory.rs"]
mod directory;
#[cfg(unix)]
#[path = "cli/interrupted.rs"]
mod interrupted;
#[path = "cli/program.rs"]
mod program;
#[path = "cli/reading.rs"]
mod reading;
#[cfg(feature = "script")]
#[path = "cli/scripts.rs"]
mod scripts;
#[path = "cli/trying.rs"]
mod trying;
