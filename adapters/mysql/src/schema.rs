//! The table as the server describes it: columns, character sets, limits, and what identifies a row.

use std::{collections::HashSet, sync::Arc};

use crosswalk_contract::{Columns, Error, ErrorKind, Result};
use crosswalk_sql::{Order, unknown_column, unknown_table};
use mysql_async::{Row, Value, prelude::FromValue};

use crate::{failure::failure, pool::Lease, store::Store};

/// What is left of a packet for everything but the values.
const PACKET_OVERHEAD: u64 = 1_024;

/// What is known of the table.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(crate) columns: Vec<Column>,
    /// The columns that are read, and their shared names in records.
    reading: Vec<String>,
    pub(crate) names: Arc<Columns>,
    /// Columns that the map reads and the table does not have.
    pub(crate) missing: Vec<String>,
    pub(crate) indexes: Vec<Index>,
    /// What identifies a row and orders a listing: unique and never NULL, except on views.
    identity: Vec<String>,
    /// Whether what fails half-way is undone.
    pub(crate) transactional: bool,
    pub(crate) engine: String,
    /// The largest packet that the server takes, in bytes.
    pub(crate) max_packet: u64,
}

/// A column as declared.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) declared: String,
    pub(crate) kind: Kind,
    pub(crate) charset: Option<String>,
    pub(crate) collation: Option<String>,
    /// The most characters that text may have.
    pub(crate) max_chars: Option<u64>,
    /// The most bytes.
    pub(crate) max_bytes: Option<u64>,
    pub(crate) nullable: bool,
    /// The server counts it up where no value is given.
    pub(crate) counted: bool,
    /// What the user of the connection may do: `select,insert,update,references`.
    pub(crate) privileges: String,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Integer,
    Bit,
    /// The digits before and after the point.
    Decimal(u32, u32),
    Float,
    Double,
    Year,
    Date,
    /// The digits of a second's fraction.
    Time(u32),
    Timestamp(u32),
    Text,
    Bytes,
    Json,
    /// MariaDB's UUID, INET4 and INET6: text outside, bytes inside.
    Formatted,
    /// Geometries, and what is not known here.
    Other,
}

/// An index; a column of which only a part or an expression is in it has no name here.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    pub(crate) name: String,
    pub(crate) unique: bool,
    pub(crate) columns: Vec<Option<String>>,
}

impl Column {
    /// What a parameter stands for in a statement that only the server understands.
    pub(crate) fn unknown(name: &str) -> Column {
        Column {
            name: name.to_owned(),
            declared: String::new(),
            kind: Kind::Text,
            charset: None,
            collation: None,
            max_chars: None,
            max_bytes: None,
            nullable: true,
            counted: false,
            privileges: String::new(),
        }
    }
}

impl Schema {
    pub(crate) async fn read(store: &Store, lease: &mut Lease) -> Result<Schema> {
        let table = &store.table.table;
        let at = "TABLE_SCHEMA = COALESCE(?, DATABASE()) AND TABLE_NAME = ?";
        let values = || vec![Value::from(store.table.schema.as_deref()), Value::from(table)];
        let general = format!(
            "SELECT @@max_allowed_packet, t.TABLE_TYPE, COALESCE(t.ENGINE, ''), \
             COALESCE(e.TRANSACTIONS, 'YES'), DATABASE() FROM (SELECT 1) one LEFT JOIN information_schema.TABLES t ON {at} \
             LEFT JOIN information_schema.ENGINES e ON e.ENGINE = t.ENGINE"
        );
        let general = ask(store, lease, &general, values()).await?;
        let Some(mut general) = general.into_iter().next() else {
            return Err(Error::new(ErrorKind::Unexpected, "the server tells nothing about itself"));
        };
        let kind: Option<String> = take(&mut general, 1);
        let database: Option<String> = store.table.schema.clone().or_else(|| take(&mut general, 4));
        let (Some(kind), Some(_)) = (kind, &database) else {
            return Err(no_table(store, lease, database.as_deref()).await);
        };
        let columns = format!(
            "SELECT COLUMN_NAME, COLUMN_TYPE, DATA_TYPE, IS_NULLABLE, CHARACTER_SET_NAME, COLLATION_NAME, \
             CHARACTER_MAXIMUM_LENGTH, CHARACTER_OCTET_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION, EXTRA, \
             `PRIVILEGES` FROM information_schema.COLUMNS WHERE {at} ORDER BY ORDINAL_POSITION"
        );
        let columns = ask(store, lease, &columns, values()).await?;
        let columns: Vec<Column> = columns.into_iter().filter_map(column).collect();
        let indexes = format!(
            "SELECT INDEX_NAME, NON_UNIQUE, COLUMN_NAME, SUB_PART FROM information_schema.STATISTICS WHERE {at} \
             ORDER BY INDEX_NAME <> 'PRIMARY', INDEX_NAME, SEQ_IN_INDEX"
        );
        let indexes = indexes_of(ask(store, lease, &indexes, values()).await?);
        let is_view = kind.contains("VIEW");
        let identity = identity(store, &columns, &indexes, is_view);
        let (reading, names, missing) = reading(store, &columns);
        Ok(Schema {
            columns,
            reading,
            names,
            missing,
            indexes,
            identity,
            transactional: take::<String>(&mut general, 3).is_some_and(|word| word == "YES"),
            engine: take(&mut general, 2).unwrap_or_default(),
            max_packet: take(&mut general, 0).unwrap_or(1 << 24),
        })
    }

