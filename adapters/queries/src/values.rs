//! The values of parameters, by name.

use std::{collections::HashMap, fmt};

use crosswalk_contract::{Assignment, Field, Record};

/// Values by name. What is not there is NULL.
#[derive(Clone, Default)]
pub struct Values(HashMap<String, Field>);

static NULL: Field = Field::Null;

impl Values {
    /// The value of that name.
    pub fn get(&self, name: &str) -> &Field {
        self.0.get(name).unwrap_or(&NULL)
    }

    pub(crate) fn set(&mut self, name: impl Into<String>, value: Field) {
        self.0.insert(name.into(), value);
    }

    pub(crate) fn with(mut self, fields: &[Assignment]) -> Values {
        self.0.extend(fields.iter().cloned());
        self
    }

    /// These, and the others on top.
    pub(crate) fn over(mut self, others: &Values) -> Values {
        self.0.extend(others.0.iter().map(|(name, value)| (name.clone(), value.clone())));
        self
    }

    pub(crate) fn with_record(mut self, record: &Record) -> Values {
        for (name, field) in record.iter() {
            self.set(name, field.clone());
        }
        self
    }
}

/// Prints names, never values.
impl fmt::Debug for Values {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
