//! The section `[connection.x.store.queries]`.

use std::{borrow::Cow, collections::BTreeMap};

use crosswalk_contract::{Opening, SettingsError};
use crosswalk_sql::Dialect;
use serde::Deserialize;
use serde_json::Value;

use crate::{Query, write::BEFORE};

/// Queries with `:named` parameters. An ability without one is that of the store's table, where the store names one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct QuerySettings {
    /// `SELECT … FROM …`: what the queries of `get_user` and `list` begin with. They are then only what stands behind
    /// `WHERE`; one that begins with SELECT, WITH, CALL or TABLE is a query by itself.
    pub select: Option<String>,
    /// Finds one user; one query for each identifier.
    pub get_user: LookupQueries,
    /// A page of all users.
    pub list: Option<ListQuery>,
    /// Makes a user. The parameters are the columns of the map; those that are not given are NULL.
    pub create: Statements,
    /// Changes metadata.
    pub change_metadata: Option<MetadataQueries>,
    /// Marks the e-mail address as verified: `:id`, and the columns that the map writes for it.
    pub verify: Statements,
    /// Sets a new password: `:id`, and the columns of the map's password.
    pub change_password: Statements,
    /// Sets a new address: `:id`, `:email`, `:email_verified`, and the columns that the map writes for them.
    pub change_email: Statements,
    /// Removes a user: `:id`.
    pub delete: Statements,
    /// Adds a column to each user: all rows of the query as a list. `:id` and the user's own columns are its parameters.
    pub extra: BTreeMap<String, String>,
}

/// Queries that find one user, each by its own parameter.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LookupQueries {
    /// By `:id`; for an id of several columns, by a parameter for each of them.
    pub id: Option<String>,
    /// By `:email`.
    pub email: Option<String>,
    /// By `:username`.
    pub username: Option<String>,
    /// By `:phone`.
    pub phone: Option<String>,
}

/// A page of users, strictly rising by a unique key.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListQuery {
    /// `SELECT … WHERE id > :after ORDER BY id LIMIT :limit`; for a key of several columns, `:after_<column>` for each.
    pub sql: String,
    /// The columns of the result that are unique together and that it is ordered by.
    pub key: Vec<String>,
    /// What `:after` is for the first page, one value for each column of the key: below every key, such as 0 or "".
    pub start: Vec<Value>,
}

/// How metadata is read and written, in one transaction.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetadataQueries {
    /// Reads every metadata column of the map of the user `:id`, and locks the row (`FOR UPDATE`).
    pub read: String,
    /// Writes them: `:id`, a parameter for each metadata column, and `:<column>_before` with what was read. A statement
    /// that names one of those and changes no row has lost against somebody else, and all is done again.
    pub write: Statements,
}

/// Statements that are run one after the other, together or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "OneOrMore")]
pub struct Statements(pub Vec<String>);

#[derive(Deserialize)]
#[serde(untagged, expecting = "one statement as text, or several in a list")]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl From<OneOrMore> for Statements {
    fn from(given: OneOrMore) -> Statements {
        match given {
            OneOrMore::One(statement) => Statements(vec![statement]),
            OneOrMore::More(statements) => Statements(statements),
        }
    }
}

