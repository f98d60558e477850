//! Settings to plan. All problems are reported at once, each with the path of its key.

use crosswalk_contract::Field;
use jiff::tz::{TimeZone, TimeZoneDatabase};
use serde_json::Value;

use super::{
    MapProblem,
    container::{ContainerRule, Document, KeyRule},
    date::DateRule,
    explain::{Line, Target},
    flag::{FlagRule, FlagSource, Token},
    id::IdPlan,
    naming,
    password::PasswordColumns,
    plan::{CountRule, Plan},
    row::{Slot, Slots},
    settings::{DateForm, Encoding, Format, IdRule, MapSettings, MetadataSettings, Rule, ValueType},
    text::{TextRule, TextSource},
    value::{ValueKind, ValueRule},
};
use crate::profile::{Attribute, AttributeKind, Container};

/// Compiles the map.
pub(super) fn compile(connection: &str, table: &str, map: &MapSettings) -> Result<Plan, Vec<MapProblem>> {
    let mut compiler = Compiler::default();
    let id = compiler.id(&map.user_id);
    let mut plan = Plan {
        connection: connection.to_owned(),
        table: table.to_owned(),
        slots: Slots::new(Vec::new()),
        id,
        texts: Vec::new(),
        flags: Vec::new(),
        dates: Vec::new(),
        logins_count: None,
        containers: Vec::new(),
        extra: Vec::new(),
        must_change_password: None,
        locked: None,
        password: None,
        lines: Vec::new(),
    };
    for attribute in Attribute::ALL {
        let Some(rule) = attribute_rule(map, attribute) else { continue };
        let path = attribute.name();
        compiler.line(Target::Attribute(attribute), rule);
        match attribute.kind() {
            AttributeKind::Text => plan.texts.extend(compiler.text(path, rule, true).map(|rule| (attribute, rule))),
            AttributeKind::Flag => plan.flags.extend(compiler.flag(path, rule).map(|rule| (attribute, rule))),
            AttributeKind::Instant => plan.dates.extend(compiler.date(path, rule).map(|rule| (attribute, rule))),
            AttributeKind::Count => plan.logins_count = compiler.count(path, rule),
        }
    }
    for (container, settings) in
        [(Container::UserMetadata, &map.user_metadata), (Container::AppMetadata, &map.app_metadata)]
    {
        if let Some(settings) = settings {
            plan.containers.push(compiler.container(container, settings));
        }
    }
    for (name, rule) in &map.extra.0 {
        plan.extra.extend(compiler.extra(name, rule));
    }
    let own_flag = |compiler: &mut Compiler, name: &'static str, rule: &Option<Rule>| {
        let rule = rule.as_ref()?;
        compiler.line(Target::Own(name), rule);
        compiler.flag(name, rule)
    };
    plan.must_change_password = own_flag(&mut compiler, "must_change_password", &map.must_change_password);
    plan.locked = own_flag(&mut compiler, "locked", &map.locked);
    plan.password = map.password.as_ref().map(|settings| {
        let columns = [
            Some(&settings.field),
            settings.salt.as_ref(),
            settings.iterations.as_ref(),
            settings.scheme_field.as_ref(),
        ];
        let slots = columns.into_iter().flatten().map(|name| compiler.slot("password", name)).collect();
        compiler.lines.push(Line {
            target: Target::Password,
            columns: slots,
            rule: "verified, never shown".to_owned(),
        });
        PasswordColumns::new(settings)
    });
    compiler.shared_homes(&plan);
    compiler.guarded_columns();
    if !compiler.problems.is_empty() {
        return Err(compiler.problems);
    }
    plan.slots = Slots::new(compiler.columns);
    plan.lines = compiler.lines;
    Ok(plan)
}

#[derive(Default)]
struct Compiler {
    columns: Vec<String>,
    problems: Vec<MapProblem>,
    lines: Vec<Line>,
}

impl Compiler {
    fn problem(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.problems.push(MapProblem { path: path.into(), message: message.into() });
    }

