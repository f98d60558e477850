//! Making, changing and removing one user, each in one transaction.

use crosswalk_contract::{Assignment, Error, ErrorKind, Field, Fold, Key, Metadata, Patch, Record, Result};
use crosswalk_sql::Criterion;
use rusqlite::{
    params_from_iter,
    types::{ToSqlOutput, ValueRef},
};

use crate::{
    key::{Criteria, criteria},
    read::{column, record},
    schema::Schema,
    store::Session,
    value::{Parameter, Stored, parameter},
};

impl Session<'_> {
    /// Makes the row and reads it as the store now holds it, after defaults, conversions and triggers. A view does not
    /// tell which row came of it.
    pub(crate) fn create(&self, fields: &[Assignment]) -> Result<Option<Record>> {
        let schema = self.schema()?;
        let table = &self.store.table.table;
        let row = self.parameters(&schema, fields)?;
        if schema.is_view {
            self.execute(self.table().insert(row, &[]))?;
            return Ok(None);
        }
        let identity: Vec<&str> = schema.identity(table)?.iter().map(|term| term.column).collect();
        let statement = self.table().insert(row, &identity);
        let made = self.first_row(&statement.sql, statement.values, identity.len())?;
        let Some(made) = made else {
            return Err(Error::refused("constraint", "a trigger of the database kept the row out").with("table", table));
        };
        let by = same_as(&identity, &made);
        let found = self.only(&schema.reading(table)?, &by, |row| record(&schema, row))?;
        let Some(found) = found else {
            return Err(Error::new(ErrorKind::Config, "a new row would not fulfil the condition of the settings")
                .with("table", table)
                .hint("map a constant to the columns of the condition"));
        };
        let id: Vec<&str> = self.store.opening.id_fields.iter().map(String::as_str).collect();
        // SQLite lets a primary key of text be NULL: such a row is nobody's, and stands in the way of the next one.
        if let Some(missing) = id.iter().find(|name| found.get(name).is_some_and(Field::is_null)) {
            return Err(Error::refused("missing_id", "the store gives new users no id of its own")
                .with("table", table)
                .with("field", missing)
                .hint("choose an id for the new user"));
        }
        if !id.is_empty() && id != identity {
            let statement = self.table().select(&id, &by, 1);
            let id_values = self.first_row(&statement.sql, statement.values, id.len())?.unwrap_or_default();
            self.refuse_taken(same_as(&id, &id_values))?;
        }
        self.refuse_taken_identifiers(&schema, fields)?;
        Ok(Some(found))
    }

    /// Writes columns of the one row with that key; false where there is none.
    pub(crate) fn update(&self, key: &Key, what: &str, fields: &[Assignment]) -> Result<bool> {
        if fields.is_empty() {
            return Err(Error::new(ErrorKind::Config, format!("the map names no column for the {what}"))
                .with("table", &self.store.table.table)
                .hint("name the column in the map of the connection"));
        }
        let schema = self.schema()?;
        match criteria(self.store, &schema, key)? {
            Some(by) => self.write(&schema, &by, self.parameters(&schema, fields)?, fields),
            None => Ok(false),
        }
    }

    /// Applies the patch to what the row holds now. The transaction has the write lock since before the read, so no
    /// other writer comes in between.
    pub(crate) fn change_metadata(&self, key: &Key, patch: &Patch) -> Result<bool> {
        let schema = self.schema()?;
        let table = &self.store.table.table;
        let Some(by) = criteria(self.store, &schema, key)? else { return Ok(false) };
        let containers: Result<Vec<&str>> =
            patch.containers.iter().map(|patch| Ok(schema.column(table, &patch.container)?.name.as_str())).collect();
        let containers = containers?;
        // Without containers the row is only looked for.
        let columns = if containers.is_empty() { &[schema.any_column()] } else { containers.as_slice() };
        let stored = self.only(columns, &by, |row| {
            (0..containers.len()).map(|at| Ok(Stored::from(row.get_ref(at)?))).collect::<rusqlite::Result<Vec<_>>>()
        })?;
        let Some(stored) = stored else { return Ok(false) };

        let mut changed = Vec::new();
        for ((patch, column), stored) in patch.containers.iter().zip(&containers).zip(stored) {
            let (mut document, is_blob) = metadata(stored).map_err(|why| self.unreadable(column, &why))?;
            let differs = patch.apply(&mut document).map_err(|error| error.with("table", table))?;
            // What stays the same is not written: a column that nothing happened to keeps even its `[]`.
            if differs {
                changed.push((*column, document, is_blob));
            }
        }
        let mut set = self.parameters(&schema, &patch.fields)?;
        set.extend(changed.iter().map(|(column, metadata, is_blob)| {
            let text = metadata.as_str().as_bytes();
            (*column, ToSqlOutput::Borrowed(if *is_blob { ValueRef::Blob(text) } else { ValueRef::Text(text) }))
        }));
        if set.is_empty() { Ok(true) } else { self.write(&schema, &by, set, &patch.fields) }
    }

    /// Removes the one row with that key; false where there is none.
    pub(crate) fn delete(&self, key: &Key) -> Result<bool> {
        let schema = self.schema()?;
        let Some(by) = criteria(self.store, &schema, key)? else { return Ok(false) };
        let there = schema.is_view && self.is_there(&schema, &by)?;
        match self.execute(self.table().delete(&by))? {
            0 if there => Ok(!self.is_there(&schema, &by)?),
            0 if self.is_there(&schema, &by)? => Err(self.kept_out()),
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.two_rows(&by)),
        }
    }

    /// Updates by key. More than one row is never touched: the error undoes the transaction.
    fn write<'v>(
        &self,
        schema: &Schema,
        by: &Criteria<'v>,
        set: Vec<(&str, Parameter<'v>)>,
        fields: &[Assignment],
    ) -> Result<bool> {
        // Rows behind a view, changed by its trigger, are not counted by SQLite.
        let there = schema.is_view && self.is_there(schema, by)?;
        match self.execute(self.table().update(set, by))? {
            0 if there => {}
            0 if self.is_there(schema, by)? => return Err(self.kept_out()),
            0 => return Ok(false),
            1 => {}
            _ => return Err(self.two_rows(by)),
        }
        self.refuse_taken_identifiers(schema, fields)?;
        Ok(true)
    }

    fn is_there(&self, schema: &Schema, by: &Criteria<'_>) -> Result<bool> {
        Ok(self.only(&[schema.any_column()], by, |_| Ok(()))?.is_some())
    }

    fn kept_out(&self) -> Error {
        Error::refused("constraint", "a trigger of the database kept the change out")
            .with("table", &self.store.table.table)
    }

    /// Old tables often lack unique indexes. A second row with an identifier that users are looked up by would lock
    /// both users out, so it is a conflict even where the table would take it.
    fn refuse_taken_identifiers(&self, schema: &Schema, fields: &[Assignment]) -> Result<()> {
        for (lookup, folded) in &self.store.opening.lookup_fields {
            let Some((name, value)) = fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(lookup)) else {
                continue;
            };
            let text = match value {
                Field::Text(text) | Field::Decimal(text) => text.clone(),
                Field::I64(number) => number.to_string(),
                Field::U64(number) => number.to_string(),
                _ => continue,
            };
            let mut key = Key::field(name, if *folded { text.to_lowercase() } else { text });
            key.fold = if *folded { Fold::Lower } else { Fold::Exact };
            if let Some(by) = criteria(self.store, schema, &key)? {
                self.refuse_taken(by)?;
            }
        }
        Ok(())
    }

    fn refuse_taken(&self, by: Criteria<'_>) -> Result<()> {
        let Some(column) = by.first().map(column) else { return Ok(()) };
        match self.only(&[column], &by, |_| Ok(())) {
            Err(error) if error.code_name() == "two_rows" => {
                Err(Error::new(ErrorKind::Conflict, "another user has this identifier")
                    .code("user_exists")
                    .with("table", &self.store.table.table)
                    .with("field", column))
            }
            other => other.map(drop),
        }
    }

    /// Columns by their own names, and their values; a column named twice is a mistake in the map.
    fn parameters<'f>(&self, schema: &'f Schema, fields: &'f [Assignment]) -> Result<Vec<(&'f str, Parameter<'f>)>> {
        let mut parameters: Vec<(&str, Parameter<'_>)> = Vec::with_capacity(fields.len());
        for (name, field) in fields {
            let column = schema.column(&self.store.table.table, name)?.name.as_str();
            if parameters.iter().any(|(other, _)| *other == column) {
                return Err(Error::new(ErrorKind::Config, format!("the column {column} would be written twice"))
                    .with("table", &self.store.table.table)
                    .hint("let one rule of the map write it"));
            }
            parameters.push((column, parameter(column, field)?));
        }
        Ok(parameters)
    }

    fn first_row(&self, sql: &str, values: Vec<Parameter<'_>>, width: usize) -> Result<Option<Vec<Stored>>> {
        let mut prepared = self.prepared(sql)?;
        let mut rows = prepared.query(params_from_iter(values)).map_err(|error| self.failure(&error))?;
        let Some(row) = rows.next().map_err(|error| self.failure(&error))? else { return Ok(None) };
        let values: rusqlite::Result<Vec<Stored>> = (0..width).map(|at| Ok(row.get_ref(at)?.into())).collect();
        let values = values.map_err(|error| self.failure(&error))?;
        while rows.next().map_err(|error| self.failure(&error))?.is_some() {}
        Ok(Some(values))
    }

    fn unreadable(&self, column: &str, why: &str) -> Error {
        Error::new(ErrorKind::Inconsistent, format!("the stored metadata cannot be read, so it is not changed: {why}"))
            .code("metadata_unreadable")
            .with("table", &self.store.table.table)
            .with("field", column)
            .hint("mend the JSON text in that row")
    }
}

/// The document in a container column, and whether it is stored as a blob, which it then stays.
fn metadata(stored: Stored) -> Result<(Metadata, bool), String> {
    let (bytes, is_blob) = match stored {
        Stored::Null => return Ok((Metadata::empty(), false)),
        Stored::Text(bytes) => (bytes, false),
        Stored::Blob(bytes) => (bytes, true),
        Stored::Integer(_) | Stored::Real(_) => return Err("it is a number".to_owned()),
    };
    let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
    Ok((Metadata::from_store(text).map_err(|error| error.to_string())?, is_blob))
}

/// Criteria for the row that has exactly these values.
fn same_as<'v>(columns: &[&'v str], values: &'v [Stored]) -> Criteria<'v> {
    let pairs = columns.iter().zip(values);
    pairs.map(|(column, value)| Criterion::NotDistinct(column, value.parameter())).collect()
}
