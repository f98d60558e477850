//! Changing metadata containers of one user, so that no change of anybody's is lost.

use crosswalk_contract::{Assignment, Fold, Key, Patch, Result};
use crosswalk_sql::Criterion;
use tokio_postgres::Row;

use crate::{
    container::{Container, Merge},
    failure::{Failure, contended},
    key::{Criteria, criteria},
    parameter::Parameter,
    store::{Session, Work},
};

/// A larger document is not sent twice only to compare it: its row is locked.
const COMPARED: usize = 64 << 10;

/// Applies the patch to what the row holds now; false where there is none.
pub(crate) struct ChangeContainers<'f> {
    pub(crate) key: &'f Key,
    pub(crate) patch: &'f Patch,
}

/// The same without a transaction, where one statement can do it; `None` where it cannot, or somebody else was quicker.
/// Nothing was changed then.
pub(crate) struct ChangeAtOnce<'f>(pub(crate) &'f ChangeContainers<'f>);

/// Columns and what they are to hold.
type Values<'v> = Vec<(&'v str, Parameter<'v>)>;

/// Columns and what they were read to hold.
type Read<'v> = Vec<(&'v str, Option<Parameter<'v>>)>;

impl Work for ChangeAtOnce<'_> {
    type Answer = Option<bool>;

    async fn run(&self, session: &Session<'_>) -> Result<Option<bool>, Failure> {
        let ChangeContainers { key, patch } = self.0;
        let Some(by) = criteria(session.store, &session.schema, key)? else { return Ok(Some(false)) };
        // More than one row is never touched, and a statement that stands alone cannot be taken back.
        if key.fold != Fold::Exact || session.schema.is_view || !session.schema.admits_one(&equal_columns(&by)) {
            return Ok(None);
        }
        // Single columns may be identifiers, which are written with more care.
        if patch.containers.is_empty() || !patch.fields.is_empty() {
            return Ok(None);
        }
        let containers = self.0.containers(session)?;
        if containers.iter().all(Container::is_jsonb) {
            let merged = session.merged(&containers, &by, &patch.fields).await.map_err(Failure::of_commit)?;
            return Ok(merged.then_some(true));
        }
        // What the caller has read lately saves a journey where it still stands there.
        let known: Option<Vec<_>> = containers.iter().map(Container::read_before).collect();
        if let Some(known) = known
            && let Some(done) = session.swap(&by, changed(&containers, known)?).await?
        {
            return Ok(Some(done));
        }
        let Some(row) = session.only(&list(&containers), &by, "").await? else { return Ok(Some(false)) };
        session.swap(&by, changed(&containers, stored(&containers, &row)?)?).await
    }
}

impl Work for ChangeContainers<'_> {
    type Answer = bool;

    async fn run(&self, session: &Session<'_>) -> Result<bool, Failure> {
        let (store, schema) = (session.store, &*session.schema);
        let Some(by) = criteria(store, schema, self.key)? else { return Ok(false) };
        let containers = self.containers(session)?;
        // Where that comes to nothing there is nobody, or a document that is none or would be too large: what follows tells.
        if !schema.is_view && session.merged(&containers, &by, &self.patch.fields).await? {
            return Ok(true);
        }
        // Nobody else changes the row from here to the end. Rows behind a view cannot always be locked.
        let lock = if schema.is_view { "" } else { " FOR UPDATE" };
        let Some(row) = session.only(&list(&containers), &by, lock).await? else { return Ok(false) };
        let (changed, read) = changed(&containers, stored(&containers, &row)?)?;
        let mut set = session.parameters(&self.patch.fields)?;
        set.extend(changed);
        if set.is_empty() {
            return Ok(true);
        }
        if !schema.is_view || read.is_empty() {
            return session.update(&by, set, &self.patch.fields).await;
        }
        let statement = store.table().compare_and_swap(set, &by, read);
        match session.connection.execute(&statement).await? {
            0 if session.only("1", &by, "").await?.is_some() => {
                Err(contended().with("table", &store.table.table).into())
            }
            0 => Ok(false),
            1 => session.refuse_taken_identifiers(&self.patch.fields).await.map(|()| true),
            _ => Err(session.two_rows(&by).into()),
        }
    }
}

impl ChangeContainers<'_> {
    fn containers<'c>(&'c self, session: &'c Session<'_>) -> Result<Vec<Container<'c>>> {
        let table = &session.store.table.table;
        let patches = self.patch.containers.iter();
        patches.map(|patch| Container::new(session.schema.column(table, &patch.container)?, patch, table)).collect()
    }
}

/// What to select of the row. Without containers the row is only looked for.
fn list(containers: &[Container<'_>]) -> String {
    let list: Vec<String> = containers.iter().map(Container::reading).collect();
    if list.is_empty() { "1".to_owned() } else { list.join(", ") }
}

fn stored(containers: &[Container<'_>], row: &Row) -> Result<Vec<Option<String>>, Failure> {
    containers.iter().enumerate().map(|(index, container)| container.stored(row, index)).collect()
}

/// What is to be written and what was read there. What stays the same is not written: a column that nothing happened to
/// keeps even its `[]`.
fn changed<'c>(containers: &'c [Container<'_>], stored: Vec<Option<String>>) -> Result<(Values<'c>, Read<'c>)> {
    let (mut set, mut read) = (Vec::new(), Vec::new());
    for (container, stored) in containers.iter().zip(stored) {
        if let Some(text) = container.changed(&stored)? {
            set.push((container.name(), text));
            read.push((container.name(), stored.map(Parameter::owned)));
        }
    }
    Ok((set, read))
}

fn equal_columns<'c>(by: &Criteria<'c>) -> Vec<&'c str> {
    let equal = by.iter().filter_map(|criterion| match criterion {
        Criterion::Equal(column, _) => Some(*column),
        _ => None,
    });
    equal.collect()
}

impl Session<'_> {
    /// Writes where nothing has changed since; `None` where something has.
    async fn swap(&self, by: &Criteria<'_>, (set, read): (Values<'_>, Read<'_>)) -> Result<Option<bool>, Failure> {
        if set.is_empty() {
            return Ok(Some(true));
        }
        if read.iter().filter_map(|(_, read)| read.as_ref()?.0.as_ref()).any(|read| read.len() > COMPARED) {
            return Ok(None);
        }
        let statement = self.store.table().compare_and_swap(set, by, read);
        match self.connection.execute(&statement).await.map_err(Failure::of_commit)? {
            0 => Ok(None),
            1 => Ok(Some(true)),
            _ => Err(self.two_rows(by).into()),
        }
    }

    /// Changes documents of jsonb in one statement. `false` where that is not possible, and nothing was changed then.
    async fn merged(
        &self,
        containers: &[Container<'_>],
        by: &Criteria<'_>,
        fields: &[Assignment],
    ) -> Result<bool, Failure> {
        let merges: Option<Vec<(&str, Merge)>> =
            containers.iter().map(|container| Some((container.name(), container.merge()?))).collect();
        // Single columns may be identifiers, which are written with more care.
        let Some(merges) = merges.filter(|merges| !merges.is_empty() && fields.is_empty()) else { return Ok(false) };
        let mut criteria = by.clone();
        let mut set = Vec::new();
        for (column, merge) in &merges {
            let parameter = || Parameter::borrowed(&merge.parameter);
            set.push((*column, merge.after.as_str(), parameter()));
            criteria.push(Criterion::Matching(column, merge.fits.as_str().into(), parameter()));
        }
        match self.connection.execute(&self.store.table().update_by_templates(set, &criteria)).await? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(self.two_rows(by).into()),
        }
    }
}
