//! The settings of a map, `[connection.<name>.map]`: which columns feed which attribute, and by what rule.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};
use serde_json::Value;

/// A map of a table to profiles. Every attribute but `user_id` may be left out.
///
/// An attribute is a column (`email = "mail"`) or a rule (`email = { field = "mail", fold = "lower" }`), see [`Rule`].
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MapSettings {
    /// The primary key: one column, or a list of columns that are unique together.
    pub user_id: IdRule,
    /// The e-mail address.
    pub email: Option<Rule>,
    /// Whether somebody proved to own the address.
    pub email_verified: Option<Rule>,
    /// The user name.
    pub username: Option<Rule>,
    /// The telephone number, `+` and digits.
    pub phone_number: Option<Rule>,
    /// Whether somebody proved to own the number.
    pub phone_verified: Option<Rule>,
    /// The full name.
    pub name: Option<Rule>,
    /// The short name.
    pub nickname: Option<Rule>,
    /// The first name.
    pub given_name: Option<Rule>,
    /// The last name.
    pub family_name: Option<Rule>,
    /// The absolute URL of a picture.
    pub picture: Option<Rule>,
    /// Whether an operator has blocked the user.
    pub blocked: Option<Rule>,
    /// When the user was made.
    pub created_at: Option<Rule>,
    /// When the profile last changed.
    pub updated_at: Option<Rule>,
    /// The last login.
    pub last_login: Option<Rule>,
    /// The address of the last login.
    pub last_ip: Option<Rule>,
    /// How often the user has logged in.
    pub logins_count: Option<Rule>,
    /// When the password last changed.
    pub last_password_reset: Option<Rule>,
    /// What the user may change, see [`MetadataSettings`].
    pub user_metadata: Option<MetadataSettings>,
    /// What decides about access. A legacy column called `metadata` belongs here.
    pub app_metadata: Option<MetadataSettings>,
    /// Further root attributes of the profile, each a column or a rule.
    #[serde(default)]
    pub extra: Named,
    /// The password hash and what belongs to it.
    pub password: Option<PasswordSettings>,
    /// The store wants the password changed at the next login.
    pub must_change_password: Option<Rule>,
    /// The account cannot log in with any password.
    pub locked: Option<Rule>,
}

/// How a value is made from columns. A plain string is the column's name.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct Rule {
    /// The column.
    pub field: Option<String>,
    /// Several columns, joined by `with`; empty ones are left out. Read-only.
    pub join: Option<Vec<String>>,
    /// What stands between joined columns; a space where it is not given.
    pub with: Option<String>,
    /// Always this value. Read-only.
    #[serde(rename = "const")]
    pub constant: Option<Value>,
    /// The value where the column is null (or, with `values`, holds something that is not listed).
    pub default: Option<Value>,
    /// Letter case: `lower` turns the value into lower case, and look-ups disregard case.
    pub fold: Option<Case>,
    /// Column values that mean true. The first one is written.
    pub true_is: Option<Vec<Value>>,
    /// Column values that mean false. The first one is written. If given, everything else is an error in the row; if
    /// not, everything else is false, and false is written as null.
    pub false_is: Option<Vec<Value>>,
    /// Column values and what each means. Written back as the first column value with that meaning.
    pub values: Option<ValueTable>,
    /// Takes a part of the column, which this text separates. Read-only.
    pub split: Option<String>,
    /// Which part: `first`, `rest` (all but the first), `last`, or a number from 0.
    pub part: Option<Part>,
    /// The column is a date in this form.
    pub date: Option<DateForm>,
    /// The time zone (IANA name) of an SQL date without an offset.
    pub zone: Option<String>,
    /// The column is binary and the value its text form.
    pub encoding: Option<Encoding>,
    /// The column is a list whose items this text separates; arrays and JSON arrays are lists anyway.
    pub list: Option<String>,
    /// The JSON type of a metadata key or extra attribute; `text` where it is not given. With `list`: of the items.
    #[serde(rename = "type")]
    pub kind: Option<ValueType>,
}

