//! Making, changing and removing one user by statements that belong together.

use async_trait::async_trait;
use crosswalk_contract::{Assignment, ContainerPatch, Error, ErrorKind, Field, Key, Metadata, Patch, Record, Result};

use crate::{Query, Session, Values, Work, read::Lookups};

/// Makes a user, and finds them as the store now holds them.
pub(crate) struct Create<'f> {
    pub(crate) lookups: &'f Lookups,
    pub(crate) statements: &'f [Query],
    pub(crate) fields: &'f [Assignment],
}

/// Runs statements about the one user with that key; false where there is none.
pub(crate) struct Change<'k> {
    pub(crate) lookups: &'k Lookups,
    pub(crate) statements: &'k [Query],
    pub(crate) key: &'k Key,
    pub(crate) values: Values,
    /// The columns that must be written.
    pub(crate) written: Vec<&'k str>,
}

/// Applies the patch to what the read query returns now.
pub(crate) struct ChangeContainers<'k> {
    pub(crate) lookups: &'k Lookups,
    pub(crate) read: &'k Query,
    pub(crate) statements: &'k [Query],
    pub(crate) key: &'k Key,
    pub(crate) patch: &'k Patch,
}

#[async_trait]
impl Work for Create<'_> {
    type Answer = Option<Record>;

    async fn run(&self, session: &mut dyn Session) -> Result<Option<Record>> {
        let values = Values::default().with(self.fields);
        let given = self.fields.iter().filter(|(_, field)| !field.is_null()).map(|(name, _)| name.as_str());
        used(self.statements, "create", given)?;
        for statement in self.statements {
            session.change(statement, &values).await?;
        }
        for column in self.lookups.columns() {
            let text = match values.get(column) {
                Field::Text(text) | Field::Decimal(text) => text.clone(),
                Field::I64(number) => number.to_string(),
                Field::U64(number) => number.to_string(),
                _ => continue,
            };
            if let Some(record) = self.lookups.find(session, &Key::field(column, text)).await? {
                return Ok(Some(record));
            }
        }
        Ok(None)
    }
}

#[async_trait]
impl Work for Change<'_> {
    type Answer = bool;

    async fn run(&self, session: &mut dyn Session) -> Result<bool> {
        if !is_there(self.lookups, session, self.key).await? {
            return Ok(false);
        }
        let place = self.statements.first().map_or("", Query::key);
        used(self.statements, place, self.written.iter().copied())?;
        let values = self.lookups.values(self.key).over(&self.values);
        for statement in self.statements {
            session.change(statement, &values).await?;
        }
        Ok(true)
    }
}

#[async_trait]
impl Work for ChangeContainers<'_> {
    type Answer = bool;

    async fn run(&self, session: &mut dyn Session) -> Result<bool> {
        if !is_there(self.lookups, session, self.key).await? {
            return Ok(false);
        }
        used(self.statements, "change_metadata.write", self.patch_names())?;
        let key = self.lookups.values(self.key);
        // The first time it waits for whoever holds the lock, and what it returns of other tables than the locked one is
        // from before the wait. The second time it is as it is now, and stays.
        session.rows(self.read, &key).await?;
        let mut rows = session.rows(self.read, &key).await?.into_iter();
        let (Some(row), None) = (rows.next(), rows.next()) else {
            return Err(Error::new(ErrorKind::Inconsistent, "the query for a user's metadata does not return one row")
                .with("query", "change_metadata.read")
                .hint("let it return one row for every user, with NULL where there is no metadata yet"));
        };
        let mut values = key.with_record(&row);
        for (name, field) in row.iter() {
            values.set(format!("{name}{BEFORE}"), field.clone());
        }
        let mut changed = !self.patch.fields.is_empty();
        for patch in &self.patch.containers {
            if let Some(document) = changed_document(&row, patch)? {
                values.set(&patch.container, Field::Text(document));
                changed = true;
            }
        }
        if !changed {
            return Ok(true);
        }
        let values = values.with(&self.patch.fields);
        for statement in self.statements {
            let rows = session.change(statement, &values).await?;
            // It asked for what was read, and that is there no more.
            if rows == 0 && statement.names().iter().any(|name| name.ends_with(BEFORE)) {
                return Err(session.contended());
            }
        }
        Ok(true)
    }
}

impl ChangeContainers<'_> {
    fn patch_names(&self) -> impl Iterator<Item = &str> {
        let containers = self.patch.containers.iter().map(|patch| patch.container.as_str());
        containers.chain(self.patch.fields.iter().map(|(name, _)| name.as_str()))
    }
}

/// What is to be written is written by some statement: nothing that was accepted is lost without a word.
///
/// # Errors
/// `Refused` (`unwritten_column`) naming the column that no statement has a parameter for.
fn used<'n>(statements: &[Query], key: &str, names: impl IntoIterator<Item = &'n str>) -> Result<()> {
    let lost = names.into_iter().find(|name| !statements.iter().any(|it| it.names().iter().any(|used| used == name)));
    match lost {
        None => Ok(()),
        Some(name) => Err(Error::refused("unwritten_column", format!("no statement writes :{name}"))
            .with("query", key)
            .with("field", name)
            .hint("add a statement that does, or take the column out of the map")),
    }
}

/// What a parameter's name ends with that stands for a column as it was read.
pub(crate) const BEFORE: &str = "_before";

async fn is_there(lookups: &Lookups, session: &mut dyn Session, key: &Key) -> Result<bool> {
    Ok(lookups.is_empty() || lookups.find(session, key).await?.is_some())
}

/// The document after the change, or `None` where nothing changes.
fn changed_document(row: &Record, patch: &ContainerPatch) -> Result<Option<String>> {
    let located = |error: Error| error.with("query", "change_metadata.read").with("field", &patch.container);
    let text = match row.get(&patch.container) {
        Some(Field::Null) => String::new(),
        Some(Field::Text(text) | Field::Json(text)) => text.clone(),
        Some(Field::Bytes(bytes)) => {
            String::from_utf8(bytes.clone()).map_err(|_| located(unreadable("it is not UTF-8")))?
        }
        Some(_) => return Err(located(unreadable("it is no text"))),
        None => {
            let error = Error::new(ErrorKind::Config, "the query does not return the column of the metadata");
            return Err(located(error).hint("let it return every metadata column of the map, by its name"));
        }
    };
    let mut document = Metadata::from_store(text).map_err(|why| located(unreadable(&why.to_string())))?;
    Ok(patch.apply(&mut document)?.then(|| document.as_str().to_owned()))
}

fn unreadable(why: &str) -> Error {
    Error::new(ErrorKind::Inconsistent, format!("the stored metadata cannot be read, so it is not changed: {why}"))
        .code("metadata_unreadable")
        .hint("mend the JSON text in that row")
}
