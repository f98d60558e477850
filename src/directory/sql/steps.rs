//! The steps of the schema, the same for every database.

use crosswalk_contract::{Error, ErrorKind, Result};

/// The steps; the first makes version 1.
pub const STEPS: &[&str] = &[include_str!("migrations/0001_begin.sql"), include_str!("migrations/0002_identity.sql")];

/// What has to be there before the first step.
pub const BEGIN: &str = "
    CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL);
    CREATE TABLE IF NOT EXISTS leases (
        name TEXT NOT NULL PRIMARY KEY, holder TEXT NOT NULL, until BIGINT NOT NULL
    );";

/// The version this program knows.
pub const VERSION: i64 = STEPS.len() as i64;

/// Refuses a schema that a newer Crosswalk has made.
pub fn refuse_newer(found: i64) -> Result<()> {
    if found <= VERSION {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Config,
        format!("the directory has schema version {found}, this Crosswalk knows versions up to {VERSION}"),
    )
    .code("directory_newer")
    .hint("start the newer Crosswalk again, or restore a backup made before the upgrade"))
}

/// 32 random bytes as text.
pub fn random_hex() -> Result<String> {
    let mut bytes = [0_u8; 32];
    getrandom::fill(&mut bytes).map_err(|cause| {
        Error::new(ErrorKind::Unavailable, "the system gives no random numbers").with("cause", cause)
    })?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
