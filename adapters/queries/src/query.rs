//! A query: SQL text with `:named` parameters, compiled once to the database's own placeholders.

use crosswalk_contract::Field;
use crosswalk_sql::{Dialect, Placeholder};

use crate::Values;

/// A compiled query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    key: String,
    sql: String,
    /// The parameters in the order of the placeholders.
    names: Vec<String>,
}

impl Query {
    /// Finds the parameters; `key` says where the text stands in the settings. What stands in strings, quoted names and comments is not searched; `::type` and `:=` are
    /// the database's own.
    ///
    /// # Errors
    /// What is wrong with the text, for a person.
    pub fn compile(key: &str, text: &str, dialect: &Dialect) -> Result<Query, String> {
        let text = text.trim().trim_end_matches(';').trim_end();
        if text.is_empty() {
            return Err("the query is empty; leave the key out where there is none".to_owned());
        }
        let mut query = Query { key: key.to_owned(), sql: String::with_capacity(text.len()), names: Vec::new() };
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            let passed = passed_over(rest, dialect)?;
            if passed > 0 {
                query.sql.push_str(&rest[..passed]);
                rest = &rest[passed..];
            } else if let Some(name) = parameter(rest) {
                query.place(name, dialect.placeholder);
                rest = &rest[1 + name.len()..];
            } else if is_own_placeholder(rest, dialect.placeholder) {
                return Err(format!("write `:name` for a parameter, not `{next}`"));
            } else {
                query.sql.push(next);
                rest = &rest[next.len_utf8()..];
            }
        }
        Ok(query)
    }

    /// Where it stands in the settings, for messages: `get_user.email`.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The text for the database.
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// The parameters' names, in the order of the placeholders.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Names and values in the order of the placeholders; what has no value is NULL.
    pub fn bind<'v>(&'v self, values: &'v Values) -> impl Iterator<Item = (&'v str, &'v Field)> {
        self.names.iter().map(|name| (name.as_str(), values.get(name)))
    }

    fn place(&mut self, name: &str, placeholder: Placeholder) {
        match placeholder {
            Placeholder::Question => {
                self.names.push(name.to_owned());
                self.sql.push('?');
            }
            Placeholder::Numbered(prefix) => {
                let known = self.names.iter().position(|known| known == name);
                let number = known.unwrap_or_else(|| {
                    self.names.push(name.to_owned());
                    self.names.len() - 1
                });
                self.sql.push(prefix);
                self.sql.push_str(&(number + 1).to_string());
            }
        }
    }
}

/// The name, where the text begins with a parameter.
fn parameter(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(':')?;
    let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
    let begins = rest.starts_with(|letter: char| letter.is_alphabetic() || letter == '_');
    begins.then(|| &rest[..end])
}

fn is_own_placeholder(text: &str, placeholder: Placeholder) -> bool {
    match placeholder {
        // `?` is an operator nowhere in MySQL.
        Placeholder::Question => text.starts_with('?'),
        Placeholder::Numbered(prefix) => {
            text.strip_prefix(prefix).is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()))
        }
    }
}

/// How many bytes at the beginning are to be left as they are; 0 where the first character is to be looked at.
fn passed_over(text: &str, dialect: &Dialect) -> Result<usize, String> {
    let lexis = dialect.lexis;
    let whole = |end: Option<usize>, what: &str| end.ok_or_else(|| format!("{what} does not end"));
    if text.starts_with("::") || text.starts_with(":=") {
        return Ok(2);
    }
    if text.starts_with("--") || (lexis.hash_comments && text.starts_with('#')) {
        return Ok(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return whole(comment_end(text, lexis.nested_comments), "a comment");
    }
    if lexis.dollar_quotes && text.starts_with('$') {
        return dollar_quoted(text);
    }
    // `E'…'` has backslash escapes in PostgreSQL; a name that ends in e is passed over whole and does not count.
    if lexis.dollar_quotes && text.starts_with(['E', 'e']) && text[1..].starts_with('\'') {
        return whole(quote_end(&text[1..], '\'', true).map(|end| end + 1), "a string");
    }
    match text.chars().next() {
        Some(quote @ ('\'' | '"' | '`')) => {
            whole(quote_end(text, quote, lexis.backslashes && quote != '`'), "a string or a quoted name")
        }
        // A word is passed over whole: a colon in the middle of one is not a parameter's.
        Some(letter) if letter.is_alphanumeric() || letter == '_' => {
            Ok(text.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(text.len()))
        }
        _ => Ok(0),
    }
}

/// Where a quoted text ends, behind its last quote.
fn quote_end(text: &str, quote: char, backslashes: bool) -> Option<usize> {
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter == '\\' && backslashes {
            letters.next()?;
        } else if letter == quote {
            // A doubled quote is one that belongs to the text.
            match letters.peek() {
                Some((_, next)) if *next == quote => drop(letters.next()),
                _ => return Some(at + letter.len_utf8()),
            }
        }
    }
    None
}