    fn slot(&mut self, path: &str, name: &str) -> Slot {
        if name.is_empty() {
            self.problem(path, "a column needs a name");
        }
        self.columns.iter().position(|known| known == name).unwrap_or_else(|| {
            self.columns.push(name.to_owned());
            self.columns.len() - 1
        })
    }

    fn id(&mut self, id: &IdRule) -> IdPlan {
        let names = match id {
            IdRule::Many(names) => names.clone(),
            IdRule::One(rule) => {
                self.only("user_id", rule, &["field", "fold", "encoding"]);
                if matches!(rule.encoding, Some(Encoding::Hex | Encoding::Base64 | Encoding::Latin1)) {
                    self.problem("user_id.encoding", "users cannot be looked up by bytes that are not UTF-8; use a query that returns the id as text");
                }
                rule.field.iter().cloned().collect()
            }
        };
        if names.is_empty() {
            self.problem("user_id", "say which column, or columns, the user's id is in");
        }
        let slots: Vec<Slot> = names.iter().map(|name| self.slot("user_id", name)).collect();
        if slots.iter().enumerate().any(|(index, slot)| slots[..index].contains(slot)) {
            self.problem("user_id", "a column occurs twice");
        }
        let fold = matches!(id, IdRule::One(rule) if rule.fold.is_some());
        let rule = match (names.len(), fold) {
            (1, false) => "as it is, as text",
            (1, true) => "as text in lower case",
            _ => "joined with |",
        };
        self.lines.push(Line { target: Target::Id, columns: slots.clone(), rule: rule.to_owned() });
        IdPlan { slots, fold }
    }

    fn line(&mut self, target: Target, rule: &Rule) {
        let names = rule.field.iter().chain(rule.join.iter().flatten());
        let columns = names.map(|name| self.slot("", name)).collect();
        self.lines.push(Line { target, columns, rule: super::explain::described(rule) });
    }

    /// Reports keys that mean nothing here, and rules without a source.
    fn only(&mut self, path: &str, rule: &Rule, allowed: &[&str]) {
        for key in rule.given() {
            if !allowed.contains(&key) {
                self.problem(
                    format!("{path}.{key}"),
                    format!("`{key}` does not apply here; a rule for `{path}` may have {}", allowed.join(", ")),
                );
            }
        }
        let sources = ["field", "join", "const"].into_iter().filter(|source| allowed.contains(source));
        let given = rule.given();
        if sources.clone().filter(|source| given.contains(source)).count() != 1 {
            let names: Vec<String> = sources.map(|source| format!("`{source}`")).collect();
            self.problem(path, format!("a rule needs exactly one of {}", names.join(", ")));
        }
        let forms: Vec<&str> = given
            .iter()
            .copied()
            .filter(|key| {
                matches!(*key, "true_is" | "values" | "split" | "date" | "list" | "encoding" | "join" | "const")
            })
            .collect();
        if let [first, second, ..] = forms.as_slice() {
            self.problem(format!("{path}.{second}"), format!("`{first}` and `{second}` exclude each other"));
        }
        for (part, whole) in [("with", "join"), ("part", "split"), ("split", "part"), ("zone", "date")] {
            if given.contains(&part) && !given.contains(&whole) {
                self.problem(format!("{path}.{part}"), format!("`{part}` needs `{whole}`"));
            }
        }
        for (key, empty) in [
            ("split", rule.split.as_deref() == Some("")),
            ("list", rule.list.as_deref() == Some("")),
            ("join", rule.join.as_ref().is_some_and(Vec::is_empty)),
            ("values", rule.values.as_ref().is_some_and(|table| table.0.is_empty())),
            ("true_is", rule.true_is.as_ref().is_some_and(Vec::is_empty)),
            ("false_is", rule.false_is.as_ref().is_some_and(Vec::is_empty)),
        ] {
            if empty {
                self.problem(format!("{path}.{key}"), format!("`{key}` is empty"));
            }
        }
    }

