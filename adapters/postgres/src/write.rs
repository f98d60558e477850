//! Making, updating and removing one user, each in one transaction.

use crosswalk_contract::{Assignment, Error, ErrorKind, Field, Fold, Key, Record, Result};
use crosswalk_sql::Criterion;

use crate::{
    column::Column,
    failure::Failure,
    key::{Criteria, criteria},
    parameter::Parameter,
    read::column,
    schema::Schema,
    store::{Session, Work},
    value::record,
};

/// Makes the row and reads it as the store now holds it, after defaults, conversions and triggers.
pub(crate) struct Create<'f> {
    pub(crate) fields: &'f [Assignment],
}

/// Writes columns of the one row with that key; false where there is none.
pub(crate) struct Update<'f> {
    pub(crate) key: &'f Key,
    /// What is changed, in the words of the error for a map that names no column for it.
    pub(crate) what: &'static str,
    pub(crate) fields: &'f [Assignment],
}

/// Removes the one row with that key; false where there is none.
pub(crate) struct Remove<'k> {
    pub(crate) key: &'k Key,
}

impl Work for Create<'_> {
    type Answer = Option<Record>;

    async fn run(&self, session: &Session<'_>) -> Result<Option<Record>, Failure> {
        let (store, schema) = (session.store, &*session.schema);
        let table = &store.table.table;
        let row = session.parameters(self.fields)?;
        session.queue_for_identifiers(self.fields).await?;
        let mut statement = store.table().insert(row, &[]);
        let identity: Vec<&Column> = schema.identity().collect();
        if schema.is_view || identity.is_empty() {
            // A view, or a table without any key, does not tell which row came of it.
            session.connection.execute(&statement).await?;
            session.refuse_taken_identifiers(self.fields).await?;
            return Ok(None);
        }
        let returning: Vec<String> = identity.iter().map(|column| column.reading_text()).collect();
        statement.sql.push_str(" RETURNING ");
        statement.sql.push_str(&returning.join(", "));
        let made = session.connection.query(&statement).await?;
        let Some(made) = made.first() else {
            let kept_out = Error::refused("constraint", "a trigger of the database kept the row out");
            return Err(kept_out.with("table", table).into());
        };
        let mut by: Criteria<'_> = Vec::with_capacity(identity.len());
        for (index, column) in identity.iter().enumerate() {
            let value: Option<String> = made.try_get(index)?;
            by.push(Criterion::Equal(&column.name, Parameter(value.map(Into::into))));
        }
        let Some(found) = session.only(schema.reading(table)?, &by, "").await? else {
            return Err(Error::new(ErrorKind::Config, "a new row would not fulfil the condition of the settings")
                .with("table", table)
                .hint("map a constant to the columns of the condition")
                .into());
        };
        session.refuse_taken_identifiers(self.fields).await?;
        Ok(Some(record(&schema.names, &found)?))
    }
}

impl Work for Update<'_> {
    type Answer = bool;

    async fn run(&self, session: &Session<'_>) -> Result<bool, Failure> {
        if self.fields.is_empty() {
            let message = format!("the map names no column for the {}", self.what);
            return Err(Error::new(ErrorKind::Config, message)
                .with("table", &session.store.table.table)
                .hint("name the column in the map of the connection")
                .into());
        }
        let set = session.parameters(self.fields)?;
        match criteria(session.store, &session.schema, self.key)? {
            Some(by) => session.update(&by, set, self.fields).await,
            None => Ok(false),
        }
    }
}

impl Work for Remove<'_> {
    type Answer = bool;

    async fn run(&self, session: &Session<'_>) -> Result<bool, Failure> {
        let Some(by) = criteria(session.store, &session.schema, self.key)? else { return Ok(false) };
        match session.connection.execute(&session.store.table().delete(&by)).await? {
            0 => session.absent(&by).await,
            1 => Ok(true),
            _ => Err(session.two_rows(&by).into()),
        }
    }
}

