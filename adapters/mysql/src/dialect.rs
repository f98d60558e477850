//! MySQL's way to write statements.

use crosswalk_sql::{Dialect, Lexis, Placeholder};

/// Text is compared as the key module says, since that depends on the column's character set and collation; `same_bytes`
/// and `folded` are the plain forms, for columns in utf8mb4.
pub(crate) static MYSQL: Dialect = Dialect {
    quote: '`',
    placeholder: Placeholder::Question,
    same_bytes: "CAST({column} AS BINARY) = CAST({value} AS BINARY)",
    folded: "CAST(LOWER({column}) AS BINARY) = CAST({value} AS BINARY)",
    not_distinct: "{column} <=> {value}",
    default_row: "() VALUES ()",
    returning: false,
    lexis: Lexis::MYSQL,
};
