//! The "database": rows behind one lock, with an id, unique columns and a switch that makes it unreachable.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crosswalk_contract::{Adapter, Assignment, Columns, Error, ErrorKind, Field, Fold, Key, Record, Result};

use crate::{
    adapter::MemoryAdapter,
    matching::{columns, matches, same},
};

/// A store in memory. Clones share their rows, so a test can keep one and watch what the adapter does to it.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    pub(crate) id: Vec<String>,
    unique: Vec<(String, Fold)>,
    auto_id: Option<String>,
    pub(crate) read_only: bool,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// By the number of their insertion. It never comes again, so a listing can resume after it.
    rows: BTreeMap<u64, Record>,
    inserted: u64,
    /// The largest number that `auto_id` has seen; ids of removed users do not come back.
    last_auto_id: i64,
    unavailable: bool,
}

impl MemoryStore {
    /// An empty store without an id.
    pub fn new() -> MemoryStore {
        MemoryStore::default()
    }

    /// Names the columns of the id. No two rows may have the same.
    #[must_use]
    pub fn id<N: Into<String>>(mut self, columns: impl IntoIterator<Item = N>) -> MemoryStore {
        self.id = columns.into_iter().map(Into::into).collect();
        self
    }

    /// No two rows may have the same value in this column, byte for byte.
    #[must_use]
    pub fn unique(mut self, column: impl Into<String>) -> MemoryStore {
        self.unique.push((column.into(), Fold::Exact));
        self
    }

    /// No two rows may have the same value in this column, without regard to letter case.
    #[must_use]
    pub fn unique_folded(mut self, column: impl Into<String>) -> MemoryStore {
        self.unique.push((column.into(), Fold::Lower));
        self
    }

    /// Numbers this column where a new user brings no value for it.
    #[must_use]
    pub fn auto_id(mut self, column: impl Into<String>) -> MemoryStore {
        self.auto_id = Some(column.into());
        self
    }

    /// The adapter promises no writes; [`MemoryStore::insert`] still works.
    #[must_use]
    pub fn read_only(mut self) -> MemoryStore {
        self.read_only = true;
        self
    }

    /// The adapter over these rows.
    pub fn adapter(&self) -> Arc<dyn Adapter> {
        Arc::new(MemoryAdapter { store: self.clone() })
    }

    /// Puts a raw record in, past all rules: dirty rows are what tests need.
    pub fn insert(&self, record: Record) {
        self.lock().push(record);
    }

    /// As [`MemoryStore::insert`], from name and field pairs, but by the rules for ids and unique columns.
    ///
    /// # Errors
    /// `Conflict` where the id or a unique column is taken.
    pub fn insert_pairs<N: Into<String>>(&self, pairs: impl IntoIterator<Item = (N, Field)>) -> Result<Record> {
        self.add(pairs.into_iter().map(|(name, field)| (name.into(), field)).collect(), &mut self.lock())
    }

    /// All rows in the order of their insertion.
    pub fn rows(&self) -> Vec<Record> {
        self.lock().rows.values().cloned().collect()
    }

    /// Whether the store can be reached. While it cannot, every call of the adapter is `Unavailable`.
    pub fn set_available(&self, available: bool) {
        self.lock().unavailable = !available;
    }

    /// Succeeds while the store can be reached.
    pub(crate) fn reach(&self) -> Result<()> {
        self.reached().map(drop)
    }

    pub(crate) fn find(&self, key: &Key) -> Result<Option<Record>> {
        let state = self.reached()?;
        Ok(self.position(&state, key)?.and_then(|at| state.rows.get(&at).cloned()))
    }

    pub(crate) fn create(&self, fields: Vec<Assignment>) -> Result<Record> {
        self.add(fields, &mut *self.reached()?)
    }

    /// Finds the row, lets `change` say what to write, and writes it: all of it under one lock, or nothing.
    pub(crate) fn update(&self, key: &Key, change: impl FnOnce(&Record) -> Result<Vec<Assignment>>) -> Result<bool> {
        let mut state = self.reached()?;
        let Some(at) = self.position(&state, key)? else { return Ok(false) };
        let Some(old) = state.rows.get(&at) else { return Ok(false) };
        let new = assigned(old, change(old)?);
        self.refuse_duplicates(&state, &new, Some(at))?;
        state.rows.insert(at, new);
        Ok(true)
    }

