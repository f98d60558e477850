//! From a text to settings: every section read, every value judged, nothing reached.

use crosswalk_contract::Kind;

use super::{
    Mistakes, Settings, Warning, advice,
    document::{self, Node, Step},
    findings::{About, Findings, Place, dotted, without_value},
    password,
    section::{self, Reading, Words},
    settings::{ConnectionSettings, Identifier},
};
use crate::translate::Translation;

/// What a text without mistakes says.
pub(super) struct Checked {
    pub settings: Settings,
    pub warnings: Vec<Warning>,
}

/// Checks a text.
///
/// # Errors
/// Every mistake.
pub(super) fn check(text: &str, file: &str, kinds: &[Kind]) -> Result<Checked, Mistakes> {
    let (mut root, faults) = document::read(text);
    let mut findings = Findings::new(text, faults);
    let mut warnings = Vec::new();
    let reading = section::read_struct::<Settings>(&mut root, "", &mut findings);
    if let Some(settings) = &reading.value {
        check_directory(settings, &root, &mut findings);
        check_hashing(&reading, settings, &root, &mut findings);
        let nodes = root.entries_mut().and_then(|entries| entries.get_mut("connection"));
        for (name, node) in nodes.and_then(Node::entries_mut).into_iter().flatten() {
            let Some(settings) = settings.connection.get(name) else { continue };
            let section = dotted("connection", &[Step::Key(name.clone())]);
            Connection { name, section, settings, reading: &reading, kinds }.check(node, &mut findings, &mut warnings);
        }
    }
    match reading.value {
        Some(settings) if findings.is_empty() => {
            if settings.connection.is_empty() {
                warnings.push(advice::no_connection());
            }
            warnings.sort_by_key(|warning| warning.line);
            warnings.iter_mut().for_each(|warning| file.clone_into(&mut warning.file));
            Ok(Checked { settings, warnings })
        }
        None if findings.is_empty() => Err(Mistakes::of_file(file, "the configuration cannot be understood")),
        _ => Err(findings.into_mistakes(file)),
    }
}

fn check_directory(settings: &Settings, root: &Node, findings: &mut Findings<'_>) {
    let Some(node) = root.entry("directory") else { return };
    for problem in settings.directory.problems() {
        findings.problem(node, "directory", &problem.path, &problem.message);
    }
}

fn check_hashing(reading: &Reading<Settings>, settings: &Settings, root: &Node, findings: &mut Findings<'_>) {
    let Some(node) = root.entry("hashing") else { return };
    for problem in settings.hashing.problems() {
        if !reading.touches(&format!("hashing.{}", problem.path)) {
            findings.problem(node, "hashing", &problem.path, &problem.message);
        }
    }
}

/// One section `[connection.<name>]` while it is judged.
struct Connection<'c> {
    name: &'c str,
    section: String,
    settings: &'c ConnectionSettings,
    reading: &'c Reading<Settings>,
    kinds: &'c [Kind],
}

