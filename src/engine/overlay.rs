//! The overlay: what a bridged user has beyond what their store can hold. Each first-level key has one owner; a key that
//! the store returns is the store's.

use crosswalk_contract::{ContainerPatch, Metadata, Result};
use serde_json::value::RawValue;

use super::Inner;
use crate::{
    directory::Overlay,
    profile::{Container, Profile},
};

impl Inner {
    /// Adds the overlay's keys to what the store returned.
    pub(super) async fn with_overlay(&self, mut profile: Profile) -> Result<Profile> {
        let overlay = self.directory.overlay(&profile.user_id).await?;
        for container in Container::ALL {
            let place = profile.container_mut(container);
            if let Some(merged) = merged(place.as_ref(), &overlay.container(container).values)? {
                *place = Some(merged);
            }
        }
        profile.blocked = blocked(&profile, &overlay);
        Ok(profile)
    }
}

/// The store's members and after them the overlay's; `None` where the overlay adds nothing.
fn merged(store: Option<&Metadata>, overlay: &Metadata) -> Result<Option<Metadata>> {
    let empty = Metadata::empty();
    let store = store.unwrap_or(&empty);
    let mut patch = ContainerPatch::new("overlay", u64::MAX);
    for (key, value) in overlay.iter().filter(|(key, _)| store.get(key).is_none()) {
        if let Ok(value) = RawValue::from_string(value.to_owned()) {
            patch.set.push((key.to_owned(), value));
        }
    }
    let mut merged = store.clone();
    Ok(patch.apply(&mut merged)?.then_some(merged))
}

/// What the store says about a block counts; where its map says nothing, an operator's block in the overlay does.
fn blocked(profile: &Profile, overlay: &Overlay) -> Option<bool> {
    profile.blocked.or(overlay.blocked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_the_store_returns_is_the_stores() {
        let store = Metadata::parse(r#"{"a":1,"b":2}"#).unwrap();
        let overlay = Metadata::parse(r#"{"b":"shadow","c":3}"#).unwrap();
        assert_eq!(merged(Some(&store), &overlay).unwrap().unwrap().as_str(), r#"{"a":1,"b":2,"c":3}"#);
        assert_eq!(merged(None, &overlay).unwrap().unwrap().as_str(), r#"{"b":"shadow","c":3}"#);
        assert!(merged(Some(&store), &Metadata::empty()).unwrap().is_none());
    }
}
