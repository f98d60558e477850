//! Making, changing and removing one user, each in one transaction.

use crosswalk_contract::{Assignment, Error, ErrorKind, Field, Fold, Key, Metadata, Patch, Record, Result};
use crosswalk_sql::Criterion;
use mysql_async::Value;

use crate::{
    failure::DEADLOCK,
    key::{Criteria, criteria},
    read::{Lock, column},
    schema::{Column, Schema},
    store::Session,
    value::{parameter, record, weight},
};

impl Session<'_> {
    /// Makes the row and reads it as the store now holds it, after defaults, conversions and triggers. `None` where the
    /// server does not tell which row came of it.
    pub(crate) async fn create(&mut self, fields: &[Assignment]) -> Result<Option<Record>> {
        let (store, schema) = (self.store, self.schema.clone());
        let table = &store.table.table;
        let row = self.parameters(&schema, fields)?;
        if !schema.transactional {
            // What is written there cannot be undone.
            self.refuse_taken_identifiers(&schema, fields, 1).await?;
        }
        let done = self.change(self.table().insert(row.clone(), &[])).await?;
        let Some(by) = made_row(&schema, &row, done.made_id) else {
            self.refuse_taken_identifiers(&schema, fields, 2).await?;
            return Ok(None);
        };
        let found = self.only(&schema.reading(table)?, &by, Lock::No).await?.map(|row| record(&schema, row).0);
        let Some(found) = found else {
            return Err(Error::new(ErrorKind::Config, "a new row would not fulfil the condition of the settings")
                .with("table", table)
                .hint("map a constant to the columns of the condition"));
        };
        self.refuse_taken_identifiers(&schema, fields, 2).await?;
        self.refuse_taken_id(&schema, &found).await?;
        Ok(Some(found))
    }

    /// Writes columns of the one row with that key; false where there is none.
    pub(crate) async fn update(&mut self, key: &Key, what: &str, fields: &[Assignment]) -> Result<bool> {
        if fields.is_empty() {
            return Err(Error::new(ErrorKind::Config, format!("the map names no column for the {what}"))
                .with("table", &self.store.table.table)
                .hint("name the column in the map of the connection"));
        }
        let schema = self.schema.clone();
        let Some(by) = criteria(self.store, &schema, key)? else { return Ok(false) };
        let set = self.parameters(&schema, fields)?;
        if !schema.transactional {
            if self.only(&[schema.any_column()], &by, Lock::No).await?.is_none() {
                return Ok(false);
            }
            self.refuse_taken_identifiers(&schema, fields, 2).await?;
        }
        match self.change(self.table().update(set, &by)).await?.rows {
            0 => return Ok(false),
            1 => {}
            _ => return Err(self.two_rows(&by)),
        }
        self.refuse_taken_identifiers(&schema, fields, 2).await?;
        Ok(true)
    }

    /// Applies the patch to what the row holds now. The row is locked between read and write; where the table has no
    /// such locks, the write asks for the bytes that were read.
    pub(crate) async fn change_metadata(&mut self, key: &Key, patch: &Patch) -> Result<bool> {
        let (store, schema) = (self.store, self.schema.clone());
        let table = &store.table.table;
        let Some(mut by) = criteria(store, &schema, key)? else { return Ok(false) };
        let containers: Result<Vec<&Column>> =
            patch.containers.iter().map(|patch| schema.column(table, &patch.container)).collect();
        let containers = containers?;
        // Without containers the row is only looked for.
        let mut columns: Vec<&str> = containers.iter().map(|column| column.name.as_str()).collect();
        if columns.is_empty() {
            columns.push(schema.any_column());
        }
        let Some(row) = self.only(&columns, &by, Lock::Write).await? else { return Ok(false) };

        let mut set = self.parameters(&schema, &patch.fields)?;
        let mut were_null = Vec::new();
        for ((patch, column), stored) in patch.containers.iter().zip(&containers).zip(row.unwrap()) {
            let mut document = metadata(&stored).map_err(|why| self.unreadable(column, &why))?;
            if !patch.apply(&mut document).map_err(|error| error.with("table", table))? {
                // What stays the same is not written: a column that nothing happened to keeps even its `[]`.
                continue;
            }
            fits(column, document.as_str()).map_err(|error| error.with("table", table))?;
            if !schema.transactional {
                match stored {
                    Value::NULL => were_null.push((column.name.as_str(), None)),
                    stored => by.push(Criterion::Matching(&column.name, as_read(column).into(), stored)),
                }
            }
            set.push((&column.name, Value::from(document.as_str())));
        }
        if set.is_empty() {
            return Ok(true);
        }
        let size: usize = set.iter().map(|(_, value)| weight(value)).chain(by.iter().map(given)).sum();
        if size as u64 > schema.packet_room() {
            let limit = schema.packet_room();
            return Err(Error::refused(
                "metadata_too_large",
                format!("the change would be {size} bytes long; max_allowed_packet of the server lets {limit} through"),
            )
            .with("table", table)
            .hint("remove what is not needed, or raise max_allowed_packet on the server"));
        }
        let swap = !schema.transactional && !patch.containers.is_empty();
        let done = self.change(self.table().compare_and_swap(set, &by, were_null)).await;
        match done.map_err(|error| too_long_container(error, &containers))?.rows {
            0 if swap => return Err(changed_meanwhile()),
            0 => return Ok(false),
            1 => {}
            _ => return Err(self.two_rows(&by)),
        }
        self.refuse_taken_identifiers(&schema, &patch.fields, 2).await?;
        Ok(true)
    }

    /// Removes the one row with that key; false where there is none.
    pub(crate) async fn delete(&mut self, key: &Key) -> Result<bool> {
        let schema = self.schema.clone();
        let Some(by) = criteria(self.store, &schema, key)? else { return Ok(false) };
        if !schema.transactional {
            self.only(&[schema.any_column()], &by, Lock::No).await?;
        }
        match self.change(self.table().delete(&by)).await?.rows {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.two_rows(&by)),
        }
    }

    /// Old tables often lack unique indexes. A second row with an identifier that users are looked up by would lock both
    /// users out, so it is a conflict even where the table would take it: `too_many` rows of it.
    async fn refuse_taken_identifiers(
        &mut self,
        schema: &Schema,
        fields: &[Assignment],
        too_many: usize,
    ) -> Result<()> {
        let store = self.store;
        for (lookup, folded) in &store.opening.lookup_fields {
            let Some((name, value)) = fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(lookup)) else {
                continue;
            };
            let column = schema.column(&store.table.table, name)?;
            if schema.is_unique(&[&column.name]) && !(*folded && column.regards_case()) {
                continue;
            }
            let Some(text) = identifier(value) else { continue };
            let mut key = Key::field(name, if *folded { text.to_lowercase() } else { text });
            key.fold = if *folded { Fold::Lower } else { Fold::Exact };
            self.refuse_taken(schema, &key, too_many).await?;
        }
        Ok(())
    }

    /// The same for the id, where the table does not keep it unique by itself.
    async fn refuse_taken_id(&mut self, schema: &Schema, made: &Record) -> Result<()> {
        let id: Vec<&str> = self.store.opening.id_fields.iter().map(String::as_str).collect();
        if id.is_empty() || schema.is_unique(&id) {
            return Ok(());
        }
        let values: Option<Vec<String>> = id.iter().map(|name| identifier(made.get(name)?)).collect();
        let Some(values) = values else { return Ok(()) };
        let names = id.iter().map(|&name| name.to_owned()).collect();
        self.refuse_taken(schema, &Key::fields(names, values), 2).await
    }

    /// Reads with locks where an index serves the look-up: two callers that make the same user at the same time then see
    /// each other, and one of them tries again.
    async fn refuse_taken(&mut self, schema: &Schema, key: &Key, too_many: usize) -> Result<()> {
        let Some(by) = criteria(self.store, schema, key)? else { return Ok(()) };
        let Some(column) = by.first().map(column) else { return Ok(()) };
        let mut statement = self.table().select(&[column], &by, 2);
        if schema.is_indexed(column) {
            statement.sql.push_str(" FOR UPDATE");
        }
        if self.rows(statement).await?.len() < too_many {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Conflict, "another user has this identifier")
            .code("user_exists")
            .with("table", &self.store.table.table)
            .with("field", column))
    }

    /// Columns by their own names, and their values; a column named twice is a mistake in the map.
    fn parameters<'f>(&self, schema: &'f Schema, fields: &'f [Assignment]) -> Result<Vec<(&'f str, Value)>> {
        let mut parameters: Vec<(&str, Value)> = Vec::with_capacity(fields.len());
        for (name, field) in fields {
            let column = schema.column(&self.store.table.table, name)?;
            if parameters.iter().any(|(other, _)| *other == column.name) {
                let message = format!("the column {} would be written twice", column.name);
                return Err(Error::new(ErrorKind::Config, message)
                    .with("table", &self.store.table.table)
                    .hint("let one rule of the map write it"));
            }
            let value = parameter(column, field).map_err(|error| error.with("table", &self.store.table.table))?;
            parameters.push((&column.name, value));
        }
        Ok(parameters)
    }

    fn unreadable(&self, column: &Column, why: &str) -> Error {
        Error::new(ErrorKind::Inconsistent, format!("the stored metadata cannot be read, so it is not changed: {why}"))
            .code("metadata_unreadable")
            .with("table", &self.store.table.table)
            .with("field", &column.name)
            .hint("mend the JSON text in that row")
    }
}

