//! Counters by the table of this namespace, which knows links by their names only.
//!
//! A link must have had the same one before and after the table was read.

use super::last::Stamped;
use super::walk::{Page, Walk};
use super::{Counters, Sample};
use crate::facts::{IfName, Link, LinkFacts};
use crate::kernel::names::Names;
use crate::kernel::net_dev::Row;
use std::collections::HashMap;

/// How often the table is read for a link that is being renamed meanwhile.
const ATTEMPTS: usize = 4;

/// What the table says of links, as far as it has been read, by the names that they
/// had then.
#[derive(Debug, Default)]
pub struct Listing {
    pub(super) walk: Walk,
    rows: HashMap<IfName, Stamped>,
}

impl Listing {
    pub(super) fn add(&mut self, page: Page) {
        let began = page.began;
        let stamped = |row: Row| (row.name, began.sample(row.sent, row.received));
        self.rows.extend(page.rows.into_iter().map(stamped));
    }

    /// The sample of `link`, whose facts are older, if it still has its name.
    pub(super) fn of(&self, link: &Link, names: &Names) -> Option<Stamped> {
        let stamped = self.rows.get(&link.name).copied();
        stamped.filter(|_| names.of(link) == Some(link.name))
    }
}

impl Counters {
    /// Reads the next page of the table of all counters into `listing`; whether more
    /// is to be read here. While a driver behind it is slow nothing is.
    pub fn step(&mut self, listing: &mut Listing) -> bool {
        if self.is_listed_beside() {
            return false;
        }
        let page = self.table.step(&mut listing.walk, &self.reads);
        page.map(|page| listing.add(page)).is_some()
    }

    /// As [`read`](Self::read), from a `listing` that is younger than `facts`, if there
    /// is one, and if the link is in it and still has its name. Links that are not are
    /// read one by one; but while a driver is slow that may be that of any, so what
    /// was read of them last is told.
    pub fn read_from(
        &mut self,
        listing: Option<&Listing>,
        facts: &LinkFacts,
        resyncs: u64,
    ) -> Sample {
        let Some(listing) = listing else {
            return self.read(facts, resyncs);
        };
        if let Some(stamped) = listing.of(&facts.link, &self.names) {
            self.last.put(facts.link.index, facts.incarnation, stamped)
        } else if self.reads.beside(self.table.pace()).is_some() {
            self.last.of(facts).unwrap_or_default()
        } else {
            self.read(facts, resyncs)
        }
    }

    /// By the table, as far as the row of `link`; `None` if that is gone, or cannot be
    /// read, or only slowly.
    pub(super) fn read_table(&mut self, link: &Link) -> Option<Stamped> {
        for _ in 0..ATTEMPTS {
            if self.is_listed_beside() {
                return None;
            }
            let name = self.names.of(link)?;
            let stamped = self.table.find(name, &self.reads);
            if let Some(stamped) = stamped.filter(|_| self.names.of(link) == Some(name)) {
                return Some(stamped);
            }
        }
        None
    }

    /// Whether the table is read by the driver thread: takes what that has read, and
    /// has it read anew.
    fn is_listed_beside(&mut self) -> bool {
        for link in self.table.take_told() {
            self.last.put(link.index, link.incarnation, link.stamped);
        }
        let Some(queue) = self.reads.beside(self.table.pace()) else {
            return false;
        };
        self.table
            .ask(queue, &self.reads, &self.snapshot, &self.names);
        true
    }
}
