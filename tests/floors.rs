//! The architecture as tests: floors, purity, the one gate to adapters, the store's words, how files begin.
//!
//! Each rule reads the sources with `syn` and says rule, file, line and reason. Each has a counter-example beneath it
//! that it must object to: a rule that cannot object guards nothing.

#[path = "floors/finding.rs"]
mod finding;
#[path = "floors/gate.rs"]
mod gate;
#[path = "floors/house.rs"]
mod house;
#[path = "floors/paths.rs"]
mod paths;
#[path = "floors/rooms.rs"]
mod rooms;
#[path = "floors/words.rs"]
mod words;
