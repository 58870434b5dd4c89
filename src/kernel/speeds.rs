//! When which link's speed is read.
//!
//! A speed has no event of its own: a link is read when something happens to it,
//! to its ports or to the link below, again 1 s and 5 s later (LACP settles
//! after the event), and once a minute.

use super::fold::Fold;
use super::speed::{SpeedReader, SpeedReply};
use crate::facts::IfIndex;
use std::collections::{BTreeSet, HashMap};
use std::io;
use std::time::{Duration, Instant};

/// Pauses between the readings that follow an event; the last one for ever.
const PAUSES: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(4),
    Duration::from_mins(1),
];

/// The speeds of every link that is connected.
#[derive(Debug)]
pub struct Speeds {
    reader: SpeedReader,
    schedule: Schedule,
    /// Links whose own messages came in since they were last scheduled.
    stirred: BTreeSet<IfIndex>,
}

impl Speeds {
    /// Starts the driver thread.
    ///
    /// # Errors
    /// If no thread can be had.
    pub fn start() -> io::Result<Self> {
        Ok(Self {
            reader: SpeedReader::start()?,
            schedule: Schedule::default(),
            stirred: BTreeSet::new(),
        })
    }

    /// A message of the link `index` came in.
    pub fn stir(&mut self, index: IfIndex) {
        self.stirred.insert(index);
    }

    /// When the next reading is due.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        self.schedule.deadline()
    }

    /// Asks for every speed that is due.
    pub fn ask(&mut self, fold: &Fold, now: Instant) {
        self.schedule_stirred(fold, now);
        let is_here = |index| fold.link(index).is_some();
        while let Some(index) = self.schedule.take_due(now, is_here) {
            if let Some(facts) = fold.link(index).filter(|facts| facts.link.is_connected()) {
                self.reader.ask(facts.as_ref().into());
            }
        }
    }

    /// Asks for the speed of every link.
    pub fn ask_all(&mut self, fold: &Fold) {
        self.stirred
            .extend(fold.links().map(|facts| facts.link.index));
        self.ask(fold, Instant::now());
    }

    fn schedule_stirred(&mut self, fold: &Fold, now: Instant) {
        if self.stirred.is_empty() {
            return;
        }
        let stirred = std::mem::take(&mut self.stirred);
        for link in fold.links().map(|facts| &facts.link) {
            if stirred.contains(&link.index) {
                self.schedule.event(link.index, now);
                link.master
                    .inspect(|master| self.schedule.event(*master, now));
            }
            if link.lower.is_some_and(|lower| stirred.contains(&lower)) {
                self.schedule.event(link.index, now);
            }
        }
    }

    /// Waits for the driver's next word. Cancelling loses nothing.
    pub async fn next(&mut self) -> SpeedReply {
        self.reader.next().await
    }

    /// Folds a word of the driver's; whether it is new.
    pub fn take(&mut self, reply: &SpeedReply, fold: &mut Fold) -> bool {
        let is_new = fold.set_speed(reply.index, reply.incarnation, &reply.speed);
        if is_new {
            // What lies on top shows the same speed.
            let uppers = fold
                .links()
                .filter(|facts| facts.link.lower == Some(reply.index));
            for upper in uppers {
                self.schedule.event(upper.link.index, Instant::now());
            }
        }
        is_new
    }

    /// Waits until every link that was asked has answered, and folds the words.
    pub async fn collect(&mut self, fold: &mut Fold) {
        while self.reader.is_waiting() {
            let reply = self.reader.next().await;
            fold.set_speed(reply.index, reply.incarnation, &reply.speed);
        }
    }
}

/// When which link is due, pure.
#[derive(Debug, Default)]
struct Schedule {
    due: BTreeSet<(Instant, IfIndex)>,
    /// Of each link, when it is due and how many readings followed its event.
    links: HashMap<IfIndex, (Instant, usize)>,
}

impl Schedule {
    /// Something happened to the link `index`: it is due now.
    fn event(&mut self, index: IfIndex, now: Instant) {
        self.set(index, now, 0);
    }

    /// When the next link is due.
    #[must_use]
    fn deadline(&self) -> Option<Instant> {
        self.due.first().map(|(due, _)| *due)
    }

    /// Takes a link that is due. If `is_here`, it will be due again.
    fn take_due(&mut self, now: Instant, is_here: impl Fn(IfIndex) -> bool) -> Option<IfIndex> {
        let (due, index) = self.due.first().copied().filter(|(due, _)| *due <= now)?;
        self.due.remove(&(due, index));
        let (_, readings) = self.links.remove(&index)?;
        if is_here(index)
            && let Some(pause) = PAUSES.get(readings).or(PAUSES.last())
        {
            self.set(index, now + *pause, readings + 1);
        }
        Some(index)
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
