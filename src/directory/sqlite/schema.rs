//! The schema's versions, and how one process brings the file up to date while others wait.
//!
//! A lease row says who migrates and until when; each step is one transaction that checks the lease and raises the
//! version, so a process that dies on the way leaves a whole schema of a known version.

use std::{thread, time::Duration};

use crosswalk_contract::{Error, ErrorKind, Result};
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior};

pub(super) use super::super::sql::refuse_newer;
use super::{
    super::sql::{BEGIN, STEPS, VERSION, random_hex},
    error,
    open::{APPLICATION_ID, SqliteOptions},
};

/// How long a step may take before another process takes over.
const LEASE: Duration = Duration::from_secs(60);

/// The version of a file; `None` before the first step.
pub(super) fn version(connection: &Connection) -> Result<Option<i64>> {
    let there: i64 = connection
        .query_row("SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'", [], |row| {
            row.get(0)
        })
        .map_err(error::sqlite)?;
    if there == 0 {
        return Ok(None);
    }
    connection.query_row("SELECT version FROM schema_version", [], |row| row.get(0)).optional().map_err(error::sqlite)
}

/// Marks a new file as a directory of version 0. What another process sees is nothing yet, or a directory.
///
/// # Errors
/// `Config` for a newer schema: nothing about it is changed, not even how it keeps its log.
pub(super) fn claim(connection: &mut Connection) -> Result<()> {
    if let Some(found) = version(connection)? {
        return refuse_newer(found);
    }
    let first = begin(connection)?;
    first.pragma_update(None, "application_id", APPLICATION_ID).map_err(error::sqlite)?;
    first.execute_batch(BEGIN).map_err(error::sqlite)?;
    first
        .execute("INSERT INTO schema_version (version) SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM schema_version)", [])
        .map_err(error::sqlite)?;
    first.commit().map_err(error::sqlite)
}

/// Brings the schema up to date, or waits until another process has.
///
/// # Errors
/// `Config` for a newer schema, which is left as it is.
pub(super) fn migrate(connection: &mut Connection, options: &SqliteOptions) -> Result<()> {
    let found = version(connection)?.unwrap_or(0);
    refuse_newer(found)?;
    if found == VERSION {
        return Ok(());
    }
    if found == 0 {
        // In a write-ahead log NORMAL keeps the file whole and saves the waits for the disk. A new directory that the
        // power takes away is made again; the first thing that it accepts takes all of it to the disk.
        connection.pragma_update(None, "synchronous", "NORMAL").map_err(error::sqlite)?;
    }

    let holder = random_hex()?;
    let pause = Duration::from_millis(50);
    let mut waited = Duration::ZERO;
    while !lease(connection, &holder, options)? {
        if waited > LEASE + options.lock_timeout {
            return Err(Error::new(
                ErrorKind::Unavailable,
                "another process is still bringing the directory up to date",
            )
            .code("directory_migrating")
            .hint("wait for it to finish, then start again"));
        }
        thread::sleep(pause);
        waited += pause;
    }
    let done = steps(connection, &holder);
    connection
        .execute("DELETE FROM leases WHERE name = 'migration' AND holder = ?1", [&holder])
        .map_err(error::sqlite)?;
    connection.pragma_update(None, "synchronous", "FULL").map_err(error::sqlite)?;
    done
}

fn steps(connection: &mut Connection, holder: &str) -> Result<()> {
    loop {
        let step = begin(connection)?;
        let at: i64 =
            step.query_row("SELECT version FROM schema_version", [], |row| row.get(0)).map_err(error::sqlite)?;
        refuse_newer(at)?;
        let Some(sql) = usize::try_from(at).ok().and_then(|at| STEPS.get(at)) else { return Ok(()) };
        let held: i64 = step
            .query_row("SELECT COUNT(*) FROM leases WHERE name = 'migration' AND holder = ?1", [holder], |row| {
                row.get(0)
            })
            .map_err(error::sqlite)?;
        if held == 0 {
            return Err(Error::new(
                ErrorKind::Unavailable,
                "another process took over bringing the directory up to date",
            )
            .hint("start again"));
        }
        step.execute_batch(sql).map_err(error::sqlite)?;
        if at == 0 {
            step.execute("INSERT INTO settings (name, value) VALUES ('erasure_key', ?1)", [random_hex()?])
                .map_err(error::sqlite)?;
        }
        step.execute("UPDATE schema_version SET version = ?1", [at + 1]).map_err(error::sqlite)?;
        step.commit().map_err(error::sqlite)?;
    }
}

/// Takes the lease if it is free or has run out.
fn lease(connection: &mut Connection, holder: &str, options: &SqliteOptions) -> Result<bool> {
    let now = (options.clock)().as_microsecond();
    let until = now.saturating_add(i64::try_from(LEASE.as_micros()).unwrap_or(i64::MAX));
    let attempt = begin(connection)?;
    attempt.execute("DELETE FROM leases WHERE name = 'migration' AND until < ?1", [now]).map_err(error::sqlite)?;
    let taken = attempt
        .execute(
            "INSERT INTO leases (name, holder, until) VALUES ('migration', ?1, ?2) ON CONFLICT (name) DO NOTHING",
            (holder, until),
        )
        .map_err(error::sqlite)?;
    attempt.commit().map_err(error::sqlite)?;
    Ok(taken == 1)
}

fn begin(connection: &mut Connection) -> Result<Transaction<'_>> {
    connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(error::sqlite)
}