/// Criteria for the row that was just made: by a unique key whose values were all given, or counted up by the server.
fn made_row<'v>(schema: &'v Schema, row: &[(&str, Value)], made_id: Option<u64>) -> Option<Criteria<'v>> {
    let is_given = |value: &Value| !matches!(value, Value::NULL);
    // The server counts up for 0 as well.
    let is_count = |value: &Value| is_given(value) && *value != Value::Int(0) && *value != Value::from("0");
    let unique = schema.indexes.iter().filter(|index| index.unique);
    unique.into_iter().find_map(|index| {
        let criteria = index.columns.iter().map(|name| {
            let column = schema.find(name.as_deref()?)?;
            let given = row.iter().find(|(other, _)| *other == column.name).map(|(_, value)| value);
            let value = match given.filter(|value| if column.counted { is_count(value) } else { is_given(value) }) {
                Some(value) => value.clone(),
                None if column.counted => Value::from(made_id?),
                None => return None,
            };
            Some(Criterion::NotDistinct(column.name.as_str(), value))
        });
        criteria.collect()
    })
}

/// The document in a container column.
fn metadata(stored: &Value) -> Result<Metadata, String> {
    match stored {
        Value::NULL => Ok(Metadata::empty()),
        Value::Bytes(bytes) => {
            let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
            Metadata::from_store(text).map_err(|error| error.to_string())
        }
        _ => Err("it is no text".to_owned()),
    }
}

