//! Listing all users of a connection as profiles, wherever they live, each exactly once.

use std::{collections::HashSet, sync::Arc};

use async_stream::try_stream;
use crosswalk_contract::{Ability, Cursor, Error, Record, Result};
use futures::{Stream, StreamExt, stream::BoxStream};
use jiff::{SignedDuration, Timestamp};

use super::{Connection, Engine, Inner, Mode, Sight};
use crate::{
    directory::{Identity, State},
    profile::{Profile, UserId},
};

/// A stream of users. An error of the store ends it; a single bad row does not.
pub type Listing = BoxStream<'static, Result<Listed>>;

/// One user of a listing, or one row that is not one.
#[derive(Debug)]
pub struct Listed {
    /// The profile; or what is wrong with this row, while the other rows go on.
    pub user: Result<Profile>,
    /// Where to go on after the batch that this user came in; give it to [`Engine::list_users`].
    pub resume: Option<String>,
}

/// How many moved users are read at one time.
const PAGE: usize = 500;

/// A move is dated before it is on disk. Who moved so shortly before a listing began may be missing in the directory's
/// part, so for them it is remembered whether they were there; for all others the time of the move tells.
const UNSETTLED: SignedDuration = SignedDuration::from_mins(1);

impl Engine {
    /// Lists every user of a connection. Whoever is there from beginning to end is met once, whoever else comes, goes or
    /// moves meanwhile. Memory is constant.
    ///
    /// In migrate mode those who live in the directory come first, then whoever else the legacy store has.
    ///
    /// # Errors
    /// [`Unsupported`](super::ErrorKind::Unsupported) where the store cannot list; a `resume` that is none.
    pub fn list_users(&self, connection: &str, resume: Option<&str>) -> Result<Listing> {
        let connection = self.inner.connection(connection)?.clone();
        connection.need(Ability::List)?;
        let resume = match resume {
            Some(text) => Resume::parse(text)?,
            None => match connection.mode() {
                Mode::Bridge => Resume::Store(None, Timestamp::UNIX_EPOCH),
                Mode::Migrate => Resume::Directory(None, self.inner.now()),
            },
        };
        Ok(self.inner.clone().listing(connection, resume).boxed())
    }
}

/// Where a listing is. The time is when it began: who moved later is met in the store's part.
enum Resume {
    Directory(Option<UserId>, Timestamp),
    Store(Option<Cursor>, Timestamp),
}

impl Resume {
    fn parse(text: &str) -> Result<Resume> {
        let wrong = || Error::refused("invalid_cursor", "this is not a cursor of a listing");
        let mut parts = text.splitn(3, ':');
        let (part, began, rest) = (parts.next(), parts.next(), parts.next());
        let began = began.and_then(|text| text.parse().ok()).and_then(|us| Timestamp::from_microsecond(us).ok());
        let began = began.filter(|began| began.checked_sub(UNSETTLED).is_ok());
        match (part, began, rest) {
            (Some("d"), Some(began), Some(rest)) => {
                Ok(Resume::Directory(Some(UserId::parse(rest).map_err(|_| wrong())?), began))
            }
            (Some("s"), Some(began), Some("")) => Ok(Resume::Store(None, began)),
            (Some("s"), Some(began), Some(rest)) => Ok(Resume::Store(Some(Cursor(rest.to_owned())), began)),
            _ => Err(wrong()),
        }
    }

    fn text(&self) -> String {
        match self {
            Resume::Directory(after, began) => {
                format!("d:{}:{}", began.as_microsecond(), after.as_ref().map_or("", |id| id.as_str()))
            }
            Resume::Store(after, began) => {
                format!("s:{}:{}", began.as_microsecond(), after.as_ref().map_or("", |cursor| &cursor.0))
            }
        }
    }
}

