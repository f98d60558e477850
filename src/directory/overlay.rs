//! What the directory adds to a user who stays in the legacy store. Each first-level key has one owner: a key that the
//! store returns is the store's, all others can live here. Pure.

use std::collections::BTreeSet;

use crosswalk_contract::{Error, Result};

use crate::profile::{Change, Container, ContainerChange, Metadata, Profile};

/// The additions to one user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlay {
    /// Over `user_metadata`.
    pub user_metadata: OverlayContainer,
    /// Over `app_metadata`.
    pub app_metadata: OverlayContainer,
    /// Blocked or unblocked here. A block of the store is the store's to lift.
    pub blocked: Option<bool>,
}

/// The additions to one container.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OverlayContainer {
    /// First-level keys and values that are added.
    pub values: Metadata,
    /// First-level keys that were here and were removed. They say that the removal was meant, in an export and to a
    /// change that is finished late; they hide nothing that the store returns. Never a key of `values`.
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
    pub fn lay_over(&self, profile: &mut Profile) {
        for container in Container::ALL {
            let over = self.container(container);
            if !over.values.is_empty() {
                let place = profile.container_mut(container);
                *place = Some(over.laid_over(place.as_ref()));
            }
        }
        if profile.blocked != Some(true) {
            profile.blocked = self.blocked.or(profile.blocked);
        }
    }

    /// This overlay and what an earlier one adds to it: a key that both know is as this one says.
    pub fn over(&self, former: &Overlay) -> Overlay {
        Overlay {
            user_metadata: self.user_metadata.over(&former.user_metadata),
            app_metadata: self.app_metadata.over(&former.app_metadata),
            blocked: self.blocked.or(former.blocked),
        }
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

    fn over(&self, former: &OverlayContainer) -> OverlayContainer {
        let mut values = former.values.clone();
        values.keep(|key| !self.tombstones.contains(key));
        values.put_over(&self.values);
        let mut tombstones = self.tombstones.clone();
        tombstones.extend(former.tombstones.iter().filter(|key| values.get(key).is_none()).cloned());
        OverlayContainer { values, tombstones }
    }

    /// The store's members and those of the overlay that the store does not return.
    fn laid_over(&self, store: Option<&Metadata>) -> Metadata {
        let mut document = self.values.clone();
        let Some(store) = store else { return document };
        document.keep(|key| store.get(key).is_none());
        let mut whole = store.clone();
        whole.put_over(&document);
        whole
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
        change.patch(container, room).apply(&mut values)?;
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

fn weight(keys: &BTreeSet<String>) -> u64 {
    keys.iter().map(|key| key.len() as u64 + 3).sum()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

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
    fn an_overlay_adds_and_leaves_what_the_store_returns_to_the_letter() {
        let overlay = after(&[r#"{"user_metadata":{"new":1.50,"gone":null,"kept":2},"blocked":true}"#]);
        let mut profile = Profile::new(UserId::from_store("1").unwrap(), "shop");
        profile.user_metadata = Some(Metadata::parse(r#"{"n":12345678901234567890123,"gone":1,"kept":3}"#).unwrap());
        overlay.lay_over(&mut profile);
        assert_eq!(
            profile.user_metadata.clone().unwrap().as_str(),
            r#"{"n":12345678901234567890123,"gone":1,"kept":3,"new":1.50}"#
        );
        assert_eq!((profile.app_metadata.clone(), profile.blocked), (None, Some(true)));
        Overlay { blocked: Some(false), ..Overlay::default() }.lay_over(&mut profile);
        assert_eq!(profile.blocked, Some(true), "whose block it is lifts it");
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

    fn any_change() -> impl Strategy<Value = Change> {
        let value = prop_oneof![Just("null"), Just("1"), Just("1.0"), Just("{\"x\":null}")];
        prop::collection::btree_map("[a-d]", value, 1..4).prop_map(|members| {
            let members: Vec<String> = members.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
            change(&format!(r#"{{"app_metadata":{{{}}}}}"#, members.join(",")))
        })
    }

    proptest! {
        #[test]
        fn what_is_seen_through_an_overlay_is_what_the_changes_made_of_the_store(
            store in prop::collection::btree_map("[e-h]", "[1-9]", 0..4),
            changes in prop::collection::vec(any_change(), 0..6),
        ) {
            let members: Vec<String> = store.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
            let store = Metadata::parse(format!("{{{}}}", members.join(","))).unwrap();
            let mut profile = Profile::new(UserId::from_store("1").unwrap(), "shop");
            profile.app_metadata = Some(store.clone());
            let (mut direct, mut overlay) = (store, Overlay::default());
            for change in &changes {
                let part = change.app_metadata.as_ref().unwrap();
                part.patch(Container::AppMetadata, u64::MAX).apply(&mut direct).unwrap();
                overlay = overlay.changed(change, 1000).unwrap();
            }
            overlay.lay_over(&mut profile);
            let seen = profile.app_metadata.unwrap();
            prop_assert_eq!(seen.iter().collect::<BTreeMap<_, _>>(), direct.iter().collect::<BTreeMap<_, _>>());
            let tombstones = &overlay.app_metadata.tombstones;
            prop_assert!(overlay.app_metadata.values.iter().all(|(key, _)| !tombstones.contains(key)));
        }
    }
}
