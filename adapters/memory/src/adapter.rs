//! The adapter: one accessor per ability that the store has, and one short trait implementation for each.

use std::collections::BTreeMap;

use crosswalk_contract::{
    Adapter, Assignment, Batch, Batches, ChangeEmail, ChangeMetadata, ChangePassword, ContainerPatch, Create, Cursor,
    Delete, EmailChange, Error, ErrorKind, Examination, Field, Finding, GetUser, Key, ListUsers, Metadata, NewPassword,
    NewUser, Patch, Record, Result, Severity, Verify, async_trait,
};
use futures::{StreamExt, stream};

use crate::MemoryStore;

/// Users in one batch of a listing.
const BATCH: usize = 1_000;

#[derive(Debug)]
pub(crate) struct MemoryAdapter {
    pub(crate) store: MemoryStore,
}

#[async_trait]
impl Adapter for MemoryAdapter {
    fn kind(&self) -> &'static str {
        crate::KIND.name
    }

    async fn ping(&self) -> Result<()> {
        self.store.reach()
    }

    async fn examine(&self) -> Result<Examination> {
        self.store.reach()?;
        let rows = self.store.rows();
        let mut columns = BTreeMap::new();
        for (name, field) in rows.iter().flat_map(Record::iter).filter(|(_, field)| !field.is_null()) {
            columns.entry(name.to_owned()).or_insert_with(|| field.type_name().to_owned());
        }
        Ok(Examination {
            facts: vec![("users".to_owned(), rows.len().to_string())],
            columns: columns.into_iter().collect(),
            column_limits: Vec::new(),
            findings: vec![Finding {
                severity: Severity::Warning,
                text: "This store lives in memory: what is written to it is gone when the process ends.".to_owned(),
            }],
        })
    }

    fn get_user(&self) -> Option<&dyn GetUser> {
        Some(self)
    }
    fn list_users(&self) -> Option<&dyn ListUsers> {
        Some(self)
    }

    // The accessor is the promise: a read-only store simply does not give these.
    fn create(&self) -> Option<&dyn Create> {
        (!self.store.read_only).then_some(self)
    }
    fn change_metadata(&self) -> Option<&dyn ChangeMetadata> {
        (!self.store.read_only).then_some(self)
    }
    fn change_password(&self) -> Option<&dyn ChangePassword> {
        (!self.store.read_only).then_some(self)
    }
    fn change_email(&self) -> Option<&dyn ChangeEmail> {
        (!self.store.read_only).then_some(self)
    }
    fn verify(&self) -> Option<&dyn Verify> {
        (!self.store.read_only).then_some(self)
    }
    fn delete(&self) -> Option<&dyn Delete> {
        (!self.store.read_only).then_some(self)
    }
}

#[async_trait]
impl GetUser for MemoryAdapter {
    async fn get_user(&self, key: &Key) -> Result<Option<Record>> {
        self.store.find(key)
    }
}

#[async_trait]
impl Create for MemoryAdapter {
    async fn create(&self, user: &NewUser) -> Result<Option<Record>> {
        self.store.create(user.fields.clone()).map(Some)
    }
}

#[async_trait]
impl ChangeMetadata for MemoryAdapter {
    async fn change_metadata(&self, key: &Key, patch: &Patch) -> Result<bool> {
        self.store.update(key, |record| {
            let containers = patch.containers.iter().map(|patch| changed_container(record, patch));
            containers.chain(patch.fields.iter().cloned().map(Ok)).collect()
        })
    }
}

#[async_trait]
impl ChangePassword for MemoryAdapter {
    async fn change_password(&self, key: &Key, password: &NewPassword) -> Result<bool> {
        self.write(key, "password", &password.fields)
    }
}

#[async_trait]
impl ChangeEmail for MemoryAdapter {
    async fn change_email(&self, key: &Key, change: &EmailChange) -> Result<bool> {
        self.write(key, "e-mail address", &change.fields)
    }
}

#[async_trait]
impl Verify for MemoryAdapter {
    async fn verify(&self, key: &Key, fields: &[Assignment]) -> Result<bool> {
        self.write(key, "verification status", fields)
    }
}

#[async_trait]
impl Delete for MemoryAdapter {
    async fn delete(&self, key: &Key) -> Result<bool> {
        self.store.remove(key)
    }
}

impl ListUsers for MemoryAdapter {
    fn list_users(&self, after: Option<Cursor>) -> Batches<'_> {
        let start = match after.map(|Cursor(text)| text.parse::<u64>()) {
            None => 0,
            Some(Ok(at)) => at,
            Some(Err(_)) => {
                let error = Error::refused("bad_cursor", "the cursor was not made by this store")
                    .hint("start the listing from the beginning");
                return stream::iter([Err(error)]).boxed();
            }
        };
        // One page per step, each read under its own lock: a listing never stands in the way of a write.
        stream::try_unfold(start, move |at| async move {
            let page = self.store.page(at, BATCH)?;
            let Some((last, _)) = page.last() else { return Ok(None) };
            let (last, records) = (*last, page.into_iter().map(|(_, record)| record).collect());
            Ok(Some((Batch { records, resume: Cursor(last.to_string()) }, last)))
        })
        .boxed()
    }
}

impl MemoryAdapter {
    /// Writes columns; where the map names none, saying "done" would lose the change.
    fn write(&self, key: &Key, what: &str, fields: &[Assignment]) -> Result<bool> {
        if fields.is_empty() {
            return Err(Error::new(ErrorKind::Config, format!("the map names no column for the {what}"))
                .hint("name the column in the map of the connection"));
        }
        self.store.update(key, |_| Ok(fields.to_vec()))
    }
}

/// The container after the change. One that cannot be read is left alone: writing it would lose what is in it.
fn changed_container(record: &Record, patch: &ContainerPatch) -> Result<Assignment> {
    let old = record.get(&patch.container).unwrap_or(&Field::Null);
    let unreadable = |why: String| {
        Error::new(ErrorKind::Inconsistent, format!("the stored metadata cannot be read, so it is not changed: {why}"))
            .code("metadata_unreadable")
            .with("field", &patch.container)
            .hint("mend the JSON text in that row")
    };
    let mut metadata = match old {
        Field::Null => Metadata::empty(),
        Field::Text(text) | Field::Json(text) => {
            Metadata::from_store(text.as_str()).map_err(|error| unreadable(error.to_string()))?
        }
        other => return Err(unreadable(format!("it is {}, not text", other.type_name()))),
    };
    patch.apply(&mut metadata)?;
    let text = metadata.as_str().to_owned();
    let field = if matches!(old, Field::Json(_)) { Field::Json(text) } else { Field::Text(text) };
    Ok((patch.container.clone(), field))
}
