//! Standard output: one locked writer, colours only on a terminal, foreign text made harmless, a closed pipe survived.

use std::io::{self, BufWriter, StdoutLock, Write};

use anstream::AutoStream;
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use unicode_width::UnicodeWidthStr;

/// Where a command writes its answer.
pub struct Screen {
    out: BufWriter<AutoStream<StdoutLock<'static>>>,
    width: usize,
    json: bool,
}

/// Nothing special.
pub const PLAIN: Style = Style::new();
/// Titles.
pub const STRONG: Style = Style::new().bold();
/// What is beside the point.
pub const FAINT: Style = Style::new().dimmed();
/// What went well.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What did not.
pub const BAD: Style = AnsiColor::Red.on_default();
/// What may become a trouble.
pub const ODD: Style = AnsiColor::Yellow.on_default();
/// What the map does.
pub const MAP: Style = AnsiColor::Cyan.on_default();

const NARROWEST: usize = 40;
const WIDEST: usize = 120;
/// A file or a pipe has no width.
const WITHOUT_TERMINAL: usize = 100;

impl Screen {
    /// Locks standard output.
    pub fn new(json: bool) -> Screen {
        let of_terminal = terminal_size::terminal_size().map(|(width, _)| usize::from(width.0));
        let wished = || std::env::var("COLUMNS").ok()?.parse().ok();
        let width: usize = of_terminal.or_else(wished).unwrap_or(WITHOUT_TERMINAL);
        let out = BufWriter::new(AutoStream::auto(io::stdout().lock()));
        Screen { out, width: width.clamp(NARROWEST, WIDEST), json }
    }

    /// Whether the answer is to be JSON.
    pub fn json(&self) -> bool {
        self.json
    }

    /// Columns that fit.
    pub fn width(&self) -> usize {
        self.width
    }

    /// One line.
    ///
    /// # Errors
    /// Those of writing.
    pub fn line(&mut self, text: impl AsRef<str>) -> io::Result<()> {
        writeln!(self.out, "{}", text.as_ref())
    }

    /// An empty line.
    ///
    /// # Errors
    /// Those of writing.
    pub fn gap(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// A line in that style.
    ///
    /// # Errors
    /// Those of writing.
    pub fn styled(&mut self, style: Style, text: impl AsRef<str>) -> io::Result<()> {
        self.line(paint(style, text.as_ref()))
    }

    /// Text in lines no wider than the screen, each indented.
    ///
    /// # Errors
    /// Those of writing.
    pub fn paragraph(&mut self, indent: usize, text: &str) -> io::Result<()> {
        for line in wrapped(text, self.width.saturating_sub(indent), usize::MAX) {
            self.line(format!("{:indent$}{line}", ""))?;
        }
        Ok(())
    }

    /// A JSON value on a line of its own.
    ///
    /// # Errors
    /// Those of writing.
    pub fn value(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.out, value)?;
        writeln!(self.out)
    }

    /// Rows in columns as wide as they need; the first row is the head. A terminal wraps what is too long: nothing that
    /// was asked for is left out.
    ///
    /// # Errors
    /// Those of writing.
    pub fn table(&mut self, rows: &[Vec<String>]) -> io::Result<()> {
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let widths: Vec<usize> = (0..columns)
            .map(|column| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max().unwrap_or(0))
            .collect();
        for (index, row) in rows.iter().enumerate() {
            let mut line = String::from("  ");
            for (column, cell) in row.iter().enumerate() {
                line.push_str(&padded(cell, widths.get(column).copied().unwrap_or(0)));
                line.push_str("  ");
            }
            let line = line.trim_end();
            if index == 0 { self.styled(FAINT, line)? } else { self.line(line)? }
        }
        Ok(())
    }

    /// Hands everything to whoever reads. Before a prompt, a long wait and a word on standard error.
    ///
    /// # Errors
    /// Those of writing.
    pub fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Text in a style; where the output is no terminal the style is left out again.
pub fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Foreign text without what could command a terminal or turn lines around: such characters are written as escapes.
pub fn harmless(text: &str) -> String {
    let mut harmless = String::with_capacity(text.len());
    for character in text.chars() {
        let turns = matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if character.is_control() || turns || matches!(character, '\u{2028}' | '\u{2029}') {
            harmless.extend(character.escape_default());
        } else {
            harmless.push(character);
        }
    }
    harmless
}

/// The text in at most that many columns, with `…` where something is missing.
pub fn cut(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut cut = String::new();
    for character in text.chars() {
        cut.push(character);
        // Of the whole, since some characters are wider or narrower together than each alone.
        if cut.width() + 1 > columns {
            cut.pop();
            break;
        }
    }
    cut.push('…');
    cut
}

/// The text in lines of exactly that many columns, at most so many; `…` where something is missing.
pub fn chunks(text: &str, columns: usize, most: usize) -> Vec<String> {
    let mut chunks = Vec::new();
    let mut rest = text;
    while chunks.len() + 1 < most && rest.width() > columns {
        let end = rest
            .char_indices()
            .map(|(at, character)| at + character.len_utf8())
            .take_while(|end| rest[..*end].width() <= columns)
            .last()
            .unwrap_or(0);
        if end == 0 {
            break;
        }
        let (chunk, after) = rest.split_at(end);
        chunks.push(chunk.to_owned());
        rest = after;
    }
    chunks.push(cut(rest, columns));
    chunks
}

/// The text filled up with spaces to that many columns.
pub fn padded(text: &str, columns: usize) -> String {
    format!("{text}{:fill$}", "", fill = columns.saturating_sub(text.width()))
}

/// The text in lines of at most that many columns, broken between words, and at most so many lines.
/// What fits in no line, such as a long path, is left whole.
pub fn wrapped(text: &str, columns: usize, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let full = lines.len() >= most;
        match lines.last_mut() {
            Some(line) if full || line.width() + 1 + word.width() <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_row_holds_cannot_command_the_terminal() {
        assert_eq!(harmless("a\u{1b}[2Jb\nc\u{202e}d"), "a\\u{1b}[2Jb\\nc\\u{202e}d");
        assert_eq!(harmless("Ünïcode 🙂 東京"), "Ünïcode 🙂 東京");
    }

    proptest! {
        #[test]
        fn cut_text_fits_and_harmless_text_has_no_control_characters(text in ".*", columns in 1usize..60) {
            prop_assert!(cut(&text, columns).width() <= columns);
            prop_assert!(!harmless(&text).chars().any(char::is_control));
        }
    }
}
