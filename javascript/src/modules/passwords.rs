//! `require('crosswalk').verifyPassword`: any legacy format, by the library that guards the other connections.

use std::sync::Arc;

use crosswalk_passwords::{Limits, Row, SchemeSpec, Verdict, Verifier};
use serde::Deserialize;

use super::argument;
use crate::session::{Done, OpError, Session};

#[derive(Deserialize)]
struct Given {
    row: Columns,
    password: String,
}

#[derive(Deserialize)]
struct Columns {
    hash: String,
    salt: Option<String>,
    iterations: Option<String>,
    scheme: Option<String>,
    username: Option<String>,
    email: Option<String>,
    id: Option<String>,
}

pub(crate) async fn start_verify(session: Arc<Session>, json: String) -> Result<Done, OpError> {
    let Given { row, password } = argument(&json)?;
    let right = session.services.compute(move || verify(&row, &password)).await?;
    Ok(Done::json(if right { "true" } else { "false" }))
}

fn verify(columns: &Columns, password: &str) -> Result<bool, OpError> {
    let spec = SchemeSpec { scheme: columns.scheme.clone(), ..SchemeSpec::default() };
    let verifier = Verifier::new(&spec, Limits::default()).map_err(|error| OpError::new(error.to_string()))?;
    let mut row = Row::new(columns.hash.as_bytes());
    let iterations = columns.iterations.as_ref().map(|text| text.trim().parse::<u64>());
    if let Some(iterations) = iterations {
        row = row.iterations(iterations.map_err(|_| OpError::new("`iterations` is no number"))?);
    }
    if let Some(salt) = &columns.salt {
        row = row.salt(salt.as_bytes());
    }
    if let Some(name) = &columns.username {
        row = row.user_name(name.as_bytes());
    }
    if let Some(email) = &columns.email {
        row = row.email(email.as_bytes());
    }
    if let Some(id) = &columns.id {
        row = row.id(id.as_bytes());
    }
    match verifier.verify(&row, password.as_bytes()) {
        verdict if verdict.is_match() => Ok(true),
        Verdict::NoMatch | Verdict::Locked => Ok(false),
        other => Err(OpError::new(format!("the hash cannot be checked: {other}")).code("unreadable_hash")),
    }
}
