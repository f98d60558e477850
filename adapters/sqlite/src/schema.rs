//! The table as the file declares it: columns, affinities, and what identifies a row.

use std::{collections::HashSet, sync::Arc};

use crosswalk_contract::{Columns, Error, ErrorKind, Result};
use crosswalk_sql::{Order, unknown_column, unknown_table};
use rusqlite::Row;

use crate::store::{Session, Store};

/// What is known of the table since the schema last changed.
#[derive(Debug)]
pub(crate) struct Schema {
    /// SQLite's number of this schema.
    pub(crate) version: i64,
    pub(crate) columns: Vec<Column>,
    /// The columns that are read, and their shared names in records.
    reading: Vec<String>,
    pub(crate) names: Arc<Columns>,
    /// Columns that the map reads and the table does not have.
    pub(crate) missing: Vec<String>,
    /// What identifies a row and orders a listing: unique and never NULL, except on views.
    identity: Vec<(String, Option<String>)>,
    pub(crate) is_view: bool,
}

/// A column as declared.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) declared: String,
    pub(crate) affinity: Affinity,
    not_null: bool,
    primary: bool,
}

/// How SQLite converts values for a column (sqlite.org/datatype3.html, section 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Affinity {
    Integer,
    Text,
    Real,
    Numeric,
    /// Nothing is converted: `BLOB`, or no type at all.
    None,
}

impl Affinity {
    fn of(declared: &str) -> Affinity {
        let declared = declared.to_ascii_uppercase();
        let has = |parts: &[&str]| parts.iter().any(|part| declared.contains(part));
        match () {
            () if has(&["INT"]) => Affinity::Integer,
            () if has(&["CHAR", "CLOB", "TEXT"]) => Affinity::Text,
            () if declared.is_empty() || has(&["BLOB"]) => Affinity::None,
            () if has(&["REAL", "FLOA", "DOUB"]) => Affinity::Real,
            () => Affinity::Numeric,
        }
    }
}

