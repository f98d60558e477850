//! Adapters with one fault each: for every fault there is a law that has to object.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use crosswalk::engine::{Error, ErrorKind, Result};
use crosswalk_contract::{
    Adapter, Assignment, Batches, ChangeEmail, ChangeMetadata, ChangePassword, Create, Cursor, Delete, EmailChange,
    Examination, Field, GetUser, Key, ListUsers, Metadata, NewPassword, NewUser, Patch, Record, Verify,
};
use futures::StreamExt;
use serde_json::value::RawValue;

const SOUND: &str = "the memory store can do all of it";
const CALM: &str = "nobody panics who holds it";
const JSON: &str = "the policy lets only JSON through";

/// What is wrong with an adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    LosesWrites,
    Rewrites,
    MergesDeep,
    TouchesOthers,
    MixesUpAnswers,
    KeepsTheLastAnswer,
    ClaimsVerify,
    DownIsUnexpected,
    DownIsAbsence,
    StaysDown,
    TellsValues,
    DeletesNobody,
    MakesTwins,
    KeepsOldPassword,
    KeepsOldAddress,
    ListsTwice,
    ListsPages,
    EmptyHashOpens,
}

impl Fault {
    pub(crate) const ALL: [Fault; 18] = [
        Fault::LosesWrites,
        Fault::Rewrites,
        Fault::MergesDeep,
        Fault::TouchesOthers,
        Fault::MixesUpAnswers,
        Fault::KeepsTheLastAnswer,
        Fault::ClaimsVerify,
        Fault::DownIsUnexpected,
        Fault::DownIsAbsence,
        Fault::StaysDown,
        Fault::TellsValues,
        Fault::DeletesNobody,
        Fault::MakesTwins,
        Fault::KeepsOldPassword,
        Fault::KeepsOldAddress,
        Fault::ListsTwice,
        Fault::ListsPages,
        Fault::EmptyHashOpens,
    ];

    pub(crate) fn what(self) -> &'static str {
        match self {
            Fault::LosesWrites => "loses one of two writes at once",
            Fault::Rewrites => "writes JSON anew",
            Fault::MergesDeep => "ignores removals",
            Fault::TouchesOthers => "writes a column that nobody asked for",
            Fault::MixesUpAnswers => "answers with somebody else's row",
            Fault::KeepsTheLastAnswer => "gives the next caller what a caller who left had asked for",
            Fault::ClaimsVerify => "claims an ability that it lacks",
            Fault::DownIsUnexpected => "calls a store that is down unexpected",
            Fault::DownIsAbsence => "finds nobody in a store that is down",
            Fault::StaysDown => "never finds a store again that was down",
            Fault::TellsValues => "writes values into its errors",
            Fault::DeletesNobody => "says that it deleted whoever was not there",
            Fault::MakesTwins => "makes a second user of one address",
            Fault::KeepsOldPassword => "says that it changed a password and does not",
            Fault::KeepsOldAddress => "says that it changed an address and does not",
            Fault::ListsTwice => "lists somebody twice",
            Fault::ListsPages => "skips whoever stands behind a user who left",
            Fault::EmptyHashOpens => "shows a hash of nothing for who has none",
        }
    }

    /// The law that has to object.
    pub(crate) fn law(self) -> &'static str {
        match self {
            Fault::LosesWrites => "32 writers on 32 keys of one user lose nothing",
            Fault::Rewrites => "any JSON value comes back to the letter and in order",
            Fault::MergesDeep => "null removes, an empty object clears, nested objects are replaced",
            Fault::TouchesOthers => "a change leaves every other field alone",
            Fault::MixesUpAnswers => "users who are read at the same time never get each other's answers",
            Fault::KeepsTheLastAnswer => "after 1,000 calls that were broken off, every answer is the asked user's own",
            Fault::ClaimsVerify => "what is promised can be done and what can be done is promised",
            Fault::DownIsUnexpected | Fault::DownIsAbsence | Fault::StaysDown => {
                "a dead store is unavailable, never a wrong password, and comes back by itself"
            }
            Fault::TellsValues => "errors never hold a password, a hash or a value",
            Fault::DeletesNobody => "to delete a user twice answers false",
            Fault::MakesTwins => "of 8 who create the same user at once one succeeds",
            Fault::KeepsOldPassword => "after a password change the old one is refused and the new one accepted",
            Fault::KeepsOldAddress => {
                "after a change of address a user is found under the new one and not under the old"
            }
            Fault::ListsTwice | Fault::ListsPages => "a listing meets every user once while others come and go",
            Fault::EmptyHashOpens => "an account without a password opens for nobody",
        }
    }
}