impl QuerySettings {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.texts().next().is_none()
    }

    /// Whether users are found by queries: the columns of the map are then those of the queries' results.
    pub fn find_users(&self) -> bool {
        self.get_user.texts().next().is_some()
    }

    /// What the table is told where it does the rest: it need not have the columns that only queries return.
    pub fn left_to_table(&self, opening: &Opening) -> Opening {
        let mut opening = opening.clone();
        if self.find_users() {
            opening.fields.clear();
            opening.lookup_fields.clear();
            opening.identifiers.clear();
        }
        if self.change_metadata.is_some() {
            opening.container_fields.clear();
        }
        opening
    }

    /// Mistakes that can be known without reaching the store; `path` is the section's own.
    pub fn problems(&self, path: &str, dialect: &Dialect) -> Vec<SettingsError> {
        let mut problems = Vec::new();
        let mut report = |key: &str, message: String| {
            problems.push(SettingsError { path: format!("{path}.{key}"), message });
        };
        for (key, text) in self.texts() {
            if let Err(why) = Query::compile(&key, &text, dialect) {
                report(&key, why);
            }
        }
        if let Some(list) = &self.list {
            if list.key.is_empty() {
                report("list.key", "name the columns that are unique and that the page is ordered by".to_owned());
            }
            if list.start.len() != list.key.len() {
                report("list.start", "give one value for each column of `key`".to_owned());
            }
            if list.start.iter().any(|value| !value.is_string() && !value.is_i64()) {
                report("list.start", "only texts and whole numbers can be below every key".to_owned());
            }
        }
        if let Some(metadata) = &self.change_metadata {
            let locks = metadata.read.to_uppercase().split_whitespace().any(|word| word == "UPDATE");
            let compares = metadata.write.0.iter().any(|text| text.contains(BEFORE));
            if !locks && !compares {
                let why = "two changes at once could lose one of them; end the query with FOR UPDATE, or compare what is \
                           written over with :<column>_before";
                report("change_metadata.read", why.to_owned());
            }
        }
        if self.find_users() && self.get_user.id.is_none() {
            report("get_user", "users are also found by their id; add a query `id`".to_owned());
        }
        if !self.find_users() && !self.extra.is_empty() {
            report("extra", "columns are added to what the queries of `get_user` find, and there are none".to_owned());
        }
        problems
    }

    /// For a store that promises no writes: the queries that contradict the promise.
    pub fn written(&self, path: &str) -> impl Iterator<Item = SettingsError> {
        let reads = |key: &str| ["get_user.", "list.", "extra."].iter().any(|reads| key.starts_with(reads));
        let keys = self.texts().map(|(key, _)| key).filter(move |key| !reads(key));
        keys.map(move |key| SettingsError {
            path: format!("{path}.{key}"),
            message: "the store is read_only, so nothing is written; leave one of the two out".to_owned(),
        })
    }

    /// A query of `get_user` or `list` as it is asked.
    pub(crate) fn whole<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let first = text.split_whitespace().next().unwrap_or_default().to_uppercase();
        match &self.select {
            Some(select) if !["SELECT", "WITH", "CALL", "TABLE"].contains(&first.as_str()) => {
                format!("{select}\nWHERE {text}").into()
            }
            _ => text.into(),
        }
    }

    /// Every query with its key, whole.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (String, Cow<'_, str>)> {
        let several = [
            ("create", &self.create),
            ("verify", &self.verify),
            ("change_password", &self.change_password),
            ("change_email", &self.change_email),
            ("delete", &self.delete),
        ];
        let metadata = self.change_metadata.iter().flat_map(|metadata| {
            let write = metadata.write.0.iter().map(|text| ("change_metadata.write".to_owned(), text.as_str().into()));
            std::iter::once(("change_metadata.read".to_owned(), self.whole(&metadata.read))).chain(write)
        });
        self.get_user
            .texts()
            .map(|(key, text)| (format!("get_user.{key}"), self.whole(text)))
            .chain(self.list.iter().map(|list| ("list.sql".to_owned(), self.whole(&list.sql))))
            .chain(
                several
                    .into_iter()
                    .flat_map(|(key, given)| given.0.iter().map(|it| (key.to_owned(), it.as_str().into()))),
            )
            .chain(metadata)
            .chain(self.extra.iter().map(|(column, text)| (format!("extra.{column}"), text.as_str().into())))
    }
}

impl LookupQueries {
    pub(crate) fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [("id", &self.id), ("email", &self.email), ("username", &self.username), ("phone", &self.phone)];
        all.into_iter().filter_map(|(name, text)| Some((name, text.as_deref()?)))
    }
}
