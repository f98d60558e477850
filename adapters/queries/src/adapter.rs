//! The adapter: each ability by its query, or else by the store's table.

use std::sync::Arc;

use async_trait::async_trait;
use crosswalk_contract::{
    Adapter, Assignment, Batches, By, ChangeEmail, ChangeMetadata, ChangePassword, Create, Cursor, Delete, EmailChange,
    Error, ErrorKind, Examination, Field, GetUser, Key, ListUsers, NewPassword, NewUser, Opening, Patch, Record,
    Result, Verify,
};
use crosswalk_sql::Dialect;

use crate::{
    Driver, QuerySettings, Values, check, examine, list,
    query::Query,
    read::{self, Lookups},
    write,
};

/// A store whose owner writes the SQL, over that database.
pub struct QueryAdapter<D> {
    pub(crate) driver: D,
    pub(crate) queries: Queries,
    /// For abilities without a query.
    table: Option<Arc<dyn Adapter>>,
}

/// Everything compiled.
pub(crate) struct Queries {
    pub(crate) lookups: Lookups,
    pub(crate) list: Option<list::Page>,
    pub(crate) create: Vec<Query>,
    pub(crate) change_metadata: Option<(Query, Vec<Query>)>,
    verify: Vec<Query>,
    change_password: Vec<Query>,
    change_email: Vec<Query>,
    delete: Vec<Query>,
    /// What the map reads, for a check of the queries' results.
    pub(crate) fields: Vec<String>,
}

impl<D: Driver> QueryAdapter<D> {
    /// The settings, compiled. `table` does what has no query, as far as it finds users itself.
    ///
    /// # Errors
    /// `Config` for a mistake in a query: it does not end, or names a parameter that nothing gives.
    pub fn new(
        driver: D,
        settings: &QuerySettings,
        dialect: &Dialect,
        opening: &Opening,
        table: Option<Arc<dyn Adapter>>,
    ) -> Result<QueryAdapter<D>> {
        check::parameters(settings, dialect, opening)?;
        let all = |key: &str, given: &crate::Statements| -> Result<Vec<Query>> {
            given.0.iter().map(|text| compiled(key, text, dialect)).collect()
        };
        let change_metadata = match &settings.change_metadata {
            Some(given) => {
                let read = compiled("change_metadata.read", &settings.whole(&given.read), dialect)?;
                Some((read, all("change_metadata.write", &given.write)?))
            }
            None => None,
        };
        let queries = Queries {
            lookups: Lookups::new(settings, dialect, opening)?,
            list: settings
                .list
                .as_ref()
                .map(|given| list::Page::new(given, &settings.whole(&given.sql), dialect))
                .transpose()?,
            create: all("create", &settings.create)?,
            change_metadata,
            verify: all("verify", &settings.verify)?,
            change_password: all("change_password", &settings.change_password)?,
            change_email: all("change_email", &settings.change_email)?,
            delete: all("delete", &settings.delete)?,
            fields: opening.fields.clone(),
        };
        Ok(QueryAdapter { driver, queries, table })
    }

    /// The table, for an ability that reads no record: it need not know the columns that queries return.
    fn table(&self) -> Option<&dyn Adapter> {
        self.table.as_deref()
    }

    /// The table, for an ability that reads records.
    fn reading_table(&self) -> Option<&dyn Adapter> {
        if self.queries.lookups.is_empty() { self.table() } else { None }
    }

    async fn change(&self, statements: &[Query], key: &Key, values: Values, written: Vec<&str>) -> Result<bool> {
        let lookups = &self.queries.lookups;
        if lookups.is_empty() && !self.is_in_table(key).await? {
            return Ok(false);
        }
        self.driver.write(&write::Change { lookups, statements, key, values, written }).await
    }

    /// Whether the table, which finds users here, knows the key.
    async fn is_in_table(&self, key: &Key) -> Result<bool> {
        match self.table().and_then(Adapter::get_user) {
            Some(table) => Ok(table.get_user(key).await?.is_some()),
            None => Ok(false),
        }
    }
}

fn names(fields: &[Assignment]) -> Vec<&str> {
    fields.iter().map(|(name, _)| name.as_str()).collect()
}

/// # Errors
/// `Config`, with what [`Query::compile`] says.
pub(crate) fn compiled(key: &str, text: &str, dialect: &Dialect) -> Result<Query> {
    Query::compile(key, text, dialect)
        .map_err(|why| Error::new(ErrorKind::Config, format!("the query cannot be read: {why}")).with("query", key))
}