    pub(crate) fn remove(&self, key: &Key) -> Result<bool> {
        let mut state = self.reached()?;
        let Some(at) = self.position(&state, key)? else { return Ok(false) };
        Ok(state.rows.remove(&at).is_some())
    }

    /// Up to `limit` rows that were inserted after that one, each with its number.
    pub(crate) fn page(&self, after: u64, limit: usize) -> Result<Vec<(u64, Record)>> {
        let rows = &self.reached()?.rows;
        Ok(rows.range(after.saturating_add(1)..).take(limit).map(|(at, row)| (*at, row.clone())).collect())
    }

    fn add(&self, mut fields: Vec<Assignment>, state: &mut State) -> Result<Record> {
        if let Some(column) = &self.auto_id {
            match fields.iter().position(|(name, _)| name == column).map(|at| &mut fields[at].1) {
                Some(field @ Field::Null) => *field = Field::I64(state.last_auto_id + 1),
                Some(_) => {}
                None => fields.push((column.clone(), Field::I64(state.last_auto_id + 1))),
            }
        }
        let record = Record::from_pairs(fields);
        self.refuse_duplicates(state, &record, None)?;
        if let Some(Field::I64(id)) = self.auto_id.as_ref().and_then(|column| record.get(column)) {
            state.last_auto_id = state.last_auto_id.max(*id);
        }
        state.push(record.clone());
        Ok(record)
    }

    /// The one row with that key.
    fn position(&self, state: &State, key: &Key) -> Result<Option<u64>> {
        let columns = columns(key, &self.id)?;
        let mut found = state.rows.iter().filter(|(_, row)| matches(row, &columns, key.fold)).map(|(at, _)| *at);
        match (found.next(), found.next()) {
            (Some(_), Some(_)) => Err(Error::new(ErrorKind::Inconsistent, "two users have the same identifier")
                .with("field", key.by.name())
                .hint("remove one of them, or look users up by something that is unique")),
            (one, _) => Ok(one),
        }
    }

    fn refuse_duplicates(&self, state: &State, new: &Record, itself: Option<u64>) -> Result<()> {
        let mut others = state.rows.iter().filter(|(at, _)| Some(**at) != itself).map(|(_, row)| row);
        let equal = |other: &Record, column: &str, fold: Fold| match (other.get(column), new.get(column)) {
            (Some(one), Some(two)) => same(one, two, fold),
            _ => false,
        };
        let taken = others.find_map(|other| {
            let same_id = !self.id.is_empty() && self.id.iter().all(|column| equal(other, column, Fold::Exact));
            let unique = || self.unique.iter().find(|(column, fold)| equal(other, column, *fold));
            if same_id { Some(self.id.join(", ")) } else { unique().map(|(column, _)| column.clone()) }
        });
        match taken {
            None => Ok(()),
            Some(column) => Err(Error::new(ErrorKind::Conflict, "another user has this identifier")
                .code("user_exists")
                .with("field", column)),
        }
    }

    fn reached(&self) -> Result<MutexGuard<'_, State>> {
        let state = self.lock();
        if state.unavailable {
            return Err(Error::new(ErrorKind::Unavailable, "the memory store is switched off"));
        }
        Ok(state)
    }

    /// Every change is made in one step at its end, so a thread that panicked under the lock left the rows whole.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn push(&mut self, record: Record) {
        self.inserted += 1;
        self.rows.insert(self.inserted, record);
    }
}

/// The record with those columns set; the others keep their fields. New columns are added, as a document store would.
fn assigned(old: &Record, changes: Vec<Assignment>) -> Record {
    let mut names = old.columns().names().to_vec();
    let mut fields = old.fields().to_vec();
    for (name, field) in changes {
        match old.columns().position(&name) {
            Some(position) => fields[position] = field,
            None => {
                names.push(name);
                fields.push(field);
            }
        }
    }
    if names.len() == old.columns().names().len() {
        return Record::new(old.columns().clone(), fields);
    }
    Record::new(Columns::new(names), fields)
}
