//! What the directory adds to a user who stays in the legacy store: values that the store cannot keep, and tombstones
//! over values that it cannot remove. Pure.

use std::collections::BTreeSet;

use crosswalk_contract::{ContainerPatch, Error, Result};
use serde_json::value::RawValue;

use crate::profile::{Change, Container, ContainerChange, Metadata, Profile};

/// The additions to one user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlay {
    /// Over `user_metadata`.
    pub user_metadata: OverlayContainer,
    /// Over `app_metadata`.
    pub app_metadata: OverlayContainer,
    /// Blocked or unblocked here, whatever the store says.
    pub blocked: Option<bool>,
}

/// The additions to one container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OverlayContainer {
    /// First-level keys and values that are added.
    pub values: Metadata,
    /// First-level keys of the store that are not shown. Never a key of `values`.
    pub tombstones: BTreeSet<String>,
}

impl Overlay {
    /// Whether nothing is added.
    pub fn is_empty(&self) -> bool {
        self.blocked.is_none() && Container::ALL.into_iter().all(|it| self.container(it).is_empty())
    }

    /// The additions to that container.
    pub fn container(&self, container: Container) -> &OverlayContainer {
        match container {
            Container::UserMetadata => &self.user_metadata,
            Container::AppMetadata => &self.app_metadata,
        }
    }

    /// Lays the overlay over a profile that the store has returned.
    ///
    /// # Errors
    /// None in practice: the merge has no limit here.
    pub fn lay_over(&self, profile: &mut Profile) -> Result<()> {
        for container in Container::ALL {
            let over = self.container(container);
            if !over.is_empty() {
                let place = profile.container_mut(container);
                *place = Some(over.laid_over(place.as_ref(), container)?);
            }
        }
        profile.blocked = self.blocked.or(profile.blocked);
        Ok(())
    }

    /// Applies a change: setting a key lifts its tombstone, removing one leaves a tombstone, clearing removes values and
    /// tombstones.
    ///
    /// # Errors
    /// `metadata_too_large`, as [`ContainerPatch::apply`].
    pub fn changed(&self, change: &Change, max_bytes: u64) -> Result<Overlay> {
        let one = |container: Container| match change.container(container) {
            Some(part) => self.container(container).changed(part, container, max_bytes),
            None => Ok(self.container(container).clone()),
        };
        Ok(Overlay {
            user_metadata: one(Container::UserMetadata)?,
            app_metadata: one(Container::AppMetadata)?,
            blocked: change.blocked.or(self.blocked),
        })
    }
}

impl OverlayContainer {
    /// Whether nothing is added.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty() && self.tombstones.is_empty()
    }

    fn laid_over(&self, store: Option<&Metadata>, container: Container) -> Result<Metadata> {
        let mut patch = ContainerPatch::new(container.name(), u64::MAX);
        patch.remove = self.tombstones.iter().cloned().collect();
        for (key, value) in self.values.iter() {
            let raw = RawValue::from_string(value.to_owned()).map_err(|_| not_json(container))?;
            patch.set.push((key.to_owned(), raw));
        }
        let mut document = store.cloned().unwrap_or_default();
        patch.apply(&mut document)?;
        Ok(document)
    }

    fn changed(&self, change: &ContainerChange, container: Container, max_bytes: u64) -> Result<OverlayContainer> {
        let mut tombstones = if change.clear { BTreeSet::new() } else { self.tombstones.clone() };
        tombstones.extend(change.remove.iter().cloned());
        for (key, _) in &change.set {
            tombstones.remove(key);
        }
        // Tombstones count too, or removing keys that never were would fill the disk.
        let room = max_bytes.saturating_sub(weight(&tombstones));
        let grown = weight(&tombstones) > weight(&self.tombstones);
        let mut values = self.values.clone();
        patch(container, change, room).apply(&mut values)?;
        if grown && values.len_bytes() > room {
            return Err(Error::refused(
                "metadata_too_large",
                format!("the change would remember too many removed keys; the limit is {max_bytes} bytes"),
            )
            .with("container", container));
        }
        Ok(OverlayContainer { values, tombstones })
    }
}

/// The patch that does what the change asks for.
pub(super) fn patch(container: Container, change: &ContainerChange, max_bytes: u64) -> ContainerPatch {
    ContainerPatch {
        container: container.name().to_owned(),
        clear: change.clear,
        set: change.set.clone(),
        remove: change.remove.clone(),
        max_bytes,
    }
}

fn weight(keys: &BTreeSet<String>) -> u64 {
    keys.iter().map(|key| key.len() as u64 + 3).sum()
}

fn not_json(container: Container) -> Error {
    Error::new(crosswalk_contract::ErrorKind::Inconsistent, "an overlay holds a value that is not JSON")
        .with("container", container)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::UserId;

    fn change(text: &str) -> Change {
        Change::from_json(text).unwrap()
    }

    fn after(changes: &[&str]) -> Overlay {
        changes.iter().fold(Overlay::default(), |overlay, text| overlay.changed(&change(text), 1000).unwrap())
    }

    #[test]
    fn a_set_lifts_a_tombstone_a_removal_leaves_one_and_clearing_takes_both() {
        let overlay = after(&[r#"{"app_metadata":{"plan":"a","old":null}}"#]);
        assert_eq!(overlay.app_metadata.values.as_str(), r#"{"plan":"a"}"#);
        assert!(overlay.app_metadata.tombstones.contains("old"));
        let overlay =
            after(&[r#"{"app_metadata":{"plan":"a","old":null}}"#, r#"{"app_metadata":{"plan":null,"old":1}}"#]);
        assert_eq!(overlay.app_metadata.values.as_str(), r#"{"old":1}"#);
        assert_eq!(overlay.app_metadata.tombstones.iter().collect::<Vec<_>>(), ["plan"]);
        assert!(after(&[r#"{"app_metadata":{"plan":"a","old":null}}"#, r#"{"app_metadata":{}}"#]).is_empty());
    }

    #[test]
    fn an_overlay_hides_and_adds_and_leaves_the_rest_to_the_letter() {
        let overlay = after(&[r#"{"user_metadata":{"new":1.50,"gone":null},"blocked":true}"#]);
        let mut profile = Profile::new(UserId::from_store("1").unwrap(), "shop");
        profile.user_metadata = Some(Metadata::parse(r#"{"n":12345678901234567890123,"gone":1}"#).unwrap());
        overlay.lay_over(&mut profile).unwrap();
        assert_eq!(profile.user_metadata.unwrap().as_str(), r#"{"n":12345678901234567890123,"new":1.50}"#);
        assert_eq!((profile.app_metadata, profile.blocked), (None, Some(true)));
    }

    #[test]
    fn removing_keys_that_never_were_does_not_grow_without_end() {
        let mut overlay = Overlay::default();
        let refused = (0..100).find_map(|n| {
            match overlay.changed(&change(&format!(r#"{{"user_metadata":{{"key{n}":null}}}}"#)), 100) {
                Ok(next) => {
                    overlay = next;
                    None
                }
                Err(error) => Some(error),
            }
        });
        assert_eq!(refused.unwrap().code_name(), "metadata_too_large");
        let shrunk = overlay.changed(&change(r#"{"user_metadata":{}}"#), 100).unwrap();
        assert!(shrunk.is_empty());
    }
}
