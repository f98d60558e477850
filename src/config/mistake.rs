//! Mistakes in a configuration: where, what, and the word that was probably meant. They never hold a value.

use std::fmt;

use serde::Serialize;

/// One mistake.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// The line, from 1; absent where the file itself cannot be read.
    pub line: Option<usize>,
    /// The column in characters, from 1.
    pub column: Option<usize>,
    /// The section, dotted (`connection.shop.store`); empty for the file as a whole.
    pub section: String,
    /// The key in that section; empty for the section as a whole.
    pub key: String,
    /// What is wrong, as a sentence that names section and key.
    pub message: String,
    /// The word that was probably meant.
    pub suggestion: Option<String>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; did you mean `{suggestion}`?"),
            None => Ok(()),
        }
    }
}

/// Every mistake of one file, in the order of the file. Displayed one in a line: `crosswalk.toml:12:3: …`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mistakes {
    /// The file's name.
    pub file: String,
    /// The mistakes; never empty.
    pub mistakes: Vec<Mistake>,
}

impl Mistakes {
    /// The file itself cannot be read.
    pub(super) fn of_file(file: impl Into<String>, message: impl Into<String>) -> Mistakes {
        let mistake = Mistake {
            line: None,
            column: None,
            section: String::new(),
            key: String::new(),
            message: message.into(),
            suggestion: None,
        };
        Mistakes { file: file.into(), mistakes: vec![mistake] }
    }
}

impl fmt::Display for Mistakes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            let line_break = if index == 0 { "" } else { "\n" };
            write!(f, "{line_break}{}:", self.file)?;
            if let Some(line) = mistake.line {
                write!(f, "{line}:")?;
            }
            if let Some(column) = mistake.column {
                write!(f, "{column}:")?;
            }
            write!(f, " {mistake}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Mistakes {}