/// The id: a column, a list of columns, or a rule with `field` and `fold`.
#[derive(Clone, Debug, PartialEq)]
pub enum IdRule {
    /// One column.
    One(Box<Rule>),
    /// Several columns.
    Many(Vec<String>),
}

/// Rules by name, in the order of the configuration.
pub type Named = Ordered<Rule>;
/// Column values and their meanings, in the order of the configuration.
pub type ValueTable = Ordered<Value>;

/// Names with what belongs to each, in the order of the configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct Ordered<T>(pub Vec<(String, T)>);

/// Letter case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Case {
    /// Lower case.
    Lower,
}

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Before the first separator.
    First,
    /// After the first separator.
    Rest,
    /// After the last separator.
    Last,
    /// The part with this number, from 0.
    Number(usize),
}

/// The form of a date in a column. Zero, `0000-00-00` and empty text mean that there is no date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DateForm {
    /// Seconds since 1970, as number or text, fractions allowed.
    Unix,
    /// Milliseconds since 1970, as number or text.
    UnixMs,
    /// A date column, or text such as `2009-02-13 23:31:30`, in the time zone `zone`.
    Sql,
}

/// How bytes are told as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Hexadecimal digits in lower case.
    Hex,
    /// Base64 with `+`, `/` and padding (RFC 4648 §4).
    Base64,
    /// The bytes are UTF-8.
    Utf8,
    /// The bytes are ISO 8859-1.
    Latin1,
}

/// The JSON type of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueType {
    /// A string.
    Text,
    /// A number, every digit kept.
    Number,
    /// `true` or `false`.
    Boolean,
    /// The column holds JSON text.
    Json,
}

/// Where a metadata container comes from: a column with the whole document (`"metadata"`, or
/// `{ field = "prefs", format = "php" }`), a table of single keys (`{ plan = "plan_cd" }`), or a list of both, in which
/// single keys win.
///
/// A table whose `field` is a text means a column. A single key called `field` is written
/// `{ field = { field = "column" } }`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct MetadataSettings {
    /// Columns that hold a whole document; at most one makes sense.
    pub documents: Vec<DocumentSettings>,
    /// Single keys.
    pub keys: Vec<(String, Rule)>,
}

/// A column with a whole metadata document.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentSettings {
    /// The column.
    pub field: String,
    /// How the document is written.
    pub format: Format,
    /// What happens where the document cannot be read.
    pub unreadable: Unreadable,
}

/// How a metadata document is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// JSON text.
    #[default]
    Json,
    /// PHP's `serialize()`. Read-only.
    Php,
}

/// What happens where a metadata document cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unreadable {
    /// The user cannot be read; the error names table, column and row.
    #[default]
    Error,
    /// The user has no such container, which then cannot be written either.
    Omit,
}

/// The columns of a password, and how it is hashed. A plain string is the hash's column.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(remote = "Self", deny_unknown_fields)]
pub struct PasswordSettings {
    /// The column of the hash.
    pub field: String,
    /// The column of the salt, where the hash does not hold it.
    pub salt: Option<String>,
    /// The column of the iteration count, where the hash does not hold it.
    pub iterations: Option<String>,
    /// The column that names the scheme of each row.
    pub scheme_field: Option<String>,
    /// The scheme of all rows: a name or a table. Recognised from the hash where it is not given.
    pub scheme: Option<Value>,
}

impl Rule {
    /// The rule that takes a column as it is.
    pub fn column(name: impl Into<String>) -> Rule {
        Rule { field: Some(name.into()), ..Rule::default() }
    }

    /// The keys that are given.
    pub(super) fn given(&self) -> Vec<&'static str> {
        [
            ("field", self.field.is_some()),
            ("join", self.join.is_some()),
            ("with", self.with.is_some()),
            ("const", self.constant.is_some()),
            ("default", self.default.is_some()),
            ("fold", self.fold.is_some()),
            ("true_is", self.true_is.is_some()),
            ("false_is", self.false_is.is_some()),
            ("values", self.values.is_some()),
            ("split", self.split.is_some()),
            ("part", self.part.is_some()),
            ("date", self.date.is_some()),
            ("zone", self.zone.is_some()),
            ("encoding", self.encoding.is_some()),
            ("list", self.list.is_some()),
            ("type", self.kind.is_some()),
        ]
        .into_iter()
        .filter_map(|(name, given)| given.then_some(name))
        .collect()
    }
}

