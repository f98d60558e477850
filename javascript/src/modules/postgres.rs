//! What the package `pg` is built on. Values and results cross as PostgreSQL's own text, as they do in node-postgres, so
//! that every type there is comes through; JavaScript makes values of them.
//!
//! tokio-postgres asks for results in binary. What has columns whose binary form is known (`binary.rs`) is run by the
//! protocol; all else is a prepared statement that is run by SQL (`EXECUTE`), which answers in text.

mod answer;
mod binary;
mod failure;
mod link;
mod statements;

use std::{sync::Arc, time::Instant};

use serde::Deserialize;
use serde_json::value::RawValue;

use self::{answer::Answer, failure::Failure, link::Link};
use super::{argument, pools};
use crate::session::{Done, OpError, Session};

pub(crate) type Pools = pools::Pools<Link>;
pub(crate) type Client = pools::Client<Link>;

/// Where, as whom, and how.
#[derive(Clone, Deserialize)]
pub(crate) struct Place {
    host: String,
    port: u16,
    user: String,
    password: Option<String>,
    database: String,
    ssl: bool,
    verify: bool,
    ca: Option<String>,
    application: Option<String>,
    timeout: Option<u64>,
    statement: Option<u64>,
    options: Option<String>,
}

#[derive(Deserialize)]
struct Connecting<'j> {
    client: u32,
    #[serde(borrow)]
    place: &'j RawValue,
}

#[derive(Deserialize)]
struct Querying<'j> {
    client: u32,
    #[serde(borrow)]
    place: &'j RawValue,
    text: String,
    values: Vec<Option<String>>,
}

pub(crate) async fn connect(session: Arc<Session>, json: String) -> Result<Done, OpError> {
    let Connecting { client, place } = argument(&json)?;
    let client = session.postgres(client);
    let mut slot = client.lock().await;
    if slot.is_none() {
        *slot = Some(session.services.postgres.get(&session, place).await?);
    }
    Ok(Done::default())
}

pub(crate) async fn query(session: Arc<Session>, json: String) -> Result<Done, OpError> {
    let Querying { client, place, text, values } = argument(&json)?;
    let client = session.postgres(client);
    let mut slot = client.lock().await;
    let link = match &mut *slot {
        Some(link) => link,
        empty => empty.insert(session.services.postgres.get(&session, place).await?),
    };
    let started = Instant::now();
    link.is_busy = true;
    let result = link.query(&text, &values, session.program.parts.limits.memory).await;
    link.is_busy = matches!(result, Err(Failure::TooLarge));
    let outcome = match &result {
        Ok(results) => results.iter().map(Answer::word).collect::<Vec<_>>().join(", "),
        Err(failure) => failure.told().word(),
    };
    session.trace("pg", &text, outcome, started.elapsed());
    let results = result.map_err(|failure| failure.told())?;
    serde_json::to_string(&results).map(Done::json).map_err(|error| OpError::new(error.to_string()))
}
