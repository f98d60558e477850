//! The table as the catalog declares it: columns, indexes, and what identifies a row.

use std::{collections::HashSet, sync::Arc};

use crosswalk_contract::{Columns, Error, ErrorKind, Opening, Result};
use crosswalk_sql::{Order, TableSettings, unknown_column, unknown_table};
use tokio_postgres::Row;

use crate::{
    column::{Column, Shape, TypeRow},
    connection::Connection,
    failure::Failure,
    parameter::Parameter,
};

/// What is known of the table.
#[derive(Debug)]
pub(crate) struct Schema {
    /// The catalog's number of the table, as text.
    pub(crate) oid: String,
    pub(crate) columns: Vec<Column>,
    indexes: Vec<Index>,
    /// What is read for a record, as SQL text, and the shared names.
    list: String,
    pub(crate) names: Arc<Columns>,
    /// Columns that the map reads and the table does not have.
    pub(crate) missing: Vec<String>,
    /// What identifies a row and orders a listing: unique and never NULL where the table sees to it.
    identity: Vec<String>,
    pub(crate) is_view: bool,
}

/// A valid index.
#[derive(Debug)]
struct Index {
    name: String,
    /// Its columns and expressions, as PostgreSQL prints them.
    keys: Vec<String>,
    /// Its columns, where it has no expressions.
    columns: Option<Vec<String>>,
    /// Unique for all rows.
    is_unique: bool,
    is_primary: bool,
}

const RELATION: &str = "SELECT c.oid::text, (c.relkind IN ('v', 'm'))::text FROM pg_catalog.pg_class c \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relname::text = $1::text AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND CASE WHEN $2::text IS NULL \
    THEN pg_catalog.pg_table_is_visible(c.oid) ELSE n.nspname::text = $2::text END";

const RELATIONS: &str = "SELECT c.relname::text FROM pg_catalog.pg_class c \
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND CASE WHEN $1::text IS NULL \
    THEN pg_catalog.pg_table_is_visible(c.oid) AND n.nspname NOT IN ('pg_catalog', 'information_schema') \
    ELSE n.nspname::text = $1::text END LIMIT 2000";

/// Domains are followed to the type that they are made of; the innermost length counts.
const COLUMNS: &str = "WITH RECURSIVE base AS ( \
    SELECT a.attnum, a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod) AS declared, \
        a.atttypid AS type, a.atttypmod AS modifier, a.attnotnull AS not_null, a.attcollation AS collation \
    FROM pg_catalog.pg_attribute a WHERE a.attrelid = $1::text::oid AND a.attnum > 0 AND NOT a.attisdropped \
    UNION ALL \
    SELECT b.attnum, b.attname, b.declared, t.typbasetype, \
        CASE WHEN b.modifier = -1 THEN t.typtypmod ELSE b.modifier END, b.not_null OR t.typnotnull, b.collation \
    FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.type WHERE t.typtype = 'd') \
    SELECT b.attname::text, b.declared, t.typname::text, (tn.nspname = 'pg_catalog')::text, \
        (t.typcategory = 'A' AND t.typelem <> 0)::text, \
        CASE WHEN en.nspname = 'pg_catalog' THEN e.typname::text END, b.modifier::text, b.not_null::text, \
        coalesce(c.collisdeterministic, true)::text \
    FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.type AND t.typtype <> 'd' \
    JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace \
    LEFT JOIN pg_catalog.pg_type e ON e.oid = t.typelem AND t.typcategory = 'A' \
    LEFT JOIN pg_catalog.pg_namespace en ON en.oid = e.typnamespace \
    LEFT JOIN pg_catalog.pg_collation c ON c.oid = b.collation ORDER BY b.attnum";

const INDEXES: &str = "SELECT i.relname::text, pg_catalog.pg_get_indexdef(x.indexrelid, k.at::int, true), \
        a.attname::text, (x.indisunique AND x.indpred IS NULL)::text, x.indisprimary::text \
    FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid \
    CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS k (attnum, at) \
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.attnum \
    WHERE x.indrelid = $1::text::oid AND x.indisvalid AND k.at <= x.indnkeyatts ORDER BY x.indexrelid, k.at";

