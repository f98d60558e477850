//! The proof that policy has judged something.

use std::ops::Deref;

use crate::profile::{Change, Container, ContainerChange, NewProfile};

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

impl Checked<Change> {
    /// The part of a judged change that goes to one of several places (store, overlay). A part of what is allowed is
    /// allowed; `keep` says which first-level keys belong to it.
    pub fn part(&self, keep: impl Fn(Container, &str) -> bool) -> Checked<Change> {
        let mut part = self.0.clone();
        for container in Container::ALL {
            if let Some(change) = part.container_mut(container) {
                change.set.retain(|(key, _)| keep(container, key));
                change.remove.retain(|key| keep(container, key));
            }
        }
        Checked(part)
    }
}

impl Checked<NewProfile> {
    /// The metadata of a judged new user, as the change that writes it.
    pub fn metadata(&self) -> Checked<Change> {
        let mut change = Change::default();
        for container in Container::ALL {
            let document = self.0.container(container).filter(|document| !document.is_empty());
            *change.container_mut(container) = document.map(ContainerChange::from_document);
        }
        Checked(change)
    }
}

impl<T> Deref for Checked<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}
