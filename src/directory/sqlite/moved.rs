//! Users who live here: profile, metadata as exact text, credential.

use crosswalk_contract::{By, Error, Result};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row};

use super::{
    super::{Credential, Identifiers, Identity, MoveOutcome, MovedUser, Newcomer, Owner, State},
    error, overlays,
    users::{self, execute},
};
use crate::profile::{Change, Container, Metadata, NewProfile, Profile, UserId};

const COLUMNS: &str = "p.user_id, p.profile, p.user_metadata, p.app_metadata,
    c.kind, c.scheme, c.hash, c.salt, c.params";

/// See [`Directory::moved`](super::super::Directory::moved).
pub(super) fn by_identifier(db: &Connection, connection: &str, by: &By, value: &str) -> Result<Option<MovedUser>> {
    let (column, value) = users::column(by, value)?;
    let mut statement = db
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM users u
             JOIN profiles p ON p.user_id = u.user_id LEFT JOIN credentials c ON c.user_id = u.user_id
             WHERE u.connection = ?1 AND u.{column} = ?2 AND u.state = 'moved' LIMIT 2"
        ))
        .map_err(error::sqlite)?;
    let mut rows = statement.query((connection, value)).map_err(error::sqlite)?;
    let Some(row) = rows.next().map_err(error::sqlite)? else { return Ok(None) };
    let user = read_user(row)?;
    match rows.next().map_err(error::sqlite)? {
        Some(_) => Err(users::ambiguous(by)),
        None => Ok(Some(user)),
    }
}

/// See [`Directory::moved_by_id`](super::super::Directory::moved_by_id).
pub(super) fn by_id(db: &Connection, user_id: &UserId) -> Result<Option<MovedUser>> {
    let mut statement = db
        .prepare_cached(&format!(
            "SELECT {COLUMNS} FROM profiles p LEFT JOIN credentials c ON c.user_id = p.user_id WHERE p.user_id = ?1"
        ))
        .map_err(error::sqlite)?;
    let mut rows = statement.query([user_id.as_str()]).map_err(error::sqlite)?;
    rows.next().map_err(error::sqlite)?.map(read_user).transpose()
}

/// See [`Directory::list_moved`](super::super::Directory::list_moved).
pub(super) fn list(db: &Connection, connection: &str, after: Option<&UserId>, limit: usize) -> Result<Vec<Profile>> {
    let mut statement = db
        .prepare_cached(
            "SELECT p.user_id, p.profile, p.user_metadata, p.app_metadata FROM users u
             JOIN profiles p ON p.user_id = u.user_id
             WHERE u.connection = ?1 AND u.user_id > ?2 AND u.state = 'moved' ORDER BY u.user_id LIMIT ?3",
        )
        .map_err(error::sqlite)?;
    let mut rows =
        statement.query((connection, after.map_or("", UserId::as_str), users::count(limit))).map_err(error::sqlite)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(error::sqlite)? {
        found.push(read_profile(row)?);
    }
    Ok(found)
}

/// See [`Directory::move_in`](super::super::Directory::move_in).
pub(super) fn move_in(db: &Connection, newcomer: &Newcomer, at: Timestamp) -> Result<MoveOutcome> {
    let mut profile: Profile = (*newcomer.profile).clone();
    let owner = Owner::new(profile.user_id.clone(), profile.connection.clone(), newcomer.store_id.clone());
    let known = users::settle(db, &owner)?;
    match known.map(|known| known.state) {
        Some(State::Deleted) => return Ok(MoveOutcome::Tombstoned),
        Some(State::Moved) => {
            let user = by_id(db, &owner.user_id)?
                .ok_or_else(|| error::broken_row("profiles", "user_id", owner.user_id.as_str()))?;
            return Ok(MoveOutcome::AlreadyMoved(Box::new(user)));
        }
        Some(State::Pending) => {}
        None if users::is_erased(db, &owner.user_id)? => return Ok(MoveOutcome::Tombstoned),
        None => users::insert(db, &owner, &Identity::default(), State::Pending, at)?,
    }
    let identity = Identity::of(&profile);
    if let Some(overlay) = overlays::of(db, &owner.user_id, &identity)? {
        overlay.lay_over(&mut profile);
        overlays::remove(db, &owner.user_id)?;
    }
    settle_in(db, &owner, &profile, &newcomer.credential, at)?;
    Ok(MoveOutcome::Moved(Box::new(MovedUser { profile, credential: newcomer.credential.clone() })))
}

