//! As much of SQL as it takes to know what a text does to a connection: where its statements end, and their words.
//!
//! What is in doubt counts as more than it is: a connection is reset once too often, or a text is refused.

/// How a server reads text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Postgres,
    /// Whether a backslash in a string means something (`NO_BACKSLASH_ESCAPES` is off).
    Mysql {
        backslash: bool,
    },
}

/// One statement of a text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Statement<'t> {
    pub(crate) text: &'t str,
    /// Names and keywords in lower case, without those in quotes.
    words: Vec<String>,
    /// Words outside of all parentheses.
    outer: Vec<String>,
    assigns: bool,
}

/// Words that start a statement which changes nothing about its connection.
const PLAIN: [&str; 13] = [
    "select", "insert", "update", "delete", "replace", "with", "values", "table", "merge", "show", "explain",
    "describe", "desc",
];

/// What `EXECUTE` can run in PostgreSQL.
const PLANNABLE: [&str; 8] = ["select", "insert", "update", "delete", "with", "values", "merge", "table"];

impl Statement<'_> {
    pub(crate) fn keyword(&self) -> &str {
        self.words.first().map_or("", String::as_str)
    }

    /// Whether nothing of it stays with the connection. A function that the database has may still do what it likes.
    pub(crate) fn is_plain(&self) -> bool {
        let first = self.keyword();
        let has = |wanted: fn(&str) -> bool| self.words.iter().any(|word| wanted(word));
        let makes_something = matches!(first, "select" | "with" | "explain" | "table") && has(|word| word == "into");
        let stays = has(|word| {
            matches!(word, "set_config" | "get_lock" | "lo_open" | "pg_export_snapshot" | "temporary" | "temp")
                || word.starts_with("pg_advisory")
                || word.starts_with("pg_try_advisory")
                || word.starts_with("dblink")
        });
        PLAIN.contains(&first) && !self.assigns && !makes_something && !stays
    }

    pub(crate) fn is_plannable(&self) -> bool {
        PLANNABLE.contains(&self.keyword())
            && !self.outer.iter().any(|word| word == "into" && self.keyword() == "select")
    }

    /// What PostgreSQL calls it when it is done.
    pub(crate) fn command(&self) -> String {
        let is_verb = |word: &&String| matches!(word.as_str(), "select" | "insert" | "update" | "delete" | "merge");
        let name = match self.keyword() {
            "with" => self.outer.iter().find(is_verb).map_or("SELECT", String::as_str),
            "values" | "table" => "SELECT",
            "create" | "alter" | "drop" => {
                return self.words.iter().take(2).cloned().collect::<Vec<_>>().join(" ").to_uppercase();
            }
            "start" => "START TRANSACTION",
            "abort" => "ROLLBACK",
            "end" => "COMMIT",
            other => other,
        };
        name.to_uppercase()
    }
}

/// The statements of a text; empty ones are left out.
pub(crate) fn statements(text: &str, dialect: Dialect) -> Vec<Statement<'_>> {
    Reader { text, bytes: text.as_bytes(), at: 0, dialect }.read()
}

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    dialect: Dialect,
}

impl<'t> Reader<'t> {
    fn read(mut self) -> Vec<Statement<'t>> {
        let (mut found, mut current) = (Vec::new(), Statement::default());
        let (mut begin, mut depth, mut is_empty) = (0, 0_u32, true);
        while let Some(byte) = self.peek(0) {
            let start = self.at;
            match byte {
                b';' => {
                    self.at += 1;
                    current.text = &self.text[begin..start];
                    let done = std::mem::take(&mut current);
                    if !std::mem::replace(&mut is_empty, true) {
                        found.push(done);
                    }
                    (begin, depth) = (self.at, 0);
                    continue;
                }
                b if b.is_ascii_whitespace() => {
                    self.at += 1;
                    continue;
                }
                _ if self.comment() => continue,
                b'(' => depth += 1,
                b')' => depth = depth.saturating_sub(1),
                b':' if self.peek(1) == Some(b'=') => current.assigns = true,
                _ => {}
            }
            is_empty = false;
            match self.word_or_quoted() {
                Some(word) => {
                    if depth == 0 {
                        current.outer.push(word.clone());
                    }
                    current.words.push(word);
                }
                None => self.at = self.at.max(start + 1),
            }
        }
        current.text = &self.text[begin..];
        if !is_empty {
            found.push(current);
        }
        found
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    /// Passes over a comment. What MySQL runs although it stands in one (`/*! … */`) is no comment.
    fn comment(&mut self) -> bool {
        let rest = &self.bytes[self.at..];
        let is_mysql = self.dialect != Dialect::Postgres;
        let is_line = rest.starts_with(b"--") && (!is_mysql || rest.get(2).is_none_or(|next| *next <= b' '))
            || is_mysql && rest.starts_with(b"#");
        if is_line {
            self.at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            return true;
        }
        if is_mysql && (rest.starts_with(b"/*!") || rest.starts_with(b"/*M!")) {
            // Its content counts, and so does the end sign, which is nothing by itself.
            self.at += 3;
            return true;
        }
        if !rest.starts_with(b"/*") {
            return is_mysql && rest.starts_with(b"*/") && {
                self.at += 2;
                true
            };
        }
        let mut depth = 0_u32;
        while self.at < self.bytes.len() {
            let rest = &self.bytes[self.at..];
            if rest.starts_with(b"/*") && (depth == 0 || !is_mysql) {
                depth += 1;
                self.at += 2;
            } else if rest.starts_with(b"*/") {
                depth -= 1;
                self.at += 2;
                if depth == 0 {
                    break;
                }
            } else {
                self.at += 1;
            }
        }
        true
    }