    fn text(&mut self, path: &str, rule: &Rule, root: bool) -> Option<TextRule> {
        if root {
            let keys = ["field", "join", "with", "const", "default", "fold", "values", "split", "part", "encoding"];
            self.only(path, rule, &keys);
        }
        let source = match (&rule.constant, &rule.join, &rule.field) {
            (Some(constant), ..) => TextSource::Const(self.scalar(&format!("{path}.const"), constant)?),
            (_, Some(join), _) => TextSource::Join {
                slots: join.iter().map(|name| self.slot(path, name)).collect(),
                with: rule.with.clone().unwrap_or_else(|| " ".to_owned()),
            },
            (_, _, Some(field)) => {
                let slot = self.slot(path, field);
                match (&rule.split, rule.part, &rule.values) {
                    (Some(separator), Some(part), _) => TextSource::Split { slot, separator: separator.clone(), part },
                    (_, _, Some(table)) => {
                        let mut values = Vec::with_capacity(table.0.len());
                        for (key, value) in &table.0 {
                            values.push((key.clone(), self.scalar(&format!("{path}.values.{key}"), value)?));
                        }
                        TextSource::Table { slot, values }
                    }
                    _ => TextSource::Column { slot, encoding: rule.encoding },
                }
            }
            _ => return None,
        };
        let default = match &rule.default {
            Some(default) => Some(self.scalar(&format!("{path}.default"), default)?),
            None => None,
        };
        Some(TextRule { source, fold: rule.fold.is_some(), default, blank_is_absent: root })
    }

    fn flag(&mut self, path: &str, rule: &Rule) -> Option<FlagRule> {
        self.only(path, rule, &["field", "const", "default", "true_is", "false_is", "values", "type"]);
        let mut boolean = |key: &str, value: &Value| {
            let flag = value.as_bool();
            if flag.is_none() {
                self.problem(format!("{path}.{key}"), "expected true or false");
            }
            flag
        };
        let default = match &rule.default {
            Some(value) => Some(boolean("default", value)?),
            None => None,
        };
        if let Some(constant) = &rule.constant {
            return Some(FlagRule { source: FlagSource::Const(boolean("const", constant)?), default });
        }
        let mut values = Vec::new();
        for (key, value) in rule.values.iter().flat_map(|table| &table.0) {
            values.push((key.clone(), boolean(&format!("values.{key}"), value)?));
        }
        let slot = self.slot(path, rule.field.as_deref()?);
        let source = if rule.values.is_some() {
            FlagSource::Table { slot, values }
        } else if rule.true_is.is_some() || rule.false_is.is_some() {
            if rule.true_is.is_none() {
                self.problem(path, "`false_is` needs `true_is`");
            }
            let true_is = self.tokens(&format!("{path}.true_is"), &rule.true_is)?;
            let false_is = self.tokens(&format!("{path}.false_is"), &rule.false_is)?;
            if true_is.iter().any(|token| false_is.iter().any(|other| other.text == token.text)) {
                self.problem(format!("{path}.false_is"), "a value means both true and false");
            }
            FlagSource::Tokens { slot, true_is, false_is }
        } else {
            FlagSource::Natural(slot)
        };
        Some(FlagRule { source, default })
    }

    fn tokens(&mut self, path: &str, values: &Option<Vec<Value>>) -> Option<Vec<Token>> {
        let mut tokens = Vec::new();
        for value in values.iter().flatten() {
            let text = self.scalar(path, value)?;
            let field = match value {
                Value::Bool(value) => Field::Bool(*value),
                Value::Number(number) => number.as_i64().map_or_else(|| Field::Text(text.clone()), Field::I64),
                _ => Field::Text(text.clone()),
            };
            tokens.push(Token { text, field });
        }
        Some(tokens)
    }

