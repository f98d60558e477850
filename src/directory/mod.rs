//! The directory: where migrated users live, and what is known about everybody else.
//!
//! It holds an index row for every user ever seen, the profile and credential of every user who has moved, overlays
//! for users whose store cannot keep all of their metadata, tombstones, type books, intents and the audit log.
//!
//! [`Directory`] is the promise; [`sqlite`] keeps it in one file. Times are arguments: nothing here reads a clock to
//! decide what is written. What decides about users is written only with policy's proof, [`Checked`].

mod audit;
mod intent;
#[cfg(test)]
mod laws;
mod overlay;
mod person;
#[cfg(feature = "postgres")]
pub mod postgres;
mod sql;
pub mod sqlite;
mod type_book;
mod update;

pub use audit::{AuditEntry, AuditRecord};
pub use intent::{Intent, IntentId};
pub use overlay::{Overlay, OverlayContainer};
pub use person::{
    Credential, Identifiers, Identity, IndexEntry, MoveOutcome, MovedUser, Newcomer, Owner, Seen, Sighting, State,
};
pub use type_book::StoredTypeBook;
pub use update::ProfileUpdate;

use async_trait::async_trait;
use crosswalk_contract::{By, Result};
use jiff::Timestamp;

use crate::{
    policy::Checked,
    profile::{Change, NewProfile, Profile, UserId},
};

/// Where migrated users live.
///
/// Every write that returned `Ok` is on stable storage. A write whose caller goes away is whole or absent. Absences are
/// values; errors are
/// [`Unavailable`](crosswalk_contract::ErrorKind::Unavailable) (locked, full, unreadable: try again),
/// [`Conflict`](crosswalk_contract::ErrorKind::Conflict) (`user_exists`, `user_moved`, `user_deleted`,
/// `type_book_changed`) and [`Inconsistent`](crosswalk_contract::ErrorKind::Inconsistent) (`user_id_collision`, damaged
/// rows; names of table, column and row, never a value). Every method can fail with the first and the last.
#[async_trait]
pub trait Directory: Send + Sync {
    // Index rows.

    /// Notes that a store showed a user: makes a pending row, or brings its identity up to date. A row that has
    /// moved or is deleted is left alone, and so is one seen later than this sighting.
    ///
    /// Where the store has given a pending row's id to somebody else ([`Identity::may_be`]), the former person's overlay
    /// is set aside ([`Directory::reattach`] brings it back), their intents go, and the audit log says so.
    ///
    /// # Errors
    /// `user_id_collision` where another connection has the same `user_id`.
    async fn see(&self, sighting: &Sighting) -> Result<Seen>;

    /// [`Directory::see`] for many at once; a collision fails only its own sighting.
    ///
    /// # Errors
    /// As [`Directory::see`], the collisions apart.
    async fn see_all(&self, sightings: &[Sighting]) -> Result<Vec<Result<Seen>>>;

    /// The index row of a user.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn entry(&self, user_id: &UserId) -> Result<Option<IndexEntry>>;

    /// Notes that a pending user was given another identity here, so that the next sighting is not a stranger's. Nothing
    /// happens to who has moved or is deleted.
    ///
    /// # Errors
    /// As [`Directory::see`].
    async fn reidentify(&self, sighting: &Sighting) -> Result<()>;

    /// The state of a user ever seen, also of one who was erased and is not to come back.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn state(&self, user_id: &UserId) -> Result<Option<State>>;

    /// The index rows that hold an identifier: the moved one first, then those seen last, at most 16. More than one
    /// is possible, since a pending row remembers what its store said *then*. `By::Id` is the store's own id.
    ///
    /// # Errors
    /// `Unsupported` for a key on columns.
    async fn entries_by(&self, connection: &str, by: &By, value: &str) -> Result<Vec<IndexEntry>>;

    /// The index rows of a connection in the order of `user_id`, after `after`. Tombstones are among them.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn list(&self, connection: &str, after: Option<&UserId>, limit: usize) -> Result<Vec<IndexEntry>>;

