//! What `crosswalk doctor` wants to know about the server and its table.

use crosswalk_contract::{Error, ErrorKind, Examination, Field, Finding, Fold, Key, Result, Severity};

use crate::{
    column::{Column, Shape},
    connection::Connection,
    dialect::POSTGRES,
    failure::Failure,
    key::criteria,
    parameter::Parameter,
    store::{Session, Store},
    value::Value,
};

/// The longest value of any column (the limit of `varlena`), and of jsonb, which counts lengths in 28 bits.
const LONGEST: u64 = (1 << 30) - 1;
const LONGEST_JSONB: u64 = (1 << 28) - 1;

const FACTS: &str = "SELECT pg_catalog.current_setting('server_version'), pg_catalog.current_database()::text, \
    CURRENT_USER::text, coalesce(pg_catalog.inet_server_addr()::text, 'unix socket'), \
    pg_catalog.current_setting('server_encoding'), d.datcollate::text || ', ' || d.datctype::text, \
    coalesce((SELECT s.version || ', ' || s.cipher FROM pg_catalog.pg_stat_ssl s \
        WHERE s.pid = pg_catalog.pg_backend_pid() AND s.ssl), 'no'), \
    CASE WHEN pg_catalog.pg_is_in_recovery() THEN 'no, it is a standby' ELSE 'yes' END, \
    pg_catalog.current_setting('max_connections'), (lower(U&'\\00C9') = U&'\\00E9')::text \
    FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()";

const FACT_NAMES: [&str; 9] =
    ["postgresql", "database", "user", "server", "encoding", "collation", "tls", "writable", "connections at most"];

/// Looks at the server and the table without changing anything.
pub(crate) async fn examine(store: &Store) -> Result<Examination> {
    // Nothing old is to be told here.
    store.forget();
    looked(store, true).await
}

/// Looks at the server alone: there may be no table.
pub(crate) async fn examine_server(store: &Store) -> Result<Examination> {
    looked(store, false).await
}

async fn looked(store: &Store, has_table: bool) -> Result<Examination> {
    let exclusive = store.pool.get().await?;
    let result = look(store, &exclusive, has_table).await;
    if result.as_ref().err().is_none_or(Failure::leaves_connection) {
        exclusive.give_back();
    }
    result.map_err(|failure| store.told(failure))
}

async fn look(store: &Store, connection: &Connection, has_table: bool) -> Result<Examination, Failure> {
    let mut examination = Examination::default();
    facts(store, connection, &mut examination).await?;
    if !has_table {
        return Ok(examination);
    }
    match store.session(connection).await {
        Ok(session) => session.examine_table(&mut examination).await?,
        Err(Failure::Told(error)) if error.kind() == ErrorKind::Config => {
            examination.findings.push(blocker(&error));
        }
        Err(failure) => return Err(failure),
    }
    Ok(examination)
}

async fn facts(store: &Store, connection: &Connection, examination: &mut Examination) -> Result<(), Failure> {
    let rows = connection.query_once(FACTS, &[]).await?;
    let mut values: Vec<String> = Vec::new();
    if let Some(row) = rows.first() {
        for index in 0..=FACT_NAMES.len() {
            values.push(row.try_get::<_, Option<String>>(index)?.unwrap_or_default());
        }
    }
    let value = |name: &str| {
        FACT_NAMES.iter().position(|other| *other == name).and_then(|at| values.get(at)).map_or("", String::as_str)
    };
    let mut warn = |severity, text: String| examination.findings.push(Finding { severity, text });
    if value("encoding") != "UTF8" {
        let text = format!(
            "The database is encoded in {}, which does not have every character, so some names and metadata cannot be \
             written; only a database in UTF8 takes all.",
            value("encoding")
        );
        warn(Severity::Warning, text);
    }
    let server = value("server");
    let far = !matches!(server, "unix socket" | "127.0.0.1/32" | "127.0.0.1" | "::1/128" | "::1");
    if far && value("tls") == "no" {
        let text = "The connection is not encrypted, so password hashes cross the network in the clear; set tls = \
                    { mode = \"verify-full\" }.";
        warn(Severity::Warning, text.to_owned());
    }
    if value("writable") != "yes" && !store.table.read_only {
        let text = "The server is a standby that only reads; name the primary in url, or all servers together with \
                    target_session_attrs=read-write, or set read_only = true.";
        warn(Severity::Blocker, text.to_owned());
    }
    if values.last().is_some_and(|folds| folds != "true") && store.opening.lookup_fields.iter().any(|(_, fold)| *fold) {
        let text = format!(
            "The collation of the database ({}) folds only ASCII letters, so users whose identifiers have others are \
             found by the exact spelling of those letters only.",
            value("collation")
        );
        warn(Severity::Warning, text);
    }
    examination.facts =
        FACT_NAMES.iter().zip(&values).map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Ok(())
}

