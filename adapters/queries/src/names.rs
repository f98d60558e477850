//! The column names of queries' results, shared by all records of one query.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crosswalk_contract::Columns;

use crate::Query;

/// Names by query. A map compiled against them is good as long as they stay the same, so they are made once.
#[derive(Debug, Default)]
pub struct ResultNames(Mutex<HashMap<String, Arc<Columns>>>);

impl ResultNames {
    /// The shared names for a result with those columns.
    pub fn of<N: AsRef<str>>(&self, query: &Query, names: &[N]) -> Arc<Columns> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match known.get(query.sql()) {
            Some(columns) if columns.names().iter().eq(names.iter().map(AsRef::as_ref)) => columns.clone(),
            // The table behind `SELECT *` has another column than before.
            _ => {
                let columns = Columns::new(names.iter().map(|name| name.as_ref().to_owned()));
                known.insert(query.sql().to_owned(), columns.clone());
                columns
            }
        }
    }
}
