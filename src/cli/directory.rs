//! `crosswalk directory`: backup and restore, one person's export and erasure, the audit log, the state of things.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    exit::Exit,
    failure::{Failure, Outcome},
    opening::operator,
    screen::{BAD, GOOD, Screen, harmless},
};
use crate::{
    config::Config,
    directory::{
        AuditEntry, AuditRecord, Directory, State,
        sqlite::{SqliteDirectory, SqliteOptions},
    },
    profile::UserId,
};

/// Commands of `crosswalk directory`.
#[derive(Debug, Subcommand)]
pub enum DirectoryCommand {
    /// Copy the directory as it is at this instant to a file; logins and changes go on meanwhile
    Backup {
        /// The new file
        file: PathBuf,
        /// Replace the file if it exists
        #[arg(long)]
        force: bool,
    },
    /// Put a backup in the directory's place; the old one is kept beside it
    Restore {
        /// The backup
        file: PathBuf,
        /// Yes, replace the directory that is there
        #[arg(long)]
        force: bool,
    },
    /// Everything that is held about one person, as JSON
    Export {
        /// The whole id, auth0|…
        user_id: String,
    },
    /// Bring back what was laid over a user's record and set aside because the id seemed to have gone to somebody else
    Reattach {
        /// The whole id, auth0|…
        user_id: String,
    },
    /// Remove everything that is held about one person
    Erase(Erase),
    /// Who did what to whom: names of what changed, never values
    Audit {
        /// Only entries with a higher number
        #[arg(long, default_value_t = 0, value_name = "NUMBER")]
        after: u64,
        /// At most so many entries
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// How many users live where, and what waits
    Status,
}

/// Arguments of `crosswalk directory erase`.
#[derive(Args, Debug)]
pub struct Erase {
    /// The whole id, auth0|…
    user_id: String,
    /// Forget even that the person is not to come back from the legacy store at the next login
    #[arg(long)]
    no_tombstone: bool,
    /// Yes, remove everything
    #[arg(long, required = true)]
    yes: bool,
}

/// How many index rows are read at one time.
const PAGE: usize = 1000;

impl DirectoryCommand {
    /// Does it.
    ///
    /// # Errors
    /// A wrong configuration, and those of the directory.
    pub async fn run(self, config: &Path, screen: &mut Screen) -> Outcome {
        let config = &Config::load(config)?;
        match self {
            DirectoryCommand::Backup { file, force } => {
                let options = SqliteOptions { create: false, ..SqliteOptions::default() };
                let directory = SqliteDirectory::open(in_file(config, "pg_dump --schema")?, options)?;
                let outcome = directory.backup(&file, force).await.map_err(Failure::from);
                closed(&directory, outcome).await?;
                done(screen, "backed up", &json!({ "outcome": "backed_up", "file": file }))
            }
            // The directory must be open nowhere, not here either.
            DirectoryCommand::Restore { file, force } => restore(&file, &in_file(config, "pg_restore")?, force, screen),
            DirectoryCommand::Export { user_id } => {
                let user_id = read_id(&user_id)?;
                match with_directory(config, async |directory| Ok(directory.export(&user_id).await?)).await? {
                    Some(document) => {
                        screen.line(document)?;
                        Ok(Exit::Ok)
                    }
                    None => nothing_held(screen),
                }
            }
            DirectoryCommand::Reattach { user_id } => {
                let user_id = read_id(&user_id)?;
                let at = Timestamp::now();
                match with_directory(config, async |directory| Ok(directory.reattach(&user_id, at).await?)).await? {
                    true => done(screen, "reattached", &json!({ "outcome": "reattached" })),
                    false => nothing(screen, "nothing_set_aside", "nothing is set aside for this id"),
                }
            }
            DirectoryCommand::Erase(it) => {
                let user_id = read_id(&it.user_id)?;
                match with_directory(config, async |directory| erase(directory, &user_id, !it.no_tombstone).await)
                    .await?
                {
                    true => done(screen, "erased", &json!({ "outcome": "erased" })),
                    false => nothing_held(screen),
                }
            }
            DirectoryCommand::Audit { after, limit } => {
                with_directory(config, async |directory| audit(directory, after, limit, screen).await).await
            }
            DirectoryCommand::Status => {
                with_directory(config, async |directory| status(directory, config, screen).await).await
            }
        }
    }
}

/// Opens the directory alone, no connection, and closes it whatever the command came to. None is made.
async fn with_directory<T>(config: &Config, command: impl AsyncFnOnce(&dyn Directory) -> Outcome<T>) -> Outcome<T> {
    let directory = config.open_existing_directory()?;
    let outcome = command(&*directory).await;
    closed(&*directory, outcome).await
}

/// The directory's file, for what only a file can.
fn in_file(config: &Config, instead: &str) -> Outcome<PathBuf> {
    config.directory_file().ok_or_else(|| {
        Failure::usage(
            "the directory is no file but on a PostgreSQL server",
            format!("use that server's own {instead}"),
        )
    })
}

/// Closes the directory, whatever came of the command.
async fn closed<T>(directory: &dyn Directory, outcome: Outcome<T>) -> Outcome<T> {
    let closed = directory.close().await;
    let outcome = outcome?;
    closed?;
    Ok(outcome)
}

async fn erase(directory: &dyn Directory, user_id: &UserId, tombstone: bool) -> Outcome<bool> {
    let at = Timestamp::now();
    if !directory.erase(user_id, tombstone, at).await? {
        return Ok(false);
    }
    // The entry says that somebody was erased, not who: that is what erasure means.
    let entry = AuditEntry {
        at,
        actor: operator().to_string(),
        action: "erase".to_owned(),
        user_id: None,
        connection: None,
        names: Vec::new(),
        outcome: "done".to_owned(),
    };
    directory.audit(&entry, false).await?;
    Ok(true)
}

fn restore(backup: &Path, to: &Path, force: bool, screen: &mut Screen) -> Outcome {
    let kept = SqliteDirectory::restore(backup, to, force)?;
    let words = match &kept {
        Some(kept) => format!("restored; the old directory is {}", kept.display()),
        None => "restored".to_owned(),
    };
    done(screen, &words, &json!({ "outcome": "restored", "old_directory": kept }))
}

async fn audit(directory: &dyn Directory, after: u64, limit: usize, screen: &mut Screen) -> Outcome {
    let records = directory.audit_log(after, limit).await?;
    if screen.json() {
        for record in &records {
            screen.value(&record_json(record))?;
        }
        return Ok(Exit::Ok);
    }
    let head = ["number", "at", "actor", "action", "user", "outcome", "names"].map(str::to_owned).to_vec();
    let rows = records.iter().map(|AuditRecord { number, entry }| {
        vec![
            number.to_string(),
            entry.at.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
            harmless(&entry.actor),
            harmless(&entry.action),
            harmless(entry.user_id.as_deref().unwrap_or_default()),
            harmless(&entry.outcome),
            harmless(&entry.names.join(" ")),
        ]
    });
    screen.table(&std::iter::once(head).chain(rows).collect::<Vec<_>>())?;
    Ok(Exit::Ok)
}

async fn status(directory: &dyn Directory, config: &Config, screen: &mut Screen) -> Outcome {
    let waiting = directory.pending_intents(Timestamp::now()).await?.len();
    let mut rows =
        vec![["connection", "seen in the legacy store", "moved", "deleted", "type book"].map(str::to_owned).to_vec()];
    let mut connections = serde_json::Map::new();
    for name in config.settings().connection.keys() {
        let mut counts = [0u64; 3];
        let mut after = None;
        loop {
            let entries = directory.list(name, after.as_ref(), PAGE).await?;
            let Some(last) = entries.last() else { break };
            after = Some(last.owner.user_id.clone());
            for entry in &entries {
                let place = match entry.state {
                    State::Pending => 0,
                    State::Moved => 1,
                    State::Deleted => 2,
                };
                counts[place] += 1;
            }
        }
        let book = directory.type_book(name).await?.map(|book| book.revision);
        let revision = book.map_or_else(|| "none".to_owned(), |revision| format!("revision {revision}"));
        rows.push(std::iter::once(name.clone()).chain(counts.map(|it| it.to_string())).chain([revision]).collect());
        let counts =
            json!({ "pending": counts[0], "moved": counts[1], "deleted": counts[2], "type_book_revision": book });
        connections.insert(name.clone(), counts);
    }
    if screen.json() {
        screen.value(&json!({
            "file": config.directory_file(),
            "directory": config.directory_place(),
            "connections": Value::Object(connections),
            "interrupted_changes": waiting,
        }))?;
        return Ok(Exit::Ok);
    }
    screen.line(config.directory_place())?;
    screen.table(&rows)?;
    screen.line(format!("interrupted changes that wait: {waiting}"))?;
    Ok(Exit::Ok)
}

fn record_json(record: &AuditRecord) -> Value {
    let entry = &record.entry;
    json!({
        "number": record.number,
        "at": entry.at.to_string(),
        "actor": entry.actor,
        "action": entry.action,
        "user_id": entry.user_id,
        "connection": entry.connection,
        "names": entry.names,
        "outcome": entry.outcome,
    })
}

fn read_id(text: &str) -> Outcome<UserId> {
    UserId::parse(text)
        .map_err(|error| Failure::usage(error.to_string(), "give the whole id, such as 'auth0|shop|4711'"))
}

fn done(screen: &mut Screen, words: &str, answer: &Value) -> Outcome {
    if screen.json() {
        screen.value(answer)?
    } else {
        screen.styled(GOOD, words)?
    }
    Ok(Exit::Ok)
}

fn nothing_held(screen: &mut Screen) -> Outcome {
    nothing(screen, "nothing_held", "the directory holds nothing about this id")
}

fn nothing(screen: &mut Screen, outcome: &str, words: &str) -> Outcome {
    if screen.json() {
        screen.value(&json!({ "outcome": outcome }))?;
    } else {
        screen.styled(BAD, words)?;
    }
    Ok(Exit::No)
}
