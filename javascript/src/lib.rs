//! Runs JavaScript that was written for Node, inside limits: custom-database scripts and rules.
//!
//! A [`Program`] is what belongs together: source files, their configuration, what they may reach. A [`Machine`] is the
//! threads that run programs. One [`Invocation`] is one call of one function by the convention of Auth0's scripts: the
//! last argument is a callback, and calling it is the answer.
//!
//! * Each thread has engines of its own (QuickJS), one for each program that it has met. One invocation runs in an engine
//!   at a time, so that memory, time, console and connections belong to exactly one.
//! * What waits (databases, HTTP, password hashes) runs on the caller's tokio runtime, on pools that all threads share,
//!   and comes back to the thread as a message.
//! * An engine that was stopped by a limit is dropped whole, and with it whatever the script held.
//! * A script has no file system, environment or processes, and reaches only what [`Network`] lets it.
//!
//! Scripts are the operator's own code: the limits are there for mistakes. QuickJS is a C library in this process, and
//! code of strangers does not belong into it.

mod builtins;
mod bytes;
mod engine;
mod evaluate;
mod failure;
mod files;
mod host;
mod machine;
mod modules;
mod network;
mod program;
mod report;
mod session;

pub use failure::CompileError;
pub use machine::{Machine, MachineSettings, Rejected};
pub use network::{BadHost, Network};
pub use program::{Limits, Program, ProgramParts, Source};
pub use report::{Diagnostic, How, Invocation, Line, Outcome, Report, Thrown, Trace};