/// See [`Directory::create`](super::super::Directory::create).
pub(super) fn create(
    db: &Connection,
    owner: &Owner,
    new: &NewProfile,
    credential: &Credential,
    at: Timestamp,
) -> Result<Profile> {
    match users::settle(db, owner)?.map(|known| known.state) {
        Some(State::Moved | State::Pending) => return Err(error::user_exists("user_id")),
        Some(State::Deleted) => {
            users::revive(db, &owner.user_id)?;
        }
        None => {
            users::revive(db, &owner.user_id)?;
        }
    }
    // Intents are not tied to a row; one that outlived its user is nobody's now.
    users::strip(db, &owner.user_id)?;
    users::insert(db, owner, &Identity::default(), State::Pending, at)?;
    let profile = made(owner, new, at);
    settle_in(db, owner, &profile, credential, at)?;
    Ok(profile)
}

/// See [`Directory::set_credential`](super::super::Directory::set_credential).
pub(super) fn set_credential(db: &Connection, user_id: &UserId, new: &Credential, at: Timestamp) -> Result<bool> {
    edit(db, user_id, at, |profile| profile.last_password_reset = Some(at))
        .and_then(|there| if there { write_credential(db, user_id, new, at).map(|()| true) } else { Ok(false) })
}

/// See [`Directory::rehash`](super::super::Directory::rehash).
pub(super) fn rehash(
    db: &Connection,
    user_id: &UserId,
    old: &Credential,
    new: &Credential,
    at: Timestamp,
) -> Result<bool> {
    let mut statement = db
        .prepare_cached("SELECT kind, scheme, hash, salt, params FROM credentials WHERE user_id = ?1")
        .map_err(error::sqlite)?;
    let mut rows = statement.query([user_id.as_str()]).map_err(error::sqlite)?;
    let Some(row) = rows.next().map_err(error::sqlite)? else { return Ok(false) };
    if read_credential(row, 0, user_id.as_str())? != *old {
        return Ok(false);
    }
    write_credential(db, user_id, new, at)?;
    Ok(true)
}

/// Changes a profile's root and brings the identifiers after it. The metadata is not read.
pub(super) fn edit(
    db: &Connection,
    user_id: &UserId,
    at: Timestamp,
    change: impl FnOnce(&mut Profile),
) -> Result<bool> {
    let Some(mut profile) = root(db, user_id)? else { return Ok(false) };
    let before = Identifiers::of(&profile);
    change(&mut profile);
    profile.updated_at = Some(at);
    let after = Identifiers::of(&profile);
    if after != before {
        check_unique(db, &profile.connection, user_id, &after)?;
        users::write_identifiers(db, user_id, &after)?;
    }
    write_root(db, user_id, profile)?;
    Ok(true)
}

/// See [`Directory::change_metadata`](super::super::Directory::change_metadata).
pub(super) fn change_metadata(
    db: &Connection,
    user_id: &UserId,
    change: &Change,
    max_bytes: u64,
    at: Timestamp,
) -> Result<Option<Profile>> {
    let Some(user) = by_id(db, user_id)? else { return Ok(None) };
    let mut profile = user.profile;
    for container in Container::ALL {
        let Some(part) = change.container(container) else { continue };
        let place = profile.container_mut(container);
        let document = place.get_or_insert_default();
        part.patch(container, max_bytes).apply(document)?;
        write_container(db, user_id, container, document)?;
    }
    profile.blocked = change.blocked.or(profile.blocked);
    profile.updated_at = Some(at);
    write_root(db, user_id, without_metadata(&profile))?;
    Ok(Some(profile))
}

