//! What the directory knows about one person: whose row it is, identifiers, state, credential.

use std::fmt;

use crosswalk_contract::By;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    policy::Checked,
    profile::{Profile, UserId},
};

/// Whose row it is: the canonical id, and where the user comes from.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Owner {
    /// The canonical id.
    pub user_id: UserId,
    /// The connection's name.
    pub connection: String,
    /// The store's own id.
    pub store_id: String,
}

impl Owner {
    /// All three.
    pub fn new(user_id: UserId, connection: impl Into<String>, store_id: impl Into<String>) -> Owner {
        Owner { user_id, connection: connection.into(), store_id: store_id.into() }
    }
}

/// Leaves the store's id out: it may be an e-mail address.
impl fmt::Debug for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Owner").field("user_id", &self.user_id).field("connection", &self.connection).finish()
    }
}

/// What a user can be found by besides the id; e-mail address and user name in lower case. The original stands in the
/// profile.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identifiers {
    email: Option<String>,
    username: Option<String>,
    phone: Option<String>,
}

impl Identifiers {
    /// Folds what a store or a person wrote. Empty text is no identifier.
    pub fn new(email: Option<&str>, username: Option<&str>, phone: Option<&str>) -> Identifiers {
        let present = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_owned);
        Identifiers {
            email: present(email).map(|text| fold(&text)),
            username: present(username).map(|text| fold(&text)),
            phone: present(phone),
        }
    }

    /// Those of a profile.
    pub fn of(profile: &Profile) -> Identifiers {
        Identifiers::new(profile.email.as_deref(), profile.username.as_deref(), profile.phone_number.as_deref())
    }

    /// Those that are known, and what each is.
    pub fn known(&self) -> impl Iterator<Item = (By, &str)> {
        [(By::Email, &self.email), (By::Username, &self.username), (By::Phone, &self.phone)]
            .into_iter()
            .filter_map(|(by, value)| Some((by, value.as_deref()?)))
    }

    /// The folded e-mail address.
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// The folded user name.
    pub fn username(&self) -> Option<&str> {
        self.username.as_deref()
    }

    /// The telephone number.
    pub fn phone(&self) -> Option<&str> {
        self.phone.as_deref()
    }
}

/// Says which there are, never what they are.
impl fmt::Debug for Identifiers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identifiers")
            .field("email", &self.email.is_some())
            .field("username", &self.username.is_some())
            .field("phone", &self.phone.is_some())
            .finish()
    }
}

/// Who a store says somebody is: enough to notice that an id has been given to somebody else since.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// What the person is found by.
    pub identifiers: Identifiers,
    /// When the account was made. It stays when the person gets another address.
    pub created_at: Option<Timestamp>,
}

impl Identity {
    /// That of a profile as the store shows it.
    pub fn of(profile: &Profile) -> Identity {
        Identity { identifiers: Identifiers::of(profile), created_at: profile.created_at }
    }

    /// Whether both can be the same person: something that both say is the same, or nothing is said by both.
    pub fn may_be(&self, other: &Identity) -> bool {
        let (one, two) = (&self.identifiers, &other.identifiers);
        let mut comparable = [
            alike(&one.email, &two.email),
            alike(&one.username, &two.username),
            alike(&one.phone, &two.phone),
            alike(&self.created_at, &other.created_at),
        ]
        .into_iter()
        .flatten()
        .peekable();
        comparable.peek().is_none() || comparable.any(|same| same)
    }
}

fn alike<T: PartialEq>(one: &Option<T>, two: &Option<T>) -> Option<bool> {
    Some(one.as_ref()? == two.as_ref()?)
}

/// How e-mail addresses and user names are compared: without regard to letter case.
pub(super) fn fold(text: &str) -> String {
    text.to_lowercase()
}

/// A store has shown a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// Who.
    pub owner: Owner,
    /// What the store says now.
    pub identity: Identity,
    /// When.
    pub at: Timestamp,
}

/// What is known about a user ever seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    /// Who.
    pub owner: Owner,
    /// For a pending user as last seen, for a moved one that of the profile, for a deleted one nothing.
    pub identity: Identity,
    /// Where the user lives.
    pub state: State,
    /// When the store last showed a pending user; when a moved user moved or a deleted one was deleted.
    pub seen_at: Timestamp,
}

/// What the directory makes of a sighting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Where the user lives.
    pub state: State,
    /// Whether the store has given the id to somebody else: what was held for the former person is set aside, and the
    /// new one inherits nothing.
    pub stranger: bool,
}

/// Where a user lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// In the legacy store.
    Pending,
    /// In the directory.
    Moved,
    /// Nowhere: a tombstone.
    Deleted,
}

