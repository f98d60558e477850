//! A metadata document: the exact JSON text of an object, sliced at its first level and never rewritten.
//!
//! Nothing else in the house parses metadata. `serde_json::Value` would turn `12345678901234567890123` into `1.23e22`,
//! jsonb reorders keys and refuses `\u0000`; here numbers, key order, white space inside values and 16 MB survive
//! untouched. The type sits in the contract because a store applies a patch by itself, atomically, and the first-level
//! merge rule must exist once.

use std::{borrow::Cow, collections::HashSet, fmt, ops::Range};

use memchr::{memchr2, memmem};
use serde::{
    Deserializer, Serialize, Serializer,
    de::{Error as _, MapAccess, Visitor},
};
use serde_json::value::RawValue;

use crate::merge::merge;

/// How deep arrays and objects of input may nest. Deeper documents exhaust the stack of naive readers further on.
pub const MAX_DEPTH: usize = 64;

/// A JSON object as exact text, with the positions of its first-level members.
#[derive(Clone)]
pub struct Metadata {
    pub(crate) text: String,
    pub(crate) members: Vec<Member>,
}

#[derive(Clone)]
pub(crate) struct Member {
    /// From the key's opening quote to the end of the value.
    pub(crate) span: Range<usize>,
    /// Where the value starts.
    pub(crate) value: usize,
    /// How long the key is between its quotes, as it is spelt. Most look-ups are decided by this alone, without touching
    /// the text.
    pub(crate) key_len: usize,
    /// The decoded key, where it has escapes; otherwise the text between the quotes is the key.
    pub(crate) decoded: Option<Box<str>>,
}

impl Metadata {
    /// The empty object.
    pub fn empty() -> Metadata {
        Metadata { text: "{}".to_owned(), members: Vec::new() }
    }

    /// Accepts a document from a request: a well-formed object, at most [`MAX_DEPTH`] deep, without lone surrogates
    /// (no UTF-8 exists for them) and without two first-level members of one name (which of them counts?).
    ///
    /// # Errors
    /// What is wrong and where; never a value.
    pub fn parse(text: impl Into<String>) -> Result<Metadata, MetadataError> {
        let text = text.into();
        check_strings_and_depth(&text)?;
        let metadata = Metadata::sliced(text)?;
        let mut seen = HashSet::with_capacity(metadata.members.len());
        if let Some((key, _)) = metadata.iter().find(|(key, _)| !seen.insert(*key)) {
            return Err(MetadataError::DuplicateKey(key.to_owned()));
        }
        Ok(metadata)
    }

    /// Accepts what a legacy column holds. Empty text, `null` and `[]` (PHP's empty array) are an empty container; an
    /// object may break the rules of [`Metadata::parse`], since nothing that is stored may get lost.
    ///
    /// # Errors
    /// Text that is not a JSON object.
    pub fn from_store(text: impl Into<String>) -> Result<Metadata, MetadataError> {
        let text = text.into();
        match text.trim_matches(JSON_SPACE) {
            "" | "null" => Ok(Metadata::empty()),
            array if array.starts_with('[') && array[1..].trim_start_matches(JSON_SPACE) == "]" => {
                Ok(Metadata::empty())
            }
            _ => Metadata::sliced(text),
        }
    }

    /// The exact text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text's length in bytes: what limits count.
    pub fn len_bytes(&self) -> u64 {
        self.text.len() as u64
    }

    /// Whether the object has no members.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// First-level keys (decoded) and raw JSON values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.members.iter().map(|member| (member.key(&self.text), &self.text[member.value..member.span.end]))
    }

    /// The raw JSON value of a first-level key. Where stored text has the key twice, the last one counts, as in every
    /// JSON reader in use.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.position(key).map(|index| &self.members[index]).map(|member| &self.text[member.value..member.span.end])
    }

    /// The document from members; a later member of the same name replaces the earlier one in its place.
    pub fn from_members<'a>(members: impl IntoIterator<Item = (&'a str, &'a RawValue)>) -> Metadata {
        let set: Vec<(&str, &str)> = members.into_iter().map(|(key, value)| (key, value.get())).collect();
        let mut document = Metadata::empty();
        merge(&mut document, false, &set, &[]);
        document
    }

    /// Puts the members of another document over this one: the merge rule, every key of `over` set.
    pub fn put_over(&mut self, over: &Metadata) {
        let set: Vec<(&str, &str)> = over.iter().collect();
        merge(self, false, &set, &[]);
    }

    /// Removes the members whose key the test refuses.
    pub fn keep(&mut self, test: impl Fn(&str) -> bool) {
        let gone: Vec<String> = self.iter().filter(|(key, _)| !test(key)).map(|(key, _)| key.to_owned()).collect();
        let gone: Vec<&str> = gone.iter().map(String::as_str).collect();
        merge(self, false, &[], &gone);
    }

    /// Where the last member of that name is.
    pub(crate) fn position(&self, key: &str) -> Option<usize> {
        self.members.iter().rposition(|member| member.is_named(key, &self.text))
    }

    fn sliced(text: String) -> Result<Metadata, MetadataError> {
        let mut reader = serde_json::Deserializer::from_str(&text);
        let members =
            reader.deserialize_map(Slicer { text: &text }).map_err(|error| MetadataError::from_json(&error))?;
        reader.end().map_err(|error| MetadataError::from_json(&error))?;
        Ok(Metadata { text, members })
    }
}