impl Schema {
    pub(crate) async fn read(
        connection: &Connection,
        table: &TableSettings,
        opening: &Opening,
    ) -> Result<Schema, Failure> {
        let schema = || Parameter(table.schema.as_deref().map(Into::into));
        let found = connection.query_once(RELATION, &[Parameter::borrowed(&table.table), schema()]).await?;
        let Some(found) = found.first() else {
            let others = connection.query_once(RELATIONS, &[schema()]).await?;
            let others: Vec<String> = others.iter().map(|row| text(row, 0)).collect::<Result<_, _>>()?;
            return Err(unknown_table(&table.table, others.iter().map(String::as_str)).into());
        };
        let (oid, is_view) = (text(found, 0)?, text(found, 1)? == "true");
        let rows = connection.query_once(COLUMNS, &[Parameter::borrowed(&oid)]).await?;
        let columns: Vec<Column> = rows.iter().map(column).collect::<Result<_, _>>()?;
        let rows = connection.query_once(INDEXES, &[Parameter::borrowed(&oid)]).await?;
        let indexes = indexes(&rows)?;
        let identity = identity(&columns, &indexes, opening);
        let (list, names, missing) = reading(table, opening, &columns);
        Ok(Schema { oid, columns, indexes, list, names, missing, identity, is_view })
    }

    /// The column of that name, letter case counting.
    pub(crate) fn column(&self, table: &str, name: &str) -> Result<&Column> {
        self.columns
            .iter()
            .find(|column| column.name == name)
            .ok_or_else(|| unknown_column(table, name, self.columns.iter().map(|column| column.name.as_str())))
    }

    /// What to select for a record, as SQL text, in the order of [`Schema::names`].
    pub(crate) fn reading(&self, table: &str) -> Result<&str> {
        match self.missing.first() {
            Some(missing) => self.column(table, missing).map(|_| ""),
            None => Ok(&self.list),
        }
    }

    /// The columns that identify a row; empty where nothing says which.
    pub(crate) fn identity(&self) -> impl Iterator<Item = &Column> {
        self.identity.iter().filter_map(|name| self.columns.iter().find(|column| column.name == *name))
    }

    /// The order of a listing.
    ///
    /// # Errors
    /// `Config` for a view or table of which nobody says what its id is.
    pub(crate) fn order(&self, table: &str) -> Result<Vec<Order<'_>>> {
        if self.identity.is_empty() {
            return Err(Error::new(
                ErrorKind::Config,
                format!("{table} has no unique key, and nothing says what its id is"),
            )
            .with("table", table)
            .hint("map user_id to a column that is unique and never NULL"));
        }
        Ok(self.identity.iter().map(|column| Order { column, collation: None }).collect())
    }

    /// Whether the table itself keeps two rows from being the same in all of these columns.
    pub(crate) fn admits_one(&self, columns: &[&str]) -> bool {
        let asked = |name: &String| columns.contains(&name.as_str());
        let unique = self.indexes.iter().filter(|index| index.is_unique);
        unique.filter_map(|index| index.columns.as_ref()).any(|columns| columns.iter().all(asked))
    }

    /// Whether the table itself keeps two rows from having the same value there.
    pub(crate) fn keeps_unique(&self, column: &Column, folded: bool) -> bool {
        let plain = |text: &str| text.replace('"', "");
        let name = plain(&column.name);
        let expressions = [format!("lower({name})"), format!("lower({name}::text)"), format!("lower(({name})::text)")];
        self.indexes.iter().filter(|index| index.is_unique).any(|index| match index.keys.as_slice() {
            [key] if folded && column.shape != Shape::CaseBlind => expressions.contains(&plain(key)),
            [_] => index.columns.as_ref().is_some_and(|columns| columns.as_slice() == [column.name.as_str()]),
            _ => false,
        })
    }

    /// The columns of an index or constraint, for messages.
    pub(crate) fn index_columns(&self, name: &str) -> Option<String> {
        let index = self.indexes.iter().find(|index| index.name == name)?;
        Some(index.columns.as_ref().unwrap_or(&index.keys).join(", "))
    }
}

