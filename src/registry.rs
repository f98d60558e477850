//! The kinds of stores that this build has. Nothing registers itself: this list is the only place.

use crosswalk_contract::Kind;

/// The kinds of stores that this build has, in the order of their names.
pub fn kinds() -> Vec<Kind> {
    vec![
        #[cfg(feature = "memory")]
        crosswalk_memory::KIND,
        #[cfg(feature = "mysql")]
        crosswalk_mysql::KIND,
        #[cfg(feature = "postgres")]
        crosswalk_postgres::KIND,
        #[cfg(feature = "script")]
        crosswalk_script::KIND,
        #[cfg(feature = "sqlite")]
        crosswalk_sqlite::KIND,
    ]
}