fn comment_end(text: &str, nested: bool) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    while at < text.len() {
        let rest = &text.as_bytes()[at..];
        if rest.starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else if rest.starts_with(b"/*") && (nested || depth == 0) {
            depth += 1;
            at += 2;
        } else {
            at += 1;
        }
    }
    None
}

/// `$tag$ … $tag$`; 0 where the text only begins with a dollar.
fn dollar_quoted(text: &str) -> Result<usize, String> {
    let Some(close) = text[1..].find('$') else { return Ok(0) };
    let tag = &text[..close + 2];
    let name = &tag[1..tag.len() - 1];
    let is_tag = name.chars().all(|letter| letter.is_alphanumeric() || letter == '_')
        && !name.starts_with(|letter: char| letter.is_ascii_digit());
    if !is_tag {
        return Ok(0);
    }
    match text[tag.len()..].find(tag) {
        Some(end) => Ok(tag.len() + end + tag.len()),
        None => Err(format!("a string that begins with {tag} does not end")),
    }
}

#[cfg(test)]
mod tests {
    use crosswalk_sql::Lexis;
    use proptest::prelude::*;

    use super::*;

    fn dialect(placeholder: Placeholder, lexis: Lexis) -> Dialect {
        Dialect {
            quote: '"',
            placeholder,
            same_bytes: "",
            folded: "",
            not_distinct: "",
            default_row: "",
            returning: false,
            lexis,
        }
    }

    fn postgres() -> Dialect {
        dialect(Placeholder::Numbered('$'), Lexis::POSTGRES)
    }

    fn mysql() -> Dialect {
        dialect(Placeholder::Question, Lexis::MYSQL)
    }

    #[test]
    fn a_name_that_is_used_twice_has_one_number_and_two_question_marks() {
        let text = "SELECT :id::int, :b FROM t WHERE a=:id;";
        let query = Query::compile("q", text, &postgres()).unwrap();
        assert_eq!(
            (query.sql(), query.names()),
            ("SELECT $1::int, $2 FROM t WHERE a=$1", &["id".into(), "b".into()][..])
        );
        let query = Query::compile("q", "SELECT :id, :b, :id", &mysql()).unwrap();
        assert_eq!((query.sql(), query.names().join(" ")), ("SELECT ?, ?, ?", "id b id".to_owned()));
    }

    #[test]
    fn what_is_quoted_or_commented_has_no_parameters() {
        for text in [
            "SELECT ':a', \":b\", 'it''s :c' -- :d\n, 1 /* :e /* :f */ */, $x$ :g $$ $x$, E'\\' :h', now()::time, x[1:2]",
            "SELECT a::text",
        ] {
            let query = Query::compile("q", text, &postgres()).unwrap();
            assert_eq!((query.sql(), query.names()), (text, &[][..]));
        }
        let text = "SELECT ':a', \"\\\":b\", 'it\\'s :c', `:d` # :e\n, @x := 1 /* :f */";
        let query = Query::compile("q", text, &mysql()).unwrap();
        assert_eq!((query.sql(), query.names()), (text, &[][..]));
    }

    #[test]
    fn what_does_not_end_or_is_the_databases_own_is_told() {
        for (text, dialect, said) in [
            ("", postgres(), "empty"),
            ("SELECT 'a", postgres(), "does not end"),
            ("SELECT /* /* */", postgres(), "does not end"),
            ("SELECT $a$ $b$", postgres(), "$a$"),
            ("SELECT $1", postgres(), ":name"),
            ("SELECT ?", mysql(), ":name"),
        ] {
            let why = Query::compile("q", text, &dialect).unwrap_err();
            assert!(why.contains(said), "{text}: {why}");
        }
    }

    proptest! {
        #[test]
        fn no_text_is_a_panic_and_without_parameters_nothing_changes(text in ".{0,60}|[:'\"`$/*#?a1 \\\\-]{0,40}") {
            for dialect in [postgres(), mysql()] {
                if let Ok(query) = Query::compile("q", &text, &dialect)
                    && query.names().is_empty()
                {
                    prop_assert_eq!(query.sql(), text.trim().trim_end_matches(';').trim_end());
                }
            }
        }
    }
}
