//! One user as *record → map → profile*: what the store has, what the map does with it, what comes out.

use std::{collections::HashSet, io};

use crosswalk_contract::{Field, Record};
use serde_json::{Value, json, value::RawValue};
use unicode_width::UnicodeWidthStr;

use super::screen::{FAINT, MAP, STRONG, Screen, cut, harmless, padded, paint};
use crate::{
    directory::Overlay,
    engine::Sight,
    profile::{Attribute, AttributeKind, Container, Profile, instant},
    translate::{Explained, Translation},
};

/// A user, ready to be shown.
pub struct Portrait {
    lines: Vec<Line>,
    profile: Value,
    from_store: bool,
}

/// One step of the map. Any part may be missing: a column that nothing reads, an attribute that no column gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Line {
    source: String,
    source_value: String,
    rule: String,
    target: String,
    target_value: String,
}

/// Room for values is what names and arrows leave.
const ARROW: &str = " ─▸ ";
const INDENT: usize = 2;
const WIDEST_NAME: usize = 20;
/// Below this the columns are stacked.
const THREE_COLUMNS: usize = 76;

impl Portrait {
    /// Puts record, map and profile side by side. Columns of the password show as `***`.
    pub fn new(translation: &Translation, sight: &Sight, overlay: &Overlay) -> Portrait {
        let mut lines = Vec::new();
        let mut told = HashSet::new();
        if let Some(record) = &sight.record {
            let explained = translation.explain(record);
            let secret: HashSet<&str> = explained.iter().filter(|it| is_secret(it)).flat_map(columns).collect();
            for it in &explained {
                lines.extend(Line::of(it, record, &secret, &sight.profile, overlay, &mut told));
            }
            let read: HashSet<&str> = explained.iter().flat_map(columns).collect();
            for (column, field) in record.iter().filter(|(column, _)| !read.contains(column)) {
                lines.push(Line {
                    source: column.to_owned(),
                    source_value: shown(field),
                    rule: "not in the map".to_owned(),
                    ..Line::default()
                });
            }
        }
        let origin = if sight.record.is_some() { "default" } else { "directory" };
        lines.extend(untold(&sight.profile, overlay, origin, &told));
        let profile = serde_json::from_str(&sight.profile.to_json()).unwrap_or(Value::Null);
        Portrait { lines, profile, from_store: sight.record.is_some() }
    }

    /// For programs: `{"map": [{"source", "record", "rule", "target", "profile"}], "profile": {…}}`, without the
    /// columns of the password.
    pub fn json(&self) -> Value {
        let map = self.lines.iter().map(|line| {
            json!({
                "source": line.source,
                "record": line.source_value,
                "rule": line.rule,
                "target": line.target,
                "profile": line.target_value,
            })
        });
        json!({ "map": map.collect::<Vec<_>>(), "profile": self.profile })
    }

    /// Draws it, in three columns where there is room.
    ///
    /// # Errors
    /// Those of writing.
    pub fn draw(&self, screen: &mut Screen) -> io::Result<()> {
        let lines: Vec<&Line> = if self.from_store {
            self.lines.iter().collect()
        } else {
            self.lines.iter().filter(|it| it.has_target()).collect()
        };
        if screen.width() >= THREE_COLUMNS && self.from_store {
            side_by_side(screen, &lines)
        } else {
            stacked(screen, &lines)
        }
    }
}

impl Line {
    /// The lines of one rule; a container has one for each of its keys.
    fn of<'p>(
        it: &Explained,
        record: &Record,
        secret: &HashSet<&str>,
        profile: &'p Profile,
        overlay: &Overlay,
        told: &mut HashSet<String>,
    ) -> Vec<Line> {
        let values = columns(it).map(|column| match record.get(column) {
            _ if secret.contains(column) => "***".to_owned(),
            Some(field) => shown(field),
            None => "(no such column)".to_owned(),
        });
        let mut first = Line {
            source: harmless(&it.source.join(", ")),
            source_value: values.collect::<Vec<_>>().join(", "),
            rule: harmless(&it.rule),
            target: harmless(&it.target),
            target_value: if is_secret(it) { "***".to_owned() } else { harmless(&it.shown) },
        };
        told.insert(it.target.clone());
        let Some(container) = Container::ALL.into_iter().find(|container| container.name() == it.target) else {
            if let Some(value) = attribute_value(profile, &it.target).filter(|_| !is_secret(it)) {
                first.target_value = value;
            }
            return vec![first];
        };
        let Some(metadata) = profile.container(container) else { return vec![first] };
        let added = &overlay.container(container).values;
        first.target_value = if metadata.is_empty() { "{}".to_owned() } else { String::new() };
        let keys: Vec<(&'p str, &'p str)> = metadata.iter().filter(|(key, _)| added.get(key).is_none()).collect();
        let mut lines = vec![first];
        for (key, value) in keys {
            let target = format!("{container}.{key}");
            if told.insert(target) {
                lines.push(Line {
                    target: format!("  .{}", harmless(key)),
                    target_value: harmless(value),
                    ..Line::default()
                });
            }
        }
        lines
    }

    fn has_target(&self) -> bool {
        !self.target.is_empty()
    }

    fn has_source(&self) -> bool {
        !self.source.is_empty()
    }
}

