//! Finding one user by the query for the identifier.

use async_trait::async_trait;
use crosswalk_contract::{By, Error, ErrorKind, Field, Key, Opening, Record, Result};
use crosswalk_sql::Dialect;

use crate::{Query, QuerySettings, Session, Values, Work, adapter::compiled};

/// The queries that find users, and what is added to each.
pub(crate) struct Lookups {
    queries: Vec<(By, Query)>,
    /// The column of each identifier.
    identifiers: Vec<(By, String)>,
    id_fields: Vec<String>,
    extra: Vec<(String, Query)>,
}

/// The one user with that key.
pub(crate) struct GetOne<'k> {
    pub(crate) lookups: &'k Lookups,
    pub(crate) key: &'k Key,
}

#[async_trait]
impl Work for GetOne<'_> {
    type Answer = Option<Record>;

    async fn run(&self, session: &mut dyn Session) -> Result<Option<Record>> {
        self.lookups.find(session, self.key).await
    }
}

impl Lookups {
    pub(crate) fn new(settings: &QuerySettings, dialect: &Dialect, opening: &Opening) -> Result<Lookups> {
        let by = |name| match name {
            "id" => By::Id,
            "email" => By::Email,
            "username" => By::Username,
            _ => By::Phone,
        };
        let texts = settings.get_user.texts();
        let queries: Result<_> = texts
            .map(|(name, text)| Ok((by(name), compiled(&format!("get_user.{name}"), &settings.whole(text), dialect)?)))
            .collect();
        let extra = settings.extra.iter();
        let extra: Result<_> = extra
            .map(|(column, text)| Ok((column.clone(), compiled(&format!("extra.{column}"), text, dialect)?)))
            .collect();
        Ok(Lookups {
            queries: queries?,
            identifiers: opening.identifiers.clone(),
            id_fields: opening.id_fields.clone(),
            extra: extra?,
        })
    }

    /// Users are found otherwise.
    pub(crate) fn is_empty(&self) -> bool {
        self.queries.is_empty()
    }

    /// The columns that have an identifier, in the order in which a new user is looked for.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        let ids = if let [id] = self.id_fields.as_slice() { Some(id.as_str()) } else { None };
        ids.into_iter().chain(self.identifiers.iter().map(|(_, column)| column.as_str()))
    }

    /// The column of that identifier.
    pub(crate) fn column_of(&self, by: &By) -> Option<&str> {
        self.identifiers.iter().find(|(known, _)| known == by).map(|(_, column)| column.as_str())
    }

    /// The key's values under the names that queries have for them.
    pub(crate) fn values(&self, key: &Key) -> Values {
        let mut values = Values::default();
        let by = self.by(key);
        if let (Some(value), Some(by)) = (key.one(), &by) {
            values.set(by.name(), Field::Text(value.to_owned()));
        }
        if by == Some(By::Id) {
            for (column, value) in key.columns().unwrap_or_default() {
                values.set(column, Field::Text(value.to_owned()));
            }
        }
        values
    }

    /// The one user with that key.
    ///
    /// # Errors
    /// `Inconsistent` for two; `Config` for a key that no query is for.
    pub(crate) async fn find(&self, session: &mut dyn Session, key: &Key) -> Result<Option<Record>> {
        let by = self.by(key);
        let query = self.queries.iter().find(|(known, _)| Some(known) == by.as_ref()).map(|(_, query)| query);
        let (Some(query), Some(by)) = (query, by) else {
            let name = key.by.name();
            return Err(Error::new(ErrorKind::Config, format!("no query finds users by {name}"))
                .hint("add one to `queries.get_user` in the settings of the store"));
        };
        let mut rows = match session.rows(query, &self.values(key)).await {
            Ok(rows) => rows.into_iter(),
            // A text that the type of the column cannot have is nobody's.
            Err(error) if error.code_name() == "wrong_type" => return Ok(None),
            Err(error) => return Err(error),
        };
        let Some(record) = rows.next() else { return Ok(None) };
        if rows.next().is_some() {
            return Err(Error::new(ErrorKind::Inconsistent, "two rows have the same identifier")
                .code("two_rows")
                .with("query", format!("get_user.{}", by.name()))
                .hint("let the query return one row for each user: joins multiply rows, `queries.extra` does not"));
        }
        // MySQL finds 4711 where '4711abc' is asked for.
        if by == By::Id && !has(&record, key) {
            return Ok(None);
        }
        self.completed(session, record).await.map(Some)
    }

    /// Adds the columns of the extra queries.
    pub(crate) async fn completed(&self, session: &mut dyn Session, record: Record) -> Result<Record> {
        if self.extra.is_empty() {
            return Ok(record);
        }
        let mut values = Values::default().with_record(&record);
        if let [id] = self.id_fields.as_slice() {
            values.set("id", record.get(id).cloned().unwrap_or(Field::Null));
        }
        let mut pairs: Vec<(String, Field)> =
            record.iter().map(|(name, field)| (name.to_owned(), field.clone())).collect();
        for (column, query) in &self.extra {
            let rows = session.rows(query, &values).await?;
            pairs.push((column.clone(), Field::List(members(column, rows)?)));
        }
        Ok(Record::from_pairs(pairs))
    }

    /// Which identifier the key is about.
    fn by(&self, key: &Key) -> Option<By> {
        let column = match &key.by {
            By::Field(column) => column,
            By::Fields(columns) => return (*columns == self.id_fields).then_some(By::Id),
            by => return Some(by.clone()),
        };
        if self.id_fields.as_slice() == std::slice::from_ref(column) {
            return Some(By::Id);
        }
        self.identifiers.iter().find(|(_, known)| known == column).map(|(by, _)| by.clone())
    }
}

/// Whether the record has the values that were asked for, by their text.
fn has(record: &Record, key: &Key) -> bool {
    let columns = key.columns().unwrap_or_default();
    columns.iter().all(|(column, value)| match record.get(column) {
        Some(Field::Text(text) | Field::Decimal(text)) => {
            text == value || (key.fold == crosswalk_contract::Fold::Lower && text.to_lowercase() == *value)
        }
        Some(Field::I64(number)) => number.to_string() == *value,
        Some(Field::U64(number)) => number.to_string() == *value,
        Some(Field::Bytes(bytes)) => bytes == value.as_bytes(),
        _ => false,
    })
}

/// The values of an extra query's rows.
fn members(column: &str, rows: Vec<Record>) -> Result<Vec<Field>> {
    let one = |row: Record| match row.fields() {
        [only] => Ok(only.clone()),
        _ => Err(Error::new(ErrorKind::Config, "the query returns several columns where one is a member of the list")
            .with("query", format!("extra.{column}"))
            .hint("join them into one, as with json_build_object or JSON_OBJECT")),
    };
    rows.into_iter().map(one).collect()
}