    fn date(&mut self, path: &str, rule: &Rule) -> Option<DateRule> {
        self.only(path, rule, &["field", "date", "zone", "default", "type"]);
        let Some(form) = rule.date else {
            self.problem(
                format!("{path}.date"),
                "say how the column holds dates: `date` is \"unix\", \"unix_ms\" or \"sql\"",
            );
            return None;
        };
        let zone = match (form, &rule.zone) {
            (DateForm::Sql, None) => {
                self.problem(
                    format!("{path}.zone"),
                    "say in which time zone the dates are, such as \"UTC\" or \"Europe/Berlin\"",
                );
                return None;
            }
            (DateForm::Sql, Some(name)) => match TimeZoneDatabase::bundled().get(name) {
                Ok(zone) => zone,
                Err(_) => {
                    self.problem(
                        format!("{path}.zone"),
                        format!("`{name}` is no IANA time zone, such as \"UTC\" or \"Europe/Berlin\""),
                    );
                    return None;
                }
            },
            (_, None) => TimeZone::UTC,
            (_, Some(_)) => {
                self.problem(format!("{path}.zone"), "unix dates have no time zone");
                return None;
            }
        };
        let default = match rule.default.as_ref().map(|default| default.as_str().and_then(|text| text.parse().ok())) {
            None => None,
            Some(Some(at)) => Some(at),
            Some(None) => {
                self.problem(
                    format!("{path}.default"),
                    "expected an ISO 8601 instant such as \"2009-02-13T23:31:30Z\"",
                );
                return None;
            }
        };
        Some(DateRule { slot: self.slot(path, rule.field.as_deref()?), form, zone, default })
    }

    fn count(&mut self, path: &str, rule: &Rule) -> Option<CountRule> {
        self.only(path, rule, &["field", "default"]);
        let default = match rule.default.as_ref().map(Value::as_u64) {
            None => None,
            Some(Some(count)) => Some(count),
            Some(None) => {
                self.problem(format!("{path}.default"), "expected a whole number");
                return None;
            }
        };
        Some(CountRule { slot: self.slot(path, rule.field.as_deref()?), default })
    }

    fn container(&mut self, container: Container, settings: &MetadataSettings) -> ContainerRule {
        let path = container.name();
        if settings.documents.is_empty() && settings.keys.is_empty() {
            self.problem(path, "name a column, or single keys");
        }
        if settings.documents.len() > 1 {
            self.problem(path, "at most one column can hold the whole document; map the others as single keys");
        }
        let document = settings.documents.first().map(|document| {
            let slot = self.slot(path, &document.field);
            let rule = match document.format {
                Format::Json => "a whole JSON document",
                Format::Php => "a whole PHP-serialized document",
            };
            self.lines.push(Line { target: Target::Document(container), columns: vec![slot], rule: rule.to_owned() });
            Document { slot, format: document.format, unreadable: document.unreadable }
        });
        let mut keys: Vec<KeyRule> = Vec::new();
        for (name, rule) in &settings.keys {
            let path = format!("{path}.{name}");
            if keys.iter().any(|key| key.name == *name) {
                self.problem(&path, "the key occurs twice");
            }
            self.line(Target::Key(container, name.clone()), rule);
            keys.extend(self.value(&path, rule).map(|rule| KeyRule { name: name.clone(), rule }));
        }
        ContainerRule { container, document, keys }
    }

    fn extra(&mut self, name: &str, rule: &Rule) -> Option<(String, ValueRule)> {
        let path = format!("extra.{name}");
        let taken = Attribute::from_name(name).is_some()
            || naming::container_of(name).is_some()
            || matches!(name, "user_id" | "identities" | "password" | "must_change_password" | "locked");
        if taken {
            self.problem(&path, format!("`{name}` is no extra attribute; it has a place of its own"));
        }
        self.line(Target::Extra(name.to_owned()), rule);
        self.value(&path, rule).map(|rule| (name.to_owned(), rule))
    }

