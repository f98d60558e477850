//! Record, map, profile, side by side: what a person sees who wonders where a value comes from.

use crosswalk_contract::Record;
use serde_json::Value;

use super::{
    plan::Plan,
    row::{Misfit, Row, Slot},
    settings::{Case, DateForm, Rule},
};
use crate::profile::{Attribute, AttributeKind, Container, instant};

/// One line of the view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The columns, in the order of the rule.
    pub source: Vec<String>,
    /// What happens to them, in words.
    pub rule: String,
    /// Where the value goes: `email`, `app_metadata.plan`, `user_id`.
    pub target: String,
    /// The value, `-` where it is absent, `***` for passwords, or why it does not fit.
    pub shown: String,
}

/// A line whose value is still to be read.
pub(super) struct Line {
    pub target: Target,
    pub columns: Vec<Slot>,
    pub rule: String,
}

/// What a rule fills.
pub(super) enum Target {
    Id,
    Attribute(Attribute),
    Document(Container),
    Key(Container, String),
    Extra(String),
    /// `must_change_password`, `locked`.
    Own(&'static str),
    Password,
}

/// The rule in words.
pub(super) fn described(rule: &Rule) -> String {
    let mut words: Vec<String> = Vec::new();
    let list = |values: &[Value]| values.iter().map(Value::to_string).collect::<Vec<_>>().join(", ");
    if rule.join.is_some() {
        words.push(format!("joined with {:?}", rule.with.as_deref().unwrap_or(" ")));
    }
    if let Some(constant) = &rule.constant {
        words.push(format!("always {constant}"));
    }
    if let (Some(separator), Some(part)) = (&rule.split, rule.part) {
        words.push(format!("split at {separator:?}, {part:?}").to_lowercase());
    }
    if let Some(true_is) = &rule.true_is {
        words.push(format!("true is {}", list(true_is)));
    }
    if let Some(false_is) = &rule.false_is {
        words.push(format!("false is {}", list(false_is)));
    }
    if let Some(values) = &rule.values {
        let pairs: Vec<String> = values.0.iter().map(|(key, value)| format!("{key} = {value}")).collect();
        words.push(pairs.join(", "));
    }
    match rule.date {
        Some(DateForm::Unix) => words.push("unix seconds".to_owned()),
        Some(DateForm::UnixMs) => words.push("unix milliseconds".to_owned()),
        Some(DateForm::Sql) => words.push(format!("SQL date in {}", rule.zone.as_deref().unwrap_or("UTC"))),
        None => {}
    }
    if let Some(encoding) = rule.encoding {
        words.push(format!("bytes as {encoding:?}").to_lowercase());
    }
    if let Some(separator) = &rule.list {
        words.push(format!("list separated by {separator:?}"));
    }
    if let Some(kind) = rule.kind {
        words.push(format!("as {kind:?}").to_lowercase());
    }
    if rule.fold == Some(Case::Lower) {
        words.push("in lower case".to_owned());
    }
    if let Some(default) = &rule.default {
        words.push(format!("else {default}"));
    }
    if words.is_empty() { "as it is".to_owned() } else { words.join("; ") }
}

impl Target {
    fn name(&self) -> String {
        match self {
            Target::Id => "user_id".to_owned(),
            Target::Attribute(attribute) => attribute.name().to_owned(),
            Target::Document(container) => container.name().to_owned(),
            Target::Key(container, key) => format!("{container}.{key}"),
            Target::Extra(name) => name.clone(),
            Target::Own(name) => (*name).to_owned(),
            Target::Password => "password".to_owned(),
        }
    }
}

impl Plan {
    pub(super) fn explain(&self, record: &Record) -> Vec<Explained> {
        let row = self.row(record);
        let password = self.lines.iter().find(|line| matches!(line.target, Target::Password));
        self.lines
            .iter()
            .map(|line| {
                // A password column that is mapped a second time stays hidden there too.
                let secret = password
                    .is_some_and(|password| password.columns.iter().any(|column| line.columns.contains(column)));
                let shown = match &row {
                    _ if secret => "***".to_owned(),
                    Ok(row) => match self.show(&line.target, row) {
                        Ok(Some(shown)) => shown,
                        Ok(None) => "-".to_owned(),
                        Err(misfit) => {
                            format!("does not fit: the column `{}` {}", self.slots.name(misfit.slot), misfit.reason)
                        }
                    },
                    Err(error) => error.to_string(),
                };
                Explained {
                    source: line.columns.iter().map(|slot| self.slots.name(*slot).to_owned()).collect(),
                    rule: line.rule.clone(),
                    target: line.target.name(),
                    shown,
                }
            })
            .collect()
    }

    fn show(&self, target: &Target, row: &Row<'_>) -> Result<Option<String>, Misfit> {
        match target {
            Target::Id => {
                let id = self.id.read(row)?;
                Ok(id.map(|id| format!("auth0|{}|{id}", self.connection)))
            }
            Target::Attribute(attribute) => match attribute.kind() {
                AttributeKind::Text => match self.text(*attribute) {
                    Some(rule) => Ok(rule.read(row)?.map(|text| text.into_owned())),
                    None => Ok(None),
                },
                AttributeKind::Flag => match self.flag(*attribute) {
                    Some(rule) => Ok(rule.read(row)?.map(|flag| flag.to_string())),
                    None => Ok(None),
                },
                AttributeKind::Instant => match self.dates.iter().find(|(of, _)| of == attribute) {
                    Some((_, rule)) => Ok(rule.read(row)?.map(instant)),
                    None => Ok(None),
                },
                AttributeKind::Count => match &self.logins_count {
                    Some(rule) => Ok(rule.read(row)?.map(|count| count.to_string())),
                    None => Ok(None),
                },
            },
            Target::Document(container) => {
                let Some(document) = self.container(*container).and_then(|rule| rule.document.as_ref()) else {
                    return Ok(None);
                };
                match document.read(row.get(document.slot)) {
                    Ok(read) => Ok(read.map(|read| read.as_str().to_owned())),
                    Err(reason) => Err(Misfit { slot: document.slot, reason }),
                }
            }
            Target::Key(container, name) => match self.container(*container).and_then(|rule| rule.key(name)) {
                Some(key) => key.rule.value(row),
                None => Ok(None),
            },
            Target::Extra(name) => match self.extra.iter().find(|(of, _)| of == name) {
                Some((_, rule)) => rule.value(row),
                None => Ok(None),
            },
            Target::Own(name) => {
                let rule = if *name == "locked" { &self.locked } else { &self.must_change_password };
                match rule {
                    Some(rule) => Ok(rule.read(row)?.map(|flag| flag.to_string())),
                    None => Ok(None),
                }
            }
            Target::Password => Ok(None),
        }
    }

    pub(super) fn read_only(&self) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = Vec::new();
        let mut add = |name: String, reason: super::field_text::Reason| all.push((name, reason.into_owned()));
        for (attribute, rule) in &self.texts {
            if let Err(reason) = rule.writable() {
                add(attribute.name().to_owned(), reason);
            }
        }
        for (attribute, rule) in &self.flags {
            if let Some(reason) = [true, false].into_iter().find_map(|value| rule.writable(value).err()) {
                add(attribute.name().to_owned(), reason);
            }
        }
        for rule in &self.containers {
            if rule.document.as_ref().is_some_and(|document| document.format == super::settings::Format::Php) {
                add(rule.container.name().to_owned(), "PHP-serialized documents are not written".into());
            }
            for key in &rule.keys {
                if let Err(reason) = key.rule.writable() {
                    add(format!("{}.{}", rule.container, key.name), reason);
                }
            }
        }
        all
    }
}