    // Moved users.

    /// The moved user with that identifier.
    ///
    /// # Errors
    /// `Inconsistent` where two moved users share a telephone number or a store's id; `Unsupported` for a key on columns.
    async fn moved(&self, connection: &str, by: &By, value: &str) -> Result<Option<MovedUser>>;

    /// The moved user with that `user_id`.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn moved_by_id(&self, user_id: &UserId) -> Result<Option<MovedUser>>;

    /// Profiles of moved users in the order of `user_id`, after `after`.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn list_moved(&self, connection: &str, after: Option<&UserId>, limit: usize) -> Result<Vec<Profile>>;

    /// Moves a user in, exactly once however many try at the same time. An overlay is folded into the profile in the
    /// same transaction and goes.
    ///
    /// # Errors
    /// `user_exists` where another moved user of the connection has the e-mail address or user name;
    /// `user_id_collision`.
    async fn move_in(&self, newcomer: Newcomer, at: Timestamp) -> Result<MoveOutcome>;

    /// Makes a user who never was in a legacy store. Lifts a tombstone of that id; nothing is inherited from before it.
    /// Name, nickname and picture get their defaults. Returns the profile.
    ///
    /// # Errors
    /// `user_exists` where the id is in use, or another moved user of the connection has the e-mail address or user
    /// name; `user_id_collision`.
    async fn create(
        &self,
        owner: &Owner,
        user: Checked<NewProfile>,
        credential: Credential,
        at: Timestamp,
    ) -> Result<Profile>;

    /// Replaces a moved user's credential and notes the time as `last_password_reset`; a hash that replaces one of
    /// another cost for the same password is noted with [`Directory::rehash`] instead. `false`: no such moved user.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn set_credential(&self, user_id: &UserId, credential: Credential, at: Timestamp) -> Result<bool>;

    /// Replaces `old` by `new` for the same password, if `old` is still the credential: a password that was changed in
    /// the meantime stays. `false`: it was not.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn rehash(&self, user_id: &UserId, old: &Credential, new: Credential, at: Timestamp) -> Result<bool>;

    /// Sets a moved user's e-mail address. `false`: no such moved user.
    ///
    /// # Errors
    /// `user_exists`.
    async fn set_email(&self, user_id: &UserId, email: Option<&str>, verified: bool, at: Timestamp) -> Result<bool>;

    /// Sets a moved user's `email_verified`. `false`: no such moved user.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn set_verified(&self, user_id: &UserId, verified: bool, at: Timestamp) -> Result<bool>;

    /// Sets root attributes of a moved user. `false`: no such moved user.
    ///
    /// # Errors
    /// `user_exists`.
    async fn update_profile(&self, user_id: &UserId, update: ProfileUpdate, at: Timestamp) -> Result<bool>;

    /// Notes a login: `last_login`, `last_ip`, `logins_count`, `updated_at`. `false`: no such moved user.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn record_login(&self, user_id: &UserId, at: Timestamp, ip: Option<&str>) -> Result<bool>;

    /// Changes a moved user's metadata and block, atomically: two changes at once both count. Each container may grow
    /// to `max_bytes`. Returns the profile as it is then; `None`: no such moved user.
    ///
    /// # Errors
    /// `metadata_too_large`.
    async fn change_metadata(
        &self,
        user_id: &UserId,
        change: Checked<Change>,
        max_bytes: u64,
        at: Timestamp,
    ) -> Result<Option<Profile>>;

    /// Deletes a user: profile, credential, overlay, intents, identifiers. With `tombstone` the id stays behind, so that
    /// the next login does not bring the user back. `false`: nobody was there.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn delete(&self, user_id: &UserId, tombstone: bool, at: Timestamp) -> Result<bool>;

    /// Lifts a tombstone, an erased user's too. `false`: there was none.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn revive(&self, user_id: &UserId) -> Result<bool>;

    // Overlays.

