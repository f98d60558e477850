//! The directory in SQL that SQLite and PostgreSQL both speak: one piece of work for each promise, whatever runs it.
//!
//! Plain statements: no advisory locks, sequences or triggers, so that whatever speaks PostgreSQL's language could carry it.

mod audit;
mod db;
pub(super) mod error;
mod intents;
mod job;
mod moved;
mod overlays;
mod person;
mod steps;
mod type_books;
pub(super) mod users;

use async_trait::async_trait;
use crosswalk_contract::{By, Result};
use jiff::Timestamp;

use self::db::values;
pub(super) use self::{
    db::{Cell, Db, Row, Value},
    job::{Job, Write},
    steps::{BEGIN, STEPS, VERSION, random_hex, refuse_newer},
};
use super::{
    AuditEntry, AuditRecord, Credential, Directory, Identity, IndexEntry, Intent, IntentId, MoveOutcome, MovedUser,
    Newcomer, Overlay, Owner, ProfileUpdate, Seen, Sighting, State, StoredTypeBook,
};
use crate::{
    policy::Checked,
    profile::{Change, NewProfile, Profile, UserId},
};

/// Runs pieces of work in transactions.
#[async_trait]
pub trait Backend: Send + Sync {
    /// Reads in one snapshot: everything that `work` sees is of one instant.
    async fn read<T: Send + 'static>(
        &self,
        work: impl for<'d> FnOnce(&'d dyn Db) -> Result<T> + Send + 'static,
    ) -> Result<T>;

    /// As [`Backend::read`], for a few rows by key.
    async fn glance<T: Send + 'static>(
        &self,
        work: impl for<'d> FnOnce(&'d dyn Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.read(work).await
    }

    /// Writes, whole or not at all; the answer comes when it is on stable storage. The work may be done more than once.
    async fn write<T: Send + 'static>(
        &self,
        work: impl for<'d> FnMut(&'d dyn Db) -> Result<T> + Send + 'static,
    ) -> Result<T>;

    /// As [`Backend::write`], where other writes are certain to follow at once.
    async fn write_with_others<T: Send + 'static>(
        &self,
        work: impl for<'d> FnMut(&'d dyn Db) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.write(work).await
    }

    /// Takes old copies of what was erased away, where the database keeps such.
    async fn forget_erased(&self) {}

    /// Finishes accepted writes and closes.
    async fn shut(&self) -> Result<()>;
}

#[async_trait]
impl<B: Backend> Directory for B {
    async fn see(&self, sighting: &Sighting) -> Result<Seen> {
        let sighting = sighting.clone();
        self.write(move |db| users::see(db, &sighting)).await
    }

    async fn see_all(&self, sightings: &[Sighting]) -> Result<Vec<Result<Seen>>> {
        let sightings = sightings.to_vec();
        self.write(move |db| {
            let mut seen = Vec::with_capacity(sightings.len());
            for sighting in &sightings {
                match users::see(db, sighting) {
                    // A collision is found before anything is written; any other error fails all.
                    Err(error) if error.code_name() != "user_id_collision" => return Err(error),
                    state => seen.push(state),
                }
            }
            Ok(seen)
        })
        .await
    }

    async fn reidentify(&self, sighting: &Sighting) -> Result<()> {
        let sighting = sighting.clone();
        self.write(move |db| users::reidentify(db, &sighting)).await
    }

    async fn state(&self, user_id: &UserId) -> Result<Option<State>> {
        let user_id = user_id.clone();
        self.glance(move |db| users::state(db, &user_id)).await
    }

    async fn entry(&self, user_id: &UserId) -> Result<Option<IndexEntry>> {
        let user_id = user_id.clone();
        self.glance(move |db| users::entry(db, &user_id)).await
    }

    async fn entries_by(&self, connection: &str, by: &By, value: &str) -> Result<Vec<IndexEntry>> {
        let (connection, by, value) = (connection.to_owned(), by.clone(), value.to_owned());
        self.glance(move |db| users::entries_by(db, &connection, &by, &value)).await
    }