#[async_trait]
impl<D: Driver> Adapter for QueryAdapter<D> {
    fn kind(&self) -> &'static str {
        self.driver.kind()
    }

    async fn ping(&self) -> Result<()> {
        self.driver.ping().await
    }

    async fn examine(&self) -> Result<Examination> {
        let mut examination = match self.table() {
            Some(table) => table.examine().await?,
            None => self.driver.examine().await?,
        };
        examine::examine(&self.driver, &self.queries, &mut examination).await?;
        Ok(examination)
    }

    fn get_user(&self) -> Option<&dyn GetUser> {
        if self.queries.lookups.is_empty() { self.table()?.get_user() } else { Some(self) }
    }
    fn create(&self) -> Option<&dyn Create> {
        if self.queries.create.is_empty() { self.reading_table()?.create() } else { Some(self) }
    }
    fn change_metadata(&self) -> Option<&dyn ChangeMetadata> {
        if self.queries.change_metadata.is_none() { self.table()?.change_metadata() } else { Some(self) }
    }
    fn change_password(&self) -> Option<&dyn ChangePassword> {
        if self.queries.change_password.is_empty() { self.table()?.change_password() } else { Some(self) }
    }
    fn change_email(&self) -> Option<&dyn ChangeEmail> {
        if self.queries.change_email.is_empty() { self.reading_table()?.change_email() } else { Some(self) }
    }
    fn verify(&self) -> Option<&dyn Verify> {
        if self.queries.verify.is_empty() { self.table()?.verify() } else { Some(self) }
    }
    fn delete(&self) -> Option<&dyn Delete> {
        if self.queries.delete.is_empty() { self.table()?.delete() } else { Some(self) }
    }
    fn list_users(&self) -> Option<&dyn ListUsers> {
        if self.queries.list.is_none() { self.reading_table()?.list_users() } else { Some(self) }
    }
}

#[async_trait]
impl<D: Driver> GetUser for QueryAdapter<D> {
    async fn get_user(&self, key: &Key) -> Result<Option<Record>> {
        self.driver.read(&read::GetOne { lookups: &self.queries.lookups, key }).await
    }
}

#[async_trait]
impl<D: Driver> Create for QueryAdapter<D> {
    async fn create(&self, user: &NewUser) -> Result<Option<Record>> {
        let Queries { lookups, create, .. } = &self.queries;
        self.driver.write(&write::Create { lookups, statements: create, fields: &user.fields }).await
    }
}

#[async_trait]
impl<D: Driver> ChangeMetadata for QueryAdapter<D> {
    async fn change_metadata(&self, key: &Key, patch: &Patch) -> Result<bool> {
        let Some((read, statements)) = &self.queries.change_metadata else { return Ok(false) };
        let lookups = &self.queries.lookups;
        if lookups.is_empty() && !self.is_in_table(key).await? {
            return Ok(false);
        }
        self.driver.write(&write::ChangeContainers { lookups, read, statements, key, patch }).await
    }
}

#[async_trait]
impl<D: Driver> ChangePassword for QueryAdapter<D> {
    async fn change_password(&self, key: &Key, password: &NewPassword) -> Result<bool> {
        let values = Values::default().with(&password.fields);
        self.change(&self.queries.change_password, key, values, names(&password.fields)).await
    }
}

#[async_trait]
impl<D: Driver> ChangeEmail for QueryAdapter<D> {
    async fn change_email(&self, key: &Key, change: &EmailChange) -> Result<bool> {
        let mut values = Values::default();
        values.set("email", Field::Text(change.email.clone()));
        values.set("email_verified", Field::Bool(change.verified));
        let statements = &self.queries.change_email;
        // Whoever writes `:email` has no need of the column's own name; the same goes for the flag.
        let is_used = |name: &str| statements.iter().any(|it| it.names().iter().any(|used| used == name));
        let written = names(&change.fields).into_iter().filter(|column| {
            let is_email = self.queries.lookups.column_of(&By::Email) == Some(*column);
            !is_used(if is_email { "email" } else { "email_verified" })
        });
        let written = written.collect();
        // A column of the map that has one of these names is what the map writes.
        self.change(statements, key, values.with(&change.fields), written).await
    }
}

#[async_trait]
impl<D: Driver> Verify for QueryAdapter<D> {
    async fn verify(&self, key: &Key, fields: &[Assignment]) -> Result<bool> {
        self.change(&self.queries.verify, key, Values::default().with(fields), names(fields)).await
    }
}

#[async_trait]
impl<D: Driver> Delete for QueryAdapter<D> {
    async fn delete(&self, key: &Key) -> Result<bool> {
        self.change(&self.queries.delete, key, Values::default(), Vec::new()).await
    }
}

impl<D: Driver> ListUsers for QueryAdapter<D> {
    fn list_users(&self, after: Option<Cursor>) -> Batches<'_> {
        list::list_users(self, after)
    }
}
