//! Statements: prepared once for each connection, run by the protocol where all columns are of known types, else by SQL.

use std::sync::Arc;

use bytes::BytesMut;
use futures::TryStreamExt;
use tokio_postgres::{
    SimpleQueryMessage,
    types::{Format, IsNull, ToSql, Type, to_sql_checked},
};

use super::{
    answer::{Answer, Cells, Fields, counts},
    binary,
    failure::Failure,
    link::Link,
};
use crate::modules::sql::{self, Dialect, Statement};

/// Prepared statements that a connection keeps.
const MOST_STATEMENTS: usize = 200;

/// The type of what nothing is known of: text.
const TEXT: u32 = 25;

pub(super) struct Prepared {
    /// Held so that the server keeps it.
    statement: tokio_postgres::Statement,
    fields: Fields,
    how: How,
    command: String,
    /// Whether nothing of it stays with the connection.
    is_plain: bool,
}

/// How a prepared statement is run.
enum How {
    /// By the protocol: its columns are of types whose binary form is told as text here.
    ByProtocol,
    /// By SQL, under the name that the server knows it by.
    ByName(String),
    /// Anew.
    AsText,
}

impl Link {
    pub(super) async fn query(
        &mut self,
        text: &str,
        values: &[Option<String>],
        most: usize,
    ) -> Result<Vec<Answer>, Failure> {
        if values.iter().flatten().any(|value| value.contains('\0')) {
            let message = "invalid byte sequence for encoding \"UTF8\": 0x00";
            return Err(Failure::Told("22021", message.to_owned()));
        }
        if let Some(known) = self.statements.get(text).cloned() {
            self.is_dirty |= !known.is_plain;
            return self.again(text, known, values, most).await;
        }
        let statements = sql::statements(text, Dialect::Postgres);
        self.is_dirty |= !statements.iter().all(Statement::is_plain);
        match statements.as_slice() {
            [statement] if statement.is_plannable() => {
                let prepared = self.prepare(text, statement).await?;
                self.again(text, prepared, values, most).await
            }
            statements => {
                let mut fields = Vec::new();
                for statement in statements {
                    let describes = statement.is_plannable()
                        || matches!(statement.keyword(), "show" | "explain" | "call" | "fetch");
                    let known = if describes { self.driver.prepare(statement.text).await.ok() } else { None };
                    fields.push(known.map(|known| fields_of(&known)).unwrap_or_default());
                }
                if !values.is_empty() {
                    // Whatever the server says about parameters here is what node-postgres would have got.
                    let prepared = self.driver.prepare(text).await?;
                    check_count(&prepared, values)?;
                }
                let commands: Vec<String> = statements.iter().map(Statement::command).collect();
                self.run(text, &commands, &fields, most).await
            }
        }
    }

    /// Runs a prepared statement, once more if the server has forgotten it or the table was changed since.
    async fn again(
        &mut self,
        text: &str,
        prepared: Arc<Prepared>,
        values: &[Option<String>],
        most: usize,
    ) -> Result<Vec<Answer>, Failure> {
        match self.execute(text, &prepared, values, most).await {
            Err(failure) if !self.is_dirty && failure.is_outdated() => {
                self.statements.remove(text);
                let statements = sql::statements(text, Dialect::Postgres);
                let Some(statement) = statements.first() else { return Err(failure) };
                let prepared = self.prepare(text, statement).await?;
                self.execute(text, &prepared, values, most).await
            }
            other => other,
        }
    }

    async fn execute(
        &self,
        text: &str,
        prepared: &Prepared,
        values: &[Option<String>],
        most: usize,
    ) -> Result<Vec<Answer>, Failure> {
        check_count(&prepared.statement, values)?;
        let fields = std::slice::from_ref(&prepared.fields);
        let command = std::slice::from_ref(&prepared.command);
        match &prepared.how {
            How::ByProtocol => {
                let parameters = values.iter().map(|value| Text(value.as_deref()));
                let stream = self.driver.query_raw(&prepared.statement, parameters);
                let stream = stream.await.map_err(Failure::Running)?;
                let mut stream = std::pin::pin!(stream);
                let (mut rows, mut size) = (Vec::new(), 0);
                while let Some(row) = stream.try_next().await.map_err(Failure::Running)? {
                    size += row.raw_size_bytes() + 8 * row.len();
                    if size > most {
                        return Err(Failure::TooLarge);
                    }
                    rows.push(Cells::Binary(row));
                }
                let count = stream.rows_affected();
                let (command, fields) = (prepared.command.clone(), prepared.fields.clone());
                Ok(vec![Answer { count: count.filter(|_| counts(&command)), command, fields, rows }])
            }
            How::ByName(name) => {
                let made = self.run(&execution(name, values), command, fields, most).await;
                // A position would be one in the words of `EXECUTE`.
                made.map_err(|failure| match failure {
                    Failure::Server(error) => Failure::Running(error),
                    other => other,
                })
            }
            How::AsText => self.run(text, command, fields, most).await,
        }
    }

