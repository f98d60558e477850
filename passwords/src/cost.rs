//! What checking one row costs, known from its text alone.

/// What one check costs. Memory is exact; time is a rough estimate for one core of a 2024 server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cost {
    /// Memory that the check allocates, in bytes; a few hundred bytes are told as none.
    pub memory_bytes: u64,
    /// Time on one core, in microseconds. Zero: nothing is computed (locked, unknown, refused, malformed).
    pub micros: u64,
}

impl Cost {
    /// Nothing is computed for this row, so a caller that hides which users exist must do a dummy check instead.
    pub fn is_nothing(self) -> bool {
        self.micros == 0
    }

    /// Cheap enough to run where the request runs, without the hashing pool (at most 50 µs and no memory).
    pub fn is_cheap(self) -> bool {
        self.micros <= 50 && self.memory_bytes == 0
    }

    /// Costs time only. Rounded up, so that work is never told as none.
    pub(crate) fn nanos(nanos: u64) -> Self {
        Self { memory_bytes: 0, micros: nanos.div_ceil(1000).max(1) }
    }
}
