//! One user as *record → map → profile*: what the store has, what the map does with it, what comes out.

mod drawing;
mod field;

use std::{collections::HashSet, io};

use crosswalk_contract::Record;
use serde_json::{Value, json};

use field::shown;

use super::screen::Screen;
use crate::{
    directory::Overlay,
    engine::Sight,
    profile::{Attribute, AttributeKind, Container, Profile, instant},
    translate::{Explained, Translation},
};

/// A user, ready to be shown.
pub struct Portrait {
    steps: Vec<Step>,
}

/// One step of the map: columns, what happens to them, attributes. Sources are missing where no column gives the value,
/// targets where nothing reads the column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Step {
    sources: Vec<Named>,
    rule: String,
    targets: Vec<Named>,
}

/// A name and its value.
type Named = (String, String);

const HIDDEN: &str = "***";

impl Portrait {
    /// Puts record, map and profile side by side. Columns of the password show as `***`.
    pub fn new(translation: &Translation, sight: &Sight, overlay: &Overlay) -> Portrait {
        let mut steps = Vec::new();
        let mut told = HashSet::new();
        if let Some(record) = &sight.record {
            let explained = translation.explain(record);
            let secret: HashSet<&str> = explained.iter().filter(|it| is_secret(it)).flat_map(columns).collect();
            for it in &explained {
                steps.push(Step::of(it, record, &secret, &sight.profile, overlay, &mut told));
            }
            let read: HashSet<&str> = explained.iter().flat_map(columns).collect();
            for (column, field) in record.iter().filter(|(column, _)| !read.contains(column)) {
                let sources = vec![(column.to_owned(), shown(field))];
                steps.push(Step { sources, rule: "not in the map".to_owned(), targets: Vec::new() });
            }
        }
        let origin = if sight.record.is_some() { "default" } else { "directory" };
        steps.extend(untold(&sight.profile, overlay, origin, &told));
        Portrait { steps }
    }

    /// The same with only those targets (`app_metadata` for a whole container).
    #[must_use]
    pub fn only(mut self, targets: &[&str]) -> Portrait {
        self.steps.retain(|step| {
            let first = step.targets.first().map(|(name, _)| name.split('.').next().unwrap_or_default());
            first.is_some_and(|name| targets.contains(&name))
        });
        self
    }

    /// For programs: `[{"record": {…}, "rule": "…", "profile": {…}}]`, without the columns of the password.
    pub fn map(&self) -> Vec<Value> {
        let object = |named: &[Named]| Value::Object(named.iter().map(|(n, v)| (n.clone(), json!(v))).collect());
        let map = self.steps.iter().map(
            |step| json!({ "record": object(&step.sources), "rule": step.rule, "profile": object(&step.targets) }),
        );
        map.collect()
    }

    /// Draws it, in three columns where there is room.
    ///
    /// # Errors
    /// Those of writing.
    pub fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        drawing::draw(screen, &self.steps)
    }
}

impl Step {
    fn of(
        it: &Explained,
        record: &Record,
        secret: &HashSet<&str>,
        profile: &Profile,
        overlay: &Overlay,
        told: &mut HashSet<String>,
    ) -> Step {
        let sources = columns(it).map(|column| {
            let value = match record.get(column) {
                _ if secret.contains(column) => HIDDEN.to_owned(),
                Some(field) => shown(field),
                None => "(no such column)".to_owned(),
            };
            (column.to_owned(), value)
        });
        told.insert(it.target.clone());
        let mut step = Step {
            sources: sources.collect(),
            rule: it.rule.clone(),
            targets: vec![(it.target.clone(), it.shown.clone())],
        };
        if is_secret(it) {
            step.targets = vec![(it.target.clone(), HIDDEN.to_owned())];
            return step;
        }
        if let Some(value) = attribute_value(profile, &it.target) {
            step.targets = vec![(it.target.clone(), value)];
        }
        let Some(container) = Container::ALL.into_iter().find(|container| container.name() == it.target) else {
            return step;
        };
        let Some(metadata) = profile.container(container) else { return step };
        let added = &overlay.container(container).values;
        let from_store = metadata.iter().filter(|(key, _)| added.get(key).is_none());
        let keys: Vec<Named> =
            from_store.map(|(key, value)| (format!("{container}.{key}"), value.to_owned())).collect();
        told.extend(keys.iter().map(|(name, _)| name.clone()));
        step.targets = if keys.is_empty() { vec![(it.target.clone(), "{}".to_owned())] } else { keys };
        step
    }

    fn untold(rule: &str, target: impl Into<String>, value: impl Into<String>) -> Step {
        Step { rule: rule.to_owned(), targets: vec![(target.into(), value.into())], ..Step::default() }
    }
}

/// What the profile has and no column gave: defaults, and what the directory adds.
fn untold(profile: &Profile, overlay: &Overlay, origin: &str, told: &HashSet<String>) -> Vec<Step> {
    let mut steps = Vec::new();
    if !told.contains("user_id") {
        steps.push(Step::untold(origin, "user_id", profile.user_id.as_str()));
    }
    for attribute in Attribute::ALL.into_iter().filter(|it| !told.contains(it.name())) {
        if let Some(value) = attribute_value(profile, attribute.name()) {
            steps.push(Step::untold(origin, attribute.name(), value));
        }
    }
    for (name, value) in profile.extra.iter().filter(|(name, _)| !told.contains(name)) {
        steps.push(Step::untold(origin, name, value.get()));
    }
    for container in Container::ALL {
        let added = &overlay.container(container).values;
        for (key, value) in profile.container(container).iter().flat_map(|metadata| metadata.iter()) {
            let target = format!("{container}.{key}");
            if !told.contains(&target) {
                let rule = if added.get(key).is_some() { "overlay" } else { origin };
                steps.push(Step::untold(rule, target, value));
            }
        }
    }
    steps
}

fn attribute_value(profile: &Profile, name: &str) -> Option<String> {
    if name == "user_id" {
        return Some(profile.user_id.as_str().to_owned());
    }
    let attribute = Attribute::from_name(name)?;
    match attribute.kind() {
        AttributeKind::Text => attribute.text(profile).map(str::to_owned),
        AttributeKind::Flag => attribute.flag(profile).map(|flag| flag.to_string()),
        AttributeKind::Instant => attribute.instant(profile).map(instant),
        AttributeKind::Count => profile.logins_count.map(|count| count.to_string()),
    }
}

/// The columns that a rule reads.
fn columns(it: &Explained) -> impl Iterator<Item = &str> {
    it.source.iter().map(String::as_str)
}

/// Columns of the password, and whatever else is made from them.
fn is_secret(it: &Explained) -> bool {
    it.target == "password" || it.shown == HIDDEN
}
