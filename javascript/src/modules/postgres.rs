//! What the package `pg` is built on. Values and results cross as PostgreSQL's own text, as they do in node-postgres, so
//! that every type there is comes through; JavaScript makes values of them.
//!
//! tokio-postgres asks for results in binary. What has columns whose binary form is known (`binary.rs`) is run by the
//! protocol; all else is a prepared statement that is run by SQL (`EXECUTE`), which answers in text.

mod binary;

use std::{
    collections::HashMap,
    fmt::Write,
    io,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::BytesMut;
use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::{
    net::{TcpStream, UnixStream},
    task::AbortHandle,
};
use tokio_postgres::{
    Client as Driver, Config, NoTls, Row, SimpleQueryMessage, SimpleQueryRow,
    config::SslMode,
    error::SqlState,
    tls::MakeTlsConnect,
    types::{Format, IsNull, ToSql, Type, to_sql_checked},
};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{
    argument,
    pools::{self, State, Wire},
    sql::{self, Dialect, Statement},
    tls,
};
use crate::{
    Network,
    session::{Done, OpError, Session},
};

pub(crate) type Pools = pools::Pools<Link>;
pub(crate) type Client = pools::Client<Link>;

/// Prepared statements that a connection keeps.
const MOST_STATEMENTS: usize = 200;

/// The type of what nothing is known of: text.
const TEXT: u32 = 25;

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

/// What one statement returned.
#[derive(Serialize)]
struct Answer {
    command: String,
    count: Option<u64>,
    fields: Vec<(String, u32)>,
    rows: Vec<Cells>,
}

/// A row, written out cell by cell.
enum Cells {
    Text(SimpleQueryRow),
    Binary(Row),
}

impl Serialize for Cells {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Cells::Text(row) => serializer.collect_seq((0..row.len()).map(|at| row.get(at))),
            Cells::Binary(row) => serializer.collect_seq(row.columns().iter().enumerate().map(|(at, column)| {
                let cell: Option<binary::Cell<'_>> = row.try_get(at).unwrap_or_default();
                cell.and_then(|cell| cell.text(column.type_().oid()))
            })),
        }
    }
}

/// Whether a command says how many rows it was about.
fn counts(command: &str) -> bool {
    matches!(command, "SELECT" | "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "FETCH" | "MOVE" | "COPY")
}

/// A parameter in the server's own text.
#[derive(Debug)]
struct Text<'v>(Option<&'v str>);

