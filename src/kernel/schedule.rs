//! When which link's speed is due, pure.
//!
//! At an event, again 1 s and 5 s later, and once a minute.

use crate::facts::IfIndex;
use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

/// Pauses between the readings that follow an event; the last one for ever.
const PAUSES: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(4),
    Duration::from_mins(1),
];

/// A link that is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// The link.
    pub index: IfIndex,
    /// It is the first reading that follows its event.
    pub is_first: bool,
}

/// When which link is due.
#[derive(Debug, Default)]
pub struct Schedule {
    due: BTreeSet<(Instant, IfIndex)>,
    /// Of each link, when it is due and how many readings followed its event.
    links: HashMap<IfIndex, (Instant, usize)>,
}

impl Schedule {
    /// Something happened to the link `index`: it is due at `due`.
    pub fn event(&mut self, index: IfIndex, due: Instant) {
        self.set(index, due, 0);
    }

    /// The link `index` is due at `due` instead, in the course of the same event.
    pub fn again(&mut self, index: IfIndex, due: Instant) {
        let readings = self.links.get(&index).map_or(0, |(_, readings)| *readings);
        self.set(index, due, readings);
    }

    /// When the next link is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Takes a link that is due. If `is_here`, it will be due again.
    pub fn take_due(&mut self, now: Instant, is_here: impl Fn(IfIndex) -> bool) -> Option<Due> {
        let (due, index) = self.due.first().copied().filter(|(due, _)| *due <= now)?;
        self.due.remove(&(due, index));
        let (_, readings) = self.links.remove(&index)?;
        if is_here(index)
            && let Some(pause) = PAUSES.get(readings).or(PAUSES.last())
        {
            self.set(index, now + *pause, readings + 1);
        }
        let is_first = readings == 0;
        Some(Due { index, is_first })
    }

    /// The link `index` has gone.
    pub fn forget(&mut self, index: IfIndex) {
        if let Some((due, _)) = self.links.remove(&index) {
            self.due.remove(&(due, index));
        }
    }

    fn set(&mut self, index: IfIndex, due: Instant, readings: usize) {
        if let Some((old, _)) = self.links.insert(index, (due, readings)) {
            self.due.remove(&(old, index));
        }
        self.due.insert((due, index));
    }
}

#[cfg(test)]
mod tests;
