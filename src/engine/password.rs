//! Checking and hashing passwords on the hashing pool: for rows of legacy tables and for users of the directory.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use crosswalk_contract::{Assignment, Error, ErrorKind, Record, Result, Secret};
use crosswalk_passwords::{CannotWrite, Cost, HashedRow, Likeness, Row, Verdict};

use super::{Connection, Inner, hashing::HashingPool};
use crate::{
    directory::Credential,
    translate::{Hashed, PasswordFields},
};

/// What a password check came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// The password is right.
    Right {
        /// The hash should be replaced.
        old: bool,
    },
    /// It is wrong.
    Wrong,
    /// No password opens this account.
    Locked,
}

/// Checks a password against a record of a legacy table.
///
/// Every outcome costs what the table's usual hash costs: a locked row does a dummy check.
pub(super) async fn check_record(
    engine: &Inner,
    connection: &Arc<Connection>,
    record: &Record,
    password: &Secret,
    deadline: Instant,
) -> Result<Check> {
    if too_long(password) {
        return Ok(Check::Wrong);
    }
    let verifier = connection.verifier().ok_or_else(|| no_rule(connection))?;
    let fields = connection.translation().password_fields(record).ok_or_else(|| no_rule(connection))?;
    let stored = row(&fields, connection);
    let cost = verifier.cost(&stored);
    if let Some(likeness) = verifier.likeness(&stored) {
        connection.usual.count(&likeness);
    }
    let verdict = {
        let (owner, record, password) = (connection.clone(), record.clone(), password.clone());
        engine
            .hashing
            .run(cost, deadline, move || {
                let fields = owner.translation().password_fields(&record)?;
                Some(owner.verifier()?.verify(&row(&fields, &owner), password.expose().as_bytes()))
            })
            .await?
            .ok_or_else(|| no_rule(connection))?
    };
    let unreadable = |what: String| {
        Err(Error::new(ErrorKind::Inconsistent, format!("the stored password hash cannot be checked: {what}"))
            .code("unreadable_hash")
            .with("connection", connection.name())
            .hint("`password.scheme` in the map says how hashes are read"))
    };
    match verdict {
        Verdict::Match => Ok(Check::Right { old: false }),
        Verdict::MatchButOld(_) => Ok(Check::Right { old: true }),
        Verdict::NoMatch => Ok(Check::Wrong),
        Verdict::Locked => {
            check_nobody(engine, connection, password, deadline).await?;
            Ok(Check::Locked)
        }
        Verdict::UnknownFormat => unreadable("nothing says in which format it is".to_owned()),
        Verdict::Refused(bound) => unreadable(bound.to_string()),
        Verdict::Malformed(defect) => unreadable(defect.to_string()),
    }
}

/// No hash is ever made of such a password, and saying more would tell who exists: a stranger's costs nothing either.
fn too_long(password: &Secret) -> bool {
    password.expose().len() as u64 > crosswalk_passwords::Limits::default().password_bytes
}

/// Does the work of a check for a user who does not exist, so that time does not tell who does.
pub(super) async fn check_nobody(
    engine: &Inner,
    connection: &Arc<Connection>,
    password: &Secret,
    deadline: Instant,
) -> Result<()> {
    let Some(verifier) = connection.verifier() else { return Ok(()) };
    let usual = connection.usual.most_frequent();
    let cost = verifier.dummy_cost(usual.as_ref());
    let (connection, password) = (connection.clone(), password.clone());
    engine
        .hashing
        .run(cost, deadline, move || {
            if let Some(verifier) = connection.verifier() {
                verifier.dummy(usual.as_ref(), password.expose().as_bytes());
            }
        })
        .await
}

/// Checks a password against a credential of the directory. `None` where the legacy store has to be asked.
pub(super) async fn check_credential(
    engine: &Inner,
    connection: &Connection,
    credential: &Credential,
    password: &Secret,
    deadline: Instant,
) -> Result<Option<Check>> {
    let (scheme, hash, salt) = match credential {
        Credential::AskLegacy(_) => return Ok(None),
        Credential::None => {
            let (verifier, password) = (engine.moved.clone(), password.clone());
            let cost = verifier.dummy_cost(None);
            engine.hashing.run(cost, deadline, move || verifier.dummy(None, password.expose().as_bytes())).await?;
            return Ok(Some(Check::Locked));
        }
        Credential::Hash { .. } if too_long(password) => return Ok(Some(Check::Wrong)),
        Credential::Hash { scheme, hash, salt, .. } => (scheme.clone(), hash.clone(), salt.clone()),
    };
    let (verifier, password) = (engine.moved.clone(), password.clone());
    let cost = verifier.cost(&stored(&scheme, &hash, salt.as_deref()));
    let mut old = true;
    if let Some(likeness) = verifier.likeness(&stored(&scheme, &hash, salt.as_deref())) {
        old = likeness != *verifier.written_like();
        // Where most users have moved, an unknown one must cost what they do.
        connection.usual.count(&likeness);
    }
    let check = move || verifier.verify(&stored(&scheme, &hash, salt.as_deref()), password.expose().as_bytes());
    let verdict = engine.hashing.run(cost, deadline, check).await?;
    match verdict {
        Verdict::Match | Verdict::MatchButOld(_) => Ok(Some(Check::Right { old })),
        Verdict::NoMatch => Ok(Some(Check::Wrong)),
        Verdict::Locked => Ok(Some(Check::Locked)),
        Verdict::UnknownFormat | Verdict::Refused(_) | Verdict::Malformed(_) => {
            Err(Error::new(ErrorKind::Inconsistent, "the directory's own password hash cannot be checked")
                .code("unreadable_hash"))
        }
    }
}