fn made(owner: &Owner, new: &NewProfile, at: Timestamp) -> Profile {
    let mut profile = Profile::new(owner.user_id.clone(), owner.connection.clone());
    profile.email = new.email.clone();
    profile.email_verified = new.email_verified.unwrap_or(false);
    profile.username = new.username.clone();
    profile.phone_number = new.phone_number.clone();
    profile.name = new.name.clone();
    profile.nickname = new.nickname.clone();
    profile.given_name = new.given_name.clone();
    profile.family_name = new.family_name.clone();
    profile.picture = new.picture.clone();
    profile.blocked = new.blocked;
    profile.user_metadata = new.user_metadata.clone();
    profile.app_metadata = new.app_metadata.clone();
    profile.created_at = Some(at);
    profile.updated_at = Some(at);
    profile.complete();
    profile
}

/// Makes a pending row a moved user.
fn settle_in(db: &Connection, owner: &Owner, profile: &Profile, credential: &Credential, at: Timestamp) -> Result<()> {
    let identity = Identity::of(profile);
    check_unique(db, &owner.connection, &owner.user_id, &identity.identifiers)?;
    users::write(db, owner, &identity, State::Moved, at)?;
    execute(
        db,
        "INSERT INTO profiles (user_id, profile, user_metadata, app_metadata) VALUES (?1, ?2, ?3, ?4)",
        (
            owner.user_id.as_str(),
            without_metadata(profile).to_json(),
            profile.user_metadata.as_ref().map(Metadata::as_str),
            profile.app_metadata.as_ref().map(Metadata::as_str),
        ),
    )?;
    write_credential(db, &owner.user_id, credential, at)
}

fn check_unique(db: &Connection, connection: &str, user_id: &UserId, them: &Identifiers) -> Result<()> {
    for (field, value) in [("email", them.email()), ("username", them.username())] {
        let Some(value) = value else { continue };
        let other: Option<i64> = db
            .prepare_cached(&format!(
                "SELECT 1 FROM users WHERE connection = ?1 AND {field} = ?2 AND state = 'moved' AND user_id <> ?3"
            ))
            .and_then(|mut statement| {
                statement.query_row((connection, value, user_id.as_str()), |row| row.get(0)).optional()
            })
            .map_err(error::sqlite)?;
        if other.is_some() {
            return Err(error::user_exists(field));
        }
    }
    Ok(())
}

/// A profile's root, without reading the containers, which can be large.
fn root(db: &Connection, user_id: &UserId) -> Result<Option<Profile>> {
    let text: Option<String> = db
        .prepare_cached("SELECT profile FROM profiles WHERE user_id = ?1")
        .and_then(|mut statement| statement.query_row([user_id.as_str()], |row| row.get(0)).optional())
        .map_err(error::sqlite)?;
    text.map(|text| parse(&text, user_id.as_str())).transpose()
}

fn write_root(db: &Connection, user_id: &UserId, root: Profile) -> Result<()> {
    execute(db, "UPDATE profiles SET profile = ?2 WHERE user_id = ?1", (user_id.as_str(), root.to_json())).map(|_| ())
}

fn write_container(db: &Connection, user_id: &UserId, container: Container, metadata: &Metadata) -> Result<()> {
    let column = container.name();
    execute(db, &format!("UPDATE profiles SET {column} = ?2 WHERE user_id = ?1"), (user_id.as_str(), metadata.as_str()))
        .map(|_| ())
}