impl Default for IdRule {
    fn default() -> Self {
        IdRule::Many(Vec::new())
    }
}

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Ordered(Vec::new())
    }
}

/// What stands in a metadata table, before it is clear whether the table is a column or single keys.
enum Entry {
    Text(String),
    Rule(Box<Rule>),
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntryVisitor;
        impl<'de> Visitor<'de> for EntryVisitor {
            type Value = Entry;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a column name or a rule such as { field = \"column\" }")
            }
            fn visit_str<E>(self, text: &str) -> Result<Entry, E> {
                Ok(Entry::Text(text.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Entry, A::Error> {
                Rule::deserialize(MapAccessDeserializer::new(map)).map(|rule| Entry::Rule(Box::new(rule)))
            }
        }
        deserializer.deserialize_any(EntryVisitor)
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RuleVisitor;
        impl<'de> Visitor<'de> for RuleVisitor {
            type Value = Rule;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a column name or a rule such as { field = \"column\" }")
            }
            fn visit_str<E>(self, name: &str) -> Result<Rule, E> {
                Ok(Rule::column(name))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Rule, A::Error> {
                Rule::deserialize(MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_any(RuleVisitor)
    }
}

impl<'de> Deserialize<'de> for PasswordSettings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PasswordVisitor;
        impl<'de> Visitor<'de> for PasswordVisitor {
            type Value = PasswordSettings;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a column name or { field = \"column\", scheme = … }")
            }
            fn visit_str<E>(self, name: &str) -> Result<PasswordSettings, E> {
                Ok(PasswordSettings { field: name.to_owned(), ..PasswordSettings::default() })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<PasswordSettings, A::Error> {
                PasswordSettings::deserialize(MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_any(PasswordVisitor)
    }
}

impl<'de> Deserialize<'de> for IdRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IdVisitor;
        impl<'de> Visitor<'de> for IdVisitor {
            type Value = IdRule;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a column name, a list of column names, or { field = \"column\", fold = \"lower\" }")
            }
            fn visit_str<E>(self, name: &str) -> Result<IdRule, E> {
                Ok(IdRule::One(Box::new(Rule::column(name))))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<IdRule, A::Error> {
                let mut columns = Vec::new();
                while let Some(column) = seq.next_element()? {
                    columns.push(column);
                }
                Ok(IdRule::Many(columns))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<IdRule, A::Error> {
                Rule::deserialize(MapAccessDeserializer::new(map)).map(|rule| IdRule::One(Box::new(rule)))
            }
        }
        deserializer.deserialize_any(IdVisitor)
    }
}

impl<'de> Deserialize<'de> for Part {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(word) if word == "first" => Ok(Part::First),
            Value::String(word) if word == "rest" => Ok(Part::Rest),
            Value::String(word) if word == "last" => Ok(Part::Last),
            Value::Number(number) => number
                .as_u64()
                .and_then(|number| usize::try_from(number).ok())
                .map(Part::Number)
                .ok_or_else(|| D::Error::custom("a part's number counts from 0")),
            _ => Err(D::Error::custom("expected \"first\", \"rest\", \"last\" or a number from 0")),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Ordered<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OrderedVisitor<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for OrderedVisitor<T> {
            type Value = Ordered<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a table")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Ordered<T>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Ordered(entries))
            }
        }
        deserializer.deserialize_map(OrderedVisitor(std::marker::PhantomData))
    }
}

impl<'de> Deserialize<'de> for MetadataSettings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MetadataVisitor;
        impl<'de> Visitor<'de> for MetadataVisitor {
            type Value = MetadataSettings;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a column name, a table of single keys, or a list of both")
            }
            fn visit_str<E>(self, name: &str) -> Result<MetadataSettings, E> {
                Ok(MetadataSettings { documents: vec![DocumentSettings::json(name)], keys: Vec::new() })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<MetadataSettings, A::Error> {
                let Ordered(entries) = Ordered::<Entry>::deserialize(MapAccessDeserializer::new(map))?;
                if entries.iter().any(|(name, entry)| name == "field" && matches!(entry, Entry::Text(_))) {
                    let document = DocumentSettings::from_entries(&entries).map_err(A::Error::custom)?;
                    return Ok(MetadataSettings { documents: vec![document], keys: Vec::new() });
                }
                let rule = |(name, entry)| match entry {
                    Entry::Text(column) => (name, Rule::column(column)),
                    Entry::Rule(rule) => (name, *rule),
                };
                Ok(MetadataSettings { documents: Vec::new(), keys: entries.into_iter().map(rule).collect() })
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<MetadataSettings, A::Error> {
                let mut all = MetadataSettings::default();
                while let Some(part) = seq.next_element::<MetadataSettings>()? {
                    all.documents.extend(part.documents);
                    all.keys.extend(part.keys);
                }
                Ok(all)
            }
        }
        deserializer.deserialize_any(MetadataVisitor)
    }
}

impl DocumentSettings {
    fn json(field: &str) -> DocumentSettings {
        DocumentSettings { field: field.to_owned(), format: Format::Json, unreadable: Unreadable::Error }
    }

