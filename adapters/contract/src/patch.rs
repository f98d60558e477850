//! A change of metadata, as the store is to apply it: what to set, remove and clear, never a merged document.

use serde_json::value::RawValue;

use crate::{Assignment, Error, Metadata, Result, merge::merge};

/// What one `change_metadata` does to one user, in the store's own words.
#[derive(Clone, Debug, Default)]
pub struct Patch {
    /// Containers that are JSON documents, one change each.
    pub containers: Vec<ContainerPatch>,
    /// Single columns that hold one first-level key each.
    pub fields: Vec<Assignment>,
}

impl Patch {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.containers.is_empty() && self.fields.is_empty()
    }
}

/// A change of one JSON container.
#[derive(Clone)]
pub struct ContainerPatch {
    /// The column or script field that holds the container (`metadata`, `user_metadata`, `extra_json`).
    pub container: String,
    /// Remove every member first.
    pub clear: bool,
    /// First-level keys and their new raw values.
    pub set: Vec<(String, Box<RawValue>)>,
    /// First-level keys that go.
    pub remove: Vec<String>,
    /// The largest size the document may grow to, in bytes. One that is larger already may shrink or stay.
    pub max_bytes: u64,
    /// The container's text as it was read before, where it is text. A store may compare-and-swap with it at once and so
    /// save reading it again; what it holds by now is what counts.
    pub read: Option<String>,
}

impl ContainerPatch {
    /// A patch of that container that does nothing yet.
    pub fn new(container: impl Into<String>, max_bytes: u64) -> ContainerPatch {
        let (container, set, remove) = (container.into(), Vec::new(), Vec::new());
        ContainerPatch { container, clear: false, set, remove, max_bytes, read: None }
    }

    /// The merge rule, see [`Metadata`]: first-level keys, everything else keeps its exact text.
    ///
    /// Tells whether the text has changed. What is the same need not be written.
    ///
    /// # Errors
    /// `metadata_too_large` where the result would be over the limit and larger than before. The document is then not to
    /// be used any more.
    pub fn apply(&self, document: &mut Metadata) -> Result<bool> {
        let set: Vec<(&str, &str)> = self.set.iter().map(|(key, value)| (key.as_str(), value.get())).collect();
        let remove: Vec<&str> = self.remove.iter().map(String::as_str).collect();
        let before = document.len_bytes();
        let changed = merge(document, self.clear, &set, &remove);
        let size = document.len_bytes();
        if size > self.max_bytes && size > before {
            let limit = self.max_bytes;
            return Err(Error::refused(
                "metadata_too_large",
                format!("the change would make the container {size} bytes long; the limit is {limit} bytes"),
            )
            .with("container", &self.container)
            .hint("remove what is not needed, or raise metadata_limit if the store can hold more"));
        }
        Ok(changed)
    }
}

/// Prints the keys, never the values.
impl std::fmt::Debug for ContainerPatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ContainerPatch")
            .field("container", &self.container)
            .field("clear", &self.clear)
            .field("set", &self.set.iter().map(|(key, _)| key).collect::<Vec<_>>())
            .field("remove", &self.remove)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_over_the_limit_may_shrink_or_stay_but_never_grow() {
        let stored = Metadata::parse(r#"{"a":"0123456789","b":1}"#).unwrap();
        let mut patch = ContainerPatch::new("metadata", 10);
        patch.remove.push("b".to_owned());
        let mut document = stored.clone();
        assert!(patch.apply(&mut document).unwrap());
        assert_eq!(document.as_str(), r#"{"a":"0123456789"}"#);
        let mut patch = ContainerPatch::new("metadata", 10);
        patch.set.push(("b".to_owned(), RawValue::from_string("2".to_owned()).unwrap()));
        assert!(patch.apply(&mut stored.clone()).is_ok());
        patch.set.push(("c".to_owned(), RawValue::from_string("2".to_owned()).unwrap()));
        assert_eq!(patch.apply(&mut stored.clone()).unwrap_err().code_name(), "metadata_too_large");
    }
}
