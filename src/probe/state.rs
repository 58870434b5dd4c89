//! Files of `KEY=value` lines, as systemd and `NetworkManager` keep their state.
//!
//! Quotes around a value are no part of it.

/// The value of `key`; quotes around it are no part of it.
pub(crate) fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    let mut lines = text.lines().filter_map(|line| line.split_once('='));
    let (_, value) = lines.find(|(name, _)| *name == key)?;
    Some(value.trim().trim_matches('"'))
}
