//! Reads a strict serde struct and finds all of its mistakes, not only the first.
//!
//! serde stops at its first error. So the error is noted, the tree is mended at that place (the key renamed to what was
//! probably meant, or taken out), and everything is read again, until nothing is left to complain about.

use serde_json::{Value, json};

use super::{
    complaint::Complaint,
    document::{Content, Node, Step, printable},
    findings::{About, Findings, Place, dotted, list, without_value},
    nearest::nearest,
};
use crosswalk_contract::SettingsError;

/// What came of reading.
pub(super) struct Reading<T> {
    /// The value; `None` where the tree could not be mended.
    pub value: Option<T>,
    /// Paths whose value was replaced or taken out: what the value has there means nothing.
    pub mended: Vec<String>,
    /// Paths that were filled with anything that fits: the value as a whole means nothing there.
    pub invented: Vec<String>,
}

impl<T> Reading<T> {
    /// Whether something below `path` was mended; `""` is the whole tree.
    pub(super) fn touches(&self, path: &str) -> bool {
        self.mended.iter().chain(&self.invented).any(|it| is_below(it, path))
    }

    /// Whether something below `path` was made up.
    pub(super) fn invents(&self, path: &str) -> bool {
        self.invented.iter().any(|it| is_below(it, path))
    }
}

/// Whose words a type uses for what is wrong with it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Words {
    /// Those of a section without secrets.
    Ours,
    /// Those of an adapter, which may repeat a secret.
    Foreign,
}

/// Reads `node`, whose name in messages is `root`, with `parse`; notes every mistake in `findings`. The node is mended
/// on the way, so that what is read from it afterwards is what was probably meant.
pub(super) fn read<T>(
    node: &mut Node,
    root: &str,
    findings: &mut Findings<'_>,
    words: Words,
    parse: impl Fn(&Node) -> Result<T, SettingsError>,
) -> Reading<T> {
    let mut reader = Reader { node, root, findings, words, parse, mended: Vec::new(), invented: Vec::new() };
    let value = reader.run();
    Reading { value, mended: reader.mended, invented: reader.invented }
}

/// [`read`] for a type of this crate.
pub(super) fn read_struct<T: serde::de::DeserializeOwned>(
    node: &mut Node,
    root: &str,
    findings: &mut Findings<'_>,
) -> Reading<T> {
    read(node, root, findings, Words::Ours, |node| {
        serde_path_to_error::deserialize(node).map_err(|error| {
            let path = error.path().to_string();
            let path = if path == "." { String::new() } else { path };
            SettingsError { path, message: error.into_inner().to_string() }
        })
    })
}

/// A file with more mistakes than this is not a configuration.
const MOST_ROUNDS: usize = 300;

struct Reader<'r, 't, P> {
    node: &'r mut Node,
    root: &'r str,
    findings: &'r mut Findings<'t>,
    words: Words,
    parse: P,
    mended: Vec<String>,
    invented: Vec<String>,
}

impl<T, P: Fn(&Node) -> Result<T, SettingsError>> Reader<'_, '_, P> {
    fn run(&mut self) -> Option<T> {
        for _ in 0..MOST_ROUNDS {
            let error = match (self.parse)(&*self.node) {
                Ok(value) => return Some(value),
                Err(error) => error,
            };
            let mended = match Complaint::of(&error.message) {
                Complaint::UnknownKey { key, known } => self.unknown_key(&error.path, &key, &borrowed(&known)),
                Complaint::MissingKey(key) => self.missing_key(&error.path, &key),
                Complaint::UnknownWord { known } => self.unknown_word(&error.path, &borrowed(&known)),
                Complaint::Wrong(says) => self.wrong(&error.path, |_| format!(" {says}")),
                Complaint::Other(says) if self.words == Words::Ours => self.wrong(&error.path, |_| format!(": {says}")),
                Complaint::Other(says) => self.wrong(&error.path, |node| match without_value(&says, node) {
                    Some(says) => format!(": {says}"),
                    None => " cannot be read".to_owned(),
                }),
            };
            if !mended {
                return None;
            }
        }
        None
    }

    /// Renames the key to what was meant, or takes it out.
    fn unknown_key(&mut self, path: &str, key: &str, known: &[&str]) -> bool {
        let Some(steps) = self.locate(path, key) else {
            return self.wrong(path, |_| " has a key that it cannot have".to_owned());
        };
        let (above, _) = steps.split_at(steps.len() - 1);
        let section = dotted(self.root, above);
        let suggestion = nearest(key, known.iter().copied()).map(str::to_owned);
        let shown = printable(key);
        let mut message = match section.as_str() {
            "" => format!("[{shown}] is not a section"),
            _ => format!("`{shown}` is not a key of [{section}]"),
        };
        if suggestion.is_none() && !known.is_empty() {
            let kind = if section.is_empty() { "the sections are" } else { "its keys are" };
            message.push_str(&format!("; {kind} {}", list(known)));
        }
        let at = self.node.get(&steps).map_or(0, |node| node.key_at);
        let about = About { section, key: shown, message, suggestion: suggestion.clone(), doubtful: false };
        self.findings.add(at, about);
        let renamed = suggestion.map(|name| (dotted("", above), name));
        let Some(entries) = self.node.get_mut(above).and_then(Node::entries_mut) else { return false };
        let Some(node) = entries.remove(key) else { return false };
        if let Some((above, name)) = renamed
            && !entries.contains_key(&name)
        {
            self.mended.push(join(&above, &name));
            entries.insert(name, node);
        } else {
            self.mended.push(dotted("", &steps));
        }
        true
    }

