//! Moving one user from the legacy store into the directory, exactly once.

use std::{sync::Arc, time::Instant};

use crosswalk_contract::{By, ErrorKind, Result, Secret};
use tracing::{info, warn};

use super::{Connection, Inner, Mode, password::hash_for_directory, read::Place};
use crate::{
    directory::{Credential, Identity, MoveOutcome, MovedUser, Newcomer, State},
    policy,
    profile::Profile,
};

/// What became of a move.
pub(super) enum Outcome {
    /// The user is in the directory, now or since before.
    InDirectory(Box<MovedUser>),
    /// The hashing pool was too busy for a fresh hash. The login stands; the next one moves the user.
    Postponed,
    /// The user was deleted meanwhile.
    Deleted,
}

/// Moves a user whose password has just proved right, with a fresh hash.
pub(super) async fn move_with_password(
    inner: &Arc<Inner>,
    connection: &Arc<Connection>,
    profile: Profile,
    password: &Secret,
    deadline: Instant,
) -> Result<Outcome> {
    // Others who log in as the same user wait here, find the user moved, and need no second hash.
    let _turn = inner.turns.of(connection.name(), profile.user_id.as_str()).await;
    let already = inner.directory.moved_by_id(&profile.user_id).await?;
    if let Some(user) = &already
        && !matches!(user.credential, Credential::AskLegacy(_))
    {
        return Ok(Outcome::InDirectory(Box::new(user.clone())));
    }
    let credential = match hash_for_directory(inner, password, deadline).await {
        Ok(credential) => credential,
        Err(busy) if busy.kind() == ErrorKind::Unavailable => {
            warn!(connection = connection.name(), "no room to hash the password of a user who could move; next login");
            return Ok(Outcome::Postponed);
        }
        Err(unusable) if unusable.kind() == ErrorKind::Refused => {
            warn!(connection = connection.name(), reason = %unusable, "a password cannot be hashed; the user stays");
            return Ok(Outcome::Postponed);
        }
        Err(error) => return Err(error),
    };
    if let Some(mut user) = already {
        inner.directory.rehash(&profile.user_id, &user.credential, credential.clone(), inner.now()).await?;
        user.credential = credential;
        return Ok(Outcome::InDirectory(Box::new(user)));
    }
    match move_in(inner, connection, profile, credential).await {
        Err(taken) if taken.code_name() == "user_exists" => {
            warn!(connection = connection.name(), reason = %taken, "a user cannot move beside another; the user stays");
            Ok(Outcome::Postponed)
        }
        outcome => outcome,
    }
}

/// Moves a user whose password is not known: the profile moves, and the next login asks the legacy store once more.
/// `None` where the legacy store does not know the user.
pub(super) async fn move_without_password(inner: &Arc<Inner>, place: &Place) -> Result<Option<MovedUser>> {
    debug_assert_eq!(place.connection.mode(), Mode::Migrate);
    let _turn = inner.turns.of(place.connection.name(), place.user_id.as_str()).await;
    if let Some(user) = inner.directory.moved_by_id(&place.user_id).await? {
        return Ok(Some(user));
    }
    if place.state == State::Deleted && place.connection.tombstones() {
        return Ok(None);
    }
    let Some(record) = inner.find_record(&place.connection, &By::Id, &place.store_id).await? else { return Ok(None) };
    let profile = inner.translate(&place.connection, &record)?.profile;
    inner.note_sight(&place.connection, &profile).await?;
    let credential = Credential::AskLegacy(Identity::of(&profile));
    match move_in(inner, &place.connection, profile, credential).await? {
        Outcome::InDirectory(user) => Ok(Some(*user)),
        Outcome::Postponed | Outcome::Deleted => Ok(None),
    }
}

async fn move_in(
    inner: &Arc<Inner>,
    connection: &Arc<Connection>,
    mut profile: Profile,
    credential: Credential,
) -> Result<Outcome> {
    let book = connection.types.load(inner, connection).await?;
    let now = inner.now();
    profile.created_at.get_or_insert(now);
    profile.updated_at = Some(now);
    let passed = policy::check_moved(connection.policy(), profile, &book);
    for warning in &passed.warnings {
        warn!(connection = connection.name(), user = ?passed.checked.user_id, %warning, "moved as it is");
    }
    let store_id = connection.translation().store_id(&passed.checked.user_id).unwrap_or_default();
    let user_id = passed.checked.user_id.clone();
    let newcomer = Newcomer { store_id, profile: passed.checked, credential };
    match inner.directory.move_in(newcomer, now).await? {
        MoveOutcome::Moved(user) => {
            info!(connection = connection.name(), user = ?user_id, "moved");
            inner.audit_move(connection, &user_id).await?;
            Ok(Outcome::InDirectory(user))
        }
        MoveOutcome::AlreadyMoved(user) => Ok(Outcome::InDirectory(user)),
        MoveOutcome::Tombstoned => Ok(Outcome::Deleted),
    }
}