fn text(row: &Row, index: usize) -> Result<String, Failure> {
    Ok(row.try_get::<_, Option<String>>(index)?.unwrap_or_default())
}

fn column(row: &Row) -> Result<Column, Failure> {
    let (name, declared, type_name) = (text(row, 0)?, text(row, 1)?, text(row, 2)?);
    let yes = |index: usize| Ok::<_, Failure>(text(row, index)? == "true");
    let member: Option<String> = row.try_get(5)?;
    let of_type = TypeRow { name: &type_name, built_in: yes(3)?, is_array: yes(4)?, member: member.as_deref() };
    let limited = of_type.built_in && matches!(type_name.as_str(), "varchar" | "bpchar");
    // The length stands four above itself in the catalog; -1 is none.
    let limit = text(row, 6)?.parse::<u32>().ok().filter(|_| limited).map(|modifier| modifier.saturating_sub(4));
    let shape = of_type.shape();
    Ok(Column {
        name,
        declared,
        shape,
        member: of_type.member_shape(),
        as_it_is: of_type.as_it_is(),
        limit,
        not_null: yes(7)?,
        exact: yes(8)? && shape != Shape::CaseBlind,
    })
}

fn indexes(rows: &[Row]) -> Result<Vec<Index>, Failure> {
    let mut indexes: Vec<Index> = Vec::new();
    for row in rows {
        let name = text(row, 0)?;
        if indexes.last().is_none_or(|index| index.name != name) {
            let (is_unique, is_primary) = (text(row, 3)? == "true", text(row, 4)? == "true");
            indexes.push(Index { name, keys: Vec::new(), columns: Some(Vec::new()), is_unique, is_primary });
        }
        let (key, column) = (text(row, 1)?, row.try_get::<_, Option<String>>(2)?);
        if let Some(index) = indexes.last_mut() {
            index.keys.push(key);
            match (column, &mut index.columns) {
                (Some(column), Some(columns)) => columns.push(column),
                _ => index.columns = None,
            }
        }
    }
    Ok(indexes)
}

/// The id of the map where the table keeps it unique and there, else another key that it keeps so, else what the map
/// says: of views nothing better is known.
fn identity(columns: &[Column], indexes: &[Index], opening: &Opening) -> Vec<String> {
    let not_null = |name: &String| columns.iter().any(|column| column.name == *name && column.not_null);
    let wanted: HashSet<&String> = opening.id_fields.iter().collect();
    let keys: Vec<(&Index, &Vec<String>)> = indexes
        .iter()
        .filter(|index| index.is_unique)
        .filter_map(|index| Some((index, index.columns.as_ref()?)))
        .filter(|(_, columns)| columns.iter().all(not_null))
        .collect();
    let of_id = keys.iter().find(|(_, columns)| columns.iter().collect::<HashSet<_>>() == wanted);
    let primary = keys.iter().find(|(index, _)| index.is_primary);
    match of_id.or(primary).or(keys.first()) {
        Some((_, columns)) => (*columns).clone(),
        None => opening.id_fields.iter().filter(|name| columns.iter().any(|c| c.name == **name)).cloned().collect(),
    }
}

fn reading(table: &TableSettings, opening: &Opening, columns: &[Column]) -> (String, Arc<Columns>, Vec<String>) {
    let mut wanted: Vec<&String> = table.columns.iter().chain(&opening.fields).collect();
    if wanted.is_empty() {
        wanted.extend(columns.iter().map(|column| &column.name));
    }
    wanted.extend(&opening.id_fields);
    let mut seen = HashSet::new();
    wanted.retain(|name| seen.insert(name.as_str()));
    let (mut list, mut names, mut missing) = (Vec::new(), Vec::new(), Vec::new());
    for name in wanted {
        match columns.iter().find(|column| column.name == *name) {
            Some(column) => {
                list.push(column.reading());
                names.push(name.clone());
            }
            None => missing.push(name.clone()),
        }
    }
    (list.join(", "), Columns::new(names), missing)
}
