//! What is wrong with a configuration file, and where.
//!
//! All mistakes of a file are gathered and told at once, with line and column.

use std::fmt::{self, Write};

/// One thing that is wrong, and what would be right. Displayed as
/// `line:column: what`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mistake {
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 1.
    pub column: usize,
    /// What is wrong, and what would be right.
    pub what: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.line, self.column)?;
        // What the file holds is quoted; a mistake is one line, and harms no terminal.
        for char in self.what.chars() {
            if char.is_control() {
                write!(f, "{}", char.escape_default())?;
            } else {
                f.write_char(char)?;
            }
        }
        Ok(())
    }
}

/// The mistakes found so far.
#[derive(Debug, Default)]
pub(super) struct Mistakes {
    /// By offset in bytes.
    found: Vec<(usize, String)>,
    is_torn: bool,
}

impl Mistakes {
    /// Notes that `what` is wrong at this offset in bytes.
    pub(super) fn at(&mut self, offset: usize, what: impl Into<String>) {
        self.found.push((offset, what.into()));
    }

    /// Notes that something is not there, or not as it should be, unless a part of
    /// the file could not be read: it may be in that.
    pub(super) fn unless_torn(&mut self, offset: usize, what: impl Into<String>) {
        if !self.is_torn {
            self.at(offset, what);
        }
    }

    /// Notes that the file is no TOML here.
    pub(super) fn torn(&mut self, offset: usize, what: impl Into<String>) {
        self.is_torn = true;
        self.at(offset, what);
    }

    /// `value`, unless there are mistakes; these are placed in `text`.
    pub(super) fn or<T>(self, value: T, text: &str) -> Result<T, Vec<Mistake>> {
        if self.found.is_empty() {
            return Ok(value);
        }
        let place = |(offset, what): (usize, String)| {
            let before = text.get(..offset).unwrap_or(text);
            let line = before.rsplit('\n').next().unwrap_or_default();
            Mistake {
                line: before.matches('\n').count() + 1,
                column: line.chars().count() + 1,
                what,
            }
        };
        let mut mistakes: Vec<Mistake> = self.found.into_iter().map(place).collect();
        mistakes.sort();
        mistakes.dedup();
        Err(mistakes)
    }
}
