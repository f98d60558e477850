//! One user as *record → map → profile*: what the store has, what the map does with it, what comes out.

use std::{collections::HashSet, io};

use crosswalk_contract::{Field, Record};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use super::screen::{FAINT, MAP, PLAIN, STRONG, Screen, chunks, cut, harmless, padded, paint, wrapped};
use crate::{
    directory::Overlay,
    engine::Sight,
    profile::{Attribute, AttributeKind, Container, Profile, instant},
    translate::{Explained, Translation},
};

/// A user, ready to be shown.
pub struct Portrait {
    steps: Vec<Step>,
    profile: Value,
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

const ARROW: &str = " ─▸ ";
const NO_ARROW: &str = "    ";
const INDENT: usize = 2;
const WIDEST_NAME: usize = 20;
/// Below this the columns are stacked.
const THREE_COLUMNS: usize = 76;
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
        let profile = serde_json::from_str(&sight.profile.to_json()).unwrap_or(Value::Null);
        Portrait { steps, profile }
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

    /// For programs: `{"map": [{"record": {…}, "rule": "…", "profile": {…}}], "profile": {…}}`, without the columns of
    /// the password.
    pub fn json(&self) -> Value {
        let object = |named: &[Named]| Value::Object(named.iter().map(|(n, v)| (n.clone(), json!(v))).collect());
        let map = self.steps.iter().map(
            |step| json!({ "record": object(&step.sources), "rule": step.rule, "profile": object(&step.targets) }),
        );
        json!({ "map": map.collect::<Vec<_>>(), "profile": self.profile })
    }

    /// Draws it, in three columns where there is room.
    ///
    /// # Errors
    /// Those of writing.
    pub fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        let from_store = self.steps.iter().any(|step| !step.sources.is_empty());
        if screen.width() >= THREE_COLUMNS && from_store {
            side_by_side(screen, &self.steps)
        } else {
            stacked(screen, &self.steps)
        }
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

/// A field as a person reads it; bytes in hexadecimal, long ones cut when they are drawn.
fn shown(field: &Field) -> String {
    match field {
        Field::Null => "NULL".to_owned(),
        Field::Bool(it) => it.to_string(),
        Field::I64(it) => it.to_string(),
        Field::U64(it) => it.to_string(),
        Field::F64(it) => it.to_string(),
        Field::Decimal(text) | Field::Text(text) | Field::Json(text) => {
            if text.is_empty() {
                "''".to_owned()
            } else {
                harmless(text)
            }
        }
        Field::Bytes(bytes) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("x'{digits}'")
        }
        Field::Date(it) => date(it),
        Field::Time(it) => time(it),
        Field::Timestamp(it) => {
            let offset = it.offset_seconds.map_or(String::new(), |seconds| {
                let (sign, seconds) = if seconds < 0 { ('-', -seconds) } else { ('+', seconds) };
                format!("{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60)
            });
            format!("{} {}{offset}", date(&it.date), time(&it.time))
        }
        Field::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
    }
}

fn date(it: &crosswalk_contract::Date) -> String {
    format!("{:04}-{:02}-{:02}", it.year, it.month, it.day)
}

fn time(it: &crosswalk_contract::Time) -> String {
    format!("{:02}:{:02}:{:02}", it.hour, it.minute, it.second)
}

/// Widths of the three columns, and of the names in the outer two.
struct Layout {
    left: usize,
    middle: usize,
    right: usize,
    source_name: usize,
    target_name: usize,
}

impl Layout {
    fn of(width: usize, steps: &[Step]) -> Layout {
        let room = width - INDENT - 2 * ARROW.width();
        let (left, middle) = (room * 34 / 100, room * 21 / 100);
        Layout {
            left,
            middle,
            right: room - left - middle,
            source_name: name_width(&steps.iter().flat_map(|step| step.sources.clone()).collect::<Vec<_>>()),
            target_name: name_width(&steps.iter().flat_map(|step| indented(&step.targets)).collect::<Vec<_>>()),
        }
    }

