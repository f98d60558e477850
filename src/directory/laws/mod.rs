//! What every directory promises, whatever keeps it. Each law gets a fresh, empty place.

pub(super) mod index;
pub(super) mod metadata;
pub(super) mod moved;
pub(super) mod records;

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use super::*;
use crate::{
    policy::Checked,
    profile::{Change, Metadata, NewProfile, Profile, UserId},
};

/// A place for one directory, which can be opened again and again.
#[async_trait]
pub(in crate::directory) trait Site: Send + Sync {
    async fn open(&self) -> Arc<dyn Directory>;
}

const MAX: u64 = 16_777_216;

pub(in crate::directory) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_750_000_000 + second).unwrap()
}

pub(in crate::directory) fn owner(id: &str) -> Owner {
    Owner::new(UserId::namespaced("shop", id).unwrap(), "shop", id)
}

pub(in crate::directory) fn sighting(id: &str, email: Option<&str>, second: i64) -> Sighting {
    Sighting { owner: owner(id), identity: identity(email), at: at(second) }
}

pub(in crate::directory) fn identity(email: Option<&str>) -> Identity {
    Identity { identifiers: Identifiers::new(email, None, None), created_at: None }
}

pub(in crate::directory) fn hash(text: &str) -> Credential {
    Credential::Hash {
        scheme: "argon2id".into(),
        hash: text.into(),
        salt: Some("salt-of-it".into()),
        params: Some("m=19456".into()),
    }
}

pub(in crate::directory) fn profile(id: &str, email: Option<&str>) -> Profile {
    let mut profile = Profile::new(owner(id).user_id, "shop");
    profile.email = email.map(str::to_owned);
    profile.created_at = Some(at(0));
    profile
}

pub(in crate::directory) fn newcomer(id: &str, email: Option<&str>) -> Newcomer {
    newcomer_of(id, profile(id, email))
}

pub(in crate::directory) fn newcomer_of(id: &str, profile: Profile) -> Newcomer {
    Newcomer { store_id: id.into(), profile: Checked::for_tests(profile), credential: hash("the-hash") }
}

pub(in crate::directory) fn change(text: &str) -> Checked<Change> {
    Checked::for_tests(Change::from_json(text).unwrap())
}

fn new_profile(email: Option<&str>) -> Checked<NewProfile> {
    Checked::for_tests(NewProfile { email: email.map(str::to_owned), ..NewProfile::default() })
}

fn metadata(text: &str) -> Option<Metadata> {
    Some(Metadata::parse(text).unwrap())
}

fn moved_in(outcome: MoveOutcome) -> Profile {
    match outcome {
        MoveOutcome::Moved(user) => user.profile,
        other => panic!("not moved in: {other:?}"),
    }
}
