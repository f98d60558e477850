//! PHP's `serialize()` format to JSON text: arrays, strings, numbers, booleans, null. One way only.
//!
//! Objects and references are refused: what they mean is known to the application alone. The tokens come from `phpserz`,
//! which borrows from the input and neither recurses nor trusts lengths. Format: PHP manual, `serialize`.

use phpserz::{PhpParser, PhpToken};

use super::json_text::push_string;

/// Documents nest no deeper than metadata from requests may.
const MAX_DEPTH: usize = crosswalk_contract::MAX_DEPTH;

/// The document as JSON text. An array with the keys 0, 1, 2, … is a JSON array, any other an object; the outermost is
/// always an object.
///
/// # Errors
/// What is wrong; never a value.
pub(super) fn to_json(bytes: &[u8]) -> Result<String, &'static str> {
    let mut parser = PhpParser::new(bytes);
    let mut out = String::with_capacity(bytes.len());
    let mut open: Vec<Array> = Vec::new();
    loop {
        let token = parser.read_token().map_err(|_| "holds broken PHP-serialized text")?;
        if let Some(array) = open.last_mut() {
            match (&token, array.wants_value) {
                (PhpToken::End, false) if array.left == 0 => {
                    let array = open.pop();
                    if let Some(array) = array {
                        array.close(&mut out);
                    }
                    if open.is_empty() {
                        break;
                    }
                    continue;
                }
                (_, false) => {
                    array.key(&token, &mut out)?;
                    continue;
                }
                (_, true) => array.wants_value = false,
            }
        }
        match token {
            PhpToken::Null => out.push_str("null"),
            PhpToken::Boolean(value) => out.push_str(if value { "true" } else { "false" }),
            PhpToken::Integer(number) => out.push_str(&number.to_string()),
            PhpToken::Float(number) if number.is_finite() => out.push_str(&serde_json::Value::from(number).to_string()),
            PhpToken::Float(_) => return Err("holds a number that JSON does not have"),
            PhpToken::String(text) => push_string(&mut out, text.to_str().map_err(|_| "holds text that is not UTF-8")?),
            PhpToken::Array { elements } => {
                if open.len() >= MAX_DEPTH {
                    return Err("nests too deep");
                }
                open.push(Array::open(elements, open.is_empty(), &mut out));
                continue;
            }
            PhpToken::Object { .. } | PhpToken::CustomObject { .. } => return Err("holds a PHP object"),
            PhpToken::Reference { .. } => return Err("holds a PHP reference"),
            PhpToken::End => return Err("holds broken PHP-serialized text"),
        }
        if open.is_empty() {
            break;
        }
    }
    if parser.position() == bytes.len() { Ok(out) } else { Err("goes on after the end of its PHP-serialized value") }
}

/// An array that has not ended yet.
struct Array {
    left: u32,
    next_index: i64,
    wants_value: bool,
    /// Where its text begins, and where each key stands, to take the keys out again if it is a list.
    start: usize,
    keys: Vec<std::ops::Range<usize>>,
    is_list: bool,
}

impl Array {
    fn open(elements: u32, outermost: bool, out: &mut String) -> Array {
        let start = out.len();
        out.push('{');
        Array { left: elements, next_index: 0, wants_value: false, start, keys: Vec::new(), is_list: !outermost }
    }

    fn key(&mut self, token: &PhpToken<'_>, out: &mut String) -> Result<(), &'static str> {
        self.left = self.left.checked_sub(1).ok_or("holds more PHP array items than it says")?;
        if out.len() > self.start + 1 {
            out.push(',');
        }
        let at = out.len();
        match token {
            PhpToken::Integer(index) => {
                self.is_list &= *index == self.next_index;
                self.next_index = self.next_index.saturating_add(1);
                push_string(out, &index.to_string());
            }
            PhpToken::String(key) => {
                self.is_list = false;
                push_string(out, key.to_str().map_err(|_| "holds a key that is not UTF-8")?);
            }
            _ => return Err("holds a PHP array key that is neither text nor integer"),
        }
        out.push(':');
        if self.is_list {
            self.keys.push(at..out.len());
        }
        self.wants_value = true;
        Ok(())
    }

    fn close(self, out: &mut String) {
        if !self.is_list {
            out.push('}');
            return;
        }
        let mut list = String::with_capacity(out.len() - self.start);
        list.push('[');
        let mut from = self.start + 1;
        for key in self.keys {
            list.push_str(&out[from..key.start]);
            from = key.end;
        }
        list.push_str(&out[from..]);
        list.push(']');
        out.truncate(self.start);
        out.push_str(&list);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn arrays_become_objects_and_lists() {
        let php = br#"a:4:{s:4:"lang";s:2:"de";s:4:"tags";a:2:{i:0;s:1:"a";i:1;a:0:{}}s:1:"n";d:0.5;s:1:"o";a:2:{i:1;b:1;i:0;N;}}"#;
        assert_eq!(to_json(php).unwrap(), r#"{"lang":"de","tags":["a",[]],"n":0.5,"o":{"1":true,"0":null}}"#);
        assert_eq!(to_json(b"a:0:{}").unwrap(), "{}");
        assert_eq!(to_json("a:1:{s:3:\"né\";s:4:\"a\"\nb\";}".as_bytes()).unwrap(), "{\"né\":\"a\\\"\\nb\"}");
    }

    #[test]
    fn what_is_broken_or_more_than_data_is_refused() {
        for php in [
            &b"a:1:{s:1:\"a\";i:1;"[..],
            b"a:2:{s:1:\"a\";i:1;}",
            b"a:0:{s:1:\"a\";i:1;}",
            b"a:1:{s:1:\"a\";}",
            b"O:1:\"A\":0:{}",
            b"a:1:{s:1:\"a\";R:1;}",
            b"s:99999999:\"a\";",
            b"a:4294967295:{}",
            b"i:1;i:2;",
            b"}",
            b"a:1:{s:1:\"a\";d:INF;}",
            b"a:1:{s:1:\"\xff\";i:1;}",
        ] {
            assert!(to_json(php).is_err(), "{}", String::from_utf8_lossy(php));
        }
        assert!(to_json("a:1:{i:0;".repeat(100_000).as_bytes()).is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic_and_never_give_broken_json(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            if let Ok(json) = to_json(&bytes) {
                prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
            }
        }

        #[test]
        fn almost_php_never_panics(text in "[absidNRO0-3:;{}\"-]{0,40}") {
            if let Ok(json) = to_json(text.as_bytes()) {
                prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
            }
        }
    }
}
