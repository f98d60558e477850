//! Rules for a metadata container: a column with a whole document, single columns for keys, or both.

use crosswalk_contract::Field;

use super::{
    field_text::{Reason, text_of},
    php,
    row::{Misfit, Row, Slot},
    settings::{Format, Unreadable},
    value::ValueRule,
};
use crate::profile::{Container, Metadata};

/// How a container is made.
pub(super) struct ContainerRule {
    pub container: Container,
    pub document: Option<Document>,
    /// Single keys; they win over the document.
    pub keys: Vec<KeyRule>,
}

/// A column with a whole document.
pub(super) struct Document {
    pub slot: Slot,
    pub format: Format,
    pub unreadable: Unreadable,
}

/// A first-level key with a column of its own.
pub(super) struct KeyRule {
    pub name: String,
    pub rule: ValueRule,
}

/// What a row's document is to a change.
pub(super) enum Stored {
    /// The map has no column for a document.
    Nowhere,
    /// It can be written.
    Open(Metadata),
    /// It can be read and not written, for that reason.
    Fixed(Metadata, &'static str),
    /// It cannot be read.
    Unreadable,
}

impl ContainerRule {
    /// The container; `None` where the row has nothing for it. `omitted` is told of a document that was left out.
    pub(super) fn read(&self, row: &Row<'_>, omitted: &mut dyn FnMut(Slot)) -> Result<Option<Metadata>, Misfit> {
        let mut base = None;
        if let Some(document) = &self.document {
            base = match document.read(row.get(document.slot)) {
                Ok(base) => base,
                Err(_) if document.unreadable == Unreadable::Omit => {
                    omitted(document.slot);
                    None
                }
                Err(reason) => return Err(Misfit { slot: document.slot, reason }),
            };
        }
        if self.keys.is_empty() {
            return Ok(base);
        }
        let mut text = String::with_capacity(64);
        text.push('{');
        for key in &self.keys {
            let before = text.len();
            text.push_str(if before == 1 { "" } else { "," });
            super::json_text::push_string(&mut text, &key.name);
            text.push(':');
            if !key.rule.read(row, &mut text)? {
                text.truncate(before);
            }
        }
        if text.len() == 1 {
            return Ok(base);
        }
        text.push('}');
        let unlikely = |_| Misfit { slot: 0, reason: "gives a value that is no JSON".into() };
        let keys = Metadata::from_store(text).map_err(unlikely)?;
        Ok(Some(match base {
            None => keys,
            Some(base) => super::naming::united(&base, &keys),
        }))
    }

    /// The key's rule, if it has a column of its own.
    pub(super) fn key(&self, name: &str) -> Option<&KeyRule> {
        self.keys.iter().find(|key| key.name == name)
    }

    /// The row's document, as a change sees it.
    pub(super) fn stored(&self, row: &Row<'_>, store_writes: bool) -> Result<Stored, Misfit> {
        let Some(document) = &self.document else { return Ok(Stored::Nowhere) };
        Ok(match (document.read(row.get(document.slot)), document.format) {
            (Ok(read), Format::Php) => Stored::Fixed(read.unwrap_or_default(), "the store holds it in PHP's format"),
            (Ok(read), Format::Json) if !store_writes => {
                Stored::Fixed(read.unwrap_or_default(), "the store holds it and cannot write it")
            }
            (Ok(read), Format::Json) => Stored::Open(read.unwrap_or_default()),
            (Err(_), _) if document.unreadable == Unreadable::Omit => Stored::Unreadable,
            (Err(reason), _) => return Err(Misfit { slot: document.slot, reason }),
        })
    }
}

impl Document {
    /// The document; `None` for null, empty for what old applications store for nothing.
    pub(super) fn read(&self, field: &Field) -> Result<Option<Metadata>, Reason> {
        let text = match field {
            Field::Null => return Ok(None),
            Field::List(items) if items.is_empty() => return Ok(Some(Metadata::empty())),
            Field::Bytes(bytes) if self.format == Format::Php && !bytes.is_empty() => {
                return php_document(bytes).map(Some);
            }
            Field::Text(text) if self.format == Format::Php && !text.trim().is_empty() => {
                return php_document(text.as_bytes()).map(Some);
            }
            Field::Json(text) | Field::Text(text) => text.clone(),
            other => text_of(other)?.unwrap_or_default().into_owned(),
        };
        Metadata::from_store(text)
            .map(Some)
            .map_err(|error| Reason::Owned(format!("holds a document that cannot be read: {error}")))
    }
}

fn php_document(bytes: &[u8]) -> Result<Metadata, Reason> {
    let json = php::to_json(bytes)?;
    Metadata::from_store(json).map_err(|_| "holds PHP-serialized text that is no array".into())
}
