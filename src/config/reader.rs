//! Reading tables of TOML: each key once, of the right type, none unknown.
//!
//! What is wrong is noted and reading goes on, so that all mistakes are told at once.

use super::mistake::Mistakes;
use std::fmt::Display;
use std::ops::RangeInclusive;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and the offset in bytes where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) offset: usize,
}

/// Reads `text` as far as it is TOML.
pub(super) fn parse<'a>(text: &'a str, mistakes: &mut Mistakes) -> DeTable<'a> {
    let (tree, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let offset = error.span().map_or(0, |span| span.start);
        mistakes.torn(offset, format!("this is not TOML: {}", error.message()));
    }
    tree.into_inner()
}

/// A table being read.
pub(super) struct Table<'a> {
    entries: Vec<(&'a str, usize, &'a Spanned<DeValue<'a>>)>,
    /// As it is written.
    name: String,
    offset: usize,
    known: Vec<&'static str>,
}

impl<'a> Table<'a> {
    /// The file itself.
    pub(super) fn root(tree: &'a DeTable<'a>) -> Self {
        Self::new(tree, "this file".to_owned(), 0)
    }

    fn new(tree: &'a DeTable<'a>, name: String, offset: usize) -> Self {
        let entry = |(key, value): (&'a Spanned<_>, &'a _)| {
            let name: &std::borrow::Cow<'a, str> = key.get_ref();
            (name.as_ref(), key.span().start, value)
        };
        Self {
            entries: tree.iter().map(entry).collect(),
            name,
            offset,
            known: Vec::new(),
        }
    }

    /// Where it begins.
    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    /// The value of `key`, which is known from now on.
    pub(super) fn take(&mut self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.known.push(key);
        let entry = self.entries.iter().find(|(name, ..)| *name == key);
        entry.map(|(.., value)| *value)
    }

    /// The text of `key`, read by `parse`.
    pub(super) fn text<T, E: Display>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, E>,
        mistakes: &mut Mistakes,
    ) -> Option<At<T>> {
        text(key, self.take(key)?, parse, mistakes)
    }

    /// The texts of the list `key`, each read by `parse`; none if it is not there.
    pub(super) fn texts<T, E: Display>(
        &mut self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, E>,
        mistakes: &mut Mistakes,
    ) -> Vec<At<T>> {
        let Some(list) = self.take(key) else {
            return Vec::new();
        };
        let Some(items) = list.get_ref().as_array() else {
            let what = wrong_type(key, list.get_ref(), "a list of texts, as in [\"...\"]");
            mistakes.at(list.span().start, what);
            return Vec::new();
        };
        items
            .iter()
            .filter_map(|item| text(key, item, &parse, mistakes))
            .collect()
    }

    /// The number of `key`, if it is one of `range`.
    pub(super) fn number(
        &mut self,
        key: &'static str,
        range: &RangeInclusive<u32>,
        mistakes: &mut Mistakes,
    ) -> Option<At<u32>> {
        let found = self.take(key)?;
        let offset = found.span().start;
        let (least, most) = (range.start(), range.end());
        let Some(number) = found.get_ref().as_integer() else {
            let wanted = format!("a number from {least} to {most}");
            mistakes.at(offset, wrong_type(key, found.get_ref(), &wanted));
            return None;
        };
        let value = u32::from_str_radix(number.as_str(), number.radix())
            .ok()
            .filter(|value| range.contains(value));
        if value.is_none() {
            mistakes.at(
                offset,
                format!("`{key}` is {number}; write a number from {least} to {most}"),
            );
        }
        value.map(|value| At { value, offset })
    }

    /// Whether `key` is true.
    pub(super) fn flag(&mut self, key: &'static str, mistakes: &mut Mistakes) -> Option<At<bool>> {
        let found = self.take(key)?;
        let offset = found.span().start;
        let value = found.get_ref().as_bool();
        if value.is_none() {
            mistakes.at(offset, wrong_type(key, found.get_ref(), "true or false"));
        }
        value.map(|value| At { value, offset })
    }

    /// The table `key`.
    pub(super) fn table(&mut self, key: &'static str, mistakes: &mut Mistakes) -> Option<Self> {
        let found = self.take(key)?;
        let offset = found.span().start;
        let name = format!("[{key}]");
        let Some(table) = found.get_ref().as_table() else {
            mistakes.unless_torn(
                offset,
                wrong_type(key, found.get_ref(), &format!("a table, {name}")),
            );
            return None;
        };
        Some(Self::new(table, name, offset))
    }

    /// The tables of the list `key`; none if it is not there.
    pub(super) fn tables(&mut self, key: &'static str, mistakes: &mut Mistakes) -> Vec<Self> {
        let Some(found) = self.take(key) else {
            return Vec::new();
        };
        let outer = self.name.trim_matches(['[', ']']);
        let name = match outer {
            "this file" => format!("[[{key}]]"),
            outer => format!("[[{outer}.{key}]]"),
        };
        let items = found
            .get_ref()
            .as_array()
            .into_iter()
            .flat_map(|list| list.iter());
        let tables: Option<Vec<Self>> = items
            .map(|item| {
                let table = item.get_ref().as_table()?;
                Some(Self::new(table, name.clone(), item.span().start))
            })
            .collect();
        match tables {
            Some(tables) if found.get_ref().is_array() => tables,
            _ => {
                let wanted = format!("a list of tables, each begun by {name}");
                mistakes.unless_torn(
                    found.span().start,
                    wrong_type(key, found.get_ref(), &wanted),
                );
                Vec::new()
            }
        }
    }

    /// Whether `key` is there, and no empty list.
    pub(super) fn has_some(&self, key: &str) -> bool {
        let is_some = |value: &DeValue<'_>| value.as_array().is_none_or(|list| !list.is_empty());
        let mut entries = self.entries.iter();
        entries.any(|(name, _, value)| *name == key && is_some(value.get_ref()))
    }

    /// `found`, which must be there; `example` is how it could be written.
    pub(super) fn require<T>(
        &self,
        found: Option<T>,
        key: &str,
        example: &str,
        mistakes: &mut Mistakes,
    ) -> Option<T> {
        let is_there = self.entries.iter().any(|(name, ..)| *name == key);
        if !is_there {
            let what = format!("{} has no `{key}`; write {key} = {example}", self.name);
            mistakes.unless_torn(self.offset, what);
        }
        found
    }

    /// Refuses every key that nobody asked for.
    pub(super) fn finish(self, mistakes: &mut Mistakes) {
        for (key, offset, _) in &self.entries {
            if !self.known.contains(key) {
                let known = self.known.join(", ");
                mistakes.at(
                    *offset,
                    format!("`{key}` is no key of {}; there are {known}", self.name),
                );
            }
        }
    }
}

fn text<T, E: Display>(
    key: &str,
    found: &Spanned<DeValue<'_>>,
    parse: impl Fn(&str) -> Result<T, E>,
    mistakes: &mut Mistakes,
) -> Option<At<T>> {
    let offset = found.span().start;
    let Some(text) = found.get_ref().as_str() else {
        let what = wrong_type(key, found.get_ref(), "a text in quotes");
        mistakes.at(offset, what);
        return None;
    };
    match parse(text) {
        Ok(value) => Some(At { value, offset }),
        Err(error) => {
            mistakes.at(offset, error.to_string());
            None
        }
    }
}

fn wrong_type(key: &str, found: &DeValue<'_>, wanted: &str) -> String {
    let what = match found {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    format!("`{key}` is {what}; write {wanted}")
}