/// The sound adapter with one fault.
pub(crate) struct Faulty {
    sound: Arc<dyn Adapter>,
    fault: Fault,
    went_down: AtomicBool,
    last: Mutex<Option<Record>>,
}

impl Faulty {
    pub(crate) fn new(sound: Arc<dyn Adapter>, fault: Fault) -> Faulty {
        Faulty { sound, fault, went_down: AtomicBool::new(false), last: Mutex::default() }
    }

    fn is(&self, fault: Fault) -> bool {
        self.fault == fault
    }

    /// What becomes of an answer on its way out.
    fn told<T>(&self, result: Result<T>) -> Result<T> {
        if self.is(Fault::StaysDown) && self.went_down.load(Ordering::SeqCst) {
            return Err(Error::new(ErrorKind::Unavailable, "it was down once"));
        }
        let error = match result {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        if error.kind() == ErrorKind::Unavailable {
            self.went_down.store(true, Ordering::SeqCst);
            if self.is(Fault::DownIsUnexpected) {
                return Err(Error::new(ErrorKind::Unexpected, "something went wrong"));
            }
        }
        Err(error)
    }
}

#[async_trait]
impl Adapter for Faulty {
    fn kind(&self) -> &'static str {
        "faulty"
    }
    async fn ping(&self) -> Result<()> {
        self.sound.ping().await
    }
    async fn examine(&self) -> Result<Examination> {
        self.sound.examine().await
    }
    fn get_user(&self) -> Option<&dyn GetUser> {
        Some(self)
    }
    fn create(&self) -> Option<&dyn Create> {
        Some(self)
    }
    fn change_metadata(&self) -> Option<&dyn ChangeMetadata> {
        Some(self)
    }
    fn change_password(&self) -> Option<&dyn ChangePassword> {
        Some(self)
    }
    fn change_email(&self) -> Option<&dyn ChangeEmail> {
        Some(self)
    }
    fn verify(&self) -> Option<&dyn Verify> {
        Some(self)
    }
    fn delete(&self) -> Option<&dyn Delete> {
        Some(self)
    }
    fn list_users(&self) -> Option<&dyn ListUsers> {
        Some(self)
    }
}

#[async_trait]
impl GetUser for Faulty {
    async fn get_user(&self, key: &Key) -> Result<Option<Record>> {
        if self.is(Fault::KeepsTheLastAnswer) {
            // A connection whose caller left still has that caller's answer on its line.
            if let Some(stale) = self.last.lock().expect(CALM).take() {
                return Ok(Some(stale));
            }
            let found = self.sound.get_user().expect(SOUND).get_user(key).await?;
            self.last.lock().expect(CALM).clone_from(&found);
            tokio::time::sleep(Duration::from_micros(200)).await;
            self.last.lock().expect(CALM).take();
            return Ok(found);
        }
        if self.is(Fault::MixesUpAnswers) {
            let found = self.sound.get_user().expect(SOUND).get_user(key).await?;
            let before = std::mem::replace(&mut *self.last.lock().expect(CALM), found.clone());
            tokio::task::yield_now().await;
            // The id is the asked user's; the rest belongs to whoever asked before.
            return Ok(match (found, before) {
                (Some(found), Some(before)) => {
                    let mixed = before.iter().map(|(name, field)| match name {
                        "id" | "email" | "hash" | "salt" => (name.to_owned(), found.get(name).unwrap_or(field).clone()),
                        _ => (name.to_owned(), field.clone()),
                    });
                    Some(Record::from_pairs(mixed))
                }
                (found, _) => found,
            });
        }
        let found = self.told(self.sound.get_user().expect(SOUND).get_user(key).await);
        match found {
            Err(error) if self.is(Fault::TellsValues) => {
                let asked = key.one().unwrap_or_default();
                Err(Error::new(error.kind(), format!("SELECT … WHERE email = '{asked}' failed")))
            }
            Err(error) if self.is(Fault::DownIsAbsence) && error.kind() == ErrorKind::Unavailable => Ok(None),
            Ok(Some(record)) if self.is(Fault::EmptyHashOpens) => Ok(Some(hash_of_nothing(&record))),
            found => found,
        }
    }
}

/// SHA-256 of nothing, where there is no hash: as an application that hashes whatever it is given would have stored.
fn hash_of_nothing(record: &Record) -> Record {
    let of_nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let missing = record.get("hash").and_then(Field::as_text).is_none_or(str::is_empty);
    Record::from_pairs(record.iter().map(|(name, field)| match name {
        "hash" if missing => (name.to_owned(), Field::Text(of_nothing.to_owned())),
        "salt" if missing => (name.to_owned(), Field::Text(String::new())),
        _ => (name.to_owned(), field.clone()),
    }))
}

