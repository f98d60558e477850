//! The SQLite adapter on legacy files: what each ability does, bad days, and many callers.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod abilities;
mod bad_days;
mod many_callers;
mod shop;