/// A fresh hash for the directory.
pub(super) async fn hash_for_directory(engine: &Inner, password: &Secret, deadline: Instant) -> Result<Credential> {
    let (verifier, random, secret) = (engine.moved.clone(), engine.random.clone(), password.clone());
    let cost = verifier.dummy_cost(None);
    let hashed = engine
        .hashing
        .run(cost, deadline, move || {
            verifier.hash(&Row::new(b""), secret.expose().as_bytes(), &mut |bytes: &mut [u8]| random(bytes))
        })
        .await?
        .map_err(|reason| cannot_write(&reason))?;
    let hash = hashed.hash_text().ok_or_else(|| Error::new(ErrorKind::Unexpected, "a hash that is not text"))?;
    Ok(Credential::Hash { scheme: engine.new_scheme.clone(), hash: hash.to_owned(), salt: None, params: None })
}

/// A hash as the legacy application itself would write it, as columns. With the user's record its format is kept.
pub(super) async fn hash_for_store(
    pool: &HashingPool,
    engine: &Inner,
    connection: &Arc<Connection>,
    record: Option<&Record>,
    password: &Secret,
    deadline: Instant,
) -> Result<Vec<Assignment>> {
    let verifier = connection.verifier().ok_or_else(|| no_rule(connection))?;
    let like = record.and_then(|record| connection.translation().password_fields(record));
    // A locked row costs nothing to check, and its new hash costs what a fresh one does.
    let cost = like.as_ref().map(|fields| verifier.cost(&row(fields, connection)));
    let cost: Cost = cost.filter(|cost| !cost.is_nothing()).unwrap_or_else(|| verifier.dummy_cost(None));
    let hashed: HashedRow = {
        let (owner, record, secret) = (connection.clone(), record.cloned(), password.clone());
        let random = engine.random.clone();
        pool.run(cost, deadline, move || {
            let verifier = owner.verifier().ok_or(CannotWrite::NotChosen)?;
            let fields = record.as_ref().and_then(|record| owner.translation().password_fields(record));
            let like = match &fields {
                Some(fields) => row(fields, &owner),
                None => with_site_key(Row::new(b""), &owner),
            };
            verifier.hash(&like, secret.expose().as_bytes(), &mut |bytes: &mut [u8]| random(bytes))
        })
        .await?
        .map_err(|reason| cannot_write(&reason).with("connection", connection.name()))?
    };
    let hashed = Hashed {
        hash: hashed.hash().to_vec(),
        hash_is_text: hashed.hash_text().is_some(),
        salt: hashed.salt().map(<[u8]>::to_vec),
        iterations: None,
        scheme: None,
    };
    connection.translation().password_assignments(&hashed)
}

fn cannot_write(reason: &CannotWrite) -> Error {
    match reason {
        CannotWrite::PasswordTooLong { .. } | CannotWrite::PasswordHoldsNul | CannotWrite::PasswordNotText => {
            Error::refused("password_unusable", reason.to_string())
        }
        CannotWrite::OverLimit(_) => Error::refused("password_unusable", reason.to_string()),
        _ => Error::unsupported(format!("the password cannot be written: {reason}")),
    }
}

fn no_rule(connection: &Connection) -> Error {
    Error::unsupported("the map has no `password`, so this connection cannot check passwords")
        .with("connection", connection.name())
}

fn row<'a>(fields: &'a PasswordFields<'_>, connection: &'a Connection) -> Row<'a> {
    let mut row = Row::new(fields.hash());
    if let Some(salt) = fields.salt() {
        row = row.salt(salt);
    }
    if let Some(iterations) = fields.iterations() {
        row = row.iterations(iterations);
    }
    if let Some(scheme) = fields.scheme() {
        row = row.scheme(scheme);
    }
    if let Some(user_name) = fields.user_name() {
        row = row.user_name(user_name);
    }
    if let Some(email) = fields.email() {
        row = row.email(email);
    }
    if let Some(id) = fields.id() {
        row = row.id(id);
    }
    with_site_key(row, connection)
}

pub(super) fn with_site_key<'a>(row: Row<'a>, connection: &'a Connection) -> Row<'a> {
    match connection.site_key() {
        Some(key) => row.site_key(key.expose().as_bytes()),
        None => row,
    }
}

fn stored<'a>(scheme: &'a str, hash: &'a str, salt: Option<&'a str>) -> Row<'a> {
    let row = Row::new(hash.as_bytes()).scheme(scheme);
    match salt {
        Some(salt) => row.salt(salt.as_bytes()),
        None => row,
    }
}

/// Which kind of hash a table usually has, learnt from the rows that are checked: tables of mixed age exist, and an
/// unknown user must cost what most users cost.
#[derive(Default)]
pub(super) struct Usual {
    counts: Mutex<HashMap<Likeness, u32>>,
}

/// After so many rows of one kind all counts are halved, so that a table that changes its mind is followed.
const MEMORY: u32 = 1024;

impl Usual {
    fn count(&self, likeness: &Likeness) {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(likeness.clone()).or_default();
        *count += 1;
        if *count >= MEMORY {
            counts.retain(|_, count| {
                *count /= 2;
                *count > 0
            });
        }
    }

    fn most_frequent(&self) -> Option<Likeness> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().max_by_key(|(_, count)| **count).map(|(likeness, _)| likeness.clone())
    }
}