    async fn list(&self, connection: &str, after: Option<&UserId>, limit: usize) -> Result<Vec<IndexEntry>> {
        let (connection, after) = (connection.to_owned(), after.cloned());
        self.read(move |db| users::list(db, &connection, after.as_ref(), limit)).await
    }

    async fn moved(&self, connection: &str, by: &By, value: &str) -> Result<Option<MovedUser>> {
        let (connection, by, value) = (connection.to_owned(), by.clone(), value.to_owned());
        self.read(move |db| moved::by_identifier(db, &connection, &by, &value)).await
    }

    async fn moved_by_id(&self, user_id: &UserId) -> Result<Option<MovedUser>> {
        let user_id = user_id.clone();
        self.read(move |db| moved::by_id(db, &user_id)).await
    }

    async fn list_moved(&self, connection: &str, after: Option<&UserId>, limit: usize) -> Result<Vec<Profile>> {
        let (connection, after) = (connection.to_owned(), after.cloned());
        self.read(move |db| moved::list(db, &connection, after.as_ref(), limit)).await
    }

    async fn move_in(&self, newcomer: Newcomer, at: Timestamp) -> Result<MoveOutcome> {
        self.write(move |db| moved::move_in(db, &newcomer, at)).await
    }

    async fn create(
        &self,
        owner: &Owner,
        user: Checked<NewProfile>,
        credential: Credential,
        at: Timestamp,
    ) -> Result<Profile> {
        let owner = owner.clone();
        self.write(move |db| moved::create(db, &owner, &user, &credential, at)).await
    }

    async fn set_credential(&self, user_id: &UserId, credential: Credential, at: Timestamp) -> Result<bool> {
        let user_id = user_id.clone();
        self.write(move |db| moved::set_credential(db, &user_id, &credential, at)).await
    }

    async fn rehash(&self, user_id: &UserId, old: &Credential, new: Credential, at: Timestamp) -> Result<bool> {
        let (user_id, old) = (user_id.clone(), old.clone());
        self.write(move |db| moved::rehash(db, &user_id, &old, &new, at)).await
    }

    async fn set_email(&self, user_id: &UserId, email: Option<&str>, verified: bool, at: Timestamp) -> Result<bool> {
        let (user_id, email) = (user_id.clone(), email.map(str::to_owned));
        self.write(move |db| {
            moved::edit(db, &user_id, at, |profile| {
                profile.email.clone_from(&email);
                profile.email_verified = verified;
            })
        })
        .await
    }

    async fn set_verified(&self, user_id: &UserId, verified: bool, at: Timestamp) -> Result<bool> {
        let user_id = user_id.clone();
        self.write(move |db| moved::edit(db, &user_id, at, |profile| profile.email_verified = verified)).await
    }

    async fn update_profile(&self, user_id: &UserId, update: ProfileUpdate, at: Timestamp) -> Result<bool> {
        let user_id = user_id.clone();
        self.write(move |db| moved::edit(db, &user_id, at, |profile| update.apply(profile))).await
    }

    async fn record_login(&self, user_id: &UserId, at: Timestamp, ip: Option<&str>) -> Result<bool> {
        let (user_id, ip) = (user_id.clone(), ip.map(str::to_owned));
        self.write(move |db| {
            moved::edit(db, &user_id, at, |profile| {
                profile.last_login = Some(at);
                profile.last_ip = ip.clone().or(profile.last_ip.take());
                profile.logins_count = Some(profile.logins_count.unwrap_or(0).saturating_add(1));
            })
        })
        .await
    }

    async fn change_metadata(
        &self,
        user_id: &UserId,
        change: Checked<Change>,
        max_bytes: u64,
        at: Timestamp,
    ) -> Result<Option<Profile>> {
        let user_id = user_id.clone();
        self.write(move |db| moved::change_metadata(db, &user_id, &change, max_bytes, at)).await
    }

    async fn delete(&self, user_id: &UserId, tombstone: bool, at: Timestamp) -> Result<bool> {
        let user_id = user_id.clone();
        self.write(move |db| users::delete(db, &user_id, tombstone, at)).await
    }

