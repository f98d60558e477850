//! What the modules of scripts are built on, on the host's side: one file for each.

pub(crate) mod bcrypt;
pub(crate) mod crypto;
pub(crate) mod http;
pub(crate) mod metadata;
pub(crate) mod mysql;
mod passwords;
mod pools;
pub(crate) mod postgres;
mod sql;
pub(crate) mod text;
mod tls;
pub(crate) mod url;

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use serde::Deserialize;

use crate::session::{Done, OpError, Session};

/// The operation of that name. Its answer is whatever the module makes of it.
pub(crate) fn start(
    session: &Arc<Session>,
    name: &str,
    json: String,
    bytes: Option<Vec<u8>>,
) -> BoxFuture<'static, Result<Done, OpError>> {
    let session = session.clone();
    match name {
        "pg.connect" => postgres::connect(session, json).boxed(),
        "pg.query" => postgres::query(session, json).boxed(),
        "mysql.connect" => mysql::connect(session, json).boxed(),
        "mysql.query" => mysql::query(session, json).boxed(),
        "http.request" => http::request(session, json, bytes).boxed(),
        "bcrypt.hash" => bcrypt::start_hash(session, json).boxed(),
        "bcrypt.compare" => bcrypt::start_compare(session, json).boxed(),
        "crypto.pbkdf2" => crypto::start_pbkdf2(session, json).boxed(),
        "crypto.scrypt" => crypto::start_scrypt(session, json).boxed(),
        "crosswalk.verify" => passwords::start_verify(session, json).boxed(),
        _ => {
            let message = format!("there is no operation {name}");
            async move { Err(OpError::new(message)) }.boxed()
        }
    }
}

/// The argument of an operation.
fn argument<'j, T: Deserialize<'j>>(json: &'j str) -> Result<T, OpError> {
    serde_json::from_str(json).map_err(|error| OpError::new(format!("an argument does not fit: {error}")))
}
