//! SQLite's way to write statements.

use crosswalk_sql::{Dialect, Placeholder};

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
};
