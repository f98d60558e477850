//! Users who live here: profile, metadata as exact text, credential.

use crosswalk_contract::{By, Error, Result};
use jiff::Timestamp;

use super::{
    super::{Credential, Identifiers, Identity, MoveOutcome, MovedUser, Newcomer, Owner, State},
    Db, Row, error, overlays, users, values,
};
use crate::profile::{Change, Container, Metadata, NewProfile, Profile, UserId};

const COLUMNS: &str = "p.user_id, p.profile, p.user_metadata, p.app_metadata,
    c.kind, c.scheme, c.hash, c.salt, c.params";

/// See [`Directory::moved`](super::super::Directory::moved).
pub(super) fn by_identifier(db: &dyn Db, connection: &str, by: &By, value: &str) -> Result<Option<MovedUser>> {
    let (column, value) = users::column(by, value)?;
    let found = db.rows(
        &format!(
            "SELECT {COLUMNS} FROM users u
             JOIN profiles p ON p.user_id = u.user_id LEFT JOIN credentials c ON c.user_id = u.user_id
             WHERE u.connection = ?1 AND u.{column} = ?2 AND u.state = 'moved' LIMIT 2"
        ),
        values![connection, &value],
    )?;
    match found.len() {
        0 | 1 => found.into_iter().next().map(read_user).transpose(),
        _ => Err(users::ambiguous(by)),
    }
}

/// See [`Directory::moved_by_id`](super::super::Directory::moved_by_id).
pub(super) fn by_id(db: &dyn Db, user_id: &UserId) -> Result<Option<MovedUser>> {
    let sql = format!(
        "SELECT {COLUMNS} FROM profiles p LEFT JOIN credentials c ON c.user_id = p.user_id WHERE p.user_id = ?1"
    );
    db.row(&sql, values![user_id.as_str()])?.map(read_user).transpose()
}

/// See [`Directory::list_moved`](super::super::Directory::list_moved).
pub(super) fn list(db: &dyn Db, connection: &str, after: Option<&UserId>, limit: usize) -> Result<Vec<Profile>> {
    let found = db.rows(
        "SELECT p.user_id, p.profile, p.user_metadata, p.app_metadata FROM users u
         JOIN profiles p ON p.user_id = u.user_id
         WHERE u.connection = ?1 AND u.user_id > ?2 AND u.state = 'moved' ORDER BY u.user_id LIMIT ?3",
        values![connection, after.map_or("", UserId::as_str), users::count(limit)],
    )?;
    found.into_iter().map(|mut row| read_profile(&mut row)).collect()
}

