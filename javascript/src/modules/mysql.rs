//! What the packages `mysql` and `mysql2` are built on. Statements come with their values in them, as `mysql` sends them,
//! and results go in the server's own text; JavaScript makes values of them.

use std::{
    net::IpAddr,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::FutureExt;
use mysql_async::{Conn, Error, OptsBuilder, Row, SslOpts, Value, consts::StatusFlags, prelude::Queryable};
use serde::{Deserialize, Serialize};
use serde_json::{json, value::RawValue};

use super::{
    argument,
    pools::{self, State, Wire},
    sql::{self, Dialect, Statement},
};
use crate::{
    Network,
    session::{Done, OpError, Session},
};

pub(crate) type Pools = pools::Pools<Link>;
pub(crate) type Client = pools::Client<Link>;

/// Where, as whom, and how.
#[derive(Clone, Deserialize)]
pub(crate) struct Place {
    host: String,
    port: u16,
    socket: Option<String>,
    user: String,
    password: Option<String>,
    database: Option<String>,
    ssl: bool,
    verify: bool,
    ca: Option<String>,
    timeout: Option<u64>,
}

#[derive(Deserialize)]
struct Connecting<'j> {
    connection: u32,
    #[serde(borrow)]
    place: &'j RawValue,
}

#[derive(Deserialize)]
struct Querying<'j> {
    connection: u32,
    #[serde(borrow)]
    place: &'j RawValue,
    sql: String,
    multiple: bool,
    /// Whether the driver would have sent it as a prepared statement.
    #[serde(default)]
    prepared: bool,
}

pub(crate) async fn connect(session: Arc<Session>, json: String) -> Result<Done, OpError> {
    let Connecting { connection, place } = argument(&json)?;
    let client = session.mysql(connection);
    let mut slot = client.lock().await;
    if slot.is_none() {
        *slot = Some(session.services.mysql.get(&session, place).await?);
    }
    Ok(Done::default())
}

pub(crate) async fn query(session: Arc<Session>, json: String) -> Result<Done, OpError> {
    let Querying { connection, place, sql, multiple, prepared } = argument(&json)?;
    let client = session.mysql(connection);
    let mut slot = client.lock().await;
    let link = match &mut *slot {
        Some(link) => link,
        empty => empty.insert(session.services.mysql.get(&session, place).await?),
    };
    let started = Instant::now();
    let result = link.query(&sql, multiple && !prepared, session.program.parts.limits.memory).await;
    let outcome = match &result {
        Ok(answers) => answers.iter().map(Answer::word).collect::<Vec<_>>().join(", "),
        Err(error) => error.word(),
    };
    session.trace("mysql", &sql, outcome, started.elapsed());
    serde_json::to_string(&result?).map(Done::json).map_err(|error| OpError::new(error.to_string()))
}

/// What one statement returned.
#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Rows { fields: Vec<(String, u8, u16, String, String, u16)>, rows: Vec<Vec<serde_json::Value>> },
    Changed { affected: u64, insert: u64, status: u16, warnings: u16, message: String },
}

impl Answer {
    fn word(&self) -> String {
        match self {
            Answer::Rows { rows, .. } => format!("{} rows", rows.len()),
            Answer::Changed { affected, .. } => format!("{affected} changed"),
        }
    }
}

/// A connection.
pub(crate) struct Link {
    conn: Conn,
    opts: mysql_async::Opts,
    is_busy: bool,
    is_dirty: bool,
}

impl Wire for Link {
    type Place = Place;

    fn patience(place: &Place) -> Option<Duration> {
        place.timeout.map(Duration::from_millis)
    }

    async fn dial(place: &Place, network: &Network, patience: Duration) -> Result<Link, OpError> {
        let mut opts = OptsBuilder::default()
            .user(Some(&place.user))
            .pass(place.password.as_ref())
            .db_name(place.database.as_ref())
            // What both packages ask for: a row that was found counts, changed or not.
            .client_found_rows(true)
            .prefer_socket(false)
            .tcp_nodelay(true);
        match &place.socket {
            Some(socket) => {
                network.admit_socket(Path::new(socket))?;
                opts = opts.socket(Some(socket));
            }
            None => {
                let addresses = network.resolve(&place.host, place.port, patience).await?;
                let addresses: Vec<IpAddr> = addresses.into_iter().map(|address| address.ip()).collect();
                opts = opts.ip_or_hostname(&place.host).tcp_port(place.port).resolved_ips(Some(addresses));
            }
        }
        if place.ssl {
            let mut tls = SslOpts::default().with_danger_accept_invalid_certs(!place.verify);
            tls = tls.with_danger_skip_domain_validation(!place.verify);
            if let Some(ca) = &place.ca {
                tls = tls.with_root_certs(vec![ca.clone().into_bytes().into()]).with_disable_built_in_roots(true);
            }
            opts = opts.ssl_opts(Some(tls));
        }
        let opts = mysql_async::Opts::from(opts);
        let conn = Conn::new(opts.clone()).await.map_err(|error| connecting(&error, place))?;
        Ok(Link { conn, opts, is_busy: false, is_dirty: false })
    }

    fn state(&self) -> State {
        if self.conn.is_disconnected() {
            State::Closed
        } else if self.is_busy {
            State::Busy
        } else if self.is_dirty || self.has_status(StatusFlags::SERVER_STATUS_IN_TRANS) {
            State::Dirty
        } else {
            State::Clean
        }
    }

