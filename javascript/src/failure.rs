//! A script that cannot be read.

use std::fmt;

/// Where and why a script cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompileError {
    /// The file, as the program names it.
    pub file: String,
    /// The line, from 1; 0 where nobody knows.
    pub line: u32,
    /// The column, from 1; 0 where nobody knows.
    pub column: u32,
    /// What is wrong.
    pub message: String,
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (0, _) => write!(f, "{}: {}", self.file, self.message),
            (line, 0) => write!(f, "{}:{line}: {}", self.file, self.message),
            (line, column) => write!(f, "{}:{line}:{column}: {}", self.file, self.message),
        }
    }
}

impl std::error::Error for CompileError {}