impl ToSql for Text<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        let Some(text) = self.0 else { return Ok(IsNull::Yes) };
        out.extend_from_slice(text.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

impl Answer {
    fn word(&self) -> String {
        self.count.map_or_else(|| self.command.clone(), |count| format!("{} {count}", self.command))
    }
}

enum Failure {
    Server(tokio_postgres::Error),
    /// The same, of a statement that was run by its name.
    Running(tokio_postgres::Error),
    /// What node-postgres would have got from the server.
    Told(&'static str, String),
    TooLarge,
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Failure {
        Failure::Server(error)
    }
}

impl Failure {
    fn told(&self) -> OpError {
        match self {
            Failure::Server(error) => told(error),
            Failure::Running(error) => told(error).without("position"),
            Failure::Told(code, message) => OpError::new(message).code(code).with("severity", "ERROR"),
            Failure::TooLarge => OpError::new("the result is larger than the memory that this script may have"),
        }
    }

    /// Whether a prepared statement is of no use any more: the table was changed, or somebody threw it away.
    fn is_outdated(&self) -> bool {
        let code = match self {
            Failure::Running(error) => error.code(),
            _ => None,
        };
        code == Some(&SqlState::INVALID_SQL_STATEMENT_NAME) || code == Some(&SqlState::FEATURE_NOT_SUPPORTED)
    }
}

/// A connection.
pub(crate) struct Link {
    driver: Driver,
    task: AbortHandle,
    tls: Option<MakeRustlsConnect>,
    place: Place,
    address: Address,
    statements: HashMap<String, Arc<Prepared>>,
    is_busy: bool,
    is_dirty: bool,
}

#[derive(Clone)]
enum Address {
    Tcp(std::net::SocketAddr),
    Socket(PathBuf),
}

struct Prepared {
    /// Held so that the server keeps it.
    statement: tokio_postgres::Statement,
    fields: Vec<(String, u32)>,
    how: How,
    command: String,
    /// Whether nothing of it stays with the connection.
    is_plain: bool,
}

/// How a prepared statement is run.
enum How {
    /// By the protocol: its columns are of types whose binary form is told as text here.
    ByProtocol,
    /// By SQL, under the name that the server knows it by.
    ByName(String),
    /// Anew.
    AsText,
}

impl Wire for Link {
    type Place = Place;

    fn patience(place: &Place) -> Option<Duration> {
        place.timeout.map(Duration::from_millis)
    }

    async fn dial(place: &Place, network: &Network, patience: Duration) -> Result<Link, OpError> {
        let tls = match place.ssl {
            true => Some(MakeRustlsConnect::new(tls::client(place.verify, place.ca.as_deref(), None)?)),
            false => None,
        };
        let mut config = Config::new();
        config.user(&place.user).dbname(&place.database);
        config.ssl_mode(if place.ssl { SslMode::Require } else { SslMode::Disable });
        if let Some(password) = &place.password {
            config.password(password);
        }
        if let Some(application) = &place.application {
            config.application_name(application);
        }
        let mut options = place.options.clone().unwrap_or_default();
        if let Some(limit) = place.statement {
            let _ = write!(options, " -c statement_timeout={limit}");
        }
        if !options.is_empty() {
            config.options(options.trim());
        }
        if place.host.starts_with('/') {
            let path = PathBuf::from(&place.host).join(format!(".s.PGSQL.{}", place.port));
            network.admit_socket(&path)?;
            let address = Address::Socket(path);
            return Link::start(address, &config, None, place).await;
        }
        let mut last = None;
        for address in network.resolve(&place.host, place.port, patience).await? {
            match Link::start(Address::Tcp(address), &config, tls.clone(), place).await {
                Err(error) if error.is("ECONNREFUSED") || error.is("ETIMEDOUT") => last = Some(error),
                other => return other,
            }
        }
        Err(last.unwrap_or_else(|| OpError::new("the host has no address").code("ENOTFOUND")))
    }

    fn state(&self) -> State {
        match self {
            Link { is_busy: true, .. } => State::Busy,
            link if link.driver.is_closed() => State::Closed,
            Link { is_dirty: true, .. } => State::Dirty,
            _ => State::Clean,
        }
    }

    async fn reset(&mut self) -> Result<(), OpError> {
        self.statements.clear();
        self.driver.batch_execute("ROLLBACK").await.map_err(|error| told(&error))?;
        self.driver.batch_execute("DISCARD ALL").await.map_err(|error| told(&error))?;
        self.is_dirty = false;
        Ok(())
    }

    async fn abandon(self) {
        let token = self.driver.cancel_token();
        let _ = match (&self.address, self.tls.clone()) {
            (Address::Socket(path), _) => match UnixStream::connect(path).await {
                Ok(stream) => token.cancel_query_raw(stream, NoTls).await,
                Err(_) => return,
            },
            (Address::Tcp(address), tls) => {
                let Ok(stream) = TcpStream::connect(address).await else { return };
                match tls {
                    None => token.cancel_query_raw(stream, NoTls).await,
                    Some(mut tls) => match MakeTlsConnect::<TcpStream>::make_tls_connect(&mut tls, &self.place.host) {
                        Ok(tls) => token.cancel_query_raw(stream, tls).await,
                        Err(_) => return,
                    },
                }
            }
        };
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Link {
    async fn start(
        address: Address,
        config: &Config,
        tls: Option<MakeRustlsConnect>,
        place: &Place,
    ) -> Result<Link, OpError> {
        let lost = |error: io::Error| connect_error(&error, &address);
        let (driver, task) = match &address {
            Address::Socket(path) => {
                let stream = UnixStream::connect(path).await.map_err(lost)?;
                let (driver, link) = config.connect_raw(stream, NoTls).await.map_err(|error| told(&error))?;
                (driver, tokio::spawn(link).abort_handle())
            }
            Address::Tcp(target) => {
                let stream = TcpStream::connect(target).await.map_err(lost)?;
                stream.set_nodelay(true).map_err(lost)?;
                match &tls {
                    None => {
                        let (driver, link) = config.connect_raw(stream, NoTls).await.map_err(|error| told(&error))?;
                        (driver, tokio::spawn(link).abort_handle())
                    }
                    Some(tls) => {
                        let secured = MakeTlsConnect::<TcpStream>::make_tls_connect(&mut tls.clone(), &place.host)
                            .map_err(|error| OpError::new(error.to_string()))?;
                        let (driver, link) = config.connect_raw(stream, secured).await.map_err(|error| told(&error))?;
                        (driver, tokio::spawn(link).abort_handle())
                    }
                }
            }
        };
        Ok(Link {
            driver,
            task,
            tls,
            place: place.clone(),
            address,
            statements: HashMap::new(),
            is_busy: false,
            is_dirty: false,
        })
    }

    async fn query(&mut self, text: &str, values: &[Option<String>], most: usize) -> Result<Vec<Answer>, Failure> {
        if values.iter().flatten().any(|value| value.contains('\0')) {
            let message = "invalid byte sequence for encoding \"UTF8\": 0x00";
            return Err(Failure::Told("22021", message.to_owned()));
        }
        if let Some(known) = self.statements.get(text).cloned() {
            self.is_dirty |= !known.is_plain;
            return self.again(text, known, values, most).await;
        }
        let statements = sql::statements(text, Dialect::Postgres);
        self.is_dirty |= !statements.iter().all(Statement::is_plain);
        match statements.as_slice() {
            [statement] if statement.is_plannable() => {
                let prepared = self.prepare(text, statement).await?;
                self.again(text, prepared, values, most).await
            }
            statements => {
                let mut fields = Vec::new();
                for statement in statements {
                    let describes = statement.is_plannable()
                        || matches!(statement.keyword(), "show" | "explain" | "call" | "fetch");
                    let known = if describes { self.driver.prepare(statement.text).await.ok() } else { None };
                    fields.push(known.map(|known| fields_of(&known)).unwrap_or_default());
                }
                if !values.is_empty() {
                    // Whatever the server says about parameters here is what node-postgres would have got.
                    let prepared = self.driver.prepare(text).await?;
                    check_count(&prepared, values)?;
                }
                let commands: Vec<String> = statements.iter().map(Statement::command).collect();
                self.run(text, &commands, &fields, most).await
            }
        }
    }

    /// Runs a prepared statement, once more if the server has forgotten it or the table was changed since.
    async fn again(
        &mut self,
        text: &str,
        prepared: Arc<Prepared>,
        values: &[Option<String>],
        most: usize,
    ) -> Result<Vec<Answer>, Failure> {
        match self.execute(text, &prepared, values, most).await {
            Err(failure) if !self.is_dirty && failure.is_outdated() => {
                self.statements.remove(text);
                let statements = sql::statements(text, Dialect::Postgres);
                let Some(statement) = statements.first() else { return Err(failure) };
                let prepared = self.prepare(text, statement).await?;
                self.execute(text, &prepared, values, most).await
            }
            other => other,
        }
    }

    async fn execute(
        &self,
        text: &str,
        prepared: &Prepared,
        values: &[Option<String>],
        most: usize,
    ) -> Result<Vec<Answer>, Failure> {
        check_count(&prepared.statement, values)?;
        let fields = || [prepared.fields.clone()];
        let command = std::slice::from_ref(&prepared.command);
        match &prepared.how {
            How::ByProtocol => {
                let parameters = values.iter().map(|value| Text(value.as_deref()));
                let stream = self.driver.query_raw(&prepared.statement, parameters);
                let stream = stream.await.map_err(Failure::Running)?;
                let mut stream = std::pin::pin!(stream);
                let (mut rows, mut size) = (Vec::new(), 0);
                while let Some(row) = stream.try_next().await.map_err(Failure::Running)? {
                    size += row.raw_size_bytes() + 8 * row.len();
                    if size > most {
                        return Err(Failure::TooLarge);
                    }
                    rows.push(Cells::Binary(row));
                }
                let count = stream.rows_affected();
                let (command, fields) = (prepared.command.clone(), prepared.fields.clone());
                Ok(vec![Answer { count: count.filter(|_| counts(&command)), command, fields, rows }])
            }
            How::ByName(name) => {
                let made = self.run(&execution(name, values), command, &fields(), most).await;
                // A position would be one in the words of `EXECUTE`.
                made.map_err(|failure| match failure {
                    Failure::Server(error) => Failure::Running(error),
                    other => other,
                })
            }
            How::AsText => self.run(text, command, &fields(), most).await,
        }
    }

    async fn prepare(&mut self, text: &str, statement: &Statement<'_>) -> Result<Arc<Prepared>, Failure> {
        if self.statements.len() >= MOST_STATEMENTS {
            self.statements.clear();
        }
        let made = self.driver.prepare(text).await?;
        let fields = fields_of(&made);
        let how = match fields.iter().all(|(_, oid)| binary::is_known(*oid)) {
            true => How::ByProtocol,
            false => self.name_of(text).await?.map_or(How::AsText, How::ByName),
        };
        let (command, is_plain) = (statement.command(), statement.is_plain());
        let prepared = Arc::new(Prepared { statement: made, fields, how, command, is_plain });
        self.statements.insert(text.to_owned(), prepared.clone());
        Ok(prepared)
    }

    /// What the server calls the newest statement of that text. The driver does not tell; there is one user of this
    /// session.
    async fn name_of(&self, text: &str) -> Result<Option<String>, Failure> {
        let question = format!(
            "SELECT name FROM pg_catalog.pg_prepared_statements WHERE statement = {} AND NOT from_sql \
             ORDER BY prepare_time DESC, name DESC LIMIT 1",
            literal(text)
        );
        Ok(self.driver.simple_query(&question).await?.into_iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        }))
    }

    async fn run(
        &self,
        text: &str,
        commands: &[String],
        fields: &[Vec<(String, u32)>],
        most: usize,
    ) -> Result<Vec<Answer>, Failure> {
        let stream = self.driver.simple_query_raw(text).await?;
        let mut stream = std::pin::pin!(stream);
        let (mut answers, mut rows, mut names, mut size) = (Vec::new(), Vec::new(), Vec::new(), 0);
        while let Some(message) = stream.try_next().await? {
            match message {
                SimpleQueryMessage::RowDescription(columns) => {
                    names = columns.iter().map(|column| column.name().to_owned()).collect();
                }
                SimpleQueryMessage::Row(row) => {
                    size += (0..row.len()).map(|at| row.get(at).map_or(8, |cell| cell.len() + 8)).sum::<usize>();
                    if size > most {
                        return Err(Failure::TooLarge);
                    }
                    rows.push(Cells::Text(row));
                }
                SimpleQueryMessage::CommandComplete(changed) => {
                    let at = answers.len();
                    let known = fields.get(at).map_or(&[][..], Vec::as_slice);
                    let command = commands.get(at).cloned().unwrap_or_default();
                    let rows = std::mem::take(&mut rows);
                    let fields = std::mem::take(&mut names).into_iter().enumerate();
                    answers.push(Answer {
                        count: counts(&command).then_some(changed),
                        command,
                        fields: fields.map(|(at, name)| (name, known.get(at).map_or(TEXT, |field| field.1))).collect(),
                        rows,
                    });
                }
                _ => {}
            }
        }
        if answers.is_empty() {
            answers.push(Answer { command: String::new(), count: None, fields: Vec::new(), rows: Vec::new() });
        }
        Ok(answers)
    }
}

fn fields_of(statement: &tokio_postgres::Statement) -> Vec<(String, u32)> {
    statement.columns().iter().map(|column| (column.name().to_owned(), column.type_().oid())).collect()
}

fn check_count(statement: &tokio_postgres::Statement, values: &[Option<String>]) -> Result<(), Failure> {
    let wanted = statement.params().len();
    if wanted == values.len() {
        return Ok(());
    }
    let given = values.len();
    let message = match given {
        0 if wanted > 0 => "there is no parameter $1".to_owned(),
        _ => format!("bind message supplies {given} parameters, but prepared statement \"\" requires {wanted}"),
    };
    Err(Failure::Told(if given == 0 { "42P02" } else { "08P01" }, message))
}

fn execution(name: &str, values: &[Option<String>]) -> String {
    let mut text = format!("EXECUTE \"{}\"", name.replace('"', "\"\""));
    for (at, value) in values.iter().enumerate() {
        text.push(if at == 0 { '(' } else { ',' });
        match value {
            Some(value) => text.push_str(&literal(value)),
            None => text.push_str("NULL"),
        }
    }
    if !values.is_empty() {
        text.push(')');
    }
    text
}

/// A text as the server reads it back, whatever its settings.
fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 3);
    literal.push_str("E'");
    for letter in text.chars() {
        if matches!(letter, '\'' | '\\') {
            literal.push('\\');
        }
        literal.push(letter);
    }
    literal.push('\'');
    literal
}