impl Session<'_> {
    /// Updates by key. More than one row is never touched: the error undoes the transaction.
    pub(crate) async fn update(
        &self,
        by: &Criteria<'_>,
        set: Vec<(&str, Parameter<'_>)>,
        fields: &[Assignment],
    ) -> Result<bool, Failure> {
        self.queue_for_identifiers(fields).await?;
        let statement = self.store.table().update(set, by);
        match self.connection.execute(&statement).await? {
            0 => return self.absent(by).await,
            1 => {}
            _ => return Err(self.two_rows(by).into()),
        }
        self.refuse_taken_identifiers(fields).await?;
        Ok(true)
    }

    /// Nothing was changed: because nobody has the key, or because somebody kept it so.
    async fn absent(&self, by: &Criteria<'_>) -> Result<bool, Failure> {
        if self.only("1", by, "").await?.is_none() {
            return Ok(false);
        }
        let kept_out = Error::refused("constraint", "a trigger or policy of the database kept the change out");
        Err(kept_out.with("table", &self.store.table.table).into())
    }

    /// Columns that users are looked up by and that are about to be written: the column, the key that it then has, and
    /// whether the table lets no second one in by itself.
    fn identifiers<'f>(&'f self, fields: &'f [Assignment]) -> impl Iterator<Item = (&'f Column, Key, bool)> {
        let schema: &Schema = &self.schema;
        self.store.opening.lookup_fields.iter().filter_map(move |(lookup, folded)| {
            let (name, value) = fields.iter().find(|(name, _)| name == lookup)?;
            let column = schema.columns.iter().find(|column| column.name == *name)?;
            let text = match value {
                Field::Text(text) | Field::Decimal(text) => text.clone(),
                Field::I64(number) => number.to_string(),
                Field::U64(number) => number.to_string(),
                _ => return None,
            };
            let folded = *folded && column.is_text();
            let mut key = Key::field(name, if folded { text.to_lowercase() } else { text });
            key.fold = if folded { Fold::Lower } else { Fold::Exact };
            Some((column, key, schema.keeps_unique(column, folded)))
        })
    }

    /// Old tables often lack unique indexes. Two callers that write the same identifier then take turns, or neither
    /// would see the other's row. The turn ends with the transaction.
    async fn queue_for_identifiers(&self, fields: &[Assignment]) -> Result<(), Failure> {
        for (column, key, kept_unique) in self.identifiers(fields) {
            if !kept_unique && let Some(value) = key.one() {
                let turn = format!("crosswalk {} {} {value}", self.schema.oid, column.name);
                let lock = "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended($1::text, 0))::text";
                if !turn.contains('\0') {
                    self.connection.query_once(lock, &[Parameter::owned(turn)]).await?;
                }
            }
        }
        Ok(())
    }

    /// A second row with an identifier that users are looked up by would lock both users out, so it is a conflict even
    /// where the table would take it.
    pub(crate) async fn refuse_taken_identifiers(&self, fields: &[Assignment]) -> Result<(), Failure> {
        let keys: Vec<Key> =
            self.identifiers(fields).filter(|(.., kept_unique)| !kept_unique).map(|(_, key, _)| key).collect();
        for key in &keys {
            let Some(by) = criteria(self.store, &self.schema, key)? else { continue };
            match self.only("1", &by, "").await {
                Err(Failure::Told(error)) if error.code_name() == "two_rows" => {
                    return Err(Error::new(ErrorKind::Conflict, "another user has this identifier")
                        .code("user_exists")
                        .with("table", &self.store.table.table)
                        .with("field", by.first().map_or("", column))
                        .into());
                }
                other => other.map(drop)?,
            }
        }
        Ok(())
    }

    /// Columns and their values; a column named twice is a mistake in the map.
    pub(crate) fn parameters<'f>(&'f self, fields: &'f [Assignment]) -> Result<Vec<(&'f str, Parameter<'f>)>> {
        let table = &self.store.table.table;
        let mut parameters: Vec<(&str, Parameter<'_>)> = Vec::with_capacity(fields.len());
        for (name, field) in fields {
            let column = self.schema.column(table, name)?;
            if parameters.iter().any(|(other, _)| *other == column.name) {
                return Err(Error::new(
                    ErrorKind::Config,
                    format!("the column {} would be written twice", column.name),
                )
                .with("table", table)
                .hint("let one rule of the map write it"));
            }
            let parameter = Parameter::of(column, field).map_err(|error| error.with("table", table))?;
            parameters.push((column.name.as_str(), parameter));
        }
        Ok(parameters)
    }
}