    fn value(&mut self, path: &str, rule: &Rule) -> Option<ValueRule> {
        let raw = |value: &Value| value.to_string();
        let is_flag = rule.true_is.is_some() || rule.false_is.is_some() || rule.kind == Some(ValueType::Boolean);
        if is_flag && rule.values.is_none() && rule.constant.is_none() {
            let rule = self.flag(path, rule)?;
            return Some(ValueRule { kind: ValueKind::Flag(rule), default: None });
        }
        if rule.date.is_some() {
            let rule = self.date(path, rule)?;
            return Some(ValueRule { kind: ValueKind::Date(rule), default: None });
        }
        let all = [
            "field", "join", "with", "const", "default", "fold", "values", "split", "part", "encoding", "list", "type",
        ];
        self.only(path, rule, &all);
        let kind = match (&rule.constant, &rule.values, &rule.list, rule.kind) {
            (Some(constant), ..) => ValueKind::Const(raw(constant)),
            (_, Some(table), ..) => ValueKind::Table {
                slot: self.slot(path, rule.field.as_deref()?),
                values: table.0.iter().map(|(key, value)| (key.clone(), raw(value))).collect(),
            },
            (_, _, Some(separator), kind) => ValueKind::List {
                slot: self.slot(path, rule.field.as_deref()?),
                separator: separator.clone(),
                numbers: kind == Some(ValueType::Number),
            },
            (_, _, _, Some(ValueType::Number)) => ValueKind::Number(self.slot(path, rule.field.as_deref()?)),
            (_, _, _, Some(ValueType::Json)) => ValueKind::Json(self.slot(path, rule.field.as_deref()?)),
            _ => ValueKind::Text(self.text(path, &Rule { default: None, ..rule.clone() }, false)?),
        };
        Some(ValueRule { kind, default: rule.default.as_ref().map(raw) })
    }

    /// A column that is a home of two metadata keys, or a document and a key, would be written twice.
    fn shared_homes(&mut self, plan: &Plan) {
        let mut homes: Vec<(Slot, String)> = Vec::new();
        for rule in &plan.containers {
            let name = rule.container.name();
            let documents = rule.document.iter().map(|document| (document.slot, name.to_owned()));
            let keys =
                rule.keys.iter().filter_map(|key| Some((key.rule.writable().ok()?, format!("{name}.{}", key.name))));
            homes.extend(documents.chain(keys));
        }
        for (index, (slot, path)) in homes.iter().enumerate() {
            if let Some((_, other)) = homes[..index].iter().find(|(taken, _)| taken == slot) {
                let column = self.columns.get(*slot).cloned().unwrap_or_default();
                self.problem(path.clone(), format!("the column `{column}` is the home of `{other}` already"));
            }
        }
    }

    /// What users may write, they may write in `user_metadata`: a column that decides who they are, or whether they may
    /// come in, cannot have its home there. And nothing but the password reads the password's hash.
    fn guarded_columns(&mut self) {
        let mut problems = Vec::new();
        let hash =
            self.lines.iter().find(|line| matches!(line.target, Target::Password)).map(|line| &line.columns[..1]);
        for line in &self.lines {
            let path = match &line.target {
                Target::Id => "user_id".to_owned(),
                Target::Attribute(attribute) => attribute.name().to_owned(),
                Target::Document(container) => container.name().to_owned(),
                Target::Key(container, key) => format!("{container}.{key}"),
                Target::Extra(name) => format!("extra.{name}"),
                Target::Own(name) => (*name).to_owned(),
                Target::Password => continue,
            };
            if let Some(hash) = hash
                && line.columns.iter().any(|slot| hash.contains(slot))
            {
                problems.push((path.clone(), "its column holds the password's hash, which is never shown".to_owned()));
            }
            let of_the_user = matches!(
                line.target,
                Target::Key(Container::UserMetadata, _) | Target::Document(Container::UserMetadata)
            );
            if !of_the_user {
                continue;
            }
            for other in self.lines.iter().filter(|other| decides(&other.target)) {
                if let Some(slot) = line.columns.iter().find(|slot| other.columns.contains(slot)) {
                    let column = self.columns.get(*slot).cloned().unwrap_or_default();
                    problems.push((path.clone(), format!(
                        "users may write user_metadata, and the column `{column}` decides who they are or what they may; put it into app_metadata"
                    )));
                }
            }
        }
        for (path, message) in problems {
            self.problem(path, message);
        }
    }