    /// Passes over what is in quotes, or returns a word.
    fn word_or_quoted(&mut self) -> Option<String> {
        let byte = self.peek(0)?;
        match (byte, self.dialect) {
            (b'\'', Dialect::Postgres) => self.quoted(b'\'', false),
            (b'"', Dialect::Postgres) => self.quoted(b'"', false),
            (b'e' | b'E', Dialect::Postgres) if self.peek(1) == Some(b'\'') => {
                self.at += 1;
                self.quoted(b'\'', true);
            }
            (b'$', Dialect::Postgres) => self.dollar(),
            (b'\'' | b'"', Dialect::Mysql { backslash }) => self.quoted(byte, backslash),
            (b'`', Dialect::Mysql { .. }) => self.quoted(b'`', false),
            _ if is_name(byte) => {
                let start = self.at;
                while self.peek(0).is_some_and(|byte| is_name(byte) || byte == b'$') {
                    self.at += 1;
                }
                return Some(self.text[start..self.at].to_lowercase());
            }
            _ => {}
        }
        None
    }

    fn quoted(&mut self, quote: u8, backslash: bool) {
        self.at += 1;
        while let Some(byte) = self.peek(0) {
            self.at += 1;
            if byte == b'\\' && backslash {
                self.at += 1;
            } else if byte == quote {
                if self.peek(0) != Some(quote) {
                    return;
                }
                self.at += 1;
            }
        }
        self.at = self.bytes.len();
    }

    /// `$tag$ … $tag$`
    fn dollar(&mut self) {
        let rest = &self.text[self.at..];
        let Some(length) = rest[1..].find('$').map(|end| end + 2) else { return };
        let tag = &rest[..length];
        let is_tag = tag[1..length - 1].bytes().all(is_name) && !tag.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
        if is_tag {
            self.at += rest[length..].find(tag).map_or(rest.len(), |end| length + end + length);
        }
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    const MYSQL: Dialect = Dialect::Mysql { backslash: true };

    fn count(text: &str, dialect: Dialect) -> usize {
        statements(text, dialect).len()
    }

    #[test]
    fn statements_end_where_the_server_ends_them() {
        for (text, expected) in [
            ("SELECT 1", 1),
            ("SELECT 1;", 1),
            (" ; ; ", 0),
            ("SELECT ';' ; -- ; more\n", 1),
            ("SELECT 1; SELECT 2", 2),
            ("SELECT $a$ ; $a$, $1", 1),
            ("SELECT '\\'; DROP TABLE x; --'", 2),
            ("SELECT E'\\'; ; ;'", 1),
            ("SELECT /* /* ; */ ; */ 1", 1),
            ("SELECT \"a;b\"", 1),
            ("SELECT 'é;' || $é$;$é$", 1),
        ] {
            assert_eq!(count(text, Dialect::Postgres), expected, "{text}");
        }
        for (text, expected) in [
            ("SELECT 'it\\'s; fine'", 1),
            ("SELECT 'it''s; fine'", 1),
            ("SELECT \"a;b\", `c;d` # ; e", 1),
            ("SELECT 1 --; DROP TABLE x", 2),
            ("SELECT 1 -- ; DROP TABLE x", 1),
            ("SELECT 1 /*! ; DROP TABLE x */", 2),
            ("SELECT 1 /*M!100000 ; DROP TABLE x */", 2),
            ("SELECT 1 /* /* ; */ ; DROP TABLE x", 2),
            ("SELECT '\\\\'; DROP TABLE x", 2),
        ] {
            assert_eq!(count(text, MYSQL), expected, "{text}");
        }
        assert_eq!(count("SELECT '\\'; DROP TABLE x; -- '", Dialect::Mysql { backslash: false }), 2);
    }

    #[test]
    fn what_stays_with_a_connection_is_told_from_what_does_not() {
        let plain = |text: &str| statements(text, Dialect::Postgres).iter().all(Statement::is_plain);
        for text in [
            "select 1",
            "INSERT INTO a VALUES ('begin; set x')",
            "WITH a AS (SELECT 1) SELECT * FROM a",
            "-- x\nselect 1",
        ] {
            assert!(plain(text), "{text}");
        }
        for text in [
            "BEGIN",
            "SET x = 1",
            "select set_config('a','b',false)",
            "select 1 into temp t",
            "lock table a",
            "listen a",
            "select pg_advisory_lock(1)",
            "create temp table a()",
            "select 1; begin",
            "discard all",
            "prepare a as select 1",
        ] {
            assert!(!plain(text), "{text}");
        }
        assert!(!statements("SELECT @a := 1", MYSQL)[0].is_plain());
        assert!(!statements("SELECT 1 INTO @a", MYSQL)[0].is_plain());
    }

    #[test]
    fn a_command_has_its_name() {
        for (text, command) in [
            ("select 1", "SELECT"),
            ("with a as (select 1) insert into b select * from a", "INSERT"),
            ("with a as (insert into b values (1) returning 1) select * from a", "SELECT"),
            ("values (1)", "SELECT"),
            ("create table a()", "CREATE TABLE"),
            ("begin", "BEGIN"),
        ] {
            assert_eq!(statements(text, Dialect::Postgres)[0].command(), command, "{text}");
        }
    }
}
