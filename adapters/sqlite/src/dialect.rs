//! SQLite's way to write statements.

use crosswalk_sql::{Dialect, Lexis, Placeholder};
use rusqlite::{Connection, functions::FunctionFlags, types::ValueRef};

/// As [`SQLITE`]'s `folded`, for a value with other letters than ASCII's, which SQLite does not fold: the column is
/// folded as the directory folds. No index serves it.
pub(crate) const FOLDED_UNICODE: &str = "crosswalk_lower({column}) = {value}";

/// Makes the function that [`FOLDED_UNICODE`] needs. What is not text has no lower case.
pub(crate) fn add_functions(connection: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function(c"crosswalk_lower", 1, flags, |call| {
        Ok(match call.get_raw(0) {
            ValueRef::Text(text) => std::str::from_utf8(text).ok().map(str::to_lowercase),
            _ => None,
        })
    })
}

/// Names stand in backticks, which SQLite understands as quotes for names only: a misspelt name in double quotes would
/// silently become a string.
///
/// `lower` folds ASCII and ends at a NUL, and NOCASE compares up to a NUL; together with the length they find exactly
/// the rows that differ in the case of ASCII letters, and serve an index on `lower(column)` as well as a NOCASE index.
pub(crate) static SQLITE: Dialect = Dialect {
    quote: '`',
    placeholder: Placeholder::Numbered('?'),
    same_bytes: "CAST({column} AS BLOB) = CAST({value} AS BLOB)",
    folded: "lower({column}) = {value} AND {column} = {value} COLLATE NOCASE \
             AND length(CAST({column} AS BLOB)) = length(CAST({value} AS BLOB))",
    not_distinct: "{column} IS {value}",
    default_row: "DEFAULT VALUES",
    returning: true,
    lexis: Lexis::SQLITE,
};
