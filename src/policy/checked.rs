//! The proof that policy has judged something.

use std::ops::Deref;

/// A value that passed the policy. Only `policy` makes one, and everything that writes takes one, so no door can skip
/// the law.
#[derive(Clone, Debug)]
pub struct Checked<T>(T);

impl<T> Checked<T> {
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

impl Checked<crate::profile::Change> {
    /// The part of a judged change that goes to one of several places (store, overlay). A part of what is allowed is
    /// allowed; `keep` says which first-level keys belong to it.
    pub fn part(&self, keep: impl Fn(crate::profile::Container, &str) -> bool) -> Checked<crate::profile::Change> {
        let mut part = self.0.clone();
        for container in crate::profile::Container::ALL {
            if let Some(change) = part.container_mut(container) {
                change.set.retain(|(key, _)| keep(container, key));
                change.remove.retain(|key| keep(container, key));
            }
        }
        Checked(part)
    }
}

impl<T> Deref for Checked<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}
