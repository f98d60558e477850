//! The one place where a computed hash meets a stored one.

use subtle::ConstantTimeEq;

/// Whether two digests are the same, in a time that does not depend on where they differ. Nothing equals an empty one.
pub(crate) fn same(stored: &[u8], computed: &[u8]) -> bool {
    !stored.is_empty() && bool::from(stored.ct_eq(computed))
}