    /// The column of that name; letter case in names does not count.
    pub(crate) fn column(&self, table: &str, name: &str) -> Result<&Column> {
        self.find(name)
            .ok_or_else(|| unknown_column(table, name, self.columns.iter().map(|column| column.name.as_str())))
    }

    /// The same where it may be missing.
    pub(crate) fn find(&self, name: &str) -> Option<&Column> {
        let wanted = name.to_lowercase();
        self.columns.iter().find(|column| column.name == name || column.name.to_lowercase() == wanted)
    }

    /// Some column, where it only matters whether there is a row.
    pub(crate) fn any_column(&self) -> &str {
        self.columns.first().map_or("", |column| column.name.as_str())
    }

    /// The columns to select for a record, in the order of [`Schema::names`].
    pub(crate) fn reading(&self, table: &str) -> Result<Vec<&str>> {
        match self.missing.first() {
            Some(missing) => self.column(table, missing).map(|_| Vec::new()),
            None => Ok(self.reading.iter().map(String::as_str).collect()),
        }
    }

    /// What identifies a row.
    ///
    /// # Errors
    /// `Config` for a table without a unique key, or a view of which nobody says what its id is.
    pub(crate) fn identity(&self, table: &str) -> Result<Vec<Order<'_>>> {
        if self.identity.is_empty() {
            return Err(Error::new(ErrorKind::Config, format!("nothing identifies a row of {table}"))
                .with("table", table)
                .hint("map user_id to a column that is unique and never NULL, or make a primary key"));
        }
        Ok(self.identity.iter().map(|column| Order { column, collation: None }).collect())
    }

    /// Whether the table itself keeps two rows from having the same values there.
    pub(crate) fn is_unique(&self, columns: &[&str]) -> bool {
        self.indexes.iter().any(|index| index.unique && index.is_on(columns))
    }

    /// Whether an index serves a look-up by that column.
    pub(crate) fn is_indexed(&self, column: &str) -> bool {
        let is = |name: &Option<String>| name.as_ref().is_some_and(|name| name.eq_ignore_ascii_case(column));
        self.indexes.iter().any(|index| index.columns.first().is_some_and(is))
    }

    /// The columns of an index that the server names, as a list for people.
    pub(crate) fn columns_of_index(&self, name: &str) -> Option<String> {
        // MySQL 8 says `table.index`.
        let is = |index: &&Index| name == index.name || name.ends_with(&format!(".{}", index.name));
        let index = self.indexes.iter().find(is)?;
        Some(index.columns.iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", "))
    }

    /// The bytes that the values of one statement may have together.
    pub(crate) fn packet_room(&self) -> u64 {
        self.max_packet.saturating_sub(PACKET_OVERHEAD)
    }
}

impl Column {
    /// Whether the column's own comparison regards letter case as different.
    pub(crate) fn regards_case(&self) -> bool {
        self.collation.as_ref().is_some_and(|name| name.ends_with("_bin") || name.ends_with("_cs"))
    }

    /// How many bytes the text takes in the column, where that is known before it is written.
    pub(crate) fn stored_size(&self, text: &str) -> Option<u64> {
        let single = ["latin1", "latin2", "latin5", "latin7", "cp1250", "cp1251", "cp1256", "cp1257", "ascii", "greek"];
        match self.charset.as_deref() {
            None | Some("utf8mb4" | "utf8mb3" | "utf8" | "binary") => Some(text.len() as u64),
            Some(charset) if single.contains(&charset) => Some(text.chars().count() as u64),
            Some(_) => None,
        }
    }

    /// The largest document that the column holds, in bytes, where it limits that at all.
    pub(crate) fn document_limit(&self) -> Option<u64> {
        match self.kind {
            Kind::Text | Kind::Bytes => self.max_bytes,
            _ => None,
        }
    }
}

impl Index {
    /// Whether it is on exactly these columns, in whatever order.
    fn is_on(&self, columns: &[&str]) -> bool {
        self.columns.len() == columns.len()
            && self.columns.iter().all(|own| {
                own.as_ref().is_some_and(|own| columns.iter().any(|column| column.eq_ignore_ascii_case(own)))
            })
    }
}

async fn ask(store: &Store, lease: &mut Lease, sql: &str, values: Vec<Value>) -> Result<Vec<Row>> {
    lease.rows(sql, values).await.map_err(|trouble| failure(&trouble, store, None))
}

/// The value in that place; NULL and what is of another type are `None`.
pub(crate) fn take<T: FromValue>(row: &mut Row, at: usize) -> Option<T> {
    match row.take_opt::<Option<T>, usize>(at) {
        Some(Ok(value)) => value,
        _ => None,
    }
}