/// What the server would cut or refuse is refused before.
fn fits(column: &Column, text: &str) -> Result<()> {
    let too_large = |size: u64, limit: u64, unit: &str| {
        Err(Error::refused(
            "metadata_too_large",
            format!("the change would make the container {size} {unit} long; the column holds {limit} {unit}"),
        )
        .with("field", &column.name)
        .hint("remove what is not needed, or make the column a LONGTEXT"))
    };
    match (column.document_limit(), column.stored_size(text)) {
        (Some(limit), Some(size)) if size > limit => return too_large(size, limit, "bytes"),
        _ => {}
    }
    match column.max_chars.filter(|_| column.document_limit().is_some()) {
        Some(limit) if text.len() as u64 > limit && column.charset.is_some() => match text.chars().count() as u64 {
            size if size > limit => too_large(size, limit, "characters"),
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

/// The server's own refusal, where the column's character set keeps its size from being known before.
fn too_long_container(error: Error, containers: &[&Column]) -> Error {
    let field = error.context().iter().find(|(name, _)| *name == "field").map(|(_, value)| value.as_str());
    match containers.iter().find(|column| field == Some(column.name.as_str())) {
        Some(column) if error.code_name() == "too_long" => {
            Error::refused("metadata_too_large", "the change would make the container longer than its column")
                .with("field", &column.name)
                .hint("remove what is not needed, or make the column a LONGTEXT")
        }
        _ => error,
    }
}

/// The column still is what was read of it, byte for byte.
fn as_read(column: &Column) -> &'static str {
    match column.charset.as_deref() {
        None | Some("utf8mb4") => "CAST({column} AS BINARY) = CAST({value} AS BINARY)",
        Some(_) => "CAST(CONVERT({column} USING utf8mb4) AS BINARY) = CAST({value} AS BINARY)",
    }
}

fn changed_meanwhile() -> Error {
    Error::new(ErrorKind::Unavailable, "others change this user all the time").code(DEADLOCK).hint("try again")
}

/// How a field reads as an identifier.
fn identifier(field: &Field) -> Option<String> {
    match field {
        Field::Text(text) | Field::Decimal(text) => Some(text.clone()),
        Field::I64(number) => Some(number.to_string()),
        Field::U64(number) => Some(number.to_string()),
        _ => None,
    }
}

fn given(criterion: &Criterion<'_, Value>) -> usize {
    match criterion {
        Criterion::OneOf(_, values) => values.iter().map(weight).sum(),
        Criterion::Equal(_, value)
        | Criterion::SameBytes(_, value)
        | Criterion::Folded(_, value)
        | Criterion::NotDistinct(_, value)
        | Criterion::Matching(_, _, value) => weight(value),
    }
}