    fn from_entries(entries: &[(String, Entry)]) -> Result<DocumentSettings, String> {
        let mut document = DocumentSettings::json("");
        for (name, entry) in entries {
            let word = match entry {
                Entry::Text(word) => Some(word.as_str()),
                Entry::Rule(_) => None,
            };
            match (name.as_str(), word) {
                ("field", Some(column)) => document.field = column.to_owned(),
                ("format", Some("json")) => document.format = Format::Json,
                ("format", Some("php")) => document.format = Format::Php,
                ("format", _) => return Err("`format` is \"json\" or \"php\"".to_owned()),
                ("unreadable", Some("error")) => document.unreadable = Unreadable::Error,
                ("unreadable", Some("omit")) => document.unreadable = Unreadable::Omit,
                ("unreadable", _) => return Err("`unreadable` is \"error\" or \"omit\"".to_owned()),
                _ => {
                    return Err(format!(
                        "unknown key `{name}`: a column with a whole document has `field`, `format` and `unreadable`; \
                         write single keys in a table of their own"
                    ));
                }
            }
        }
        Ok(document)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<MapSettings, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn a_column_name_is_the_shortest_rule() {
        let map = read(r#"{"user_id":"no","email":"mail","password":"pw"}"#).unwrap();
        assert_eq!(map.email, Some(Rule::column("mail")));
        assert_eq!(map.user_id, IdRule::One(Box::new(Rule::column("no"))));
        assert_eq!(map.password.unwrap().field, "pw");
    }

    #[test]
    fn an_unknown_key_is_refused_and_named() {
        assert!(read(r#"{"user_id":"no","email":{"field":"m","fald":"lower"}}"#).unwrap_err().contains("fald"));
        assert!(read(r#"{"user_id":"no","metadata":"m"}"#).unwrap_err().contains("metadata"));
        let error = read(r#"{"user_id":"no","app_metadata":{"field":"m","formt":"php"}}"#).unwrap_err();
        assert!(error.contains("formt"), "{error}");
    }

    #[test]
    fn metadata_is_a_column_or_keys_or_both() {
        let map = read(
            r#"{"user_id":["t","n"],"app_metadata":["metadata",{"plan":"plan_cd","field":{"field":"f"}}],
                "user_metadata":{"field":"prefs","format":"php","unreadable":"omit"}}"#,
        )
        .unwrap();
        let app = map.app_metadata.unwrap();
        assert_eq!((app.documents.len(), app.keys.len()), (1, 2));
        let user = map.user_metadata.unwrap();
        assert_eq!(user.documents[0].format, Format::Php);
        assert_eq!(user.documents[0].unreadable, Unreadable::Omit);
        assert_eq!(map.user_id, IdRule::Many(vec!["t".into(), "n".into()]));
    }
}
