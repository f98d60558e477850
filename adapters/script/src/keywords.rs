//! Replacements of Auth0's deploy tool: `##KEY##` stands for a value as it is, `@@KEY@@` for its JSON.
//!
//! Source: Auth0 documentation, "Keyword Replacement" of the Deploy CLI.

use std::collections::BTreeMap;

use crosswalk_contract::Secret;

/// The text with every keyword that is known replaced, and the names of those that are not.
pub(crate) fn replace(text: &str, values: &BTreeMap<String, Secret>) -> (String, Vec<String>) {
    let (mut out, mut missing, mut rest) = (String::with_capacity(text.len()), Vec::new(), text);
    while let Some((before, mark, name, after)) = next(rest) {
        out.push_str(before);
        match values.get(name) {
            Some(value) if mark == "##" => out.push_str(value.expose()),
            Some(value) => out.push_str(&json(value.expose())),
            None => {
                missing.push(name.to_owned());
                out.push_str(&rest[before.len()..rest.len() - after.len()]);
            }
        }
        rest = after;
    }
    out.push_str(rest);
    (out, missing)
}

/// The next keyword: what is before it, its mark, its name, what is after it.
fn next(text: &str) -> Option<(&str, &str, &str, &str)> {
    let mut from = 0;
    loop {
        let at = from + text[from..].find(['#', '@'])?;
        for mark in ["##", "@@"] {
            let Some(inner) = text[at..].strip_prefix(mark) else { continue };
            let length = inner.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
            let (name, after) = inner.split_at(length);
            if let (false, Some(after)) = (name.is_empty(), after.strip_prefix(mark)) {
                return Some((&text[..at], mark, name, after));
            }
        }
        from = at + 1;
    }
}

/// The value as JSON: a text, unless it is JSON already, as the deploy tool has lists and numbers.
fn json(value: &str) -> String {
    match serde_json::from_str::<serde_json::Value>(value) {
        Ok(parsed) if !parsed.is_string() => value.to_owned(),
        _ => serde_json::Value::from(value).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_replaced_and_all_else_stays() {
        let values = BTreeMap::from([
            ("HOST".to_owned(), Secret::new("db.x")),
            ("LIST".to_owned(), Secret::new("[1,2]")),
            ("TEXT".to_owned(), Secret::new("it's \"q\"")),
        ]);
        let (text, missing) = replace("a('##HOST##', @@LIST@@, @@TEXT@@) // ## x ## a@b @@ ##NONE## #", &values);
        assert_eq!(text, "a('db.x', [1,2], \"it's \\\"q\\\"\") // ## x ## a@b @@ ##NONE## #");
        assert_eq!(missing, ["NONE"]);
        assert_eq!(replace("###HOST###", &values).0, "#db.x#");
        assert_eq!(replace("", &values).0, "");
    }
}
