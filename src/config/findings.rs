//! Collects mistakes while a file is read, and gives each its line and column.

use super::{
    document::{Fault, Node, Step, printable},
    mistake::{Mistake, Mistakes},
    nearest::nearest,
};

/// The mistakes found so far.
pub(super) struct Findings<'t> {
    text: &'t str,
    found: Vec<Finding>,
}

/// What a mistake is about, beside its place.
pub(super) struct About {
    pub section: String,
    pub key: String,
    pub message: String,
    pub suggestion: Option<String>,
    /// Whether it may be nothing but the shadow of another mistake.
    pub doubtful: bool,
}

struct Finding {
    at: usize,
    doubtful: bool,
    syntax: bool,
    mistake: Mistake,
}

impl<'t> Findings<'t> {
    pub(super) fn new(text: &'t str, faults: Vec<Fault>) -> Findings<'t> {
        let mut findings = Findings { text, found: Vec::new() };
        for fault in faults {
            let about = About {
                section: String::new(),
                key: String::new(),
                message: fault.message,
                suggestion: None,
                doubtful: false,
            };
            findings.note(fault.at, about, true);
        }
        findings
    }

    pub(super) fn add(&mut self, at: usize, about: About) {
        self.note(at, about, false);
    }

    /// Adds a problem that a floor below found in what stands at `node`, the section `root`.
    pub(super) fn problem(&mut self, node: &Node, root: &str, path: &str, message: &str) {
        let (steps, whole) = node.resolve(path);
        let place = if whole { Place::of(root, &steps) } else { Place::of(root, &[Step::Key(path.to_owned())]) };
        let found = node.get(&steps).unwrap_or(node);
        // What is not there cannot be pointed at; the section that it belongs in can.
        let at = if whole { found.at } else { found.key_at };
        self.add(at, About { doubtful: true, message: format!("{place}: {message}"), ..About::key(&place, "") });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Everything found, in the order of the file. Where the syntax is broken, what stands behind the break up to the
    /// next header cannot be judged, and neither can what is missing.
    pub(super) fn into_mistakes(self, file: &str) -> Mistakes {
        let broken: Vec<usize> = self.found.iter().filter(|it| it.syntax).map(|it| block(self.text, it.at)).collect();
        let mut found = self.found;
        found.retain(|it| {
            it.syntax || broken.is_empty() || (!it.doubtful && !broken.contains(&block(self.text, it.at)))
        });
        found.sort_by_key(|it| it.at);
        Mistakes { file: file.to_owned(), mistakes: found.into_iter().map(|it| it.mistake).collect() }
    }

    /// The line, from 1, and the column in characters, from 1.
    pub(super) fn position(&self, at: usize) -> (usize, usize) {
        let before = self.text.get(..at).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |line_break| line_break + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    fn note(&mut self, at: usize, about: About, syntax: bool) {
        let (line, column) = self.position(at);
        let mistake = Mistake {
            line: Some(line),
            column: Some(column),
            section: about.section,
            key: about.key,
            message: about.message,
            suggestion: about.suggestion,
        };
        self.found.push(Finding { at, doubtful: about.doubtful, syntax, mistake });
    }
}

impl About {
    /// A sentence about a key: `` `key` of [section] says ``.
    pub(super) fn key(place: &Place, says: &str) -> About {
        About {
            section: place.section.clone(),
            key: place.key.clone(),
            message: format!("{place} {says}"),
            suggestion: None,
            doubtful: false,
        }
    }

    /// A value that is none of the words it can be. The word itself is not repeated: whoever puts a secret in the
    /// wrong place must not find it in a log.
    pub(super) fn word(place: &Place, written: Option<&str>, known: &[&str]) -> About {
        const FEW: usize = 8;
        let suggestion = written.and_then(|word| nearest(word, known.iter().copied())).map(str::to_owned);
        let says = match known.len() {
            0 => "cannot be written here".to_owned(),
            count if count > FEW && suggestion.is_some() => "is not a word that is known here".to_owned(),
            _ => format!("must be one of {}", list(known)),
        };
        About { suggestion, ..About::key(place, &says) }
    }
}

/// Names in backticks, with commas.
pub(super) fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// A key in its section, as messages name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// Dotted; empty for the file as a whole.
    pub section: String,
    /// Empty for the section as a whole.
    pub key: String,
}

impl Place {
    /// The place at the end of these steps, starting at the section `root` (which may be empty, for the file).
    pub(super) fn of(root: &str, steps: &[Step]) -> Place {
        let named = steps.iter().rposition(|step| matches!(step, Step::Key(_))).unwrap_or(0);
        let (above, last) = steps.split_at(named.min(steps.len()));
        Place { section: dotted(root, above), key: dotted("", last) }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.section.as_str(), self.key.as_str()) {
            ("", "") => f.write_str("the file"),
            ("", section) | (section, "") => write!(f, "[{section}]"),
            (section, key) => write!(f, "`{key}` of [{section}]"),
        }
    }
}

/// The steps as one path behind `root`.
pub(super) fn dotted(root: &str, steps: &[Step]) -> String {
    steps.iter().fold(root.to_owned(), |path, step| match step {
        Step::Index(index) => format!("{path}[{index}]"),
        Step::Key(key) if path.is_empty() => printable(key),
        Step::Key(key) => format!("{path}.{}", printable(key)),
    })
}

/// The words, unless they repeat what was written: that may be a secret.
pub(super) fn without_value<'w>(words: &'w str, node: &Node) -> Option<&'w str> {
    const SHORTEST: usize = 4;
    let repeated = node.strings().iter().any(|(_, _, text)| text.len() >= SHORTEST && words.contains(text));
    (!repeated).then_some(words)
}

/// Where the block that holds this place begins: the nearest header above, or the file's beginning.
fn block(text: &str, at: usize) -> usize {
    let line_end = text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |length| at + length);
    let before = text.get(..line_end).unwrap_or(text);
    before.rfind("\n[").map_or(0, |line_break| line_break + 1)
}