    async fn revive(&self, user_id: &UserId) -> Result<bool> {
        let user_id = user_id.clone();
        self.write(move |db| users::revive(db, &user_id)).await
    }

    async fn overlay(&self, user_id: &UserId, identity: &Identity) -> Result<Overlay> {
        let (user_id, identity) = (user_id.clone(), identity.clone());
        self.glance(move |db| Ok(overlays::of(db, &user_id, &identity)?.unwrap_or_default())).await
    }

    async fn has_overlays(&self) -> Result<bool> {
        self.glance(overlays::are_there).await
    }

    async fn overlays(&self, whom: &[(UserId, Identity)]) -> Result<Vec<Overlay>> {
        let whom = whom.to_vec();
        self.read(move |db| {
            whom.iter()
                .map(|(user_id, identity)| Ok(overlays::of(db, user_id, identity)?.unwrap_or_default()))
                .collect()
        })
        .await
    }

    async fn reattach(&self, user_id: &UserId, at: Timestamp) -> Result<bool> {
        let user_id = user_id.clone();
        self.write(move |db| overlays::reattach(db, &user_id, at)).await
    }

    async fn change_overlay(
        &self,
        owner: &Owner,
        change: Checked<Change>,
        max_bytes: u64,
        at: Timestamp,
    ) -> Result<Overlay> {
        let owner = owner.clone();
        self.write(move |db| overlays::change(db, &owner, &change, max_bytes, at)).await
    }

    async fn begin_intent(&self, owner: &Owner, body: &str, at: Timestamp) -> Result<IntentId> {
        let (owner, body) = (owner.clone(), body.to_owned());
        self.write(move |db| intents::begin(db, &owner, &body, at)).await
    }

    async fn finish_intent(
        &self,
        id: IntentId,
        change: Checked<Change>,
        max_bytes: u64,
        at: Timestamp,
    ) -> Result<bool> {
        self.write(move |db| intents::finish(db, id, &change, max_bytes, at)).await
    }

    async fn abandon_intent(&self, id: IntentId) -> Result<bool> {
        self.write(move |db| intents::abandon(db, id)).await
    }

    async fn pending_intents(&self, before: Timestamp) -> Result<Vec<Intent>> {
        self.glance(move |db| intents::pending(db, before)).await
    }

    async fn type_book(&self, connection: &str) -> Result<Option<StoredTypeBook>> {
        let connection = connection.to_owned();
        self.glance(move |db| type_books::find(db, &connection)).await
    }

    async fn save_type_book(&self, connection: &str, json: &str, expected: Option<u64>) -> Result<u64> {
        let (connection, json) = (connection.to_owned(), json.to_owned());
        self.write(move |db| type_books::save(db, &connection, &json, expected)).await
    }

    async fn audit(&self, entry: &AuditEntry, others_follow: bool) -> Result<()> {
        let entry = entry.clone();
        let work = move |db: &dyn Db| audit::append(db, &entry);
        if others_follow { self.write_with_others(work).await } else { self.write(work).await }
    }

    async fn audit_log(&self, after: u64, limit: usize) -> Result<Vec<AuditRecord>> {
        self.read(move |db| audit::log(db, after, limit)).await
    }

    async fn export(&self, user_id: &UserId) -> Result<Option<String>> {
        let user_id = user_id.clone();
        self.read(move |db| person::export(db, &user_id)).await
    }

    async fn erase(&self, user_id: &UserId, tombstone: bool, at: Timestamp) -> Result<bool> {
        let person = user_id.clone();
        let held = self.write(move |db| person::erase(db, &person, tombstone, at)).await?;
        self.forget_erased().await;
        Ok(held)
    }

    async fn ping(&self) -> Result<()> {
        self.read(|db| db.rows("SELECT version FROM schema_version", &[]).map(|_| ())).await
    }

    async fn flush(&self) -> Result<()> {
        // The queue is first in, first out: when this is committed, everything before it is.
        self.write(|_| Ok(())).await
    }

    async fn close(&self) -> Result<()> {
        self.shut().await
    }
}
