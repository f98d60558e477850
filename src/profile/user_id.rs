//! `user_id`: `auth0|` and whatever the store calls its user, as text, whatever the column's type.

use std::fmt;

/// A canonical user id. The part after `auth0|` is the store's own id; table stores put the connection's name before
/// it (`auth0|shop|4711`), since ids must be unique over all connections.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserId(String);

const PROVIDER: &str = "auth0|";

/// Auth0 allows 255 characters for a `user_id` given to `POST /users`.
const MAX_CHARS: usize = 255;

impl UserId {
    /// The id of a store that names its users uniquely over all connections (scripts). The prefix is added even if the
    /// id has a `|` or the same prefix already: that is what Auth0 does.
    ///
    /// # Errors
    /// An empty or blank id, one with white space or control characters at its ends, or one of more than 255 characters.
    pub fn from_store(id: &str) -> Result<UserId, UserIdError> {
        if id.trim().is_empty() {
            return Err(UserIdError::Missing);
        }
        if id.chars().any(char::is_control) || id.trim() != id {
            return Err(UserIdError::Blank);
        }
        if id.chars().count() + PROVIDER.len() > MAX_CHARS {
            return Err(UserIdError::TooLong);
        }
        Ok(UserId(format!("{PROVIDER}{id}")))
    }

    /// The id of a table store: namespaced with the connection's name.
    ///
    /// # Errors
    /// As [`UserId::from_store`].
    pub fn namespaced(connection: &str, id: &str) -> Result<UserId, UserIdError> {
        // The store's own id is judged before the name is put before it, or a blank one would pass.
        UserId::from_store(id)?;
        UserId::from_store(&format!("{connection}|{id}"))
    }

    /// Reads a canonical id, as it stands in URLs and in the directory.
    ///
    /// # Errors
    /// [`UserIdError::NotCanonical`] without the `auth0|` prefix, and as [`UserId::from_store`].
    pub fn parse(text: &str) -> Result<UserId, UserIdError> {
        UserId::from_store(text.strip_prefix(PROVIDER).ok_or(UserIdError::NotCanonical)?)
    }

    /// The whole id (`auth0|shop|4711`).
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Without `auth0|`: what `identities[0].user_id` holds and what scripts receive.
    pub fn bare(&self) -> &str {
        &self.0[PROVIDER.len()..]
    }

    /// The store's own id within a connection whose ids are namespaced with its name.
    pub fn within(&self, connection: &str) -> Option<&str> {
        self.bare().strip_prefix(connection)?.strip_prefix('|')
    }
}

impl fmt::Display for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Ids can be e-mail addresses, so what is printed for debugging is the label that logs use.
impl fmt::Debug for UserId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label())
    }
}

impl UserId {
    /// The id for logs and messages: the last part in clear only where it is a number or UUID, see
    /// [`row_label`](crosswalk_contract::row_label).
    pub fn label(&self) -> String {
        let bare = self.bare();
        match bare.rsplit_once('|') {
            Some((connection, id)) => {
                format!("{PROVIDER}{connection}|{}", crosswalk_contract::row_label(id))
            }
            None => format!("{PROVIDER}{}", crosswalk_contract::row_label(bare)),
        }
    }
}

/// Why something is not a user id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserIdError {
    /// Empty or only white space: the engine's `missing_user_id`.
    Missing,
    /// White space at an end, or a control character.
    Blank,
    /// More than 255 characters.
    TooLong,
    /// Does not begin with `auth0|`.
    NotCanonical,
}

impl fmt::Display for UserIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            UserIdError::Missing => "the user id is empty",
            UserIdError::Blank => "the user id begins or ends with white space, or holds a control character",
            UserIdError::TooLong => "the user id is longer than 255 characters",
            UserIdError::NotCanonical => "the user id does not begin with `auth0|`",
        })
    }
}

impl std::error::Error for UserIdError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_added_whatever_the_id_looks_like() {
        assert_eq!(UserId::from_store("my-custom-db|42").unwrap().as_str(), "auth0|my-custom-db|42");
        assert_eq!(UserId::from_store("auth0|42").unwrap().as_str(), "auth0|auth0|42");
    }

    #[test]
    fn a_table_store_is_namespaced_and_knows_its_own_ids_again() {
        let id = UserId::namespaced("shop", "4711").unwrap();
        assert_eq!(id.as_str(), "auth0|shop|4711");
        assert_eq!(id.bare(), "shop|4711");
        assert_eq!(id.within("shop"), Some("4711"));
        assert_eq!(id.within("sho"), None);
        assert_eq!(UserId::parse("auth0|shop|4711"), Ok(id));
    }

    #[test]
    fn nobody_is_called_nothing() {
        assert_eq!(UserId::from_store(" \t"), Err(UserIdError::Missing));
        assert_eq!(UserId::namespaced("shop", ""), Err(UserIdError::Missing));
        assert_eq!(UserId::from_store(" 1"), Err(UserIdError::Blank));
        assert_eq!(UserId::parse("shop|1"), Err(UserIdError::NotCanonical));
        assert_eq!(UserId::from_store(&"x".repeat(250)), Err(UserIdError::TooLong));
    }

    #[test]
    fn what_logs_see_of_an_id_is_not_an_address() {
        let id = UserId::namespaced("shop", "jane@example.com").unwrap();
        assert!(!format!("{id:?}").contains("jane"));
        assert_eq!(UserId::namespaced("shop", "4711").unwrap().label(), "auth0|shop|4711");
    }
}