async fn no_table(store: &Store, lease: &mut Lease, database: Option<&str>) -> Error {
    let Some(database) = database else {
        return Error::new(ErrorKind::Config, "neither the URL nor the settings name a database")
            .hint("write it at the end of the URL, or as `schema`");
    };
    let sql = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = ? LIMIT 10000";
    match ask(store, lease, sql, vec![Value::from(database)]).await {
        Ok(rows) => {
            let tables: Vec<String> = rows.into_iter().filter_map(|mut row| take(&mut row, 0)).collect();
            unknown_table(&store.table.table, tables.iter().map(String::as_str)).with("database", database)
        }
        Err(error) => error,
    }
}

fn column(mut row: Row) -> Option<Column> {
    let name: String = take(&mut row, 0)?;
    let declared: String = take(&mut row, 1)?;
    let data_type: String = take(&mut row, 2)?;
    let nullable: String = take(&mut row, 3)?;
    let [max_chars, max_bytes, precision, scale, fraction] = [6, 7, 8, 9, 10].map(|at| take::<u64>(&mut row, at));
    let small = |number: Option<u64>| number.and_then(|number| u32::try_from(number).ok()).unwrap_or(0);
    let kind = match data_type.to_ascii_lowercase().as_str() {
        "tinyint" | "smallint" | "mediumint" | "int" | "bigint" => Kind::Integer,
        "bit" => Kind::Bit,
        "decimal" => Kind::Decimal(small(precision), small(scale)),
        "float" => Kind::Float,
        "double" => Kind::Double,
        "year" => Kind::Year,
        "date" => Kind::Date,
        "time" => Kind::Time(small(fraction)),
        "datetime" | "timestamp" => Kind::Timestamp(small(fraction)),
        "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" | "set" => Kind::Text,
        "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => Kind::Bytes,
        "json" => Kind::Json,
        "uuid" | "inet4" | "inet6" => Kind::Formatted,
        _ => Kind::Other,
    };
    let extra: String = take(&mut row, 11).unwrap_or_default();
    Some(Column {
        name,
        declared,
        kind,
        charset: take(&mut row, 4),
        collation: take(&mut row, 5),
        max_chars,
        max_bytes,
        nullable: nullable == "YES",
        counted: extra.to_ascii_lowercase().contains("auto_increment"),
        privileges: take(&mut row, 12).unwrap_or_default(),
    })
}

fn indexes_of(rows: Vec<Row>) -> Vec<Index> {
    let mut indexes: Vec<Index> = Vec::new();
    for mut row in rows {
        let Some(name) = take::<String>(&mut row, 0) else { continue };
        let unique = take::<i64>(&mut row, 1) == Some(0);
        let part = take::<i64>(&mut row, 3);
        let column = take::<String>(&mut row, 2).filter(|_| part.is_none());
        match indexes.last_mut() {
            Some(last) if last.name == name => last.columns.push(column),
            _ => indexes.push(Index { name, unique, columns: vec![column] }),
        }
    }
    indexes
}

fn identity(store: &Store, columns: &[Column], indexes: &[Index], is_view: bool) -> Vec<String> {
    let id = &store.opening.id_fields;
    let find = |name: &str| columns.iter().find(|column| column.name.eq_ignore_ascii_case(name));
    let never_null = |index: &&Index| {
        index.unique
            && index.columns.iter().all(|name| name.as_ref().and_then(|name| find(name)).is_some_and(|c| !c.nullable))
    };
    let wanted: Vec<&str> = id.iter().map(String::as_str).collect();
    let own = |index: &Index| index.columns.iter().flatten().cloned().collect::<Vec<_>>();
    if let Some(index) = indexes.iter().filter(never_null).find(|index| !wanted.is_empty() && index.is_on(&wanted)) {
        return own(index);
    }
    // The primary key comes first in the list.
    if let Some(index) = indexes.iter().find(never_null) {
        return own(index);
    }
    if is_view {
        id.iter().filter_map(|name| find(name)).map(|column| column.name.clone()).collect()
    } else {
        Vec::new()
    }
}

/// The columns to read by their own names, the names that records have for them, and what is missing.
fn reading(store: &Store, columns: &[Column]) -> (Vec<String>, Arc<Columns>, Vec<String>) {
    let opening = &store.opening;
    let mut wanted: Vec<&String> = store.table.columns.iter().chain(&opening.fields).collect();
    if wanted.is_empty() {
        wanted.extend(columns.iter().map(|column| &column.name));
    }
    wanted.extend(&opening.id_fields);
    let mut seen = HashSet::new();
    wanted.retain(|name| seen.insert(name.as_str()));
    let (mut reading, mut names, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    for name in wanted {
        match columns.iter().find(|column| column.name.eq_ignore_ascii_case(name)) {
            Some(column) => {
                reading.push(column.name.clone());
                names.push(name.clone());
            }
            None => missing.push(name.clone()),
        }
    }
    (reading, Columns::new(names), missing)
}
