//! What `crosswalk doctor` wants to know about the file and its table.

use crosswalk_contract::{Error, ErrorKind, Examination, Finding, Fold, Key, Result, Severity};
use rusqlite::{MAIN_DB, limits::Limit, params_from_iter};

use crate::{
    key::criteria,
    schema::{Affinity, Schema},
    store::Session,
};

impl Session<'_> {
    /// Looks at the file without changing it.
    pub(crate) fn examine(&self) -> Result<Examination> {
        let mut examination = Examination { facts: self.facts()?, ..Examination::default() };
        let read_only = self.connection.is_readonly(MAIN_DB).map_err(|error| self.failure(&error))?;
        examination.facts.push(("writable".to_owned(), if read_only { "no" } else { "yes" }.to_owned()));
        if read_only && !self.store.table.read_only {
            let text = format!(
                "The file {} may only be read, so nothing can be written; give this process the right to write the \
                 file and its folder, or set read_only = true.",
                self.store.path.display()
            );
            examination.findings.push(Finding { severity: Severity::Blocker, text });
        }
        match self.schema() {
            Ok(schema) => self.examine_table(&schema, &mut examination)?,
            Err(error) if error.kind() == ErrorKind::Config => examination.findings.push(blocker(&error)),
            Err(error) => return Err(error),
        }
        Ok(examination)
    }

    fn facts(&self) -> Result<Vec<(String, String)>> {
        let number = |pragma: &str| self.pragma::<i64>(pragma);
        let size = number("page_count")?.saturating_mul(number("page_size")?);
        let facts = [
            ("sqlite", rusqlite::version().to_owned()),
            ("file", self.store.path.display().to_string()),
            ("size", format!("{size} bytes")),
            ("journal mode", self.pragma("journal_mode")?),
            ("encoding", self.pragma("encoding")?),
        ];
        Ok(facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    fn pragma<T: rusqlite::types::FromSql>(&self, name: &str) -> Result<T> {
        self.connection.pragma_query_value(None, name, |row| row.get(0)).map_err(|error| self.failure(&error))
    }

    fn examine_table(&self, schema: &Schema, examination: &mut Examination) -> Result<()> {
        let table = &self.store.table.table;
        let opening = &self.store.opening;
        let limit = self.connection.limit(Limit::SQLITE_LIMIT_LENGTH).map_err(|error| self.failure(&error))?;
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        let is_text = |affinity| matches!(affinity, Affinity::Text | Affinity::None);
        examination.columns =
            schema.columns.iter().map(|column| (column.name.clone(), column.declared.clone())).collect();
        let texts = schema.columns.iter().filter(|column| is_text(column.affinity));
        examination.column_limits = texts.map(|column| (column.name.clone(), limit)).collect();

        let lookups = opening.lookup_fields.iter().map(|(name, _)| name);
        let mut named: Vec<&String> = lookups.chain(&opening.container_fields).collect();
        named.retain(|name| !schema.missing.contains(name));
        named.extend(&schema.missing);
        named.sort_unstable();
        named.dedup();
        let unknown = named.into_iter().filter_map(|name| schema.column(table, name).err());
        examination.findings.extend(unknown.map(|error| blocker(&error)));

        if let Err(error) = schema.identity(table) {
            examination.findings.push(blocker(&error));
        }
        if let Err(error) = self.plan(schema, &Key::field(schema.any_column(), "0")) {
            // The condition of the settings does not fit the table, so no look-up can be planned.
            examination.findings.push(blocker(&error));
            return Ok(());
        }
        for (name, folded) in &opening.lookup_fields {
            if schema.column(table, name).is_ok() && self.scans(schema, name, *folded)? {
                let index = if *folded { format!("lower({name})") } else { name.clone() };
                let text = format!(
                    "Users are looked up by {table}.{name}, and no index serves that, so each look-up reads the whole \
                     table; the owner of the database should make an index on {index}."
                );
                examination.findings.push(Finding { severity: Severity::Warning, text });
            }
        }
        Ok(())
    }

    /// Whether SQLite would read the whole table for a look-up.
    fn scans(&self, schema: &Schema, name: &str, folded: bool) -> Result<bool> {
        let mut key = Key::field(name, "0");
        key.fold = if folded { Fold::Lower } else { Fold::Exact };
        Ok(self.plan(schema, &key)?.iter().any(|step| step.starts_with("SCAN")))
    }

    fn plan(&self, schema: &Schema, key: &Key) -> Result<Vec<String>> {
        let Some(by) = criteria(self.store, schema, key)? else { return Ok(Vec::new()) };
        let statement = self.table().select(&[schema.any_column()], &by, 2);
        let explain = format!("EXPLAIN QUERY PLAN {}", statement.sql);
        let mut prepared = self.connection.prepare(&explain).map_err(|error| self.failure(&error))?;
        let steps = prepared
            .query_map(params_from_iter(statement.values), |row| row.get::<_, String>("detail"))
            .and_then(Iterator::collect);
        steps.map_err(|error| self.failure(&error))
    }
}

fn blocker(error: &Error) -> Finding {
    let mut text = error.message().to_owned();
    if let Some(first) = text.get(..1).map(str::to_uppercase) {
        text.replace_range(..1, &first);
    }
    if let Some(hint) = error.hint_text() {
        text = format!("{text}; {hint}");
    }
    if !text.ends_with(['.', '?']) {
        text.push('.');
    }
    Finding { severity: Severity::Blocker, text }
}
