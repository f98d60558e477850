//! What may be written: ownership, size, names, types. Pure, and the one chokepoint: every write takes a [`Checked`],
//! and only this room can make one.
//!
//! A change is judged by what it *introduces*. A container that broke a rule before (a legacy document with a dot in a
//! name, one over the limit) may shrink or stay; it is never silently dropped or cut, and it cannot grow worse.

mod actor;
mod checked;
mod names;
mod settings;
mod type_book;
mod violation;
mod walk;

pub use actor::Actor;
pub use checked::Checked;
pub use settings::{ByteSize, PolicySettings, TypesMode};
pub use type_book::{MAX_PATHS, PathReport, TypeBook};
pub use violation::{Violation, Violations, clipped};
pub use walk::JsonType;

use crate::profile::{Change, Container, ContainerChange, Metadata, NewProfile, Profile, UserId};

/// A judged value, and what the policy would rather not have seen (`types = "warn"`).
#[derive(Debug)]
pub struct Passed<T> {
    /// The proof that everything that writes asks for.
    pub checked: Checked<T>,
    /// Warnings for the log and the command line.
    pub warnings: Vec<Violation>,
}

/// Judges a change of `target`'s metadata by `actor`.
///
/// # Errors
/// All violations at once.
pub fn check_change(
    policy: &PolicySettings,
    actor: &Actor,
    target: &UserId,
    change: Change,
    book: &TypeBook,
) -> Result<Passed<Change>, Violations> {
    let mut judge = Judge::new(policy, book);
    judge.ownership(actor, target, &change);
    for container in Container::ALL {
        if let Some(part) = change.container(container) {
            judge.container(container, part);
        }
    }
    judge.pass(change)
}

/// Judges a user to be made by `actor`. Rights to create at all belong to the doors (scopes, sign-up).
///
/// # Errors
/// All violations at once.
pub fn check_new(
    policy: &PolicySettings,
    actor: &Actor,
    user: NewProfile,
    book: &TypeBook,
) -> Result<Passed<NewProfile>, Violations> {
    let mut judge = Judge::new(policy, book);
    if matches!(actor, Actor::User(_)) {
        judge.violations.push(Violation::new("not_owner", "", "a signed-in user cannot make users"));
    }
    for container in Container::ALL {
        if let Some(metadata) = user.container(container) {
            judge.container(container, &ContainerChange::from_document(metadata));
            judge.size(container, metadata);
        }
    }
    judge.pass(user)
}

/// Judges whether `actor` may do what only operators and Crosswalk's own flows do (e-mail, password, removal).
///
/// # Errors
/// `not_owner` for a signed-in user: their doors (a reset mail, a sign-up) act as a flow of Crosswalk.
pub fn check_managed(actor: &Actor, action: &'static str) -> Result<(), Violations> {
    match actor {
        Actor::User(_) => {
            let message = format!("a signed-in user cannot do {action} directly");
            Err(Violations(vec![Violation::new("not_owner", "", message)]))
        }
        Actor::Operator(_) | Actor::System(_) => Ok(()),
    }
}

/// Judges a profile that comes from the legacy store. What the store holds moves as it is: a badly named or over-large
/// container is reported and kept, because dropping it would lose data and refusing it would stop a login.
pub fn check_moved(policy: &PolicySettings, profile: Profile, book: &TypeBook) -> Passed<Profile> {
    let mut judge = Judge::new(policy, book);
    for container in Container::ALL {
        if let Some(metadata) = profile.container(container) {
            judge.container(container, &ContainerChange::from_document(metadata));
            judge.size(container, metadata);
        }
    }
    judge.warnings.append(&mut judge.violations);
    Passed { checked: Checked::new(profile), warnings: judge.warnings }
}

struct Judge<'p> {
    policy: &'p PolicySettings,
    book: &'p TypeBook,
    violations: Vec<Violation>,
    warnings: Vec<Violation>,
}

