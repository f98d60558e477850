//! A TOML text as a tree that knows where everything stands, and that a reader can mend while it reads.

use std::{collections::BTreeMap, ops::Range};

use serde_json::{Map, Number, Value};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// A place in the text and what is wrong there.
pub(super) struct Fault {
    pub at: usize,
    pub message: String,
}

/// A value with its place.
#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Where its key stands; an item of a list has none and uses its own place.
    pub key_at: usize,
    /// Where it stands itself. For a section that is the header.
    pub at: usize,
    pub content: Content,
}

#[derive(Clone, Debug)]
pub(super) enum Content {
    Scalar(Value),
    List(Vec<Node>),
    Table(BTreeMap<String, Node>),
}

/// One step down the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// Reads the text as far as it can be read, and tells every fault of its syntax.
pub(super) fn read(text: &str) -> (Node, Vec<Fault>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut faults: Vec<Fault> = errors
        .iter()
        .map(|error| {
            let span = error.span().unwrap_or_default();
            Fault { at: span.start, message: syntax(text, span, error.message()) }
        })
        .collect();
    let content = Content::table(table.into_inner(), &mut faults);
    (Node { key_at: 0, at: 0, content }, faults)
}

impl Node {
    /// An empty table that stands nowhere else than at `at`.
    pub(super) fn empty(at: usize) -> Node {
        Node { key_at: at, at, content: Content::Table(BTreeMap::new()) }
    }

    /// The tree without places.
    pub(super) fn to_json(&self) -> Value {
        match &self.content {
            Content::Scalar(value) => value.clone(),
            Content::List(items) => Value::Array(items.iter().map(Node::to_json).collect()),
            Content::Table(entries) => {
                Value::Object(entries.iter().map(|(key, node)| (key.clone(), node.to_json())).collect::<Map<_, _>>())
            }
        }
    }

    /// The entries in the order of the file; none where this is no table.
    pub(super) fn in_order(&self) -> Vec<(&str, &Node)> {
        let mut entries: Vec<_> =
            self.entries().into_iter().flatten().map(|(key, node)| (key.as_str(), node)).collect();
        entries.sort_by_key(|(_, node)| node.key_at);
        entries
    }

    /// The steps of a dotted path (`pool.max_size`, `columns[2]`) as far as they exist, and whether that is all of it.
    pub(super) fn resolve(&self, path: &str) -> (Vec<Step>, bool) {
        let (mut node, mut rest, mut steps) = (self, path, Vec::new());
        while !rest.is_empty() {
            let Some((step, below, left)) = node.step(rest.strip_prefix('.').unwrap_or(rest)) else {
                return (steps, false);
            };
            steps.push(step);
            (node, rest) = (below, left);
        }
        (steps, true)
    }

    pub(super) fn get(&self, steps: &[Step]) -> Option<&Node> {
        steps.iter().try_fold(self, |node, step| match (&node.content, step) {
            (Content::Table(entries), Step::Key(key)) => entries.get(key),
            (Content::List(items), Step::Index(index)) => items.get(*index),
            _ => None,
        })
    }

    pub(super) fn get_mut(&mut self, steps: &[Step]) -> Option<&mut Node> {
        steps.iter().try_fold(self, |node, step| match (&mut node.content, step) {
            (Content::Table(entries), Step::Key(key)) => entries.get_mut(key),
            (Content::List(items), Step::Index(index)) => items.get_mut(*index),
            _ => None,
        })
    }

    /// The entry of that name, if this is a table.
    pub(super) fn entry(&self, key: &str) -> Option<&Node> {
        self.entries()?.get(key)
    }

    /// The entries, if this is a table.
    pub(super) fn entries(&self) -> Option<&BTreeMap<String, Node>> {
        match &self.content {
            Content::Table(entries) => Some(entries),
            _ => None,
        }
    }

    /// The entries, if this is a table.
    pub(super) fn entries_mut(&mut self) -> Option<&mut BTreeMap<String, Node>> {
        match &mut self.content {
            Content::Table(entries) => Some(entries),
            _ => None,
        }
    }

    /// Where the first key of that name stands, however deep.
    pub(super) fn search(&self, key: &str) -> Option<Vec<Step>> {
        let step_into = |step: Step, node: &Node| {
            let below = node.search(key)?;
            Some([vec![step], below].concat())
        };
        match &self.content {
            Content::Scalar(_) => None,
            Content::List(items) => {
                items.iter().enumerate().find_map(|(index, item)| step_into(Step::Index(index), item))
            }
            Content::Table(entries) if entries.contains_key(key) => Some(vec![Step::Key(key.to_owned())]),
            Content::Table(entries) => entries.iter().find_map(|(name, node)| step_into(Step::Key(name.clone()), node)),
        }
    }

    /// The strings of the tree, each with its path.
    pub(super) fn strings(&self) -> Vec<(Vec<Step>, usize, &str)> {
        let mut found = Vec::new();
        self.collect_strings(&mut Vec::new(), &mut found);
        found
    }

