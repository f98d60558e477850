//! Crosswalk: a custom-database connection engine.
//!
//! Legacy user stores hold *records*; identity systems want *profiles*. Crosswalk stands between. The floors, from the
//! ground up, and a floor uses only what is below it:
//!
//! 1. [`profile`]: the canonical profile and the metadata merge rule. Pure.
//! 2. [`policy`]: what may be written. Pure.
//! 3. [`translate`]: records to profiles and back. Pure.
//! 4. [`engine`], [`directory`]: everything that waits.
//! 5. [`config`], [`registry`], [`harness`], [`maps`]: strict configuration, the explicit list of kinds, the laws that
//!    every connection keeps, ready-made maps of well-known applications.
//! 6. `cli`: the command line, with the feature `cli`.

#[cfg(feature = "cli")]
pub mod cli;
pub mod config;
pub mod directory;
pub mod engine;
pub mod harness;
pub mod maps;
pub mod policy;
pub mod profile;
pub mod registry;
pub mod translate;
