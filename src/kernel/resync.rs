//! When to dump, pure: at the start, after a loss, after an interrupted dump.
//!
//! A cycle is a dump of the links, then one of the addresses. It completes if
//! both ended cleanly and nothing was lost meanwhile; else it is repeated, ever
//! more slowly while the kernel's lists keep changing under it.

use super::fold::DumpObject;
use std::time::{Duration, Instant};

/// Pauses before an interrupted cycle is repeated; the last one for ever.
const PAUSES: [Duration; 9] = [
    Duration::ZERO,
    Duration::from_millis(100),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
    Duration::from_secs(32),
    Duration::from_mins(1),
];
/// So long after a complete cycle the next one looks whether events told all.
const AUDIT: Duration = Duration::from_mins(1);
/// After a loss, cycles begin no more often than this.
const AFTER_LOSS: Duration = Duration::from_secs(1);
/// A dump of which nothing comes for longer will not end: its reply was lost.
const DUMP_DEADLINE: Duration = Duration::from_secs(30);
/// The union of so many interrupted cycles is good enough to begin with.
const ENOUGH_CYCLES: usize = 5;

/// Where the dumping stands.
#[derive(Debug)]
pub struct Resync {
    running: Option<Running>,
    /// When the next cycle begins, if one is wanted.
    due: Option<Instant>,
    /// When the next audit begins, if nothing is wanted before.
    audit_due: Option<Instant>,
    /// When the last cycle began.
    began: Option<Instant>,
    missing_since: Option<Instant>,
    /// Cycles since the last complete one.
    incomplete: usize,
    is_first_picture_whole: bool,
}

#[derive(Debug)]
struct Running {
    object: DumpObject,
    sequence: u32,
    is_interrupted: bool,
    is_clean: bool,
    is_cycle_clean: bool,
    /// When something of it came last.
    last_sign: Instant,
}

/// How a dump ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Ended {
    /// Nothing changed under it, and nothing was lost: what it did not list is not
    /// there.
    pub is_clean: bool,
    /// The kernel said that its list changed meanwhile.
    pub is_interrupted: bool,
    /// The dump to go on with at once.
    pub next: Option<DumpObject>,
}

impl Resync {
    /// Wants the first cycle at once.
    #[must_use]
    pub fn new(now: Instant) -> Self {
        Self {
            running: None,
            due: Some(now),
            audit_due: None,
            began: None,
            missing_since: None,
            incomplete: 0,
            is_first_picture_whole: false,
        }
    }

    /// Whether enough was dumped to publish: one clean cycle, or the union of five.
    #[must_use]
    pub fn has_picture(&self) -> bool {
        self.is_first_picture_whole || self.incomplete >= ENOUGH_CYCLES
    }

    /// Since when events are known to be missing, with no cycle complete since.
    #[must_use]
    pub fn missing_since(&self) -> Option<Instant> {
        self.missing_since
    }

    /// The next moment to look at this again.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match &self.running {
            Some(running) => Some(running.last_sign + DUMP_DEADLINE),
            None => self.due.into_iter().chain(self.audit_due).min(),
        }
    }

    /// Whether a cycle is to begin now.
    #[must_use]
    pub fn is_due(&self, now: Instant) -> bool {
        let mut due = self.due.into_iter().chain(self.audit_due);
        self.running.is_none() && due.any(|due| due <= now)
    }

    /// Whether a cycle that begins now finds everything told by events already.
    #[must_use]
    pub fn is_audit(&self) -> bool {
        self.is_first_picture_whole && self.missing_since.is_none()
    }

    /// Whether the running dump will not end any more. All that the socket holds
    /// must have been read: whoever holds RTNL can keep us in the kernel for long.
    #[must_use]
    pub fn is_stuck(&self, now: Instant) -> bool {
        self.running
            .as_ref()
            .is_some_and(|running| running.last_sign + DUMP_DEADLINE <= now)
    }

    /// The dump of `object` was asked for with the request `sequence`.
    pub fn began(&mut self, object: DumpObject, sequence: u32, now: Instant) {
        let is_cycle_clean = match (&self.running, object) {
            (Some(running), DumpObject::Addresses) => running.is_cycle_clean,
            _ => true,
        };
        if object == DumpObject::Links {
            self.began = Some(now);
            self.due = None;
            self.audit_due = None;
        }
        self.running = Some(Running {
            object,
            sequence,
            is_interrupted: false,
            is_clean: true,
            is_cycle_clean,
            last_sign: now,
        });
    }

    /// Whether a dump runs.
    #[must_use]
    pub fn is_dumping(&self) -> bool {
        self.running.is_some()
    }

    /// Whether `sequence` is that of the running dump's request.
    #[must_use]
    pub fn is_running(&self, sequence: u32) -> bool {
        self.running
            .as_ref()
            .is_some_and(|running| running.sequence == sequence)
    }

    /// Something of the running dump came.
    pub fn goes_on(&mut self, now: Instant) {
        if let Some(running) = &mut self.running {
            running.last_sign = now;
        }
    }

    /// The running dump's list changed under it.
    pub fn interrupted(&mut self) {
        if let Some(running) = &mut self.running {
            running.is_interrupted = true;
        }
        self.spoiled();
    }

    /// The running dump does not tell all.
    pub fn spoiled(&mut self) {
        if let Some(running) = &mut self.running {
            running.is_clean = false;
            running.is_cycle_clean = false;
        }
    }

    /// Events were lost, or one could not be read.
    pub fn lost(&mut self, now: Instant) {
        self.missing_since.get_or_insert(now);
        self.spoiled();
        if self.running.is_none() {
            self.schedule_after_loss(now);
        }
    }

    /// The socket was lost and with it the running dump.
    pub fn disconnected(&mut self, now: Instant) {
        self.running = None;
        self.lost(now);
    }

    /// The running dump ended; `is_ok` if the kernel said so.
    pub fn ended(&mut self, is_ok: bool, now: Instant) -> Ended {
        if !is_ok {
            self.spoiled();
        }
        let Some(running) = &self.running else {
            return Ended {
                is_clean: false,
                is_interrupted: false,
                next: None,
            };
        };
        let (is_clean, is_cycle_clean) = (running.is_clean, running.is_cycle_clean);
        let is_interrupted = running.is_interrupted;
        if running.object == DumpObject::Links {
            return Ended {
                is_clean,
                is_interrupted,
                next: Some(DumpObject::Addresses),
            };
        }
        self.running = None;
        if is_cycle_clean {
            self.complete(now);
        } else {
            self.schedule_again(now);
        }
        Ended {
            is_clean,
            is_interrupted,
            next: None,
        }
    }

    fn complete(&mut self, now: Instant) {
        self.audit_due = Some(now + AUDIT);
        self.incomplete = 0;
        self.missing_since = None;
        self.is_first_picture_whole = true;
    }

    fn schedule_again(&mut self, now: Instant) {
        let pause = PAUSES.get(self.incomplete).or(PAUSES.last());
        self.incomplete += 1;
        self.due = pause.map(|pause| now + *pause);
        if self.missing_since.is_some() {
            // Staleness weighs more than the price of a dump.
            self.due = None;
            self.schedule_after_loss(now);
        }
    }

    fn schedule_after_loss(&mut self, now: Instant) {
        let earliest = self.began.map_or(now, |began| began + AFTER_LOSS);
        let due = self.due.map_or(now, |due| due.max(now));
        self.due = Some(due.max(earliest));
    }
}

#[cfg(test)]
mod tests;
