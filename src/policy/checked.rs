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
    /// What `part` and this judged change have in common: the part that goes to one of several places (store, overlay).
    /// A part of what is allowed is allowed; values are taken from the judged change.
    pub fn part(&self, part: &Change) -> Checked<Change> {
        let mut common = Change { blocked: part.blocked.and(self.0.blocked), ..Change::default() };
        for container in Container::ALL {
            let (Some(whole), Some(some)) = (self.0.container(container), part.container(container)) else { continue };
            let mut change = whole.clone();
            change.clear &= some.clear;
            change.set.retain(|(key, _)| some.set.iter().any(|(name, _)| name == key));
            change.remove.retain(|key| some.remove.contains(key));
            *common.container_mut(container) = Some(change);
        }
        Checked(common)
    }
}

impl Checked<NewProfile> {
    /// Metadata and block of a judged new user, as the change that writes them.
    pub fn as_change(&self) -> Checked<Change> {
        let mut change = Change { blocked: self.0.blocked, ..Change::default() };
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
