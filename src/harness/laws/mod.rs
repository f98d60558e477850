//! All laws, by what they are about.

mod abilities;
mod credentials;
mod hostile;
mod listing;
mod login;
mod metadata;
mod moving;
mod ownership;
mod secrecy;
mod trouble;
mod writers;

use std::sync::LazyLock;

use super::Law;

/// Every law, in the order of reading.
pub fn laws() -> &'static [Law] {
    static ALL: LazyLock<Vec<Law>> = LazyLock::new(|| {
        [
            login::LAWS,
            hostile::LAWS,
            metadata::LAWS,
            ownership::LAWS,
            writers::LAWS,
            credentials::LAWS,
            listing::LAWS,
            trouble::LAWS,
            secrecy::LAWS,
            abilities::LAWS,
            moving::LAWS,
        ]
        .concat()
    });
    &ALL
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_laws_have_the_same_name() {
        let names: BTreeSet<&str> = laws().iter().map(|law| law.name).collect();
        assert_eq!(names.len(), laws().len());
    }
}