    /// What the directory adds to a user who has not moved, if this is whom it was added to; empty where nothing is
    /// added, and for somebody else who has got the id since.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn overlay(&self, user_id: &UserId, identity: &Identity) -> Result<Overlay>;

    /// Whether anything is added to anybody: most directories add nothing, and need not be asked about each user.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn has_overlays(&self) -> Result<bool>;

    /// [`Directory::overlay`] for many at once, in their order.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn overlays(&self, whom: &[(UserId, Identity)]) -> Result<Vec<Overlay>>;

    /// Brings back the overlay that was set aside last, because the id's new owner is the former one after all. What
    /// has been added since stays: a key that both have keeps its newer value. `false`: none was set aside, or the user
    /// does not live in a store.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn reattach(&self, user_id: &UserId, at: Timestamp) -> Result<bool>;

    /// Changes the overlay, atomically, and makes the index row if there is none. Each container, its tombstones
    /// included, may grow to `max_bytes`.
    ///
    /// # Errors
    /// `metadata_too_large`, `user_id_collision`; `user_moved` and `user_deleted`, since such users have no overlay.
    async fn change_overlay(
        &self,
        owner: &Owner,
        change: Checked<Change>,
        max_bytes: u64,
        at: Timestamp,
    ) -> Result<Overlay>;

    // Intents.

    /// Notes that a change is about to touch the store and the overlay. `body` is the engine's own text.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn begin_intent(&self, owner: &Owner, body: &str, at: Timestamp) -> Result<IntentId>;

    /// Changes the overlay and takes the intent back, both or neither. If the user has moved meanwhile, the change goes
    /// to the profile. `false`: the intent is gone (finished, abandoned, or the user deleted), and nothing was changed.
    ///
    /// # Errors
    /// As [`Directory::change_overlay`]; the intent then stays.
    async fn finish_intent(&self, id: IntentId, change: Checked<Change>, max_bytes: u64, at: Timestamp)
    -> Result<bool>;

    /// Takes the intent back: the store refused. `false`: it is gone already.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn abandon_intent(&self, id: IntentId) -> Result<bool>;

    /// The intents that were begun before `before`, oldest first. At a restart these are to be finished; other processes
    /// may be busy with younger ones.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn pending_intents(&self, before: Timestamp) -> Result<Vec<Intent>>;

    // Type books.

    /// The connection's type book.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn type_book(&self, connection: &str) -> Result<Option<StoredTypeBook>>;

    /// Saves a type book if its revision is still the expected one (`None`: there is none yet). Returns the new revision.
    ///
    /// # Errors
    /// `type_book_changed`: somebody else saved first; read, merge and try again.
    async fn save_type_book(&self, connection: &str, json: &str, expected: Option<u64>) -> Result<u64>;

    // The audit log.

    /// Appends to the audit log. Where `others_follow` at once, the directory may wait a moment for them, so that they
    /// reach the disk together.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn audit(&self, entry: &AuditEntry, others_follow: bool) -> Result<()>;

    /// Audit records in the order written, with a number above `after`.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn audit_log(&self, after: u64, limit: usize) -> Result<Vec<AuditRecord>>;

    // One person.

    /// Everything held about one person as one JSON document, metadata exact; of the credential only what kind it is.
    /// `None`: nothing is held.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn export(&self, user_id: &UserId) -> Result<Option<String>>;

    /// Removes everything about one person, the index row included; in the audit log a pseudonym takes the place of the
    /// id. With `tombstone` a keyed hash of the id stays, so that the next login does not bring the person back.
    /// `false`: nothing was held.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn erase(&self, user_id: &UserId, tombstone: bool, at: Timestamp) -> Result<bool>;

    // Itself.

    /// Whether it can be read.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn ping(&self) -> Result<()>;

    /// Waits until all writes accepted so far are on stable storage.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn flush(&self) -> Result<()>;

    /// Finishes accepted writes and closes. Later calls are `Unavailable`; closing twice is fine.
    ///
    /// # Errors
    /// See [`Directory`].
    async fn close(&self) -> Result<()>;
}