    async fn prepare(&mut self, text: &str, statement: &Statement<'_>) -> Result<Arc<Prepared>, Failure> {
        if self.statements.len() >= MOST_STATEMENTS {
            self.statements.clear();
        }
        let made = self.driver.prepare(text).await?;
        let fields = fields_of(&made);
        let how = match fields.iter().all(|(_, oid)| binary::is_known(*oid)) {
            true => How::ByProtocol,
            false => self.name_of(text).await?.map_or(How::AsText, How::ByName),
        };
        let (command, is_plain) = (statement.command(), statement.is_plain());
        let prepared = Arc::new(Prepared { statement: made, fields, how, command, is_plain });
        self.statements.insert(text.to_owned(), prepared.clone());
        Ok(prepared)
    }

    /// What the server calls the newest statement of that text. The driver does not tell; there is one user of this
    /// session.
    async fn name_of(&self, text: &str) -> Result<Option<String>, Failure> {
        let question = format!(
            "SELECT name FROM pg_catalog.pg_prepared_statements WHERE statement = {} AND NOT from_sql \
             ORDER BY prepare_time DESC, name DESC LIMIT 1",
            literal(text)
        );
        Ok(self.driver.simple_query(&question).await?.into_iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        }))
    }

    async fn run(
        &self,
        text: &str,
        commands: &[String],
        fields: &[Fields],
        most: usize,
    ) -> Result<Vec<Answer>, Failure> {
        let stream = self.driver.simple_query_raw(text).await?;
        let mut stream = std::pin::pin!(stream);
        let (mut answers, mut rows, mut names, mut size) = (Vec::new(), Vec::new(), Vec::new(), 0);
        while let Some(message) = stream.try_next().await? {
            match message {
                SimpleQueryMessage::RowDescription(columns) => {
                    names = columns.iter().map(|column| column.name().to_owned()).collect();
                }
                SimpleQueryMessage::Row(row) => {
                    size += (0..row.len())
                        .map(|at| row.try_get(at).ok().flatten().map_or(8, |cell| cell.len() + 8))
                        .sum::<usize>();
                    if size > most {
                        return Err(Failure::TooLarge);
                    }
                    rows.push(Cells::Text(row));
                }
                SimpleQueryMessage::CommandComplete(changed) => {
                    let at = answers.len();
                    let known = fields.get(at).map_or(&[][..], |fields| fields.as_slice());
                    let command = commands.get(at).cloned().unwrap_or_default();
                    let rows = std::mem::take(&mut rows);
                    let fields = std::mem::take(&mut names).into_iter().enumerate();
                    let fields = fields.map(|(at, name)| (name, known.get(at).map_or(TEXT, |field| field.1)));
                    let count = counts(&command).then_some(changed);
                    answers.push(Answer { count, command, fields: Arc::new(fields.collect()), rows });
                }
                _ => {}
            }
        }
        if answers.is_empty() {
            answers.push(Answer { command: String::new(), count: None, fields: Fields::default(), rows: Vec::new() });
        }
        Ok(answers)
    }
}

/// A parameter in the server's own text.
#[derive(Debug)]
struct Text<'v>(Option<&'v str>);

impl ToSql for Text<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        let Some(text) = self.0 else { return Ok(IsNull::Yes) };
        out.extend_from_slice(text.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    to_sql_checked!();
}

fn fields_of(statement: &tokio_postgres::Statement) -> Fields {
    Arc::new(statement.columns().iter().map(|column| (column.name().to_owned(), column.type_().oid())).collect())
}

fn check_count(statement: &tokio_postgres::Statement, values: &[Option<String>]) -> Result<(), Failure> {
    let wanted = statement.params().len();
    if wanted == values.len() {
        return Ok(());
    }
    let given = values.len();
    let message = match given {
        0 if wanted > 0 => "there is no parameter $1".to_owned(),
        _ => format!("bind message supplies {given} parameters, but prepared statement \"\" requires {wanted}"),
    };
    Err(Failure::Told(if given == 0 { "42P02" } else { "08P01" }, message))
}

fn execution(name: &str, values: &[Option<String>]) -> String {
    let mut text = format!("EXECUTE \"{}\"", name.replace('"', "\"\""));
    for (at, value) in values.iter().enumerate() {
        text.push(if at == 0 { '(' } else { ',' });
        match value {
            Some(value) => text.push_str(&literal(value)),
            None => text.push_str("NULL"),
        }
    }
    if !values.is_empty() {
        text.push(')');
    }
    text
}

/// A text as the server reads it back, whatever its settings.
fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len() + 3);
    literal.push_str("E'");
    for letter in text.chars() {
        if matches!(letter, '\'' | '\\') {
            literal.push('\\');
        }
        literal.push(letter);
    }
    literal.push('\'');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_went() {
        assert_eq!(literal("it's \\ $1"), r"E'it\'s \\ $1'");
        assert_eq!(execution("s1", &[None, Some("a".to_owned())]), r#"EXECUTE "s1"(NULL,E'a')"#);
        assert_eq!(execution("s1", &[]), r#"EXECUTE "s1""#);
    }
}
