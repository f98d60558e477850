//! Pure builders of statements on one table. Names are always quoted; values are always parameters.

use std::borrow::Cow;

use crate::{Dialect, Placeholder, TableSettings};

/// SQL text and the values of its parameters, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement<V> {
    /// The text. Calls of the same shape have the same text, so a cache of prepared statements serves them.
    pub sql: String,
    /// The values, as the driver has them.
    pub values: Vec<V>,
}

/// What a row must fulfil to be read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Criterion<'a, V> {
    /// The column equals the value by the column's own rules: what an index serves.
    Equal(&'a str, V),
    /// The column equals one of the values by the column's own rules.
    OneOf(&'a str, Vec<V>),
    /// Column and value are the same bytes, whatever the collation. Alone it reads the whole table: give it together
    /// with [`Criterion::Equal`].
    SameBytes(&'a str, V),
    /// The column is the value, which is in lower case, without regard to letter case.
    Folded(&'a str, V),
    /// Column and value are the same, and NULL is the same as NULL.
    NotDistinct(&'a str, V),
    /// Column and value are what a template of the adapter says, written as those of [`Dialect`]: where a comparison
    /// depends on the column's own type or character set.
    Matching(&'a str, Cow<'a, str>, V),
}

/// A column that a listing is ordered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order<'a> {
    /// Its name.
    pub column: &'a str,
    /// The collation of the index that makes it unique, where it is not the column's own.
    pub collation: Option<&'a str>,
}

/// The table that statements are about.
#[derive(Clone, Copy, Debug)]
pub struct Table<'a> {
    dialect: &'a Dialect,
    settings: &'a TableSettings,
}

impl<'a> Table<'a> {
    /// Statements on that table in that dialect.
    pub fn new(dialect: &'a Dialect, settings: &'a TableSettings) -> Table<'a> {
        Table { dialect, settings }
    }

    /// Reads the rows that fulfil all criteria. A limit of 2 shows that an identifier is not unique without reading on.
    pub fn select<V: Clone>(&self, columns: &[&str], by: &[Criterion<'_, V>], limit: u32) -> Statement<V> {
        let mut writer = self.start_select(columns);
        writer.criteria(by);
        writer.text(&format!(" LIMIT {limit}"));
        writer.finish()
    }

    /// As [`Table::select`], where what is read is SQL text, such as quoted names with casts.
    pub fn select_list<V: Clone>(&self, list: &str, by: &[Criterion<'_, V>], limit: u32) -> Statement<V> {
        let mut writer = self.start_select_list(list);
        writer.criteria(by);
        writer.text(&format!(" LIMIT {limit}"));
        writer.finish()
    }

    /// Makes a row; `returning` names the columns to be told of it, where the dialect can.
    pub fn insert<V: Clone>(&self, row: Vec<(&str, V)>, returning: &[&str]) -> Statement<V> {
        let mut writer = self.start("INSERT INTO ");
        writer.table();
        let (columns, values): (Vec<&str>, Vec<V>) = row.into_iter().unzip();
        if columns.is_empty() {
            writer.text(" ");
            writer.text(self.dialect.default_row);
        } else {
            writer.text(" (");
            writer.names(&columns);
            writer.text(") VALUES (");
            writer.list(values);
            writer.text(")");
        }
        if self.dialect.returning && !returning.is_empty() {
            writer.text(" RETURNING ");
            writer.names(returning);
        }
        writer.finish()
    }

    /// Sets columns (at least one) of the rows that fulfil all criteria.
    pub fn update<V: Clone>(&self, set: Vec<(&str, V)>, by: &[Criterion<'_, V>]) -> Statement<V> {
        self.start_update(set, by).finish()
    }

    /// As [`Table::update`], where what a column is set to is a template of the adapter, written as those of [`Dialect`].
    pub fn update_by_templates<V: Clone>(&self, set: Vec<(&str, &str, V)>, by: &[Criterion<'_, V>]) -> Statement<V> {
        let mut writer = self.start("UPDATE ");
        writer.table();
        writer.text(" SET ");
        for (index, (column, template, value)) in set.into_iter().enumerate() {
            writer.text(if index == 0 { "" } else { ", " });
            writer.name(column);
            writer.text(" = ");
            writer.comparison(template, column, value);
        }
        writer.criteria(by);
        writer.finish()
    }

    /// As [`Table::update`], but only where these columns still are what was read of them: the same bytes, or NULL for
    /// `None`. Zero changed rows mean that somebody else wrote first, or that the row is gone.
    pub fn compare_and_swap<V: Clone>(
        &self,
        set: Vec<(&str, V)>,
        by: &[Criterion<'_, V>],
        read: Vec<(&str, Option<V>)>,
    ) -> Statement<V> {
        let mut writer = self.start_update(set, by);
        for (column, value) in read {
            writer.text(" AND ");
            match value {
                Some(value) => writer.comparison(self.dialect.same_bytes, column, value),
                None => {
                    writer.name(column);
                    writer.text(" IS NULL");
                }
            }
        }
        writer.finish()
    }

    /// Removes the rows that fulfil all criteria.
    pub fn delete<V: Clone>(&self, by: &[Criterion<'_, V>]) -> Statement<V> {
        let mut writer = self.start("DELETE FROM ");
        writer.table();
        writer.criteria(by);
        writer.finish()
    }

    /// A page of all rows in that order, which must be unique and without NULLs, after the row with those values (none
    /// for the first page).
    pub fn page<V: Clone>(&self, columns: &[&str], order: &[Order<'_>], after: &[V], limit: u32) -> Statement<V> {
        let mut writer = self.start_select(columns);
        writer.ordered(order, after);
        writer.text(&format!(" LIMIT {limit}"));
        writer.finish()
    }

    /// As [`Table::page`] but all rows to the last, for one streaming statement; what is read is SQL text.
    pub fn stream_list<V: Clone>(&self, list: &str, order: &[Order<'_>], after: &[V]) -> Statement<V> {
        let mut writer = self.start_select_list(list);
        writer.ordered(order, after);
        writer.finish()
    }

    fn start<V>(&self, text: &str) -> Writer<'a, V> {
        Writer { dialect: self.dialect, sql: text.to_owned(), values: Vec::new(), settings: self.settings }
    }

    fn start_select<V: Clone>(&self, columns: &[&str]) -> Writer<'a, V> {
        let mut writer = self.start("SELECT ");
        writer.names(columns);
        writer.text(" FROM ");
        writer.table();
        writer
    }

    fn start_select_list<V: Clone>(&self, list: &str) -> Writer<'a, V> {
        let mut writer = self.start("SELECT ");
        writer.text(list);
        writer.text(" FROM ");
        writer.table();
        writer
    }

    fn start_update<V: Clone>(&self, set: Vec<(&str, V)>, by: &[Criterion<'_, V>]) -> Writer<'a, V> {
        let mut writer = self.start("UPDATE ");
        writer.table();
        writer.text(" SET ");
        for (index, (column, value)) in set.into_iter().enumerate() {
            writer.text(if index == 0 { "" } else { ", " });
            writer.comparison("{column} = {value}", column, value);
        }
        writer.criteria(by);
        writer
    }
}

struct Writer<'a, V> {
    dialect: &'a Dialect,
    sql: String,
    values: Vec<V>,
    settings: &'a TableSettings,
}

impl<V: Clone> Writer<'_, V> {
    fn text(&mut self, text: &str) {
        self.sql.push_str(text);
    }

    fn name(&mut self, name: &str) {
        self.sql.push_str(&self.dialect.quoted(name));
    }

    fn names(&mut self, names: &[&str]) {
        for (index, name) in names.iter().enumerate() {
            self.text(if index == 0 { "" } else { ", " });
            self.name(name);
        }
    }

    fn table(&mut self) {
        if let Some(schema) = &self.settings.schema {
            self.name(schema);
            self.text(".");
        }
        self.name(&self.settings.table);
    }

    fn list(&mut self, values: Vec<V>) {
        for (index, value) in values.into_iter().enumerate() {
            self.text(if index == 0 { "" } else { ", " });
            self.values.push(value);
            self.placeholder();
        }
    }

    /// Writes the parameter for the value that was given last.
    fn placeholder(&mut self) {
        match self.dialect.placeholder {
            Placeholder::Question => self.sql.push('?'),
            Placeholder::Numbered(prefix) => {
                self.sql.push(prefix);
                self.sql.push_str(&self.values.len().to_string());
            }
        }
    }

    /// Fills a template in. Only the template is searched for its marks, so a name such as `{value}` stays a name.
    fn comparison(&mut self, template: &str, column: &str, value: V) {
        let mut rest = template;
        let mut given = false;
        while let Some(open) = rest.find('{') {
            self.text(&rest[..open]);
            rest = &rest[open..];
            if let Some(after) = rest.strip_prefix("{column}") {
                self.name(column);
                rest = after;
            } else if let Some(after) = rest.strip_prefix("{value}") {
                if !given || self.dialect.placeholder == Placeholder::Question {
                    self.values.push(value.clone());
                    given = true;
                }
                self.placeholder();
                rest = after;
            } else {
                self.text("{");
                rest = &rest[1..];
            }
        }
        self.text(rest);
    }

    fn criteria(&mut self, by: &[Criterion<'_, V>]) {
        // A statement without criteria would be about everybody; nothing here may ever be.
        self.text(if by.is_empty() { " WHERE 1 = 0" } else { " WHERE " });
        for (index, criterion) in by.iter().enumerate() {
            self.text(if index == 0 { "" } else { " AND " });
            match criterion {
                Criterion::Equal(column, value) => self.comparison("{column} = {value}", column, value.clone()),
                Criterion::SameBytes(column, value) => {
                    self.comparison(self.dialect.same_bytes, column, value.clone());
                }
                Criterion::Folded(column, value) => self.comparison(self.dialect.folded, column, value.clone()),
                Criterion::NotDistinct(column, value) => {
                    self.comparison(self.dialect.not_distinct, column, value.clone());
                }
                Criterion::Matching(column, template, value) => self.comparison(template, column, value.clone()),
                Criterion::OneOf(column, values) => {
                    self.name(column);
                    self.text(" IN (");
                    self.list(values.clone());
                    self.text(")");
                }
            }
        }
        self.condition();
    }

    fn condition(&mut self) {
        if let Some(condition) = &self.settings.condition {
            // The line break ends a comment in the condition, which would swallow the bracket otherwise.
            self.text(&format!(" AND ({condition}\n)"));
        }
    }

    fn ordered(&mut self, order: &[Order<'_>], after: &[V]) {
        self.text(" WHERE ");
        match after {
            [] => self.text("1 = 1"),
            values => self.after(order, values),
        }
        self.condition();
        self.text(" ORDER BY ");
        for (index, term) in order.iter().enumerate() {
            self.text(if index == 0 { "" } else { ", " });
            self.term(term);
        }
    }

    fn term(&mut self, term: &Order<'_>) {
        self.name(term.column);
        if let Some(collation) = term.collation {
            self.text(" COLLATE ");
            self.name(collation);
        }
    }

    /// `(a, b) > (x, y)`, written as `a >= x AND (a > x OR (b > y))`: row values are slow on MySQL, a plain OR does not
    /// use the index on SQLite, and this form is served by an index on the first column everywhere.
    fn after(&mut self, order: &[Order<'_>], values: &[V]) {
        let ([term, later_terms @ ..], [value, later_values @ ..]) = (order, values) else {
            return self.text("1 = 0");
        };
        let bound = |writer: &mut Self, operator: &str| {
            writer.term(term);
            writer.text(operator);
            writer.values.push(value.clone());
            writer.placeholder();
        };
        if later_terms.is_empty() {
            return bound(self, " > ");
        }
        bound(self, " >= ");
        self.text(" AND (");
        bound(self, " > ");
        self.text(" OR (");
        self.after(later_terms, later_values);
        self.text("))");
    }

    fn finish(self) -> Statement<V> {
        Statement { sql: self.sql, values: self.values }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DOLLAR: Dialect = Dialect {
        quote: '"',
        placeholder: Placeholder::Numbered('$'),
        same_bytes: "{column}::text COLLATE \"C\" = {value}::text",
        folded: "lower({column}) = {value}",
        not_distinct: "{column} IS NOT DISTINCT FROM {value}",
        default_row: "DEFAULT VALUES",
        returning: true,
        lexis: crate::Lexis::POSTGRES,
    };

    const QUESTION: Dialect = Dialect {
        quote: '`',
        placeholder: Placeholder::Question,
        same_bytes: "CAST({column} AS BINARY) = CAST({value} AS BINARY)",
        folded: "{column} = {value} AND lower({column}) = {value}",
        not_distinct: "{column} <=> {value}",
        default_row: "() VALUES ()",
        returning: false,
        lexis: crate::Lexis::MYSQL,
    };

    fn user_table() -> TableSettings {
        TableSettings {
            schema: Some("my shop".to_owned()),
            table: "user".to_owned(),
            condition: Some("deleted_at IS NULL -- soft".to_owned()),
            ..TableSettings::default()
        }
    }

    #[test]
    fn reserved_words_spaces_and_quotes_are_only_names() {
        let settings = user_table();
        let by = [Criterion::Equal("or\"der", 1), Criterion::SameBytes("or\"der", 1)];
        let statement = Table::new(&DOLLAR, &settings).select(&["group", "a b", "{value}"], &by, 2);
        assert_eq!(
            statement.sql,
            "SELECT \"group\", \"a b\", \"{value}\" FROM \"my shop\".\"user\" WHERE \"or\"\"der\" = $1 AND \
             \"or\"\"der\"::text COLLATE \"C\" = $2::text AND (deleted_at IS NULL -- soft\n) LIMIT 2"
        );
        assert_eq!(statement.values, [1, 1]);
    }

    #[test]
    fn a_value_used_twice_is_given_twice_only_where_the_dialect_needs_it() {
        let settings = TableSettings { table: "t`t".to_owned(), ..TableSettings::default() };
        let by = [Criterion::Folded("mail", "x"), Criterion::OneOf("id", vec!["1", "2"])];
        let statement = Table::new(&QUESTION, &settings).select(&["id"], &by, 2);
        assert_eq!(
            statement.sql,
            "SELECT `id` FROM `t``t` WHERE `mail` = ? AND lower(`mail`) = ? AND `id` IN (?, ?) LIMIT 2"
        );
        assert_eq!(statement.values, ["x", "x", "1", "2"]);
        let once = Dialect { placeholder: Placeholder::Numbered('?'), ..QUESTION };
        let statement = Table::new(&once, &settings).select(&["id"], &by, 2);
        assert!(statement.sql.contains("`mail` = ?1 AND lower(`mail`) = ?1 AND `id` IN (?2, ?3)"), "{}", statement.sql);
        assert_eq!(statement.values, ["x", "1", "2"]);
    }

    #[test]
    fn a_composite_key_is_all_of_its_columns() {
        let settings = TableSettings { table: "t".to_owned(), ..TableSettings::default() };
        let by = [Criterion::Equal("tenant", "a"), Criterion::NotDistinct("no", "1")];
        assert_eq!(
            Table::new(&DOLLAR, &settings).delete(&by).sql,
            "DELETE FROM \"t\" WHERE \"tenant\" = $1 AND \"no\" IS NOT DISTINCT FROM $2"
        );
    }

    #[test]
    fn a_template_of_the_adapters_own_is_filled_in() {
        let settings = TableSettings { table: "t".to_owned(), ..TableSettings::default() };
        let by = [Criterion::Matching("n", "{column} = CAST({value} AS DECIMAL(9,2))".into(), "1.50")];
        let statement = Table::new(&QUESTION, &settings).delete(&by);
        assert_eq!(statement.sql, "DELETE FROM `t` WHERE `n` = CAST(? AS DECIMAL(9,2))");
        assert_eq!(statement.values, ["1.50"]);
    }

    #[test]
    fn a_row_is_inserted_and_told_of_where_the_dialect_can() {
        let settings = TableSettings { table: "t".to_owned(), ..TableSettings::default() };
        let row = vec![("a", 1), ("b", 2)];
        let told = Table::new(&DOLLAR, &settings).insert(row.clone(), &["id"]);
        assert_eq!(told.sql, "INSERT INTO \"t\" (\"a\", \"b\") VALUES ($1, $2) RETURNING \"id\"");
        assert_eq!(
            Table::new(&QUESTION, &settings).insert(row, &["id"]).sql,
            "INSERT INTO `t` (`a`, `b`) VALUES (?, ?)"
        );
        assert_eq!(Table::new(&QUESTION, &settings).insert::<i64>(vec![], &[]).sql, "INSERT INTO `t` () VALUES ()");
        assert_eq!(Table::new(&DOLLAR, &settings).insert::<i64>(vec![], &[]).sql, "INSERT INTO \"t\" DEFAULT VALUES");
    }

    #[test]
    fn a_swap_wants_the_bytes_that_were_read() {
        let settings = TableSettings { table: "t".to_owned(), ..TableSettings::default() };
        let statement = Table::new(&DOLLAR, &settings).compare_and_swap(
            vec![("metadata", "new")],
            &[Criterion::Equal("id", "7")],
            vec![("metadata", Some("old")), ("extra", None)],
        );
        assert_eq!(
            statement.sql,
            "UPDATE \"t\" SET \"metadata\" = $1 WHERE \"id\" = $2 AND \"metadata\"::text COLLATE \"C\" = $3::text \
             AND \"extra\" IS NULL"
        );
        assert_eq!(statement.values, ["new", "7", "old"]);
    }

    #[test]
    fn a_statement_without_criteria_is_about_nobody() {
        let settings = user_table();
        let table = Table::new(&QUESTION, &settings);
        assert!(table.delete::<i64>(&[]).sql.contains(" WHERE 1 = 0 AND ("));
        assert!(table.update(vec![("a", 1)], &[]).sql.contains(" WHERE 1 = 0 AND ("));
    }

    #[test]
    fn pages_go_on_after_the_last_key() {
        let settings = TableSettings { table: "t".to_owned(), ..TableSettings::default() };
        let order = [Order { column: "a", collation: Some("NOCASE") }, Order { column: "b", collation: None }];
        let table = Table::new(&DOLLAR, &settings);
        assert_eq!(
            table.page::<i64>(&["a", "b"], &order, &[], 10).sql,
            "SELECT \"a\", \"b\" FROM \"t\" WHERE 1 = 1 ORDER BY \"a\" COLLATE \"NOCASE\", \"b\" LIMIT 10"
        );
        let next = table.page(&["a"], &order, &[1, 2], 10);
        assert!(
            next.sql.contains(
                " WHERE \"a\" COLLATE \"NOCASE\" >= $1 AND (\"a\" COLLATE \"NOCASE\" > $2 OR (\"b\" > $3)) ORDER BY "
            ),
            "{}",
            next.sql
        );
        assert_eq!(next.values, [1, 1, 2]);
        assert!(
            table.page(&["a"], &order, &[1], 10).sql.contains("1 = 0"),
            "a cursor of the wrong length meets nobody"
        );
    }

    #[test]
    fn what_is_read_may_be_cast() {
        let settings = TableSettings { table: "t".to_owned(), ..TableSettings::default() };
        let table = Table::new(&DOLLAR, &settings);
        assert_eq!(
            table.select_list("\"a\"::text", &[Criterion::Equal("a", 1)], 2).sql,
            "SELECT \"a\"::text FROM \"t\" WHERE \"a\" = $1 LIMIT 2"
        );
        let order = [Order { column: "a", collation: None }];
        assert_eq!(
            table.stream_list("\"a\"", &order, &[1]).sql,
            "SELECT \"a\" FROM \"t\" WHERE \"a\" > $1 ORDER BY \"a\""
        );
    }

    proptest! {
        #[test]
        fn a_quoted_name_reads_back_as_the_name(name in ".*") {
            for dialect in [&DOLLAR, &QUESTION] {
                let quoted = dialect.quoted(&name);
                let inner = &quoted[1..quoted.len() - 1];
                let doubled = format!("{0}{0}", dialect.quote);
                prop_assert!(!inner.replace(&doubled, "").contains(dialect.quote), "a single quote would end the name");
                prop_assert_eq!(inner.replace(&doubled, &dialect.quote.to_string()), name.clone());
            }
        }
    }
}