/// Text equality: `{"a":1}` and `{ "a": 1 }` differ, because a compare-and-swap compares bytes.
impl PartialEq for Metadata {
    fn eq(&self, other: &Metadata) -> bool {
        self.text == other.text
    }
}

impl Eq for Metadata {}

impl Default for Metadata {
    fn default() -> Self {
        Metadata::empty()
    }
}

/// Prints the keys, never the values.
impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter().map(|(key, _)| key)).finish()
    }
}

/// Writes the exact text where the serializer is JSON.
impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serde_json::from_str::<&RawValue>(&self.text).map_err(serde::ser::Error::custom)?.serialize(serializer)
    }
}

/// Checks a JSON value of input (any type) by the rules of [`Metadata::parse`].
///
/// # Errors
/// What is wrong and where; never a value.
pub fn check_json(text: &str) -> Result<&RawValue, MetadataError> {
    check_strings_and_depth(text)?;
    serde_json::from_str(text).map_err(|error| MetadataError::from_json(&error))
}

/// Why a text is not accepted as metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MetadataError {
    /// Valid JSON, but not an object.
    NotAnObject,
    /// Not JSON.
    Malformed {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
    /// Deeper than [`MAX_DEPTH`].
    TooDeep,
    /// A `\uD800`–`\uDFFF` escape without its other half.
    LoneSurrogate {
        /// Byte offset of the escape.
        offset: usize,
    },
    /// Two first-level members of this name.
    DuplicateKey(String),
}

impl MetadataError {
    fn from_json(error: &serde_json::Error) -> MetadataError {
        if error.is_data() {
            MetadataError::NotAnObject
        } else {
            MetadataError::Malformed { line: error.line(), column: error.column() }
        }
    }
}

impl fmt::Display for MetadataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MetadataError::NotAnObject => f.write_str("it is not a JSON object"),
            MetadataError::Malformed { line, column } => {
                write!(f, "it is not valid JSON (line {line}, column {column})")
            }
            MetadataError::TooDeep => write!(f, "it nests deeper than {MAX_DEPTH} levels"),
            MetadataError::LoneSurrogate { offset } => {
                write!(f, "it has half a surrogate pair at byte {offset}, which is no character")
            }
            MetadataError::DuplicateKey(key) => write!(f, "the key `{key}` occurs twice"),
        }
    }
}

impl std::error::Error for MetadataError {}

const JSON_SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

impl Member {
    pub(crate) fn key<'t>(&'t self, text: &'t str) -> &'t str {
        match &self.decoded {
            Some(key) => key,
            None => &text[self.span.start + 1..self.span.start + 1 + self.key_len],
        }
    }

    pub(crate) fn is_named(&self, key: &str, text: &str) -> bool {
        match &self.decoded {
            Some(decoded) => **decoded == *key,
            None => self.key_len == key.len() && self.key(text) == key,
        }
    }
}

/// Finds the first-level members of an object in one pass.
struct Slicer<'t> {
    text: &'t str,
}