    fn collect_strings<'n>(&'n self, path: &mut Vec<Step>, found: &mut Vec<(Vec<Step>, usize, &'n str)>) {
        match &self.content {
            Content::Scalar(Value::String(text)) => found.push((path.clone(), self.at, text)),
            Content::Scalar(_) => {}
            Content::List(items) => {
                for (index, item) in items.iter().enumerate() {
                    path.push(Step::Index(index));
                    item.collect_strings(path, found);
                    path.pop();
                }
            }
            Content::Table(entries) => {
                for (key, node) in entries {
                    path.push(Step::Key(key.clone()));
                    node.collect_strings(path, found);
                    path.pop();
                }
            }
        }
    }

    /// The step that `path` begins with, what stands there, and the rest of the path. Keys may hold dots themselves,
    /// so the longest key that fits is meant.
    fn step<'p>(&self, path: &'p str) -> Option<(Step, &Node, &'p str)> {
        match &self.content {
            Content::Scalar(_) => None,
            Content::List(items) => {
                let (index, left) = path.strip_prefix('[')?.split_once(']')?;
                let index = index.parse().ok()?;
                Some((Step::Index(index), items.get(index)?, left))
            }
            Content::Table(entries) => entries
                .iter()
                .filter_map(|(key, node)| {
                    let left = path.strip_prefix(key.as_str())?;
                    let ends = left.is_empty() || left.starts_with(['.', '[']);
                    (ends && !key.is_empty()).then_some((key, node, left))
                })
                .max_by_key(|(key, ..)| key.len())
                .map(|(key, node, left)| (Step::Key(key.clone()), node, left)),
        }
    }
}

impl Content {
    fn table(table: DeTable<'_>, faults: &mut Vec<Fault>) -> Content {
        let entries = table.into_iter().map(|(key, value)| {
            let (key_at, at) = (key.span().start, value.span().start);
            let content = Content::of(value, faults);
            (key.into_inner().into_owned(), Node { key_at, at, content })
        });
        Content::Table(entries.collect())
    }

    fn of(value: Spanned<DeValue<'_>>, faults: &mut Vec<Fault>) -> Content {
        let at = value.span().start;
        let mut fault = |message: &str| {
            faults.push(Fault { at, message: message.to_owned() });
            Value::Null
        };
        Content::Scalar(match value.into_inner() {
            DeValue::Table(table) => return Content::table(table, faults),
            DeValue::Array(items) => {
                let items = items.into_iter().map(|item| {
                    let at = item.span().start;
                    Node { key_at: at, at, content: Content::of(item, faults) }
                });
                return Content::List(items.collect());
            }
            DeValue::String(text) => Value::String(text.into_owned()),
            DeValue::Boolean(value) => Value::Bool(value),
            DeValue::Datetime(moment) => Value::String(moment.to_string()),
            DeValue::Integer(digits) => i64::from_str_radix(digits.as_str(), digits.radix())
                .map(Value::from)
                .unwrap_or_else(|_| fault("a whole number lies between -9223372036854775808 and 9223372036854775807")),
            DeValue::Float(digits) => digits
                .as_str()
                .parse()
                .ok()
                .and_then(Number::from_f64)
                .map(Value::Number)
                .unwrap_or_else(|| fault("this number is not finite")),
        })
    }
}

/// The parser's word, with the key where one is written twice.
fn syntax(text: &str, span: Range<usize>, message: &str) -> String {
    match text.get(span) {
        Some(key) if message == "duplicate key" && !key.is_empty() => format!("`{}` is written twice", printable(key)),
        _ => message.to_owned(),
    }
}

/// A name as it may be shown on a terminal.
pub(super) fn printable(name: &str) -> String {
    const LONGEST: usize = 80;
    let mut shown: String =
        name.chars().take(LONGEST).map(|it| if it.is_control() { char::REPLACEMENT_CHARACTER } else { it }).collect();
    if name.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_finds_its_place_even_through_keys_with_dots() {
        let (root, faults) = read("[a.\"b.c\"]\nlist = [1, { x = 2 }]\n");
        assert!(faults.is_empty());
        let (steps, whole) = root.resolve("a.b.c.list[1].x");
        assert!(whole);
        assert_eq!(root.get(&steps).unwrap().to_json(), 2);
        let (steps, whole) = root.resolve("a.b.c.nothing.here");
        assert!(!whole);
        assert_eq!(steps.len(), 2);
    }

    #[test]
    fn every_fault_of_the_syntax_is_told() {
        let (_, faults) = read("a = \nb = 1\nb = 2\nc = 99999999999999999999\nd = nan\n");
        let messages: Vec<_> = faults.iter().map(|fault| fault.message.as_str()).collect();
        assert_eq!(faults.len(), 4, "{messages:?}");
        assert_eq!(messages[1], "`b` is written twice");
    }
}