    fn scalar(&mut self, path: &str, value: &Value) -> Option<String> {
        match value {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            Value::Bool(value) => Some(value.to_string()),
            _ => {
                self.problem(path, "expected a text, a number, or true or false");
                None
            }
        }
    }
}

/// Whether it says who a user is, or whether and how they come in.
fn decides(target: &Target) -> bool {
    match target {
        Target::Id | Target::Own(_) | Target::Password => true,
        Target::Attribute(attribute) => matches!(
            attribute,
            Attribute::Email
                | Attribute::EmailVerified
                | Attribute::Username
                | Attribute::PhoneNumber
                | Attribute::PhoneVerified
                | Attribute::Blocked
        ),
        Target::Document(_) | Target::Key(..) | Target::Extra(_) => false,
    }
}

fn attribute_rule(map: &MapSettings, attribute: Attribute) -> Option<&Rule> {
    match attribute {
        Attribute::Email => &map.email,
        Attribute::EmailVerified => &map.email_verified,
        Attribute::Username => &map.username,
        Attribute::PhoneNumber => &map.phone_number,
        Attribute::PhoneVerified => &map.phone_verified,
        Attribute::Name => &map.name,
        Attribute::Nickname => &map.nickname,
        Attribute::GivenName => &map.given_name,
        Attribute::FamilyName => &map.family_name,
        Attribute::Picture => &map.picture,
        Attribute::Blocked => &map.blocked,
        Attribute::CreatedAt => &map.created_at,
        Attribute::UpdatedAt => &map.updated_at,
        Attribute::LastLogin => &map.last_login,
        Attribute::LastIp => &map.last_ip,
        Attribute::LoginsCount => &map.logins_count,
        Attribute::LastPasswordReset => &map.last_password_reset,
    }
    .as_ref()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(json: &str) -> Vec<String> {
        let map: MapSettings = serde_json::from_str(json).unwrap();
        compile("shop", "users", &map).err().unwrap_or_default().into_iter().map(|problem| problem.path).collect()
    }

    #[test]
    fn all_problems_are_told_at_once_with_their_paths() {
        assert_eq!(
            problems(
                r#"{"user_id":[],"email":{"fold":"lower"},"email_verified":{"field":"v","true_is":["Y"],"false_is":["Y"]},
                    "name":{"field":"a","join":["b"]},"nickname":{"field":"n","true_is":["x"]},
                    "created_at":"c","updated_at":{"field":"u","date":"sql","zone":"Europa/Berlin"},
                    "logins_count":{"field":"l","default":-1},"extra":{"metadata":"m"},
                    "app_metadata":{"a":{"field":"x","split":" "},"b":{"const":1,"field":"y"}}}"#
            ),
            [
                "user_id",
                "created_at.date",
                "email",
                "email_verified.false_is",
                "logins_count.default",
                "name",
                "nickname.true_is",
                "updated_at.zone",
                "app_metadata.a.split",
                "app_metadata.b",
                "extra.metadata"
            ]
        );
    }

    #[test]
    fn a_column_cannot_be_the_home_of_two_keys() {
        let paths = problems(r#"{"user_id":"id","app_metadata":["m",{"a":"c","b":"c"}],"user_metadata":"m"}"#);
        assert_eq!(paths, ["app_metadata", "app_metadata.b"]);
        assert!(
            problems(r#"{"user_id":"id","app_metadata":{"a":"c","b":{"field":"c","split":",","part":0}}}"#).is_empty()
        );
    }

    #[test]
    fn a_date_needs_its_form_and_an_sql_date_its_zone() {
        assert_eq!(problems(r#"{"user_id":"id","created_at":{"field":"c","date":"sql"}}"#), ["created_at.zone"]);
        assert!(problems(r#"{"user_id":"id","created_at":{"field":"c","date":"unix"}}"#).is_empty());
    }
}
