//! What `crosswalk doctor` wants to know about the server and the table.

use crosswalk_contract::{Error, ErrorKind, Examination, Finding, Result, Severity};
use mysql_async::Row;

use crate::{
    failure::failure,
    pool::Lease,
    schema::{Kind, Schema, take},
    store::Store,
};

impl Store {
    /// Looks at server and table without changing either.
    pub(crate) async fn examine(&self) -> Result<Examination> {
        self.ping().await?;
        let mut lease = self.lease().await?;
        let mut examination = Examination { facts: self.facts(&mut lease).await?, ..Examination::default() };
        match Schema::read(self, &mut lease).await {
            Ok(schema) => {
                self.examine_table(&schema, &mut examination);
                self.try_condition(&schema, &mut lease, &mut examination).await?;
            }
            Err(error) if error.kind() == ErrorKind::Config => examination.findings.push(blocker(&error)),
            Err(error) => return Err(error),
        }
        Ok(examination)
    }

    /// Looks at the server alone: there may be no table.
    pub(crate) async fn examine_server(&self) -> Result<Examination> {
        self.ping().await?;
        let mut lease = self.lease().await?;
        Ok(Examination { facts: self.facts(&mut lease).await?, ..Examination::default() })
    }

    async fn facts(&self, lease: &mut Lease) -> Result<Vec<(String, String)>> {
        // Numbers as text too: each value is only shown. MySQL and MariaDB tell some of them in different types.
        let general = "SELECT VERSION(), @@sql_mode, CAST(@@max_allowed_packet AS CHAR), @@character_set_connection, \
                       @@time_zone, CAST(@@global.read_only AS CHAR), @@hostname";
        let mut general = self.ask(lease, general).await?;
        let mut cipher = self.ask(lease, "SHOW SESSION STATUS LIKE 'Ssl_cipher'").await?;
        let mut text = |at: usize| general.first_mut().and_then(|row| take::<String>(row, at)).unwrap_or_default();
        let version = text(0);
        let flavour = if version.contains("MariaDB") { "MariaDB" } else { "MySQL" };
        let cipher = cipher.first_mut().and_then(|row| take::<String>(row, 1)).filter(|cipher| !cipher.is_empty());
        let facts = [
            ("server", format!("{flavour} {version}")),
            ("host", text(6)),
            ("encryption", cipher.unwrap_or_else(|| "none".to_owned())),
            ("sql_mode", text(1)),
            ("character set", text(3)),
            ("time zone", text(4)),
            ("max_allowed_packet", format!("{} bytes", text(2))),
            ("server is read-only", if matches!(text(5).as_str(), "0" | "OFF") { "no" } else { "yes" }.to_owned()),
        ];
        Ok(facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    async fn ask(&self, lease: &mut Lease, sql: &str) -> Result<Vec<Row>> {
        lease.rows(sql, Vec::new()).await.map_err(|trouble| failure(&trouble, self, None))
    }

    fn examine_table(&self, schema: &Schema, examination: &mut Examination) {
        let (table, opening) = (&self.table.table, &self.opening);
        examination.facts.push(("engine".to_owned(), schema.engine.clone()));
        examination.columns = schema
            .columns
            .iter()
            .map(|column| match &column.collation {
                Some(collation) => (column.name.clone(), format!("{} {collation}", column.declared)),
                None => (column.name.clone(), column.declared.clone()),
            })
            .collect();
        examination.column_limits = schema
            .columns
            .iter()
            .filter(|column| column.kind == Kind::Json || column.document_limit().is_some())
            .map(|column| {
                let limit = column.document_limit().unwrap_or(u64::MAX);
                (column.name.clone(), limit.min(schema.packet_room()))
            })
            .collect();
        let findings = &mut examination.findings;
        let mut tell = |severity, text: String| findings.push(Finding { severity, text });

        let lookups = opening.lookup_fields.iter().map(|(name, _)| name);
        let mut named: Vec<&String> = lookups.chain(&opening.container_fields).collect();
        named.retain(|name| !schema.missing.contains(name));
        named.extend(&schema.missing);
        named.sort_unstable();
        named.dedup();
        for error in named.into_iter().filter_map(|name| schema.column(table, name).err()) {
            tell(Severity::Blocker, blocker(&error).text);
        }
        if let Err(error) = schema.identity(table) {
            tell(Severity::Blocker, blocker(&error).text);
        }
        if !schema.transactional && !self.table.read_only {
            tell(
                Severity::Warning,
                format!(
                    "The table {table} is of the engine {}, which has no transactions: a change that breaks half-way is \
                     not undone; the owner of the database should convert it to InnoDB.",
                    schema.engine
                ),
            );
        }
        for column in &schema.columns {
            let is_container = opening.container_fields.iter().any(|name| name.eq_ignore_ascii_case(&column.name));
            if is_container && matches!(column.charset.as_deref(), Some(charset) if charset != "utf8mb4") {
                tell(
                    Severity::Warning,
                    format!(
                        "The column {table}.{} is in the character set {}, which cannot hold every character, such as \
                         emojis; metadata with one is refused; convert the column to utf8mb4.",
                        column.name,
                        column.charset.as_deref().unwrap_or_default()
                    ),
                );
            }
            if is_container && column.document_limit().is_some_and(|limit| limit < 65_535) {
                tell(
                    Severity::Warning,
                    format!("The column {table}.{} is small for metadata; make it a LONGTEXT.", column.name),
                );
            }
        }
        for (name, folded) in &opening.lookup_fields {
            let Some(column) = schema.find(name) else { continue };
            if !schema.is_indexed(name) {
                let text = format!(
                    "Users are looked up by {table}.{name}, and no index serves that, so each look-up reads the whole \
                     table; the owner of the database should make an index on it."
                );
                tell(Severity::Warning, text);
            } else if *folded && column.kind == Kind::Text && column.regards_case() {
                let text = format!(
                    "Users are looked up by {table}.{name} without regard to letter case, but the column's collation {} \
                     regards it, so no index serves that and each look-up reads the whole table; a collation that ends \
                     in _ci would be served.",
                    column.collation.as_deref().unwrap_or_default()
                );
                tell(Severity::Warning, text);
            }
        }
        for privilege in ["select", "insert", "update"] {
            let lacking = schema.columns.iter().find(|column| !column.privileges.contains(privilege));
            let Some(column) = lacking.filter(|_| privilege == "select" || !self.table.read_only) else { continue };
            let text = format!(
                "The database user lacks the privilege {} on {table}.{}; grant it, or set read_only = true.",
                privilege.to_uppercase(),
                column.name
            );
            tell(if privilege == "select" { Severity::Blocker } else { Severity::Warning }, text);
        }
    }

    /// The condition of the settings is SQL of its own, so only the server knows whether it fits the table.
    async fn try_condition(&self, schema: &Schema, lease: &mut Lease, examination: &mut Examination) -> Result<()> {
        let table = crosswalk_sql::Table::new(&crate::dialect::MYSQL, &self.table);
        let statement = table.select::<mysql_async::Value>(&[schema.any_column()], &[], 1);
        match lease.rows(&statement.sql, statement.values).await {
            Ok(_) => Ok(()),
            Err(trouble) => match failure(&trouble, self, Some(schema)) {
                error if error.kind() == ErrorKind::Config => {
                    examination.findings.push(blocker(&error));
                    Ok(())
                }
                error => Err(error),
            },
        }
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