fn write_credential(db: &Connection, user_id: &UserId, credential: &Credential, at: Timestamp) -> Result<()> {
    let whose;
    let (hash, salt, params) = match credential {
        Credential::Hash { hash, salt, params, .. } => (Some(hash.as_str()), salt.as_deref(), params.as_deref()),
        Credential::None => (None, None, None),
        Credential::AskLegacy(identity) => {
            whose = serde_json::to_string(identity).map_err(|_| broken_credential(user_id.as_str(), "params"))?;
            (None, None, Some(whose.as_str()))
        }
    };
    execute(
        db,
        "INSERT INTO credentials (user_id, kind, scheme, hash, salt, params, set_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (user_id) DO UPDATE SET kind = excluded.kind, scheme = excluded.scheme, hash = excluded.hash,
             salt = excluded.salt, params = excluded.params, set_at = excluded.set_at",
        (user_id.as_str(), credential.kind(), credential.scheme(), hash, salt, params, at.as_microsecond()),
    )
    .map(|_| ())
}

fn without_metadata(profile: &Profile) -> Profile {
    // Taken apart field by field, a copy of 16 MB of metadata is never made.
    Profile {
        user_id: profile.user_id.clone(),
        connection: profile.connection.clone(),
        email: profile.email.clone(),
        email_verified: profile.email_verified,
        username: profile.username.clone(),
        phone_number: profile.phone_number.clone(),
        phone_verified: profile.phone_verified,
        name: profile.name.clone(),
        nickname: profile.nickname.clone(),
        given_name: profile.given_name.clone(),
        family_name: profile.family_name.clone(),
        picture: profile.picture.clone(),
        blocked: profile.blocked,
        user_metadata: None,
        app_metadata: None,
        created_at: profile.created_at,
        updated_at: profile.updated_at,
        last_login: profile.last_login,
        last_ip: profile.last_ip.clone(),
        logins_count: profile.logins_count,
        last_password_reset: profile.last_password_reset,
        extra: profile.extra.clone(),
    }
}

fn read_user(row: &Row<'_>) -> Result<MovedUser> {
    let profile = read_profile(row)?;
    let credential = read_credential(row, 4, profile.user_id.as_str())?;
    Ok(MovedUser { profile, credential })
}

fn read_profile(row: &Row<'_>) -> Result<Profile> {
    let user_id: String = row.get(0).map_err(error::sqlite)?;
    let root: String = row.get(1).map_err(error::sqlite)?;
    let mut profile = parse(&root, &user_id)?;
    for (container, index) in Container::ALL.into_iter().zip(2..) {
        let text: Option<String> = row.get(index).map_err(error::sqlite)?;
        *profile.container_mut(container) = text
            .map(Metadata::from_store)
            .transpose()
            .map_err(|_| error::broken_row("profiles", container.name(), &user_id))?;
    }
    Ok(profile)
}

fn parse(root: &str, user_id: &str) -> Result<Profile> {
    match Profile::from_json(root) {
        Ok(profile) if profile.user_id.as_str() == user_id => Ok(profile),
        Ok(_) => Err(error::broken_row("profiles", "profile", user_id)),
        Err(cause) => Err(error::broken_row("profiles", "profile", user_id).source(cause)),
    }
}

fn broken_credential(user_id: &str, column: &'static str) -> Error {
    error::broken_row("credentials", column, user_id)
}

fn read_credential(row: &Row<'_>, first: usize, user_id: &str) -> Result<Credential> {
    let text = |index: usize| row.get::<_, Option<String>>(first + index).map_err(error::sqlite);
    let broken = |column| broken_credential(user_id, column);
    Ok(match text(0)?.as_deref() {
        Some("hash") => Credential::Hash {
            scheme: text(1)?.ok_or_else(|| broken("scheme"))?,
            hash: text(2)?.ok_or_else(|| broken("hash"))?,
            salt: text(3)?,
            params: text(4)?,
        },
        Some("none") => Credential::None,
        // Users who moved before identities were kept have none.
        Some("ask_legacy") => Credential::AskLegacy(match text(4)? {
            Some(whose) => serde_json::from_str(&whose).map_err(|_| broken("params"))?,
            None => Identity::default(),
        }),
        _ => return Err(broken("kind")),
    })
}
