//! What differs between SQL databases when a statement is written, as data.

/// How one database writes names, parameters and comparisons.
///
/// Comparisons are templates: `{column}` stands for the quoted column, `{value}` for the parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The character that opens and closes a quoted name; inside a name it is doubled.
    pub quote: char,
    /// How parameters are written.
    pub placeholder: Placeholder,
    /// Whether column and value are the same bytes, whatever the column's collation.
    pub same_bytes: &'static str,
    /// Whether the column is the value without regard to letter case; the value is in lower case already.
    pub folded: &'static str,
    /// Whether column and value are the same, where NULL is the same as NULL.
    pub not_distinct: &'static str,
    /// What follows the table's name where a row is made of nothing but defaults.
    pub default_row: &'static str,
    /// Whether `INSERT … RETURNING` exists.
    pub returning: bool,
}

/// How parameters are written in a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placeholder {
    /// `?` each time; a value that is used twice is given twice.
    Question,
    /// This prefix and the number of the value, from 1 (`$1`, `?1`); a value that is used twice is given once.
    Numbered(char),
}

impl Dialect {
    /// The name in quotes, so that reserved words, spaces and quotes are only part of a name.
    pub fn quoted(&self, name: &str) -> String {
        let mut quoted = String::with_capacity(name.len() + 2);
        quoted.push(self.quote);
        for character in name.chars() {
            if character == self.quote {
                quoted.push(character);
            }
            quoted.push(character);
        }
        quoted.push(self.quote);
        quoted
    }
}
