//! The proof that policy has judged something.

use std::ops::Deref;

/// A value that passed the policy. Only `policy` makes one, and everything that writes takes one, so no door can skip
/// the law.
#[derive(Clone, Debug)]
pub struct Checked<T>(T);

impl<T> Checked<T> {
    #[cfg_attr(not(test), expect(dead_code, reason = "the judging rooms come next"))]
    pub(super) fn new(value: T) -> Checked<T> {
        Checked(value)
    }

    /// Gives the value up, and with it the proof.
    pub fn into_inner(self) -> T {
        self.0
    }

    /// A checked value without a check, to prepare a test's data.
    #[cfg(test)]
    pub(crate) fn for_tests(value: T) -> Checked<T> {
        Checked(value)
    }
}

impl<T> Deref for Checked<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}