/// See [`Directory::move_in`](super::super::Directory::move_in).
pub(super) fn move_in(db: &dyn Db, newcomer: &Newcomer, at: Timestamp) -> Result<MoveOutcome> {
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
    db: &dyn Db,
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
pub(super) fn set_credential(db: &dyn Db, user_id: &UserId, new: &Credential, at: Timestamp) -> Result<bool> {
    edit(db, user_id, at, |profile| profile.last_password_reset = Some(at))
        .and_then(|there| if there { write_credential(db, user_id, new, at).map(|()| true) } else { Ok(false) })
}

/// See [`Directory::rehash`](super::super::Directory::rehash).
pub(super) fn rehash(db: &dyn Db, user_id: &UserId, old: &Credential, new: &Credential, at: Timestamp) -> Result<bool> {
    let sql = "SELECT kind, scheme, hash, salt, params FROM credentials WHERE user_id = ?1";
    let Some(mut row) = db.row(sql, values![user_id.as_str()])? else { return Ok(false) };
    if read_credential(&mut row, 0, user_id.as_str())? != *old {
        return Ok(false);
    }
    write_credential(db, user_id, new, at)?;
    Ok(true)
}

/// Changes a profile's root and brings the identifiers after it. The metadata is not read.
pub(super) fn edit(db: &dyn Db, user_id: &UserId, at: Timestamp, change: impl FnOnce(&mut Profile)) -> Result<bool> {
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
    db: &dyn Db,
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
fn settle_in(db: &dyn Db, owner: &Owner, profile: &Profile, credential: &Credential, at: Timestamp) -> Result<()> {
    let identity = Identity::of(profile);
    check_unique(db, &owner.connection, &owner.user_id, &identity.identifiers)?;
    users::write(db, owner, &identity, State::Moved, at)?;
    db.execute(
        "INSERT INTO profiles (user_id, profile, user_metadata, app_metadata) VALUES (?1, ?2, ?3, ?4)",
        values![
            owner.user_id.as_str(),
            &without_metadata(profile).to_json(),
            profile.user_metadata.as_ref().map(Metadata::as_str),
            profile.app_metadata.as_ref().map(Metadata::as_str),
        ],
    )?;
    write_credential(db, &owner.user_id, credential, at)
}

fn check_unique(db: &dyn Db, connection: &str, user_id: &UserId, them: &Identifiers) -> Result<()> {
    for (field, value) in [("email", them.email()), ("username", them.username())] {
        let Some(value) = value else { continue };
        let sql =
            format!("SELECT 1 FROM users WHERE connection = ?1 AND {field} = ?2 AND state = 'moved' AND user_id <> ?3");
        let other = db.row(&sql, values![connection, value, user_id.as_str()])?;
        if other.is_some() {
            return Err(error::user_exists(field));
        }
    }
    Ok(())
}

/// A profile's root, without reading the containers, which can be large.
fn root(db: &dyn Db, user_id: &UserId) -> Result<Option<Profile>> {
    let row = db.row("SELECT profile FROM profiles WHERE user_id = ?1", values![user_id.as_str()])?;
    let text = row.map(|mut row| row.text(0)).transpose()?.flatten();
    text.map(|text| parse(&text, user_id.as_str())).transpose()
}

fn write_root(db: &dyn Db, user_id: &UserId, root: Profile) -> Result<()> {
    db.execute("UPDATE profiles SET profile = ?2 WHERE user_id = ?1", values![user_id.as_str(), &root.to_json()])
        .map(|_| ())
}

fn write_container(db: &dyn Db, user_id: &UserId, container: Container, metadata: &Metadata) -> Result<()> {
    let column = container.name();
    let sql = format!("UPDATE profiles SET {column} = ?2 WHERE user_id = ?1");
    db.execute(&sql, values![user_id.as_str(), metadata.as_str()]).map(|_| ())
}

fn write_credential(db: &dyn Db, user_id: &UserId, credential: &Credential, at: Timestamp) -> Result<()> {
    let whose;
    let (hash, salt, params) = match credential {
        Credential::Hash { hash, salt, params, .. } => (Some(hash.as_str()), salt.as_deref(), params.as_deref()),
        Credential::None => (None, None, None),
        Credential::AskLegacy(identity) => {
            whose = serde_json::to_string(identity).map_err(|_| broken_credential(user_id.as_str(), "params"))?;
            (None, None, Some(whose.as_str()))
        }
    };
    db.execute(
        "INSERT INTO credentials (user_id, kind, scheme, hash, salt, params, set_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (user_id) DO UPDATE SET kind = excluded.kind, scheme = excluded.scheme, hash = excluded.hash,
             salt = excluded.salt, params = excluded.params, set_at = excluded.set_at",
        values![user_id.as_str(), credential.kind(), credential.scheme(), hash, salt, params, at.as_microsecond()],
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

fn read_user(mut row: Row) -> Result<MovedUser> {
    let profile = read_profile(&mut row)?;
    let credential = read_credential(&mut row, 4, profile.user_id.as_str())?;
    Ok(MovedUser { profile, credential })
}

fn read_profile(row: &mut Row) -> Result<Profile> {
    let user_id = row.text(0)?.unwrap_or_default();
    let root = row.text(1)?.unwrap_or_default();
    let mut profile = parse(&root, &user_id)?;
    for (container, index) in Container::ALL.into_iter().zip(2..) {
        let text = row.text(index)?;
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

fn read_credential(row: &mut Row, first: usize, user_id: &str) -> Result<Credential> {
    let mut text = |index: usize| row.text(first + index);
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
