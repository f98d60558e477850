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
    /// How texts and comments are told from everything else.
    pub lexis: Lexis,
}

/// What a database takes for texts and comments, beside `'…'`, `"…"`, `-- …` and `/* … */`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lexis {
    /// A backslash in a text takes the next character's meaning away.
    pub backslashes: bool,
    /// `# …` is a comment.
    pub hash_comments: bool,
    /// A comment in a comment needs an end of its own.
    pub nested_comments: bool,
    /// `$tag$ … $tag$` is a text, and `E'…'` one with backslashes.
    pub dollar_quotes: bool,
}

impl Lexis {
    /// MySQL and MariaDB, without the SQL mode `NO_BACKSLASH_ESCAPES`.
    pub const MYSQL: Lexis =
        Lexis { backslashes: true, hash_comments: true, nested_comments: false, dollar_quotes: false };
    /// PostgreSQL, with `standard_conforming_strings`, the default since version 9.1.
    pub const POSTGRES: Lexis =
        Lexis { backslashes: false, hash_comments: false, nested_comments: true, dollar_quotes: true };
    /// SQLite.
    pub const SQLITE: Lexis =
        Lexis { backslashes: false, hash_comments: false, nested_comments: false, dollar_quotes: false };
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
