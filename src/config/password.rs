//! How a map says that passwords are hashed: `scheme = "bcrypt"`, or a table of details.

use crosswalk_passwords::{Limits, SchemeSpec, SpecError, Verifier, scheme_names};
use serde::Deserialize;
use serde_json::Value;

use super::{
    document::{Content, Node, Step},
    findings::{About, Findings, Place},
    section,
};

/// The specification that a map states; without a statement each hash speaks for itself.
///
/// # Errors
/// What [`check`] tells of as well.
pub(super) fn spec(scheme: Option<&Value>) -> Result<SchemeSpec, serde_json::Error> {
    match scheme {
        None => Ok(SchemeSpec::default()),
        Some(Value::String(name)) => Ok(SchemeSpec::named(name)),
        Some(details) => SchemeSpec::deserialize(details),
    }
}

/// Whether the scheme at `node`, which messages call `root`, stands; else its mistakes are noted.
pub(super) fn check(node: &mut Node, root: &str, findings: &mut Findings<'_>) -> bool {
    let (spec, name) = match &node.content {
        Content::Table(_) => {
            let reading = section::read_struct::<SchemeSpec>(node, root, findings);
            let clean = !reading.touches("");
            let Some(spec) = reading.value.filter(|_| clean) else { return false };
            (spec, vec![Step::Key("scheme".to_owned())])
        }
        Content::Scalar(Value::String(name)) => (SchemeSpec::named(name), Vec::new()),
        _ => {
            let message = "must be the name of a scheme or a table of details".to_owned();
            findings.problem(node, root, "", &message);
            return false;
        }
    };
    let Err(error) = Verifier::new(&spec, Limits::default()) else { return true };
    let below = |path: &str| node.resolve(path).0;
    match error {
        SpecError::UnknownScheme(written) => {
            let (above, key) = root.rsplit_once('.').unwrap_or(("", root));
            let place = match name.as_slice() {
                [] => Place { section: above.to_owned(), key: key.to_owned() },
                steps => Place::of(root, steps),
            };
            let at = node.get(&name).unwrap_or(node).at;
            findings.add(at, About::word(&place, Some(&written), &scheme_names().collect::<Vec<_>>()));
        }
        SpecError::NoSuchOption { option, .. } => {
            let at = node.get(&below(option)).unwrap_or(node).key_at;
            let place = Place::of(root, &below(option));
            findings.add(at, About { message: format!("{place}: {error}"), ..About::key(&place, "") });
        }
        error => findings.problem(node, root, "write", &error.to_string()),
    }
    false
}