impl Session<'_> {
    async fn examine_table(&self, examination: &mut Examination) -> Result<(), Failure> {
        let (schema, opening) = (&self.schema, &self.store.opening);
        let table = &self.store.table.table;
        examination.columns =
            schema.columns.iter().map(|column| (column.name.clone(), column.declared.clone())).collect();
        examination.column_limits =
            schema.columns.iter().filter_map(|column| Some((column.name.clone(), limit(column)?))).collect();

        let lookups = opening.lookup_fields.iter().map(|(name, _)| name);
        let mut named: Vec<&String> = lookups.chain(&opening.container_fields).chain(&schema.missing).collect();
        named.sort_unstable();
        named.dedup();
        let unknown = named.into_iter().filter_map(|name| schema.column(table, name).err());
        examination.findings.extend(unknown.map(|error| blocker(&error)));
        if let Err(error) = schema.order(table) {
            examination.findings.push(blocker(&error));
        }
        self.examine_privileges(examination).await?;
        self.examine_indexes(examination).await?;
        self.examine_columns(examination);
        Ok(())
    }

    async fn examine_privileges(&self, examination: &mut Examination) -> Result<(), Failure> {
        let table = &self.store.table.table;
        let privileges: &[&str] =
            if self.store.table.read_only { &["SELECT"] } else { &["SELECT", "INSERT", "UPDATE", "DELETE"] };
        for privilege in privileges {
            // Rights on single columns count: what exactly is missing then shows when it is used.
            let sql = "SELECT CASE $2::text WHEN 'DELETE' THEN pg_catalog.has_table_privilege($1::text::oid, $2::text) \
                       ELSE pg_catalog.has_any_column_privilege($1::text::oid, $2::text) END::text";
            let rows = self
                .connection
                .query_once(sql, &[Parameter::borrowed(&self.schema.oid), Parameter::borrowed(privilege)])
                .await?;
            let granted = rows.first().map(|row| row.try_get::<_, Option<String>>(0)).transpose()?.flatten();
            if granted.as_deref() != Some("true") {
                let name = POSTGRES.quoted(table);
                let text = format!(
                    "The database user may not {privilege} on {table}; the owner can do: GRANT {privilege} ON {name} \
                     TO this user."
                );
                examination.findings.push(Finding { severity: Severity::Blocker, text });
            }
        }
        Ok(())
    }

    async fn examine_indexes(&self, examination: &mut Examination) -> Result<(), Failure> {
        let table = &self.store.table.table;
        for (name, folded) in &self.store.opening.lookup_fields {
            let Ok(column) = self.schema.column(table, name) else { continue };
            match self.is_served(column, *folded).await {
                Ok(true) => {}
                Ok(false) => {
                    let folds = *folded && column.is_text() && column.shape != Shape::CaseBlind;
                    let index = if folds { format!("lower({name})") } else { name.clone() };
                    let text = format!(
                        "Users are looked up by {table}.{name}, and no index serves that, so each look-up reads the \
                         whole table; the owner of the database should make an index on {index}."
                    );
                    examination.findings.push(Finding { severity: Severity::Warning, text });
                }
                // The condition of the settings does not fit the table, or reading is not permitted.
                Err(Failure::Driver(error)) if error.code().is_some() => {
                    let told = self.store.told(Failure::Driver(error));
                    examination.findings.push(blocker(&told));
                    break;
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(())
    }

    /// Whether an index finds the row: what the planner would use if reading the whole table were forbidden. (On a
    /// small table it reads all of it, whatever the indexes.)
    async fn is_served(&self, column: &Column, folded: bool) -> Result<bool, Failure> {
        let sample = match column.shape {
            Shape::Integer(..) | Shape::Numeric => "1",
            Shape::Uuid => "00000000-0000-0000-0000-000000000000",
            Shape::Bool => "true",
            _ => "a",
        };
        let mut key = Key::field(&column.name, sample);
        key.fold = if folded { Fold::Lower } else { Fold::Exact };
        let Some(by) = criteria(self.store, &self.schema, &key)? else { return Ok(true) };
        let statement = self.store.table().select_list("1", &by, 2);
        let explain = format!("EXPLAIN (FORMAT JSON) {}", statement.sql);
        self.connection.command("BEGIN READ ONLY; SET LOCAL enable_seqscan = off").await?;
        let plan = self.connection.query_once(&explain, &statement.values).await;
        self.connection.command("ROLLBACK").await?;
        match plan?.first().map(|row| row.try_get::<_, Value>(0)).transpose()? {
            Some(Value(Field::Json(plan) | Field::Text(plan))) => Ok(plan.contains("\"Index Cond\"")),
            _ => Ok(false),
        }
    }

    fn examine_columns(&self, examination: &mut Examination) {
        let (table, opening) = (&self.store.table.table, &self.store.opening);
        let mut note = |text: String| examination.findings.push(Finding { severity: Severity::Warning, text });
        for column in opening.container_fields.iter().filter_map(|name| self.schema.column(table, name).ok()) {
            let name = &column.name;
            match column.shape {
                Shape::Jsonb => note(format!(
                    "{table}.{name} is jsonb, which keeps what metadata means but not how it is written: it orders \
                     keys, rewrites numbers such as 1.0e2, and refuses the character \\u0000; json or text keep all."
                )),
                Shape::Padded => note(format!(
                    "{table}.{name} is {}, which pads metadata with blanks; text would not.",
                    column.declared
                )),
                _ => {}
            }
        }
        for column in opening.lookup_fields.iter().filter_map(|(name, _)| self.schema.column(table, name).ok()) {
            if column.is_text() && !column.exact && column.shape != Shape::CaseBlind {
                note(format!(
                    "{table}.{} has a collation that calls different texts equal; users are found by their exact text \
                     only.",
                    column.name
                ));
            }
        }
    }
}

fn limit(column: &Column) -> Option<u64> {
    match (column.limit, column.shape) {
        // A character has at least one byte, so this much always fits.
        (Some(characters), _) => Some(characters.into()),
        (None, Shape::Text | Shape::CaseBlind | Shape::Json) => Some(LONGEST),
        (None, Shape::Jsonb) => Some(LONGEST_JSONB),
        // Bytes are sent as two hexadecimal digits each, and a statement may be as long as a value.
        (None, Shape::Bytes) => Some(LONGEST / 2 - 1_024),
        _ => None,
    }
}

fn blocker(error: &Error) -> Finding {
    let mut text = error.message().to_owned();
    if let Some(first) = text.get(..1).map(str::to_uppercase) {
        text.replace_range(..1, &first);
    }
    if let Some(hint) = error.hint_text() {
        text = format!("{text}; {hint}");
    }
    if !text.ends_with(['.', '?']) {
        text.push('.');
    }
    Finding { severity: Severity::Blocker, text }
}
