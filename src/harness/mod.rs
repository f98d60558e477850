//! The laws: what every connection promises, each as a sentence and a body that can be run anywhere.
//!
//! An adapter's own tests run them through a [`Fixture`] (a fresh store for each law); `crosswalk test` runs those that
//! need nothing but the connection itself, in users that it makes and removes ([`run_against`]). A law that did not run
//! says why, and never counts as kept.

mod broken;
mod law;
mod laws;
mod people;
mod recorder;
mod report;
mod run;
mod world;

pub use broken::{Held, Stop};
pub use law::{Body, Law, Setup, Stage};
pub use laws::laws;
pub use people::Person;
pub use recorder::Recorder;
pub use report::{Outcome, Report, Tried};
pub use run::{run_against, run_against_until, run_law};
pub use world::{Fixture, Hand, Home, World};