impl<'de> Visitor<'de> for Slicer<'de> {
    type Value = Vec<Member>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<Member>, A::Error> {
        let base = self.text.as_ptr() as usize;
        let mut members: Vec<Member> = Vec::new();
        let mut after = self.text.find('{').map_or(0, |brace| brace + 1);
        while let Some(Key(key)) = map.next_key()? {
            let raw: &RawValue = map.next_value()?;
            let value = raw.get().as_ptr() as usize - base;
            let start = memchr::memchr(b'"', &self.text.as_bytes()[after..value])
                .map(|quote| after + quote)
                .ok_or_else(|| A::Error::custom("a member without a key"))?;
            let (key_len, decoded) = match key {
                Cow::Borrowed(key) => (key.len(), None),
                Cow::Owned(key) => (0, Some(key.into_boxed_str())),
            };
            after = value + raw.get().len();
            members.push(Member { span: start..after, value, key_len, decoded });
        }
        Ok(members)
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'de>(Cow<'de, str>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E>(self, key: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Borrowed(key)))
            }
            fn visit_str<E>(self, key: &str) -> Result<Key<'de>, E> {
                Ok(Key(Cow::Owned(key.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

/// One pass over input for what serde_json's raw reader lets through.
fn check_strings_and_depth(text: &str) -> Result<(), MetadataError> {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0usize, 0usize);
    while let Some(&byte) = bytes.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(MetadataError::TooDeep);
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                while let Some(found) = memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
                    at += found + 1;
                    if bytes[at - 1] == b'"' {
                        break;
                    }
                    at += 1; // the escaped character
                }
            }
            _ => {}
        }
    }
    // `\\ud800` is a backslash and text; the pair is looked at properly below, this only finds candidates.
    if memmem::find(bytes, b"\\u").is_some() {
        check_surrogates(bytes)?;
    }
    Ok(())
}

