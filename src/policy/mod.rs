//! What may be written: ownership, size, names, types. Pure, and the one chokepoint: every write takes a [`Checked`],
//! and only this room can make one.

mod checked;

pub use checked::Checked;
