//! Text between the quotes of a label.
//!
//! Quotes, backslashes and line ends are escaped, as the text exposition format says.

use std::fmt::{self, Write};

/// Any text, which may hold what the format has a meaning for.
pub(super) struct Escaped<'a>(pub(super) &'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '\\' => f.write_str("\\\\")?,
                '"' => f.write_str("\\\"")?,
                '\n' => f.write_str("\\n")?,
                plain => f.write_char(plain)?,
            }
        }
        Ok(())
    }
}
