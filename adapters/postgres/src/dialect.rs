//! PostgreSQL's way to write statements.

use crosswalk_sql::{Dialect, Lexis, Placeholder};

/// `lower(…) = …` is what an index on the expression serves; the second comparison by bytes holds under collations that
/// call different texts equal.
pub(crate) static POSTGRES: Dialect = Dialect {
    quote: '"',
    placeholder: Placeholder::Numbered('$'),
    same_bytes: "{column}::text COLLATE \"C\" = {value}::text",
    folded: "lower({column}) = {value} AND lower({column}) COLLATE \"C\" = {value}",
    not_distinct: "{column} IS NOT DISTINCT FROM {value}",
    default_row: "DEFAULT VALUES",
    returning: true,
    lexis: Lexis::POSTGRES,
};