fn connect_error(error: &io::Error, address: &Address) -> OpError {
    let place = match address {
        Address::Tcp(address) => address.to_string(),
        Address::Socket(path) => path.display().to_string(),
    };
    OpError::connecting(error, place)
}

fn source_of<E: std::error::Error + 'static>(error: &tokio_postgres::Error) -> Option<&E> {
    std::error::Error::source(error).and_then(|source| source.downcast_ref())
}

/// What node-postgres says: the server's own words, or that the connection is gone.
fn told(error: &tokio_postgres::Error) -> OpError {
    let Some(database) = error.as_db_error() else {
        let source = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
        let is_cut = source_of::<io::Error>(error).is_some_and(|error| {
            use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
            matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
        });
        return match error.to_string() {
            _ if error.is_closed() || is_cut => OpError::new("Connection terminated unexpectedly"),
            text if text.contains("TLS") && source.contains("server does not support") => {
                OpError::new("The server does not support SSL connections")
            }
            text if source.is_empty() => OpError::new(text),
            text => OpError::new(format!("{text}: {source}")),
        };
    };
    let mut made = OpError::new(database.message()).code(database.code().code()).with("severity", database.severity());
    let texts = [
        ("detail", database.detail()),
        ("hint", database.hint()),
        ("where", database.where_()),
        ("schema", database.schema()),
        ("table", database.table()),
        ("column", database.column()),
        ("dataType", database.datatype()),
        ("constraint", database.constraint()),
        ("file", database.file()),
        ("routine", database.routine()),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            made = made.with(name, text);
        }
    }
    if let Some(line) = database.line() {
        made = made.with("line", line.to_string());
    }
    if let Some(tokio_postgres::error::ErrorPosition::Original(position)) = database.position() {
        made = made.with("position", position.to_string());
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_went() {
        assert_eq!(literal("it's \\ $1"), r"E'it\'s \\ $1'");
        assert_eq!(execution("s1", &[None, Some("a".to_owned())]), r#"EXECUTE "s1"(NULL,E'a')"#);
        assert_eq!(execution("s1", &[]), r#"EXECUTE "s1""#);
    }
}