impl Schema {
    pub(crate) fn read(session: &Session<'_>, version: i64) -> Result<Schema> {
        let store = session.store;
        let table = &store.table.table;
        let kinds: Vec<(String, bool)> =
            rows(session, "SELECT type, wr FROM pragma_table_list(?1) WHERE schema = 'main'", table, |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        let Some((kind, without_rowid)) = kinds.into_iter().next() else {
            let tables: Vec<String> = rows(
                session,
                "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name <> ?1",
                table,
                |row| row.get(0),
            )?;
            return Err(unknown_table(table, tables.iter().map(String::as_str)).with("file", store.path.display()));
        };
        let mut columns = rows(
            session,
            "SELECT name, type, \"notnull\", pk FROM pragma_table_xinfo(?1) WHERE hidden <> 1 ORDER BY cid",
            table,
            |row| {
                let declared: String = row.get(1)?;
                let affinity = Affinity::of(&declared);
                let primary = row.get::<_, i64>(3)? > 0;
                Ok(Column { name: row.get(0)?, declared, affinity, not_null: row.get(2)?, primary })
            },
        )?;
        let identity = identity(session, &columns, kind == "table" && !without_rowid)?;
        let (reading, names, missing) = reading(store, &columns, &identity);
        // A table without an id of its own has rowids; maps may name them like a column.
        if let [(rowid, _)] = identity.as_slice()
            && !columns.iter().any(|column| column.name.eq_ignore_ascii_case(rowid))
        {
            let declared = "INTEGER".to_owned();
            let (name, affinity) = (rowid.clone(), Affinity::Integer);
            columns.push(Column { name, declared, affinity, not_null: true, primary: false });
        }
        Ok(Schema { version, columns, reading, names, missing, identity, is_view: kind == "view" })
    }

    /// The column of that name; SQLite does not regard letter case in names.
    pub(crate) fn column(&self, table: &str, name: &str) -> Result<&Column> {
        self.columns
            .iter()
            .find(|column| column.name.eq_ignore_ascii_case(name))
            .ok_or_else(|| unknown_column(table, name, self.columns.iter().map(|column| column.name.as_str())))
    }

    /// Some column, where it only matters whether there is a row.
    pub(crate) fn any_column(&self) -> &str {
        self.columns.first().map_or("rowid", |column| column.name.as_str())
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
    /// `Config` for a view of which nobody says what its id is.
    pub(crate) fn identity(&self, table: &str) -> Result<Vec<Order<'_>>> {
        if self.identity.is_empty() {
            return Err(Error::new(ErrorKind::Config, format!("{table} is a view, and nothing says what its id is"))
                .with("table", table)
                .hint("map user_id to a column that is unique in the view"));
        }
        let order = self.identity.iter();
        Ok(order.map(|(column, collation)| Order { column, collation: collation.as_deref() }).collect())
    }
}

/// Columns of one unique index, with their collations.
struct Unique {
    columns: Vec<(String, String)>,
    is_primary: bool,
}

fn identity(session: &Session<'_>, columns: &[Column], has_rowid: bool) -> Result<Vec<(String, Option<String>)>> {
    let store = session.store;
    let find = |name: &String| columns.iter().find(|column| column.name.eq_ignore_ascii_case(name));
    let primary: Vec<&Column> = columns.iter().filter(|column| column.primary).collect();
    let alias = match primary.as_slice() {
        [column] if has_rowid && column.declared.eq_ignore_ascii_case("INTEGER") => Some(&column.name),
        _ => None,
    };
    let id = &store.opening.id_fields;
    if let ([name], Some(alias)) = (id.as_slice(), alias)
        && name.eq_ignore_ascii_case(alias)
    {
        return Ok(vec![(alias.clone(), None)]);
    }
    let unique = unique_indexes(session)?;
    let wanted: HashSet<String> = id.iter().map(|name| name.to_ascii_lowercase()).collect();
    let never_null = id.iter().all(|name| find(name).is_some_and(|c| c.not_null || (c.primary && !has_rowid)));
    let of_id = unique.iter().find(|index| {
        never_null && index.columns.iter().map(|(name, _)| name.to_ascii_lowercase()).collect::<HashSet<_>>() == wanted
    });
    let own = |index: &Unique| index.columns.iter().map(|(n, c)| (n.clone(), Some(c.clone()))).collect();
    if let Some(index) = of_id {
        return Ok(own(index));
    }
    if has_rowid {
        // An id that may be NULL or double cannot order a listing: rows would be left out.
        let free = ["rowid", "_rowid_", "oid"].into_iter().find(|name| find(&(*name).to_owned()).is_none());
        if let Some(name) = alias.cloned().or(free.map(str::to_owned)) {
            return Ok(vec![(name, None)]);
        }
    }
    if let Some(index) = unique.iter().find(|index| index.is_primary) {
        return Ok(own(index));
    }
    Ok(id.iter().filter_map(find).map(|column| (column.name.clone(), Some("BINARY".to_owned()))).collect())
}

fn unique_indexes(session: &Session<'_>) -> Result<Vec<Unique>> {
    let parts: Vec<(String, bool, Option<String>, String)> = rows(
        session,
        "SELECT l.name, l.origin = 'pk', x.name, x.coll FROM pragma_index_list(?1) l, pragma_index_xinfo(l.name) x \
         WHERE l.\"unique\" = 1 AND l.partial = 0 AND x.key = 1 ORDER BY l.seq, x.seqno",
        &session.store.table.table,
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
    )?;
    let mut indexes: Vec<Unique> = Vec::new();
    for part in parts.chunk_by(|one, other| one.0 == other.0) {
        let columns: Option<Vec<_>> =
            part.iter().map(|(_, _, name, coll)| Some((name.clone()?, coll.clone()))).collect();
        // An expression has no name, and its uniqueness is not that of a column.
        if let Some(columns) = columns {
            indexes.push(Unique { columns, is_primary: part.iter().all(|(_, primary, ..)| *primary) });
        }
    }
    Ok(indexes)
}

/// The columns to read by their own names, the names that records have for them, and what is missing.
fn reading(
    store: &Store,
    columns: &[Column],
    identity: &[(String, Option<String>)],
) -> (Vec<String>, Arc<Columns>, Vec<String>) {
    let opening = &store.opening;
    let mut wanted: Vec<&String> = store.table.columns.iter().chain(&opening.fields).collect();
    if wanted.is_empty() {
        wanted.extend(columns.iter().map(|column| &column.name));
    }
    wanted.extend(&opening.id_fields);
    let mut seen = HashSet::new();
    wanted.retain(|name| seen.insert(name.as_str()));
    let is_rowid = |name: &str| identity.iter().any(|(column, _)| column.eq_ignore_ascii_case(name));
    let (mut reading, mut names, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    for name in wanted {
        match columns.iter().find(|column| column.name.eq_ignore_ascii_case(name)) {
            Some(column) => reading.push(column.name.clone()),
            None if is_rowid(name) => reading.push(name.clone()),
            None => {
                missing.push(name.clone());
                continue;
            }
        }
        names.push(name.clone());
    }
    (reading, Columns::new(names), missing)
}

fn rows<T>(
    session: &Session<'_>,
    sql: &str,
    argument: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>> {
    let mut statement = session.prepared(sql)?;
    let rows = statement.query_map([argument], read).and_then(Iterator::collect);
    rows.map_err(|error| session.failure(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_types_have_sqlites_affinities() {
        for (declared, affinity) in [
            ("INTEGER", Affinity::Integer),
            ("bigint unsigned", Affinity::Integer),
            ("FLOATING POINT", Affinity::Integer),
            ("VARCHAR(255)", Affinity::Text),
            ("CHARINT", Affinity::Integer),
            ("", Affinity::None),
            ("BLOB", Affinity::None),
            ("DOUBLE", Affinity::Real),
            ("DECIMAL(10,2)", Affinity::Numeric),
            ("DATETIME", Affinity::Numeric),
        ] {
            assert_eq!(Affinity::of(declared), affinity, "{declared}");
        }
    }
}