    async fn reset(&mut self) -> Result<(), OpError> {
        self.is_busy = true;
        if !self.conn.reset().await.map_err(|error| told(&error))? {
            return Err(OpError::new("this server cannot reset a connection"));
        }
        // What was said of the session before is true no more.
        self.conn.query_drop("DO 1").await.map_err(|error| told(&error))?;
        (self.is_busy, self.is_dirty) = (false, false);
        Ok(())
    }

    async fn abandon(self) {
        let (id, opts) = (self.conn.id(), self.opts.clone());
        drop(self);
        if let Ok(mut other) = Conn::new(opts).await {
            let _ = other.query_drop(format!("KILL QUERY {id}")).await;
            let _ = other.disconnect().await;
        }
    }
}

impl Drop for Link {
    /// The driver would read the rest of an answer before it says good-bye. A command that was begun and given up makes
    /// it close the connection at once instead.
    fn drop(&mut self) {
        if self.is_busy && !self.conn.is_disconnected() {
            let _ = self.conn.ping().now_or_never();
        }
    }
}

impl Link {
    fn has_status(&self, flag: StatusFlags) -> bool {
        self.conn.last_ok_packet().is_some_and(|packet| packet.status_flags().contains(flag))
    }

    async fn query(&mut self, sql: &str, multiple: bool, most: usize) -> Result<Vec<Answer>, OpError> {
        let dialect = Dialect::Mysql { backslash: !self.has_status(StatusFlags::SERVER_STATUS_NO_BACKSLASH_ESCAPES) };
        let statements = sql::statements(sql, dialect);
        // The driver always lets the server take several; the packages do not unless they are told to.
        if statements.len() > 1 && !multiple {
            // A prepared statement is one statement: the server itself says what is wrong with this.
            return Err(match self.conn.prep(sql).await {
                Err(error) => told(&error),
                Ok(_) => OpError::new("several statements in one query").with("errno", 1064).with("sqlState", "42000"),
            });
        }
        self.is_dirty |= !statements.iter().all(Statement::is_plain);
        self.is_busy = true;
        let answers = self.answers(sql, most).await;
        // The server's error is the whole answer; after any other one, something is still on its way.
        self.is_busy = !matches!(answers, Ok(_) | Err(Trouble::Said(Error::Server(_))));
        answers.map_err(|trouble| match trouble {
            Trouble::Said(error) => told(&error),
            Trouble::TooLarge => OpError::new("the result is larger than the memory that this script may have"),
        })
    }

    async fn answers(&mut self, sql: &str, most: usize) -> Result<Vec<Answer>, Trouble> {
        let mut result = self.conn.query_iter(sql).await?;
        let (mut answers, mut size) = (Vec::new(), 0);
        loop {
            match result.columns() {
                Some(columns) if !columns.is_empty() => {
                    let fields = columns
                        .iter()
                        .map(|column| {
                            let (name, table, schema) = (column.name_str(), column.table_str(), column.schema_str());
                            (
                                name.into(),
                                column.column_type() as u8,
                                column.character_set(),
                                table.into(),
                                schema.into(),
                                column.flags().bits(),
                            )
                        })
                        .collect();
                    let mut rows = Vec::new();
                    while let Some(row) = result.next().await? {
                        rows.push(cells(row, &mut size));
                        if size > most {
                            return Err(Trouble::TooLarge);
                        }
                    }
                    answers.push(Answer::Rows { fields, rows });
                }
                _ => {
                    answers.push(Answer::Changed {
                        affected: result.affected_rows(),
                        insert: result.last_insert_id().unwrap_or(0),
                        status: 2,
                        warnings: result.warnings(),
                        message: result.info().into_owned(),
                    });
                    // Moves on to the next one.
                    while result.next().await?.is_some() {}
                }
            }
            if result.is_empty() {
                break;
            }
        }
        Ok(answers)
    }
}

enum Trouble {
    Said(Error),
    TooLarge,
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Trouble {
        Trouble::Said(error)
    }
}

/// Text where it is UTF-8, else `{ hex }`.
fn cells(row: Row, size: &mut usize) -> Vec<serde_json::Value> {
    let cell = |value: Value| match value {
        Value::NULL => serde_json::Value::Null,
        Value::Bytes(bytes) => {
            *size += bytes.len() + 16;
            match String::from_utf8(bytes) {
                Ok(text) => serde_json::Value::String(text),
                Err(error) => json!({ "hex": data_encoding::HEXLOWER.encode(error.as_bytes()) }),
            }
        }
        other => serde_json::Value::String(other.as_sql(true).trim_matches('\'').to_owned()),
    };
    row.unwrap().into_iter().map(cell).collect()
}

fn connecting(error: &Error, place: &Place) -> OpError {
    let target = place.socket.clone().unwrap_or_else(|| format!("{}:{}", place.host, place.port));
    match error {
        Error::Io(mysql_async::IoError::Io(error)) => OpError::connecting(error, target),
        Error::Driver(mysql_async::DriverError::NoClientSslFlagFromServer) => {
            OpError::new("Server does not support secure connection").code("HANDSHAKE_NO_SSL_SUPPORT")
        }
        other => told(other),
    }
}

fn told(error: &Error) -> OpError {
    match error {
        Error::Server(error) => {
            OpError::new(&error.message).with("errno", error.code).with("sqlState", error.state.as_str())
        }
        _ => OpError::new("Connection lost: The server closed the connection.").code("PROTOCOL_CONNECTION_LOST"),
    }
}
