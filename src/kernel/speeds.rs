//! Which link's speed is read when, and what an answer is worth.
//!
//! A speed has no event of its own: a link is read when something happens to it,
//! to its ports or to the link below, again 1 s and 5 s later (LACP settles
//! after the event), and once a minute. An answer to a link that has changed
//! meanwhile is thrown away and asked for again. A read that fails leaves the
//! last value standing, marked stale. The duplex mode is read with it, but for the
//! first reading after an event: other links' speeds come first.

mod hanging;

use super::back_off::BackOff;
use super::driver::{Asked, Driver, SpeedReply, Word};
use super::fold::Fold;
use super::schedule::{Due, Schedule};
use super::speed::{Answer, SpeedRequest, UNKNOWN};
use super::sysfs::{Identity, SysfsError};
use crate::facts::{IfIndex, Link, LinkKind, Reading};
use hanging::{name_of, waits_behind};
use std::collections::BTreeSet;
use std::time::Instant;

/// So many foreign folders in a row are no rename in between.
const SURELY_FOREIGN: usize = 3;

/// The speeds of every link that is connected.
#[derive(Debug)]
pub struct Speeds {
    driver: Driver,
    schedule: Schedule,
    /// Links whose own messages came in since they were last scheduled.
    stirred: BTreeSet<IfIndex>,
    /// Links whose last readings came to nothing.
    back_off: BackOff,
    /// Links were due while a driver hung and the queue had no room for them.
    has_passed_over: bool,
    is_foreign: bool,
    slow_reads: u64,
}

impl Speeds {
    /// Those that `driver` reads.
    #[must_use]
    pub fn new(driver: Driver) -> Self {
        Self {
            driver,
            schedule: Schedule::default(),
            stirred: BTreeSet::new(),
            back_off: BackOff::default(),
            has_passed_over: false,
            is_foreign: false,
            slow_reads: 0,
        }
    }

    /// A message of the link `index` came in, which `fold` has folded.
    pub fn stir(&mut self, index: IfIndex, fold: &Fold) {
        self.stirred.insert(index);
        // The fold forgets the speed of a link that is another, or has another carrier
        // or none: how its driver behaved before says as little.
        let facts = fold.link(index);
        if facts.is_some_and(|facts| facts.speed == Reading::Pending) {
            self.back_off.forget(index);
        }
    }

    /// When the next reading is due, or the driver to be looked after.
    #[must_use]
    pub fn deadline(&self, now: Instant) -> Option<Instant> {
        let stirred = (!self.stirred.is_empty()).then_some(now);
        let due = self.schedule.deadline().filter(|_| self.can_ask());
        [stirred, due, self.driver.deadline(now)]
            .into_iter()
            .flatten()
            .min()
    }

    /// Readings, counters too, that let the deadline pass so far.
    #[must_use]
    pub fn slow_reads(&self) -> u64 {
        self.slow_reads
    }

    /// Asks for every speed that is due, and looks whether a driver hangs;
    /// whether that says anything new of a link.
    pub fn ask(&mut self, fold: &mut Fold, now: Instant) -> bool {
        let mut is_new = self.look_after_driver(fold, now);
        self.schedule_stirred(fold, now);
        let stuck_on = self.driver.stuck_on();
        let is_stuck = |index| match stuck_on {
            Some(Asked::Speed(request)) => request.index() == index,
            _ => false,
        };
        let waits = stuck_on.map(|asked| waits_behind(fold, asked));
        let mut witness = None;
        while self.can_ask()
            && let Some(Due { index, is_first }) = self
                .schedule
                .take_due(now, |index| fold.link(index).is_some())
        {
            let facts = fold.link(index).filter(|facts| facts.link.is_connected());
            let Some(facts) = facts else { continue };
            let witness = *witness.get_or_insert_with(|| self::witness(fold));
            let request = SpeedRequest::new(facts, witness);
            let has_room = self.driver.ask(if is_first {
                request
            } else {
                request.with_duplex()
            });
            // The one that hangs has a reason of its own.
            let waits_behind = waits.as_ref().filter(|_| !is_stuck(index));
            if let Some(waits) = waits_behind {
                self.has_passed_over |= !has_room;
                is_new |= fail(fold, index, waits);
            }
        }
        is_new
    }

    /// Whether links that are due get their turn. While a driver hangs all do: that
    /// they wait is to be told of each.
    fn can_ask(&self) -> bool {
        self.driver.stuck_on().is_some() || self.driver.has_room()
    }

    /// Forgets those of the `changed` links that are not in `fold` any more.
    pub fn forget_gone(&mut self, changed: &BTreeSet<IfIndex>, fold: &Fold) {
        for index in changed.iter().filter(|index| fold.link(**index).is_none()) {
            self.schedule.forget(*index);
            self.back_off.forget(*index);
            self.driver.forget(*index);
        }
    }