/// What the profile has and no column gave: defaults, and what the directory adds.
fn untold(profile: &Profile, overlay: &Overlay, origin: &str, told: &HashSet<String>) -> Vec<Line> {
    let line = |rule: &str, target: String, target_value| Line {
        rule: rule.to_owned(),
        target: harmless(&target),
        target_value,
        ..Line::default()
    };
    let mut lines = Vec::new();
    if !told.contains("user_id") {
        lines.push(line(origin, "user_id".to_owned(), harmless(profile.user_id.as_str())));
    }
    for attribute in Attribute::ALL.into_iter().filter(|it| !told.contains(it.name())) {
        if let Some(value) = attribute_value(profile, attribute.name()) {
            lines.push(line(origin, attribute.name().to_owned(), value));
        }
    }
    for (name, value) in profile.extra.iter().filter(|(name, _)| !told.contains(name)) {
        lines.push(line(origin, name.clone(), harmless(raw(value))));
    }
    for container in Container::ALL {
        let added = &overlay.container(container).values;
        for (key, value) in profile.container(container).iter().flat_map(|metadata| metadata.iter()) {
            let target = format!("{container}.{key}");
            if !told.contains(&target) {
                let rule = if added.get(key).is_some() { "overlay" } else { origin };
                lines.push(line(rule, target, harmless(value)));
            }
        }
    }
    lines
}

fn attribute_value(profile: &Profile, name: &str) -> Option<String> {
    if name == "user_id" {
        return Some(harmless(profile.user_id.as_str()));
    }
    let attribute = Attribute::from_name(name)?;
    match attribute.kind() {
        AttributeKind::Text => attribute.text(profile).map(harmless),
        AttributeKind::Flag => attribute.flag(profile).map(|flag| flag.to_string()),
        AttributeKind::Instant => attribute.instant(profile).map(instant),
        AttributeKind::Count => profile.logins_count.map(|count| count.to_string()),
    }
}

fn raw(value: &RawValue) -> &str {
    value.get()
}

/// The columns that a rule reads.
fn columns(it: &Explained) -> impl Iterator<Item = &str> {
    it.source.iter().map(String::as_str)
}

/// Columns of the password, and whatever else is made from them.
fn is_secret(it: &Explained) -> bool {
    it.target == "password" || it.shown == "***"
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

fn side_by_side(screen: &mut Screen, lines: &[&Line]) -> io::Result<()> {
    let room = screen.width() - INDENT - 2 * ARROW.width();
    let (left, middle) = (room * 34 / 100, room * 22 / 100);
    let right = room - left - middle;
    let source_name = name_width(lines.iter().map(|line| &line.source));
    let target_name = name_width(lines.iter().map(|line| &line.target));
    let head = format!(
        "{:INDENT$}{}{}{}{}profile",
        "",
        padded("record", left),
        padded("", ARROW.width()),
        padded("map", middle),
        padded("", ARROW.width()),
    );
    screen.styled(STRONG, head)?;
    for line in lines {
        let source = pair(&line.source, source_name, &line.source_value, left);
        let rule = cut(&line.rule, middle);
        let target = pair(&line.target, target_name, &line.target_value, right);
        // An arrow only where something goes on: a column that nothing reads has none.
        let in_arrow = if line.has_source() && line.has_target() { ARROW } else { "    " };
        let out_arrow = if line.has_target() && !line.rule.is_empty() { ARROW } else { "    " };
        let whole = line.has_target() || !line.has_source();
        let source = padded(&source, left);
        screen.line(format!(
            "{:INDENT$}{}{}{}{}{target}",
            "",
            if whole { source } else { paint(FAINT, &source) },
            paint(FAINT, in_arrow),
            paint(if whole { MAP } else { FAINT }, &padded(&rule, middle)),
            paint(FAINT, out_arrow),
        ))?;
    }
    Ok(())
}

fn stacked(screen: &mut Screen, lines: &[&Line]) -> io::Result<()> {
    let width = screen.width() - INDENT;
    let target_name = name_width(lines.iter().map(|line| &line.target));
    for line in lines {
        if line.has_source() {
            let text = cut(&format!("{} = {}", line.source, line.source_value), width);
            screen.line(format!("{:INDENT$}{text}", ""))?;
            screen.line(format!("{:INDENT$}{}", "", paint(MAP, &cut(&format!("  │ {}", line.rule), width))))?;
        }
        if line.has_target() {
            let arrow = if line.has_source() { "  ▾ " } else { "    " };
            let text = pair(&line.target, target_name, &line.target_value, width - arrow.width());
            screen.line(format!("{:INDENT$}{}{text}", "", paint(MAP, arrow)))?;
        }
    }
    Ok(())
}

fn name_width<'l>(names: impl Iterator<Item = &'l String>) -> usize {
    names.map(|name| name.width()).max().unwrap_or(0).min(WIDEST_NAME)
}

fn pair(name: &str, name_width: usize, value: &str, width: usize) -> String {
    if name.is_empty() {
        return String::new();
    }
    let name = padded(&cut(name, name_width), name_width);
    cut(&format!("{name}  {value}"), width).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_in_their_own_words() {
        assert_eq!(shown(&Field::Null), "NULL");
        assert_eq!(shown(&Field::Text(String::new())), "''");
        assert_eq!(shown(&Field::Bytes(vec![0, 255])), "x'00ff'");
        assert_eq!(shown(&Field::Text("a\u{1b}[31m".to_owned())), "a\\u{1b}[31m");
    }

    #[test]
    fn a_pair_never_grows_beyond_its_column() {
        assert_eq!(pair("mail_addr", 9, "東京東京東京", 16).width(), 16);
        assert_eq!(pair("", 9, "x", 16), "");
    }
}