impl<'p> Judge<'p> {
    fn new(policy: &'p PolicySettings, book: &'p TypeBook) -> Judge<'p> {
        Judge { policy, book, violations: Vec::new(), warnings: Vec::new() }
    }

    fn ownership(&mut self, actor: &Actor, target: &UserId, change: &Change) {
        let Actor::User(user) = actor else { return };
        if user != target {
            self.violations.push(Violation::new("not_owner", "", "a signed-in user can change only their own profile"));
        }
        if change.app_metadata.is_some() {
            self.violations.push(Violation::new(
                "not_owner",
                Container::AppMetadata.name(),
                "app_metadata decides about access and is never changed by the user; use user_metadata",
            ));
        }
        if change.blocked.is_some() {
            self.violations.push(Violation::new("not_owner", "blocked", "users cannot block or unblock themselves"));
        }
    }

    fn container(&mut self, container: Container, change: &ContainerChange) {
        let mut size = 2;
        for (key, value) in &change.set {
            names::check(container, key, value.get(), &mut self.violations);
            size += key.len() as u64 + value.get().len() as u64 + 4;
            if self.policy.types != TypesMode::Off {
                let clashes = self.book.clashes(container, key, value.get());
                match self.policy.types {
                    TypesMode::Enforce => self.violations.extend(clashes),
                    _ => self.warnings.extend(clashes),
                }
            }
        }
        // The exact size is known after the merge; what alone is too large need not reach the store.
        if size > self.policy.metadata_limit.bytes().saturating_add(4 * change.set.len() as u64) {
            self.too_large(container, size);
        }
    }

    fn size(&mut self, container: Container, metadata: &Metadata) {
        if metadata.len_bytes() > self.policy.metadata_limit.bytes()
            && !self.violations.iter().any(|it| it.code == "metadata_too_large" && it.path == container.name())
        {
            self.too_large(container, metadata.len_bytes());
        }
    }

    fn too_large(&mut self, container: Container, size: u64) {
        let limit = self.policy.metadata_limit.bytes();
        self.violations.push(Violation::new(
            "metadata_too_large",
            container.name(),
            format!("{container} would be {size} bytes long; the limit is {limit} bytes"),
        ));
    }

    fn pass<T>(self, value: T) -> Result<Passed<T>, Violations> {
        if self.violations.is_empty() {
            Ok(Passed { checked: Checked::new(value), warnings: self.warnings })
        } else {
            Err(Violations(self.violations))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(id: &str) -> UserId {
        UserId::namespaced("shop", id).unwrap()
    }

    fn judge(actor: &Actor, body: &str) -> Result<Passed<Change>, Violations> {
        let policy = PolicySettings { metadata_limit: ByteSize(200), ..PolicySettings::default() };
        check_change(&policy, actor, &user("1"), Change::from_json(body).unwrap(), &TypeBook::default())
    }

    fn codes(result: Result<Passed<Change>, Violations>) -> Vec<(&'static str, String)> {
        result.unwrap_err().0.into_iter().map(|violation| (violation.code, violation.path)).collect()
    }

    #[test]
    fn users_change_their_own_user_metadata_and_nothing_else() {
        let me = Actor::User(user("1"));
        assert!(judge(&me, r#"{"user_metadata":{"lang":"de"}}"#).is_ok());
        assert_eq!(codes(judge(&me, r#"{"app_metadata":{"plan":"x"}}"#)), [("not_owner", "app_metadata".to_owned())]);
        assert_eq!(codes(judge(&me, r#"{"app_metadata":{}}"#)), [("not_owner", "app_metadata".to_owned())]);
        assert_eq!(codes(judge(&me, r#"{"blocked":false}"#)), [("not_owner", "blocked".to_owned())]);
        assert_eq!(
            codes(judge(&Actor::User(user("2")), r#"{"user_metadata":{"lang":"de"}}"#)),
            [("not_owner", String::new())]
        );
        assert!(judge(&Actor::operator("test"), r#"{"app_metadata":{"plan":"x"},"blocked":true}"#).is_ok());
    }

    #[test]
    fn all_violations_are_told_at_once() {
        let found = codes(judge(
            &Actor::User(user("2")),
            r#"{"app_metadata":{"a.b":1,"email":"x"},"user_metadata":{"o":[{"$x":1}]}}"#,
        ));
        assert_eq!(
            found,
            [
                ("not_owner", String::new()),
                ("not_owner", "app_metadata".to_owned()),
                ("forbidden_character", "user_metadata.o[].$x".to_owned()),
                ("forbidden_character", "app_metadata.a.b".to_owned()),
                ("reserved_name", "app_metadata.email".to_owned()),
            ]
        );
    }

    #[test]
    fn what_goes_is_not_judged_by_its_name() {
        assert!(judge(&Actor::operator("test"), r#"{"app_metadata":{"a.b":null,"email":null}}"#).is_ok());
    }

    #[test]
    fn what_alone_is_over_the_limit_does_not_reach_the_store() {
        let body = format!(r#"{{"user_metadata":{{"a":"{}"}}}}"#, "x".repeat(300));
        assert_eq!(codes(judge(&Actor::operator("test"), &body)), [("metadata_too_large", "user_metadata".to_owned())]);
    }

    #[test]
    fn a_legacy_profile_moves_with_all_its_faults() {
        let mut profile = Profile::new(user("1"), "shop");
        profile.app_metadata = Some(Metadata::from_store(r#"{"a.b":1,"email":"x"}"#).unwrap());
        let passed = check_moved(&PolicySettings::default(), profile, &TypeBook::default());
        assert_eq!(passed.warnings.len(), 2);
        assert_eq!(passed.checked.app_metadata.as_ref().unwrap().as_str(), r#"{"a.b":1,"email":"x"}"#);
    }
}