    /// Notes it, unless it was taken out here, and puts anything there that fits, to find what else is wrong.
    fn missing_key(&mut self, path: &str, key: &str) -> bool {
        let (steps, _) = self.node.resolve(path);
        let Some(table) = self.node.get(&steps) else { return false };
        let at = table.key_at;
        let full = join(&dotted("", &steps), key);
        if !self.mended.contains(&full) && !self.invented.contains(&full) {
            let section = dotted(self.root, &steps);
            let message = match section.as_str() {
                "" => format!("[{key}] is missing"),
                _ => format!("`{key}` is missing in [{section}]"),
            };
            let about = About { section, key: key.to_owned(), message, suggestion: None, doubtful: true };
            self.findings.add(at, about);
        }
        let steps = [steps, vec![Step::Key(key.to_owned())]].concat();
        self.invent(&steps, at)
    }

    /// Notes it and puts a right word there, or nothing.
    fn unknown_word(&mut self, path: &str, known: &[&str]) -> bool {
        let (steps, _) = self.node.resolve(path);
        let Some(node) = self.node.get_mut(&steps) else { return false };
        let written = match &node.content {
            Content::Scalar(Value::String(word)) => Some(word.as_str()),
            _ => None,
        };
        let place = Place::of(self.root, &steps);
        let about = About::word(&place, written, known);
        let at = node.at;
        let meant = about.suggestion.clone();
        self.findings.add(at, about);
        match meant {
            Some(word) => {
                node.content = Content::Scalar(Value::String(word));
                self.mended.push(dotted("", &steps));
                true
            }
            None => self.take_out(&steps),
        }
    }

    /// Notes it and takes the value out.
    fn wrong(&mut self, path: &str, says: impl Fn(&Node) -> String) -> bool {
        let (steps, _) = self.node.resolve(path);
        let Some(node) = self.node.get(&steps) else { return false };
        let place = Place::of(self.root, &steps);
        let message = format!("{place}{}", says(node));
        let at = node.at;
        self.findings.add(at, About { message, ..About::key(&place, "") });
        self.take_out(&steps)
    }

    fn take_out(&mut self, steps: &[Step]) -> bool {
        let Some((last, above)) = steps.split_last() else { return false };
        match last {
            Step::Key(key) => {
                self.mended.push(dotted("", steps));
                let entries = self.node.get_mut(above).and_then(Node::entries_mut);
                entries.is_some_and(|entries| entries.remove(key).is_some())
            }
            // The other items must keep their numbers.
            Step::Index(_) => {
                let at = self.node.get(steps).map_or(0, |node| node.at);
                self.invent(steps, at) || self.take_out(above)
            }
        }
    }

    /// Puts something there that the struct accepts.
    fn invent(&mut self, steps: &[Step], at: usize) -> bool {
        let path = dotted("", steps);
        if self.invented.contains(&path) {
            return false;
        }
        self.invented.push(path.clone());
        [json!("x"), json!("1s"), json!(1), json!(true), json!([]), json!({})].into_iter().any(|anything| {
            self.put(steps, at, anything);
            match (self.parse)(&*self.node) {
                Ok(_) => true,
                Err(error) => !is_below(&error.path, &path),
            }
        })
    }

    fn put(&mut self, steps: &[Step], at: usize, value: Value) {
        let content = match value {
            Value::Array(_) => Content::List(Vec::new()),
            Value::Object(_) => Content::Table(std::collections::BTreeMap::new()),
            value => Content::Scalar(value),
        };
        let fresh = Node { key_at: at, at, content };
        if let Some(node) = self.node.get_mut(steps) {
            node.content = fresh.content;
        } else if let Some((Step::Key(key), above)) = steps.split_last()
            && let Some(entries) = self.node.get_mut(above).and_then(Node::entries_mut)
        {
            entries.insert(key.clone(), fresh);
        }
    }

    /// Where an unknown key stands. A struct that flattens another tells only where it itself stands, or less.
    fn locate(&self, path: &str, key: &str) -> Option<Vec<Step>> {
        let (steps, _) = self.node.resolve(path);
        if steps.last() == Some(&Step::Key(key.to_owned())) {
            return Some(steps);
        }
        let below = self.node.get(&steps)?.search(key)?;
        Some([steps, below].concat())
    }
}

/// Whether `path` is `above` or stands below it.
pub(super) fn is_below(path: &str, above: &str) -> bool {
    above.is_empty() || path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
}

fn borrowed(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

fn join(above: &str, key: &str) -> String {
    if above.is_empty() { key.to_owned() } else { format!("{above}.{key}") }
}