impl Connection<'_> {
    fn check(&self, node: &mut Node, findings: &mut Findings<'_>, warnings: &mut Vec<Warning>) {
        self.check_name(node, findings);
        if let Some(kind) = self.kind(node, findings) {
            self.check_store(kind, node, findings);
        }
        if !self.reading.invents(&self.path("map")) {
            let translation = self.translation(node, findings);
            let scheme_stands = self.check_password(node, findings);
            if let Some(translation) = translation.filter(|_| scheme_stands) {
                self.check_login_by(&translation, node, findings);
                advice::read_only(&self.section, node, &translation, findings, warnings);
            }
        }
        advice::name(&self.section, self.name, node, findings, warnings);
        advice::secrets(&self.section, node, findings, warnings);
    }

    /// Auth0's API schema has this pattern and length for names of connections.
    fn check_name(&self, node: &Node, findings: &mut Findings<'_>) {
        const LONGEST: usize = 128;
        let rule = if self.name.len() > LONGEST {
            format!("the name of a connection has at most {LONGEST} characters")
        } else if !is_connection_name(self.name) {
            "the name of a connection consists of letters, digits and single hyphens between them (ASCII)".to_owned()
        } else {
            return;
        };
        let place = Place { section: self.section.clone(), key: String::new() };
        let message = format!("{place}: {rule}");
        findings.add(node.key_at, About { message, ..About::key(&place, "") });
    }

    fn kind(&self, node: &Node, findings: &mut Findings<'_>) -> Option<&Kind> {
        if self.reading.touches(&self.path("kind")) {
            return None;
        }
        let written = self.settings.kind.as_str();
        if let Some(kind) = self.kinds.iter().find(|kind| kind.name == written) {
            return Some(kind);
        }
        let place = Place { section: self.section.clone(), key: "kind".to_owned() };
        let names: Vec<&str> = self.kinds.iter().map(|kind| kind.name).collect();
        let about = About::word(&place, Some(written), &names);
        let meant = about.suggestion.clone();
        findings.add(node.entry("kind").map_or(node.key_at, |kind| kind.at), about);
        self.kinds.iter().find(|kind| Some(kind.name) == meant.as_deref())
    }

    fn check_store(&self, kind: &Kind, node: &mut Node, findings: &mut Findings<'_>) {
        let at = node.key_at;
        let Some(entries) = node.entries_mut() else { return };
        let mut nothing = Node::empty(at);
        let store = entries.get_mut("store").unwrap_or(&mut nothing);
        let section = self.path("store");
        let reading = section::read(store, &section, findings, Words::Foreign, |node| kind.parse(&node.to_json()));
        let Some(settings) = &reading.value else { return };
        for problem in settings.problems() {
            if !reading.touches(&problem.path) {
                let (steps, _) = store.resolve(&problem.path);
                let message = store.get(&steps).and_then(|value| without_value(&problem.message, value));
                findings.problem(store, &section, &problem.path, message.unwrap_or("this cannot be used"));
            }
        }
    }

    fn translation(&self, node: &Node, findings: &mut Findings<'_>) -> Option<Translation> {
        let nothing = Node::empty(node.key_at);
        let map = node.entry("map").unwrap_or(&nothing);
        match Translation::compile(self.name, self.settings.table(), self.settings.map.as_ref()) {
            Ok(translation) => Some(translation),
            Err(problems) => {
                let section = self.path("map");
                for problem in problems {
                    if !self.reading.touches(&format!("{section}.{}", problem.path)) {
                        findings.problem(map, &section, &problem.path, &problem.message);
                    }
                }
                None
            }
        }
    }

    /// Whether the password rule stands.
    fn check_password(&self, node: &mut Node, findings: &mut Findings<'_>) -> bool {
        let path = [Step::Key("map".to_owned()), Step::Key("password".to_owned()), Step::Key("scheme".to_owned())];
        match node.get_mut(&path) {
            Some(scheme) => password::check(scheme, &self.path("map.password.scheme"), findings),
            None => true,
        }
    }

    fn check_login_by(&self, translation: &Translation, node: &Node, findings: &mut Findings<'_>) {
        for (index, identifier) in self.settings.login_by.iter().enumerate() {
            let says = if self.settings.login_by[..index].contains(identifier) {
                "is named twice"
            } else if translation.key(identifier.by(), "x").is_none() {
                match identifier {
                    Identifier::Email => "needs `email` in the map, taken from one column",
                    Identifier::Username => "needs `username` in the map, taken from one column",
                    Identifier::Phone => "needs `phone_number` in the map, taken from one column",
                }
            } else {
                continue;
            };
            let message = format!("{} {says}", identifier.name());
            if !self.reading.touches(&self.path("login_by")) {
                findings.problem(node, &self.section, &format!("login_by[{index}]"), &message);
            }
        }
    }

    fn path(&self, key: &str) -> String {
        format!("{}.{key}", self.section)
    }
}

/// `^[a-zA-Z0-9](-[a-zA-Z0-9]|[a-zA-Z0-9])*$`
fn is_connection_name(name: &str) -> bool {
    let edges = name.starts_with('-') || name.ends_with('-');
    let characters = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    !name.is_empty() && !edges && characters && !name.contains("--")
}
