//! A metadata container in one column: text, JSON, jsonb or bytes.

use crosswalk_contract::{ContainerPatch, Error, ErrorKind, Field, Metadata, Result};
use tokio_postgres::Row;

use crate::{
    column::{Column, Shape},
    dialect::POSTGRES,
    failure::Failure,
    parameter::{Parameter, hex, hstore},
    value::Value,
};

/// A column and the change of the document in it.
pub(crate) struct Container<'c> {
    column: &'c Column,
    patch: &'c ContainerPatch,
    table: &'c str,
}

/// A change of a document of jsonb, as templates of SQL with one parameter.
pub(crate) struct Merge {
    /// The document after the change.
    pub(crate) after: String,
    /// What must hold for it to be made without looking.
    pub(crate) fits: String,
    pub(crate) parameter: String,
}

impl<'c> Container<'c> {
    /// # Errors
    /// `Config` for a column that can hold no document.
    pub(crate) fn new(column: &'c Column, patch: &'c ContainerPatch, table: &'c str) -> Result<Container<'c>> {
        match column.shape {
            Shape::Text
            | Shape::Padded
            | Shape::CaseBlind
            | Shape::Json
            | Shape::Jsonb
            | Shape::Hstore
            | Shape::Bytes => Ok(Container { column, patch, table }),
            _ => Err(Error::new(
                ErrorKind::Config,
                format!("a column of the type {} cannot hold metadata", column.declared),
            )
            .with("table", table)
            .with("field", &column.name)
            .hint("map metadata to a column of text, json, jsonb, hstore or bytea")),
        }
    }

    pub(crate) fn is_jsonb(&self) -> bool {
        self.column.shape == Shape::Jsonb
    }

    /// The change as one operation of the server's own, for a column of jsonb: nothing is read, and nothing that the
    /// column would have kept is lost. `None` for other columns, and for what has to be refused with a reason.
    pub(crate) fn merge(&self) -> Option<Merge> {
        if !self.is_jsonb() {
            return None;
        }
        let set: Vec<String> = self
            .patch
            .set
            .iter()
            .map(|(key, value)| format!("{}:{}", serde_json::Value::from(key.as_str()), value.get()))
            .collect();
        let parameter = format!(
            r#"{{"remove":{},"set":{{{}}}}}"#,
            serde_json::Value::from(self.patch.remove.clone()),
            set.join(",")
        );
        if has_escaped_nul(&parameter) || parameter.contains('\0') {
            return None;
        }
        let before = if self.patch.clear { "'{}'::jsonb" } else { "coalesce({column}, '{}'::jsonb)" };
        let after = format!(
            "(({before} - ARRAY(SELECT jsonb_array_elements_text({{value}}::jsonb -> 'remove'))) || ({{value}}::jsonb -> 'set'))"
        );
        let fits = format!(
            "({{column}} IS NULL OR jsonb_typeof({{column}}) = 'object') AND octet_length({after}::text) <= {}",
            self.patch.max_bytes
        );
        Some(Merge { after, fits, parameter })
    }

    pub(crate) fn name(&self) -> &'c str {
        &self.column.name
    }

    /// What to select for it, as SQL text.
    pub(crate) fn reading(&self) -> String {
        match self.column.shape {
            Shape::Bytes => POSTGRES.quoted(&self.column.name),
            Shape::Hstore => self.column.reading_json(),
            _ => self.column.reading_text(),
        }
    }

    /// What the caller has read there before, where that is the very text that is stored.
    pub(crate) fn read_before(&self) -> Option<Option<String>> {
        match self.column.shape {
            Shape::Text | Shape::Json => self.patch.read.clone().map(Some),
            _ => None,
        }
    }

    /// The text that PostgreSQL has for what is stored: hexadecimal for bytes.
    pub(crate) fn stored(&self, row: &Row, index: usize) -> Result<Option<String>, Failure> {
        match row.try_get::<_, Value>(index)?.0 {
            Field::Text(text) => Ok(Some(text)),
            Field::Bytes(bytes) if self.column.shape == Shape::Bytes => Ok(Some(hex(&bytes))),
            Field::Bytes(_) => Err(self.unreadable("it is not UTF-8").into()),
            _ => Ok(None),
        }
    }

    /// The document after the change as the column takes it, or `None` where nothing changes.
    pub(crate) fn changed(&self, stored: &Option<String>) -> Result<Option<Parameter<'static>>> {
        let text = match (stored, self.column.shape) {
            (None, _) => String::new(),
            (Some(stored), Shape::Bytes) => self.spelt(stored)?,
            (Some(stored), _) => stored.clone(),
        };
        let mut document = Metadata::from_store(text).map_err(|why| self.unreadable(&why.to_string()))?;
        if !self.patch.apply(&mut document).map_err(|error| error.with("table", self.table))? {
            return Ok(None);
        }
        let text = document.as_str();
        if let Some(limit) = self.column.limit {
            let length = text.chars().count();
            if length > limit as usize {
                let message =
                    format!("the change would make the container {length} characters long; the column holds {limit}");
                return Err(self.located(Error::refused("metadata_too_large", message)).hint("widen the column"));
            }
        }
        if self.column.shape == Shape::Jsonb && has_escaped_nul(text) {
            let message = "a column of the type jsonb cannot hold the character \\u0000";
            let error = self.located(Error::refused("metadata_refused", message));
            return Err(error.hint("leave the character out, or make the column json or text"));
        }
        Ok(Some(match self.column.shape {
            Shape::Bytes => Parameter::owned(hex(text.as_bytes())),
            Shape::Hstore => Parameter::owned(hstore(text).map_err(|why| {
                let error = self.located(Error::refused("metadata_refused", why));
                error.hint("store texts, or make the column json or text")
            })?),
            _ => Parameter::owned(text),
        }))
    }

    /// The text that stored bytes spell.
    fn spelt(&self, stored: &str) -> Result<String> {
        let digits = stored.strip_prefix("\\x").unwrap_or_default().as_bytes();
        let value = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok()).unwrap_or(0);
        let bytes = digits.chunks_exact(2).map(|pair| value(pair[0]) << 4 | value(pair[1])).collect();
        String::from_utf8(bytes).map_err(|_| self.unreadable("it is not UTF-8"))
    }

    fn unreadable(&self, why: &str) -> Error {
        self.located(
            Error::new(
                ErrorKind::Inconsistent,
                format!("the stored metadata cannot be read, so it is not changed: {why}"),
            )
            .code("metadata_unreadable"),
        )
        .hint("mend the JSON text in that row")
    }

    fn located(&self, error: Error) -> Error {
        error.with("table", self.table).with("field", &self.column.name)
    }
}

/// Whether a string of the document has the escape `\u0000`; after a backslash that is itself escaped it is only text.
fn has_escaped_nul(json: &str) -> bool {
    json.match_indices("\\u0000").any(|(at, _)| {
        let before = json.as_bytes()[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        before % 2 == 0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_escape_that_is_one_counts() {
        assert!(has_escaped_nul(r#"{"a":"\u0000"}"#));
        assert!(has_escaped_nul(r#"{"a":"x\\\u0000"}"#));
        assert!(!has_escaped_nul(r#"{"a":"\\u0000"}"#));
        assert!(!has_escaped_nul(r#"{"a":"\u0001 u0000"}"#));
    }
}
