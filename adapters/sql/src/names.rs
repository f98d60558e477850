//! Names that do not exist: errors that name the nearest one that does.

use crosswalk_contract::{Error, ErrorKind};

/// The candidate that is most like `name`, where one is like it at all.
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let wanted = name.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&wanted, &candidate.to_lowercase()), candidate))
        .filter(|(likeness, _)| *likeness >= 0.75)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

/// A column that the table does not have: `Config`, with the nearest one that it has.
pub fn unknown_column<'c>(table: &str, column: &str, existing: impl IntoIterator<Item = &'c str>) -> Error {
    let error = Error::new(ErrorKind::Config, format!("the table {table} has no column {column}"))
        .code("no_such_column")
        .with("table", table)
        .with("field", column);
    match nearest(column, existing) {
        Some(name) => error.hint(format!("did you mean {name}?")),
        None => error.hint("correct the map, or add the column"),
    }
}

/// A table that is not there: `Config`, with the nearest one that is.
pub fn unknown_table<'c>(table: &str, existing: impl IntoIterator<Item = &'c str>) -> Error {
    let error =
        Error::new(ErrorKind::Config, format!("there is no table {table}")).code("no_such_table").with("table", table);
    match nearest(table, existing) {
        Some(name) => error.hint(format!("did you mean {name}?")),
        None => error.hint("correct `table` in the settings of the store"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_column_is_answered_with_the_right_one() {
        let error = unknown_column("users", "emial", ["id", "email", "created"]);
        assert_eq!(error.kind(), ErrorKind::Config);
        assert_eq!(error.hint_text(), Some("did you mean email?"));
        assert_eq!(nearest("zzz", ["id", "email"]), None);
        assert_eq!(nearest("MAIL_ADR", ["mail_addr", "mail_ok"]), Some("mail_addr"));
    }
}
