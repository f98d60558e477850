//! What is no mistake and should be known all the same.

use std::fmt;

use serde::Serialize;

use super::{
    document::{Node, Step},
    findings::{Findings, Place},
};
use crate::translate::Translation;

/// Something that works and is probably not what was meant, or not safe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// The file's name.
    pub file: String,
    /// The line, from 1; absent where it concerns the whole file.
    pub line: Option<usize>,
    /// The section, dotted; empty for the file as a whole.
    pub section: String,
    /// What should be known, as a sentence.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.file)?;
        if let Some(line) = self.line {
            write!(f, "{line}:")?;
        }
        write!(f, " {}", self.message)
    }
}

/// Without a connection there is nothing to do.
pub(super) fn no_connection() -> Warning {
    let message = "there is no connection; add a section [connection.<name>]".to_owned();
    Warning { file: String::new(), line: None, section: String::new(), message }
}

/// Auth0's dashboard takes shorter names than its API.
pub(super) fn name(section: &str, name: &str, node: &Node, findings: &Findings<'_>, warnings: &mut Vec<Warning>) {
    const LONGEST: usize = 35;
    if name.len() > LONGEST {
        let message = format!("[{section}]: some identity systems take names of at most {LONGEST} characters");
        warnings.push(warning(section, node.key_at, message, findings));
    }
}

/// Secrets that are written down, and connections that anybody on the way can read.
pub(super) fn secrets(section: &str, node: &Node, findings: &Findings<'_>, warnings: &mut Vec<Warning>) {
    for (steps, at, text) in node.strings() {
        let place = Place::of(section, &steps);
        let mut warn = |message: String| warnings.push(warning(&place.section, at, message, findings));
        // The map names columns, and lists hold rows: their keys are the store's own.
        let is_setting = steps.first() != Some(&Step::Key("map".to_owned()))
            && !steps.iter().any(|step| matches!(step, Step::Index(_)));
        if holds_password(text) || (is_setting && !text.is_empty() && is_secret(&place.key)) {
            warn(format!(
                "{place} holds a secret; keep it out of the file with {{ env = \"NAME\" }} or {{ file = \"…\" }}"
            ));
        }
        if is_unencrypted(text) {
            warn(format!("{place} is reached without encryption; passwords and profiles can be read on the way"));
        }
    }
}

/// Attributes that are shown and never written.
pub(super) fn read_only(
    section: &str,
    node: &Node,
    translation: &Translation,
    findings: &Findings<'_>,
    warnings: &mut Vec<Warning>,
) {
    let nothing = Node::empty(node.key_at);
    let map = node.entry("map").unwrap_or(&nothing);
    let section = format!("{section}.map");
    for (path, reason) in translation.read_only() {
        let (steps, _) = map.resolve(&path);
        let at = map.get(&steps).map_or(map.key_at, |found| found.key_at);
        warnings.push(warning(&section, at, format!("`{path}` of [{section}] is read-only: {reason}"), findings));
    }
}

fn warning(section: &str, at: usize, message: String, findings: &Findings<'_>) -> Warning {
    let (line, _) = findings.position(at);
    Warning { file: String::new(), line: Some(line), section: section.to_owned(), message }
}

/// Whether a URL holds a password: `scheme://user:password@host`.
pub(crate) fn holds_password(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let user = authority.rsplit_once('@').map(|(user, _)| user);
    user.and_then(|user| user.split_once(':')).is_some_and(|(_, password)| !password.is_empty())
}

/// Whether a key is one that people put secrets behind.
fn is_secret(key: &str) -> bool {
    ["password", "passwd", "secret", "token", "api_key", "private_key", "site_key"]
        .iter()
        .any(|word| key.eq_ignore_ascii_case(word) || key.to_ascii_lowercase().ends_with(&format!("_{word}")))
}

/// Whether a URL leads over a network in the clear.
fn is_unencrypted(text: &str) -> bool {
    if text.contains("://") && text.contains("sslmode=disable") {
        return true;
    }
    let Some(rest) = text.strip_prefix("http://").or_else(|| text.strip_prefix("ldap://")) else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    !["localhost", "127.", "[::1]"].iter().any(|loopback| host.starts_with(loopback))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_with_a_password_is_noticed() {
        assert!(holds_password("postgres://shop:pw@db/shop"));
        assert!(!holds_password("postgres://shop@db/shop"));
        assert!(!holds_password("postgres://db/shop?a=b:c@d"));
        assert!(!holds_password("a:b@c"));
    }

    #[test]
    fn a_url_in_the_clear_is_noticed() {
        assert!(is_unencrypted("http://users.example.com/"));
        assert!(is_unencrypted("postgres://db/shop?sslmode=disable"));
        for text in ["https://users.example.com/", "http://localhost:8080", "http://127.0.0.1/", "postgres://db/shop"] {
            assert!(!is_unencrypted(text), "{text}");
        }
    }
}
