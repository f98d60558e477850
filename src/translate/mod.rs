//! Records to profiles and back. (Stub while the floor is being built.)
#![expect(missing_docs, clippy::unimplemented, reason = "a stub")]

use crosswalk_contract::{Assignment, By, Error, Key, Patch, Record};

use crate::profile::{Change, Container, NewProfile, Profile, UserId};

#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapSettings {}

pub struct Translation;
pub struct MapProblem {
    pub path: String,
    pub message: String,
}
#[derive(Debug)]
pub struct Diagnostic;
impl std::fmt::Display for Diagnostic {
    fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        unimplemented!()
    }
}
#[derive(Debug)]
pub struct Translated {
    pub profile: Profile,
    pub must_change_password: bool,
    pub locked: bool,
    pub diagnostics: Vec<Diagnostic>,
}
pub struct PasswordFields<'r>(&'r ());
impl PasswordFields<'_> {
    pub fn hash(&self) -> &[u8] {
        unimplemented!()
    }
    pub fn salt(&self) -> Option<&[u8]> {
        unimplemented!()
    }
    pub fn iterations(&self) -> Option<u64> {
        unimplemented!()
    }
    pub fn scheme(&self) -> Option<&str> {
        unimplemented!()
    }
    pub fn user_name(&self) -> Option<&[u8]> {
        unimplemented!()
    }
    pub fn email(&self) -> Option<&[u8]> {
        unimplemented!()
    }
    pub fn id(&self) -> Option<&[u8]> {
        unimplemented!()
    }
}
pub struct Hashed {
    pub hash: Vec<u8>,
    pub hash_is_text: bool,
    pub salt: Option<Vec<u8>>,
    pub iterations: Option<u64>,
    pub scheme: Option<String>,
}
pub struct SplitChange {
    pub patch: Patch,
    pub overlay: Change,
    pub refused: Vec<(Container, String, String)>,
}
pub struct WrittenUser {
    pub assignments: Vec<Assignment>,
    pub overlay: Change,
}
impl Translation {
    pub fn compile(_: &str, _: &str, _: Option<&MapSettings>) -> Result<Translation, Vec<MapProblem>> {
        unimplemented!()
    }
    pub fn profile(&self, _: &Record) -> Result<Translated, Error> {
        unimplemented!()
    }
    pub fn key(&self, _: By, _: &str) -> Option<Key> {
        unimplemented!()
    }
    pub fn store_id(&self, _: &UserId) -> Option<String> {
        unimplemented!()
    }
    pub fn answers(&self, _: &Record, _: &By, _: &str) -> bool {
        unimplemented!()
    }
    pub fn password_fields<'r>(&self, _: &'r Record) -> Option<PasswordFields<'r>> {
        unimplemented!()
    }
    pub fn password_assignments(&self, _: &Hashed) -> Result<Vec<Assignment>, Error> {
        unimplemented!()
    }
    pub fn new_user(&self, _: &NewProfile) -> Result<WrittenUser, Error> {
        unimplemented!()
    }
    pub fn split(&self, _: &Change, _: &Record, _: u64, _writable: bool) -> Result<SplitChange, Error> {
        unimplemented!()
    }
    pub fn email_change(&self, _: &str, _: bool) -> Result<Vec<Assignment>, Error> {
        unimplemented!()
    }
    pub fn verify(&self) -> Result<Vec<Assignment>, Error> {
        unimplemented!()
    }
}