#[async_trait]
impl Create for Faulty {
    async fn create(&self, user: &NewUser) -> Result<Option<Record>> {
        let mut user = user.clone();
        if self.is(Fault::MakesTwins) {
            // Its unique index regards white space.
            tokio::time::sleep(Duration::from_millis(5)).await;
            let address = user.fields.iter_mut().find(|(name, _)| name == "email");
            if let Some((_, Field::Text(text))) = address {
                let spaces = COUNT.fetch_add(1, Ordering::SeqCst);
                text.push_str(&"\u{200b}".repeat(spaces));
            }
            let made = self.sound.create().expect(SOUND).create(&user).await?;
            return Ok(made.map(|record| {
                Record::from_pairs(record.iter().map(|(name, field)| match (name, field) {
                    ("email", Field::Text(text)) => (name.to_owned(), Field::Text(text.replace('\u{200b}', ""))),
                    _ => (name.to_owned(), field.clone()),
                }))
            }));
        }
        self.told(self.sound.create().expect(SOUND).create(&user).await)
    }
}

static COUNT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);

#[async_trait]
impl ChangeMetadata for Faulty {
    async fn change_metadata(&self, key: &Key, patch: &Patch) -> Result<bool> {
        let sound = self.sound.change_metadata().expect(SOUND);
        let mut patch = patch.clone();
        match self.fault {
            Fault::LosesWrites => {
                let Some(record) = self.sound.get_user().expect(SOUND).get_user(key).await? else { return Ok(false) };
                tokio::time::sleep(Duration::from_millis(2)).await;
                for container in &mut patch.containers {
                    let text = record.get(&container.container).and_then(Field::as_text).unwrap_or("{}");
                    let mut document = Metadata::from_store(text).expect("what the store holds can be read");
                    container.apply(&mut document)?;
                    container.clear = true;
                    container.remove.clear();
                    container.set = document
                        .iter()
                        .map(|(key, value)| (key.to_owned(), RawValue::from_string(value.to_owned()).expect(JSON)))
                        .collect();
                }
            }
            Fault::Rewrites => {
                for (_, value) in patch.containers.iter_mut().flat_map(|container| &mut container.set) {
                    let parsed: serde_json::Value = serde_json::from_str(value.get()).expect(JSON);
                    *value = RawValue::from_string(parsed.to_string()).expect(JSON);
                }
            }
            Fault::MergesDeep => {
                for container in &mut patch.containers {
                    container.remove.clear();
                }
            }
            Fault::TouchesOthers => patch.fields.push(("balance".to_owned(), Field::Decimal("12.5".to_owned()))),
            _ => {}
        }
        self.told(sound.change_metadata(key, &patch).await)
    }
}

#[async_trait]
impl ChangePassword for Faulty {
    async fn change_password(&self, key: &Key, password: &NewPassword) -> Result<bool> {
        if self.is(Fault::KeepsOldPassword) {
            return Ok(true);
        }
        self.told(self.sound.change_password().expect(SOUND).change_password(key, password).await)
    }
}

#[async_trait]
impl ChangeEmail for Faulty {
    async fn change_email(&self, key: &Key, change: &EmailChange) -> Result<bool> {
        if self.is(Fault::KeepsOldAddress) {
            return Ok(true);
        }
        self.told(self.sound.change_email().expect(SOUND).change_email(key, change).await)
    }
}

#[async_trait]
impl Verify for Faulty {
    async fn verify(&self, key: &Key, fields: &[Assignment]) -> Result<bool> {
        if self.is(Fault::ClaimsVerify) {
            return Err(Error::unsupported("it is not there after all"));
        }
        self.told(self.sound.verify().expect(SOUND).verify(key, fields).await)
    }
}

#[async_trait]
impl Delete for Faulty {
    async fn delete(&self, key: &Key) -> Result<bool> {
        let deleted = self.told(self.sound.delete().expect(SOUND).delete(key).await)?;
        Ok(deleted || self.is(Fault::DeletesNobody))
    }
}

impl ListUsers for Faulty {
    fn list_users(&self, after: Option<Cursor>) -> Batches<'_> {
        let sound = self.sound.list_users().expect(SOUND);
        match self.fault {
            Fault::ListsTwice => {
                let again = sound.list_users(after.clone());
                sound.list_users(after).chain(again.take(1)).boxed()
            }
            Fault::ListsPages => {
                // OFFSET: whoever leaves an earlier page moves the next one up.
                let sound = sound.list_users(after);
                sound
                    .enumerate()
                    .map(|(number, batch)| {
                        let mut batch = batch?;
                        if number > 0 {
                            batch.records.remove(0);
                        }
                        Ok(batch)
                    })
                    .boxed()
            }
            _ => sound.list_users(after).map(|batch| self.told(batch)).boxed(),
        }
    }
}