    /// A step as lines of three cells. Where one side needs more lines, long values of the others go on in them.
    fn lines(&self, step: &Step) -> Vec<[String; 3]> {
        let targets = indented(&step.targets);
        let lines = step.sources.len().max(targets.len()).max(1);
        let left = cells(&step.sources, self.source_name, self.left, lines);
        let right = cells(&targets, self.target_name, self.right, lines);
        let rule = wrapped(&harmless(&step.rule), self.middle, lines);
        let middle: Vec<String> = rule.iter().map(|line| cut(line, self.middle)).collect();
        let cell = |cells: &[String], line: usize| cells.get(line).cloned().unwrap_or_default();
        (0..lines).map(|line| [cell(&left, line), cell(&middle, line), cell(&right, line)]).collect()
    }
}

/// A container's keys stand below its name.
fn indented(targets: &[Named]) -> Vec<Named> {
    let mut lines: Vec<Named> = Vec::new();
    for (name, value) in targets {
        match Container::ALL.into_iter().find_map(|it| Some((it, name.strip_prefix(it.name())?.strip_prefix('.')?))) {
            Some((container, key)) => {
                if lines.is_empty() {
                    lines.push((container.name().to_owned(), String::new()));
                }
                lines.push((format!("  .{key}"), value.clone()));
            }
            None => lines.push((name.clone(), value.clone())),
        }
    }
    lines
}

/// Names and values in lines of that width, at most so many.
fn cells(named: &[Named], name_width: usize, width: usize, lines: usize) -> Vec<String> {
    let spare = lines.saturating_sub(named.len()) + 1;
    let value_width = width.saturating_sub(name_width + 2).max(1);
    let mut cells = Vec::new();
    for (name, value) in named {
        let mut name = cut(&harmless(name), name_width);
        for chunk in chunks(&harmless(value), value_width, if named.len() == 1 { spare } else { 1 }) {
            cells.push(format!("{}  {chunk}", padded(&name, name_width)));
            name.clear();
        }
    }
    cells
}

fn side_by_side(screen: &mut Screen, steps: &[Step]) -> io::Result<()> {
    let layout = Layout::of(screen.width(), steps);
    let head = format!(
        "{:INDENT$}{}{NO_ARROW}{}{NO_ARROW}profile",
        "",
        padded("record", layout.left),
        padded("map", layout.middle),
    );
    screen.styled(STRONG, head)?;
    for step in steps {
        let dead_end = step.targets.is_empty();
        for (line, [left, middle, right]) in layout.lines(step).into_iter().enumerate() {
            let first = line == 0;
            let arrow = |there: bool| if first && there { ARROW } else { NO_ARROW };
            let in_arrow = arrow(!step.sources.is_empty() && !dead_end);
            let cells = [
                (padded(&left, layout.left), if dead_end { FAINT } else { PLAIN }),
                (in_arrow.to_owned(), FAINT),
                (padded(&middle, layout.middle), if dead_end { FAINT } else { MAP }),
                (arrow(!dead_end).to_owned(), FAINT),
                (right, PLAIN),
            ];
            let last = cells.iter().rposition(|(text, _)| !text.trim().is_empty()).unwrap_or(0);
            let mut line = " ".repeat(INDENT);
            for (index, (text, style)) in cells.iter().enumerate().take(last + 1) {
                line.push_str(&paint(*style, if index == last { text.trim_end() } else { text }));
            }
            screen.line(line)?;
        }
    }
    Ok(())
}

fn stacked(screen: &mut Screen, steps: &[Step]) -> io::Result<()> {
    let width = screen.width() - INDENT;
    let target_name = name_width(&steps.iter().flat_map(|step| indented(&step.targets)).collect::<Vec<_>>());
    for step in steps {
        for (name, value) in &step.sources {
            let text = cut(&harmless(&format!("{name} = {value}")), width);
            screen.line(format!("{:INDENT$}{text}", ""))?;
        }
        let mut arrow = "";
        if !step.sources.is_empty() {
            let rule = cut(&format!("  │ {}", harmless(&step.rule)), width);
            screen.line(format!("{:INDENT$}{}", "", paint(MAP, &rule)))?;
            arrow = "  ▾ ";
        }
        let targets = indented(&step.targets);
        for cell in cells(&targets, target_name, width - arrow.width(), targets.len()) {
            screen.line(format!("{:INDENT$}{}{}", "", paint(MAP, arrow), cell.trim_end()))?;
        }
    }
    Ok(())
}

fn name_width(named: &[Named]) -> usize {
    named.iter().map(|(name, _)| harmless(name).width()).max().unwrap_or(0).min(WIDEST_NAME)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_in_their_own_words() {
        assert_eq!(shown(&Field::Null), "NULL");
        assert_eq!(shown(&Field::Text(String::new())), "''");
        assert_eq!(shown(&Field::Bytes(vec![0, 255])), "x'00ff'");
    }

    #[test]
    fn a_long_value_goes_on_in_lines_that_the_other_side_needs_anyway() {
        let keys = ["a", "b", "c"].map(|key| (key.to_owned(), "1".to_owned()));
        let step = Step {
            sources: vec![("metadata".to_owned(), "0123456789".repeat(5))],
            rule: "as it is".to_owned(),
            targets: keys.to_vec(),
        };
        let layout = Layout { left: 20, middle: 10, right: 20, source_name: 8, target_name: 5 };
        let lines = layout.lines(&step);
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0][0], "metadata  0123456789");
        assert_eq!(lines[2][0], "          012345678…");
    }

    #[test]
    fn foreign_text_is_made_harmless_and_stays_in_its_column() {
        let named = [("n\u{1b}".to_owned(), "東京\u{1b}[31m東京東京東京東京".to_owned())];
        for cell in cells(&named, 6, 20, 2) {
            assert!(cell.width() <= 20 && !cell.chars().any(char::is_control), "{cell}");
        }
    }
}