fn check_surrogates(bytes: &[u8]) -> Result<(), MetadataError> {
    let unit = |at: usize| -> Option<u32> {
        let escape = bytes.get(at..at + 6)?;
        if !escape.starts_with(b"\\u") {
            return None;
        }
        u32::from_str_radix(std::str::from_utf8(&escape[2..]).ok()?, 16).ok()
    };
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', bytes.get(at..).unwrap_or_default()) {
        let offset = at + found;
        at = offset + 2;
        match unit(offset) {
            Some(0xD800..=0xDBFF) if matches!(unit(offset + 6), Some(0xDC00..=0xDFFF)) => at = offset + 12,
            Some(0xD800..=0xDFFF) => return Err(MetadataError::LoneSurrogate { offset }),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn merged(old: &Metadata, clear: bool, set: &[(&str, &str)], remove: &[&str]) -> Metadata {
        let mut document = old.clone();
        let changed = merge(&mut document, clear, set, remove);
        assert_eq!(changed, document != *old);
        document
    }

    fn merge_text(text: &str, set: &[(&str, &str)], remove: &[&str]) -> String {
        merged(&Metadata::parse(text).unwrap(), false, set, remove).as_str().to_owned()
    }

    #[test]
    fn only_what_is_named_changes_and_everything_else_keeps_its_exact_text() {
        let text = r#"{ "n" : 12345678901234567890123 , "d":25.4000000000000000, "o":{"b":1,"a":[ ]} }"#;
        assert_eq!(
            merge_text(text, &[("d", "1"), ("new", "\"x\"")], &[]),
            r#"{ "n" : 12345678901234567890123 , "d":1, "o":{"b":1,"a":[ ]},"new":"x" }"#
        );
        assert_eq!(merge_text(text, &[], &["n"]), r#"{ "d":25.4000000000000000, "o":{"b":1,"a":[ ]} }"#);
    }

    #[test]
    fn keys_are_compared_decoded_and_kept_as_they_are_spelt() {
        let text = r#"{"\u0061":1,"b\"c":2}"#;
        let metadata = Metadata::parse(text).unwrap();
        assert_eq!(metadata.iter().collect::<Vec<_>>(), [("a", "1"), ("b\"c", "2")]);
        assert_eq!(merge_text(text, &[("a", "9")], &[]), r#"{"\u0061":9,"b\"c":2}"#);
        assert_eq!(merge_text(text, &[("q\"", "3")], &["b\"c"]), r#"{"\u0061":1,"q\"":3}"#);
    }

    #[test]
    fn clearing_starts_from_nothing() {
        let metadata = Metadata::parse(r#"{"a":1}"#).unwrap();
        assert_eq!(merged(&metadata, true, &[], &[]).as_str(), "{}");
        assert_eq!(merged(&metadata, true, &[("b", "2")], &[]).as_str(), r#"{"b":2}"#);
    }

    #[test]
    fn a_stored_key_that_occurs_twice_is_replaced_and_removed_as_one() {
        let stored = Metadata::from_store(r#"{"a":1,"b":2,"a":3}"#).unwrap();
        assert_eq!(stored.get("a"), Some("3"));
        assert_eq!(merged(&stored, false, &[("a", "4")], &[]).as_str(), r#"{"a":4,"b":2}"#);
        assert_eq!(merged(&stored, false, &[], &["a"]).as_str(), r#"{"b":2}"#);
    }

    #[test]
    fn what_old_applications_store_for_nothing_is_an_empty_container() {
        for text in ["", " ", "null", "[]", " [ ] ", "{}", "{ }"] {
            assert!(Metadata::from_store(text).unwrap().is_empty(), "{text:?}");
        }
        for text in ["[1]", "1", "\"x\"", "true", "{", "{\"a\":}", "a:0:{}", "{} {}"] {
            assert!(Metadata::from_store(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn input_that_has_no_one_meaning_is_refused() {
        assert_eq!(Metadata::parse(r#"{"a":1,"\u0061":2}"#), Err(MetadataError::DuplicateKey("a".into())));
        assert_eq!(Metadata::parse(r#"{"a":"\ud800"}"#), Err(MetadataError::LoneSurrogate { offset: 6 }));
        assert_eq!(Metadata::parse(r#"{"a":"\udc00\ud800"}"#), Err(MetadataError::LoneSurrogate { offset: 6 }));
        assert!(Metadata::parse(r#"{"a":"\ud83d\ude00 \\ud800 \u0000"}"#).is_ok());
        assert_eq!(Metadata::parse("[]"), Err(MetadataError::NotAnObject));
        assert_eq!(Metadata::parse("{\n \"a\": x}"), Err(MetadataError::Malformed { line: 2, column: 7 }));
    }

    #[test]
    fn depth_counts_brackets_outside_strings() {
        let deep = |levels: usize| format!("{}{}", "{\"a\":".repeat(levels - 1) + "{", "}".repeat(levels));
        assert!(Metadata::parse(deep(MAX_DEPTH)).is_ok());
        assert_eq!(Metadata::parse(deep(MAX_DEPTH + 1)), Err(MetadataError::TooDeep));
        assert!(Metadata::parse(format!("{{\"a\":\"{}\"}}", "[".repeat(200))).is_ok());
        assert!(Metadata::parse(format!("{{\"a\":\"\\\"{}\"}}", "[".repeat(200))).is_ok());
    }

    fn any_json() -> impl Strategy<Value = serde_json::Value> {
        let leaf = prop_oneof![
            Just(serde_json::Value::Null),
            any::<bool>().prop_map(Into::into),
            any::<i64>().prop_map(Into::into),
            ".*".prop_map(serde_json::Value::from)
        ];
        leaf.prop_recursive(3, 24, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(serde_json::Value::from),
                prop::collection::hash_map(".{0,6}", inner, 0..4)
                    .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in ".*") {
            let _ = Metadata::parse(text.clone());
            let _ = Metadata::from_store(text.clone());
            let _ = check_json(&text);
        }

        #[test]
        fn a_merge_agrees_with_the_merge_of_parsed_maps(
            old in prop::collection::hash_map("[a-e\"\\\\é]{0,2}", any_json(), 0..6),
            set in prop::collection::hash_map("[a-e\"\\\\é]{0,2}", any_json(), 0..4),
            remove in prop::collection::vec("[a-e]{0,2}", 0..6),
            pretty in any::<bool>(),
        ) {
            let old: serde_json::Map<String, serde_json::Value> = old.into_iter().collect();
            let text = if pretty { serde_json::to_string_pretty(&old) } else { serde_json::to_string(&old) }.unwrap();
            let set: Vec<(String, String)> = set.into_iter().map(|(k, v)| (k, v.to_string())).collect();
            let set: Vec<(&str, &str)> = set.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
            let remove: Vec<&str> = remove.iter().map(String::as_str).collect();

            let mut expected = old.clone();
            for key in &remove { expected.remove(*key); }
            for (key, value) in &set { expected.insert((*key).to_owned(), serde_json::from_str(value).unwrap()); }

            let result = merged(&Metadata::parse(text).unwrap(), false, &set, &remove);
            let parsed: serde_json::Map<String, serde_json::Value> = serde_json::from_str(result.as_str()).unwrap();
            prop_assert_eq!(parsed, expected);
            let again = Metadata::parse(result.as_str()).unwrap();
            prop_assert_eq!(again.iter().collect::<Vec<_>>(), result.iter().collect::<Vec<_>>(), "positions are kept up");
        }
    }
}
