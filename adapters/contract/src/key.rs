//! What a user is looked up by.

use std::fmt;

/// A lookup: which identifier, and its value as text.
///
/// Table stores receive `By::Field` or `By::Fields` (the map has resolved the identifier to columns); stores without a
/// map, such as scripts, receive the identifier itself.
///
/// An adapter first converts the value to the column's own type. Text that is not that type's canonical form
/// (`'4711abc'`, `' 4711'`, `'4711.0'` for an integer column) is an *absence*, not a query: MySQL would find row 4711
/// for `'4711abc'` otherwise.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    /// Which identifier.
    pub by: By,
    /// Its value.
    pub value: KeyValue,
    /// Whether letter case counts.
    pub fold: Fold,
    /// What else is known of who is meant, the best identifier first; only for adapters that
    /// [take identifiers](crate::Adapter::takes_identifiers).
    pub also: Vec<(By, String)>,
}

impl Key {
    /// A key on one identifier, letter case counting.
    pub fn new(by: By, value: impl Into<String>) -> Key {
        Key { by, value: KeyValue::One(value.into()), fold: Fold::Exact, also: Vec::new() }
    }

    /// A key on one column.
    pub fn field(name: impl Into<String>, value: impl Into<String>) -> Key {
        Key::new(By::Field(name.into()), value)
    }

    /// A key on several columns, each with its value, letter case counting.
    pub fn fields(names: Vec<String>, values: Vec<String>) -> Key {
        Key { value: KeyValue::Many(values), ..Key::new(By::Fields(names), "") }
    }

    /// The same, compared in that way.
    #[must_use]
    pub fn folded(self, fold: Fold) -> Key {
        Key { fold, ..self }
    }

    /// The value of a key that has one part.
    pub fn one(&self) -> Option<&str> {
        match &self.value {
            KeyValue::One(value) => Some(value),
            KeyValue::Many(_) => None,
        }
    }

    /// Column names with their values, for a key on columns; `None` for a key on an identifier, or where the number of
    /// names and values differs.
    pub fn columns(&self) -> Option<Vec<(&str, &str)>> {
        match (&self.by, &self.value) {
            (By::Field(name), KeyValue::One(value)) => Some(vec![(name.as_str(), value.as_str())]),
            (By::Fields(names), KeyValue::Many(values)) if names.len() == values.len() => {
                Some(names.iter().map(String::as_str).zip(values.iter().map(String::as_str)).collect())
            }
            _ => None,
        }
    }
}

/// Prints what is asked by, never the value: identifiers are personal data.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("by", &self.by).finish_non_exhaustive()
    }
}

/// Which identifier a [`Key`] names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum By {
    /// The store's own id of the user.
    Id,
    /// The e-mail address.
    Email,
    /// The user name.
    Username,
    /// The telephone number.
    Phone,
    /// One column.
    Field(String),
    /// Several columns that are unique together.
    Fields(Vec<String>),
}

impl By {
    /// The word for messages and configuration.
    pub fn name(&self) -> &str {
        match self {
            By::Id => "id",
            By::Email => "email",
            By::Username => "username",
            By::Phone => "phone",
            By::Field(name) => name,
            By::Fields(_) => "composite key",
        }
    }
}

/// The value of a [`Key`]; a composite key is a list.
#[derive(Clone, PartialEq, Eq)]
pub enum KeyValue {
    /// One part.
    One(String),
    /// One part per column of `By::Fields`.
    Many(Vec<String>),
}

/// The integer whose canonical text this is: `4711` and `-7`, but not `04711`, `+4711`, ` 4711`, `4711.0` or `4711abc`.
///
/// What is not canonical is an absence for an integer column: databases would convert it and find somebody else's row.
pub fn canonical_integer(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// How text keys are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fold {
    /// Byte for byte.
    #[default]
    Exact,
    /// Without regard to letter case; the value of the key is already in lower case.
    Lower,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_text_of_an_integer_is_one() {
        assert_eq!(canonical_integer("4711"), Some(4711));
        assert_eq!(canonical_integer("-9223372036854775808"), Some(i64::MIN));
        for text in
            ["", " 4711", "4711 ", "04711", "+4711", "-0", "4711.0", "4711abc", "4e3", "9223372036854775808", "４"]
        {
            assert_eq!(canonical_integer(text), None, "{text:?}");
        }
    }
}