impl State {
    /// The word in the directory, in exports and in messages.
    pub fn name(self) -> &'static str {
        match self {
            State::Pending => "pending",
            State::Moved => "moved",
            State::Deleted => "deleted",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<State> {
        [State::Pending, State::Moved, State::Deleted].into_iter().find(|state| state.name() == name)
    }
}

/// What a moved user's password is compared with.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// A password hash, in the words of the password crate.
    Hash {
        /// The scheme's name.
        scheme: String,
        /// The hash as the scheme writes it.
        hash: String,
        /// The salt, where it stands beside the hash.
        salt: Option<String>,
        /// Iterations, pepper names and the like, in the scheme's own form.
        params: Option<String>,
    },
    /// Nobody can log in by password.
    None,
    /// Only the legacy store can tell, as long as its record is the one of this person: the legacy application may give
    /// the id to somebody else, whose password must open nothing here.
    AskLegacy(Identity),
}

impl Credential {
    /// The word for what kind it is; nothing secret.
    pub fn kind(&self) -> &'static str {
        match self {
            Credential::Hash { .. } => "hash",
            Credential::None => "none",
            Credential::AskLegacy(_) => "ask_legacy",
        }
    }

    /// The scheme of a hash.
    pub fn scheme(&self) -> Option<&str> {
        match self {
            Credential::Hash { scheme, .. } => Some(scheme),
            Credential::None | Credential::AskLegacy(_) => None,
        }
    }
}

/// Names the scheme, nothing else.
impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Credential::Hash { scheme, .. } => write!(f, "Hash({scheme}, ***)"),
            Credential::None => f.write_str("None"),
            Credential::AskLegacy(_) => f.write_str("AskLegacy"),
        }
    }
}

/// A user who lives in the directory.
#[derive(Clone)]
pub struct MovedUser {
    /// The profile, metadata included.
    pub profile: Profile,
    /// What the password is compared with.
    pub credential: Credential,
}

/// Names the user and the kind of credential; a profile's values stay out.
impl fmt::Debug for MovedUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MovedUser")
            .field("user_id", &self.profile.user_id)
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}

/// A user on the way from the legacy store into the directory.
#[derive(Clone)]
pub struct Newcomer {
    /// The store's own id.
    pub store_id: String,
    /// The profile as the policy has seen it; the connection stands in it.
    pub profile: Checked<Profile>,
    /// What the password will be compared with.
    pub credential: Credential,
}

/// As [`MovedUser`].
impl fmt::Debug for Newcomer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Newcomer")
            .field("user_id", &self.profile.user_id)
            .field("credential", &self.credential)
            .finish_non_exhaustive()
    }
}

/// What became of a move.
#[derive(Clone, Debug)]
pub enum MoveOutcome {
    /// The user has moved, now and by this call. The profile has the overlay folded in.
    Moved(Box<MovedUser>),
    /// The user had moved before; this is who lives in the directory. Nothing was changed.
    AlreadyMoved(Box<MovedUser>),
    /// The user was deleted and is not to come back.
    Tombstoned,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_printed() {
        let credential = Credential::Hash {
            scheme: "md5".into(),
            hash: "the-hash".into(),
            salt: Some("the-salt".into()),
            params: Some("the-params".into()),
        };
        assert_eq!(format!("{credential:?}"), "Hash(md5, ***)");
        let id = UserId::namespaced("shop", "jane@example.com").unwrap();
        let owner = Owner::new(id.clone(), "shop", "jane@example.com");
        let entry = Sighting {
            owner,
            identity: Identity {
                identifiers: Identifiers::new(Some("jane@example.com"), None, None),
                ..Identity::default()
            },
            at: Timestamp::UNIX_EPOCH,
        };
        let mut profile = Profile::new(id, "shop");
        profile.email = Some("jane@example.com".into());
        let user = MovedUser { profile, credential };
        let text = format!("{entry:?} {user:?}");
        assert!(!text.contains("jane") && !text.contains("the-"), "{text}");
    }

    #[test]
    fn letter_case_does_not_count_and_empty_text_is_no_identifier() {
        let identifiers = Identifiers::new(Some("JÄNE@Example.com"), Some(""), Some("+49 30"));
        assert_eq!(identifiers.email(), Some("jäne@example.com"));
        assert_eq!(identifiers.username(), None);
        assert_eq!(identifiers.phone(), Some("+49 30"));
    }

    #[test]
    fn somebody_else_shares_nothing() {
        let who = |email: Option<&str>, username: Option<&str>, second: Option<i64>| Identity {
            identifiers: Identifiers::new(email, username, None),
            created_at: second.and_then(|second| Timestamp::from_second(second).ok()),
        };
        let anna = who(Some("anna@x"), Some("anna"), Some(7));
        for same in [
            who(Some("ANNA@x"), None, None),
            who(Some("new@x"), Some("anna"), None),
            who(Some("new@x"), Some("new"), Some(7)),
            // Nothing is said by both.
            who(None, None, None),
        ] {
            assert!(anna.may_be(&same) && same.may_be(&anna), "{same:?}");
        }
        for other in
            [who(Some("bob@x"), None, None), who(Some("bob@x"), Some("bob"), Some(8)), who(None, None, Some(8))]
        {
            assert!(!anna.may_be(&other) && !other.may_be(&anna), "{other:?}");
        }
    }
}