    /// Asks for the speed of every link.
    pub fn ask_all(&mut self, fold: &mut Fold) {
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
                self.event(link.index, now);
                link.master.inspect(|master| self.event(*master, now));
            }
            if below(link).is_some_and(|lower| stirred.contains(&lower)) {
                self.event(link.index, now);
            }
        }
    }

    /// Something happened to the link `index`; one in trouble is let be a while.
    fn event(&mut self, index: IfIndex, now: Instant) {
        let earliest = self.back_off.earliest(index, now);
        self.schedule.event(index, earliest);
    }

    /// Waits for the driver's next word; `None` if there is none, but a
    /// [`deadline`](Self::deadline) to look at. Cancelling loses nothing.
    pub async fn next(&mut self) -> Option<Word> {
        self.driver.next().await
    }

    /// Folds a word of the driver's and those that came with it; whether any is
    /// new.
    pub fn take(&mut self, word: Word, fold: &mut Fold) -> bool {
        let now = Instant::now();
        let mut new = BTreeSet::new();
        let mut is_new = self.take_word(word, fold, &mut new, now);
        is_new |= self.take_waiting(fold, &mut new, now);
        self.tell_uppers(fold, &new, now);
        is_new
    }

    fn take_waiting(&mut self, fold: &mut Fold, new: &mut BTreeSet<IfIndex>, now: Instant) -> bool {
        let mut is_new = false;
        while let Some(word) = self.driver.try_next() {
            is_new |= self.take_word(word, fold, new, now);
        }
        is_new
    }

    fn take_word(
        &mut self,
        word: Word,
        fold: &mut Fold,
        new: &mut BTreeSet<IfIndex>,
        now: Instant,
    ) -> bool {
        let late = match &word {
            Word::Speed(reply) => reply.is_late.then_some(Asked::Speed(reply.request)),
            Word::LateCounters(asked) => Some(*asked),
        };
        if let Some(asked) = late {
            let link = name_of(fold, asked);
            tracing::info!(link, "the driver answers again");
            self.come_back_to_passed_over(fold, now);
        }
        match word {
            Word::Speed(reply) => self.take_one(reply, fold, new, now),
            Word::LateCounters(_) => false,
        }
    }

    /// Folds one word; the link is one of the `new` if it has another speed now.
    fn take_one(
        &mut self,
        reply: SpeedReply,
        fold: &mut Fold,
        new: &mut BTreeSet<IfIndex>,
        now: Instant,
    ) -> bool {
        let index = reply.request.index();
        let Some(facts) = fold.link(index) else {
            return false;
        };
        if !reply.request.is_about(facts) {
            self.event(index, now);
            return false;
        }
        let speed = match reply.answer {
            Answer::Speed(speed) => Reading::Current(speed),
            Answer::Unknown => Reading::Absent {
                reason: UNKNOWN.to_owned(),
            },
            Answer::Failed(error) => {
                self.rest(index, reply.is_late, now);
                self.note_foreign(&error, index);
                return fail(fold, index, &chain(&error));
            }
        };
        self.answered(index, reply.is_late, now);
        let is_new = fold.set_speed(index, &speed);
        if is_new {
            new.insert(index);
        }
        is_new | (reply.request.wants_duplex && fold.set_duplex(index, reply.duplex))
    }

    /// Links that show the speed of one that is `new`: what it is a port of, and
    /// what lies on top.
    fn tell_uppers(&mut self, fold: &Fold, new: &BTreeSet<IfIndex>, now: Instant) {
        if new.is_empty() {
            return;
        }
        for link in fold.links().map(|facts| &facts.link) {
            if below(link).is_some_and(|lower| new.contains(&lower)) {
                self.event(link.index, now);
            }
            if new.contains(&link.index) {
                link.master.inspect(|master| self.event(*master, now));
            }
        }
    }

    fn answered(&mut self, index: IfIndex, is_late: bool, now: Instant) {
        if is_late {
            self.rest(index, is_late, now);
        } else {
            self.back_off.forget(index);
        }
        if std::mem::take(&mut self.is_foreign) {
            tracing::info!("/sys shows this network namespace again: speeds are known");
        }
    }

    /// A reading of the link came to nothing or, which was told when it did not end in
    /// time, came late: the link is let be a while.
    fn rest(&mut self, index: IfIndex, is_late: bool, now: Instant) {
        let due = if is_late {
            self.back_off.ended_late(index, now)
        } else {
            self.back_off.failed(index, now)
        };
        self.schedule.again(index, due);
    }

    fn note_foreign(&mut self, error: &SysfsError, index: IfIndex) {
        let is_sure = self.back_off.count(index) >= SURELY_FOREIGN;
        let is_foreign = matches!(error, SysfsError::Foreign(_)) && is_sure;
        if is_foreign && !std::mem::replace(&mut self.is_foreign, true) {
            tracing::warn!(
                "/sys shows another network namespace: speeds are unknown; \
                 mount a sysfs of this one there"
            );
        }
    }

    /// Waits until every link that is due has answered, and folds the words.
    pub async fn collect(&mut self, fold: &mut Fold) {
        loop {
            self.ask(fold, Instant::now());
            if self.driver.awaited().len() == 0 {
                return;
            }
            if let Some(word) = self.next().await {
                // All are asked: none need be told of another's.
                let (mut new, now) = (BTreeSet::new(), Instant::now());
                self.take_word(word, fold, &mut new, now);
                self.take_waiting(fold, &mut new, now);
            }
        }
    }
}

/// The last speed of the link `index` stands, stale; whether that is new.
fn fail(fold: &mut Fold, index: IfIndex, reason: &str) -> bool {
    let Some(facts) = fold.link(index) else {
        return false;
    };
    let failed = facts.speed.clone().failed(reason.to_owned());
    fold.set_speed(index, &failed)
}

/// The link whose speed is shown by `link` that lies on top of it; a veth names its
/// other end as if it did.
fn below(link: &Link) -> Option<IfIndex> {
    link.lower.filter(|_| link.kind != LinkKind::Veth)
}

/// A link that proves whose `/sys` is read.
fn witness(fold: &Fold) -> Option<Identity> {
    fold.links()
        .map(|facts| Identity::from(&facts.link))
        .find(Identity::tells_namespaces_apart)
}

fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

#[cfg(test)]
mod tests;
