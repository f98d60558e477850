//! Bringing the schema up to date: each step is a serializable transaction, so of several processes that start at once one
//! does it and the others find it done. One that dies on the way leaves nothing behind.

use crosswalk_contract::{Error, ErrorKind, Result};

use super::{
    super::sql::{BEGIN, Db, STEPS, Value, random_hex, refuse_newer},
    db::{Session, Trouble},
    place::Place,
};

/// Processes that start at once are in each other's way a few times, not more.
const MOST_TRIES: u32 = 20;

/// Makes what is missing.
///
/// # Errors
/// `Config` for a newer schema, which is left as it is, and where nothing is there and nothing is to be made.
pub(super) fn migrate(place: &Place, create: bool) -> Result<()> {
    let session = place.connect()?;
    let mut tries = 0;
    loop {
        match step(&session, place, create) {
            Ok(true) => return Ok(()),
            Ok(false) => {}
            Err(error) => {
                tries += 1;
                if session.trouble() != Trouble::Conflict || tries > MOST_TRIES {
                    return Err(error);
                }
                session.command("ROLLBACK")?;
                super::writer::back_off(tries);
            }
        }
    }
}

/// Does one step; whether nothing is left to do.
fn step(session: &Session, place: &Place, create: bool) -> Result<bool> {
    session.begin("BEGIN ISOLATION LEVEL SERIALIZABLE")?;
    let there =
        session.rows("SELECT to_regclass(?1)::text", &[Value::Text(&format!("{}.schema_version", place.schema()))])?;
    let there = there.into_iter().next().map(|mut row| row.text(0)).transpose()?.flatten().is_some();
    if !there {
        if !create {
            return Err(Error::new(ErrorKind::Config, "there is no directory in this schema")
                .code("not_a_directory")
                .with("schema", place.schema())
                .hint("correct `schema` in [directory]; any command that opens connections makes a new one"));
        }
        session.command(&format!("CREATE SCHEMA IF NOT EXISTS {}", place.schema()))?;
        session.command(&spelt(BEGIN))?;
        session.execute("INSERT INTO schema_version (version) VALUES (0)", &[])?;
    }
    let rows = session.rows("SELECT version FROM schema_version FOR UPDATE", &[])?;
    let found = rows.into_iter().next().map(|mut row| row.number(0)).transpose()?.flatten().unwrap_or(0);
    refuse_newer(found)?;
    let next = usize::try_from(found).unwrap_or(0);
    let Some(sql) = STEPS.get(next) else {
        session.command("COMMIT")?;
        return Ok(true);
    };
    session.command(&spelt(sql))?;
    if next == 0 {
        let key = random_hex()?;
        session.execute("INSERT INTO settings (name, value) VALUES ('erasure_key', ?1)", &[Value::Text(&key)])?;
    }
    session.execute("UPDATE schema_version SET version = ?1", &[Value::Number(found + 1)])?;
    session.command("COMMIT")?;
    Ok(false)
}

/// Texts are ordered by their bytes, as in SQLite, whatever the database's own collation: cursors depend on it.
fn spelt(sql: &str) -> String {
    sql.replace(" TEXT", " TEXT COLLATE \"C\"")
}