impl Inner {
    fn listing(self: Arc<Self>, connection: Arc<Connection>, resume: Resume) -> impl Stream<Item = Result<Listed>> {
        try_stream! {
            let (mut after, cursor, began) = match resume {
                Resume::Directory(after, began) => (Some(after), None, began),
                Resume::Store(cursor, began) => (None, cursor, began),
            };
            // Who moved lately and has been met. `None` for a listing that goes on in the store's part: only times tell then.
            let mut met = after.is_some().then(HashSet::new);
            while let Some(position) = after.take() {
                let entries = self.directory.list(connection.name(), position.as_ref(), PAGE).await?;
                let Some(last) = entries.last().map(|entry| entry.owner.user_id.clone()) else { break };
                let resume = Resume::Directory(Some(last.clone()), began).text();
                for entry in entries {
                    if entry.state != State::Moved {
                        continue;
                    }
                    if let Some(user) = self.directory.moved_by_id(&entry.owner.user_id).await? {
                        if let Some(met) = met.as_mut().filter(|_| entry.seen_at > began - UNSETTLED) {
                            met.insert(entry.owner.user_id);
                        }
                        let user = Ok(Sight::new(None, user.profile).profile);
                        yield Listed { user, resume: Some(resume.clone()) };
                    }
                }
                after = Some(Some(last));
            }

            if let Some(lister) = connection.adapter().list_users() {
                let mut batches = lister.list_users(cursor);
                // The deadline of single calls does not hold for a listing; each batch has it.
                while let Some(batch) = super::call::call(&connection, "list", async { batches.next().await.transpose() }).await? {
                    let resume = Resume::Store(Some(batch.resume), began).text();
                    for user in self.listed_all(&connection, &batch.records, began, met.as_ref()).await? {
                        yield Listed { user, resume: Some(resume.clone()) };
                    }
                }
            }
        }
    }

    /// The profiles of a batch; who was listed before, or is deleted, is left out. A row that does not fit is an error of
    /// its own.
    async fn listed_all(
        &self,
        connection: &Arc<Connection>,
        records: &[Record],
        began: Timestamp,
        met: Option<&HashSet<UserId>>,
    ) -> Result<Vec<Result<Profile>>> {
        let mut users = Vec::with_capacity(records.len());
        if connection.mode() == Mode::Migrate {
            for record in records {
                users.extend(self.listed(connection, record, began, met).await.transpose());
            }
            return Ok(users);
        }
        users.extend(records.iter().map(|record| Ok(self.translate(connection, record)?.profile)));
        if self.directory.has_overlays().await? {
            let whom: Vec<(UserId, Identity)> =
                users.iter().flatten().map(|profile| (profile.user_id.clone(), Identity::of(profile))).collect();
            let overlays = self.directory.overlays(&whom).await?;
            users.iter_mut().flatten().zip(overlays).for_each(|(profile, overlay)| overlay.lay_over(profile));
        }
        users.iter_mut().flatten().for_each(Profile::complete);
        Ok(users)
    }

    /// `None` for who was listed before, or is deleted.
    async fn listed(
        &self,
        connection: &Arc<Connection>,
        record: &Record,
        began: Timestamp,
        met: Option<&HashSet<UserId>>,
    ) -> Result<Option<Profile>> {
        let profile = self.translate(connection, record)?.profile;
        if connection.mode() == Mode::Migrate {
            match self.directory.entry(&profile.user_id).await? {
                Some(entry) if entry.state == State::Moved => {
                    let before = match met {
                        Some(met) => entry.seen_at <= began - UNSETTLED || met.contains(&profile.user_id),
                        None => entry.seen_at <= began,
                    };
                    if before {
                        return Ok(None);
                    }
                    let user = self.directory.moved_by_id(&profile.user_id).await?;
                    return Ok(user.map(|user| Sight::new(None, user.profile).profile));
                }
                Some(entry) if entry.state == State::Deleted && connection.tombstones() => return Ok(None),
                // An erased person has no entry, and is not to be shown again either.
                None if connection.tombstones()
                    && self.directory.state(&profile.user_id).await? == Some(State::Deleted) =>
                {
                    return Ok(None);
                }
                _ => {}
            }
        }
        Ok(Some(Sight::new(None, self.with_overlay(profile).await?).profile))
    }
}
