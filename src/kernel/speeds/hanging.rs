//! What is told of a driver that hangs: of the link it hangs on, and of those that
//! wait behind it.
//!
//! Links that found no room in the queue meanwhile get their turn when it answers.

use super::{Speeds, fail};
use crate::facts::{LinkFacts, Reading};
use crate::kernel::driver::{Asked, DEADLINE};
use crate::kernel::fold::Fold;
use crate::kernel::net_dev::PROC_NET_DEV;
use crate::kernel::speed::SpeedRequest;
use std::collections::BTreeSet;
use std::time::Instant;

impl Speeds {
    /// Marks what a driver that hangs holds up.
    pub(super) fn look_after_driver(&mut self, fold: &mut Fold, now: Instant) -> bool {
        let Some(missed) = self.driver.take_missed(now) else {
            return false;
        };
        let mut new = BTreeSet::new();
        let mut is_new = self.take_waiting(fold, &mut new, now);
        self.tell_uppers(fold, &new, now);
        self.slow_reads += 1;
        let link = name_of(fold, missed);
        tracing::warn!(
            link,
            "the driver does not answer; no speed is read until it does"
        );
        let own = match missed {
            Asked::Speed(request) if is_as_it_was(&request, fold) => {
                let index = request.index();
                self.rest(index, false, now);
                let seconds = DEADLINE.as_secs();
                let reason = format!("the driver did not answer within {seconds} s");
                is_new |= fail(fold, index, &reason);
                Some(index)
            }
            Asked::Speed(_) | Asked::Counters(_) | Asked::Table => None,
        };
        let waits = waits_behind(fold, missed);
        for index in self.driver.awaited().filter(|index| Some(*index) != own) {
            is_new |= fail(fold, index, &waits);
        }
        is_new
    }

    /// Links that were due while a driver hung are due now.
    pub(super) fn come_back_to_passed_over(&mut self, fold: &Fold, now: Instant) {
        if !std::mem::take(&mut self.has_passed_over) {
            return;
        }
        let is_known = |facts: &LinkFacts| matches!(facts.speed, Reading::Current(_));
        for facts in fold.links().filter(|facts| !is_known(facts)) {
            let index = facts.link.index;
            let earliest = self.back_off.earliest(index, now);
            self.schedule.again(index, earliest);
        }
    }
}

/// Whether the link that was meant is here, and what it was.
fn is_as_it_was(request: &SpeedRequest, fold: &Fold) -> bool {
    let facts = fold.link(request.index());
    facts.is_some_and(|facts| request.is_about(facts))
}

pub(super) fn waits_behind(fold: &Fold, stuck_on: Asked) -> String {
    let link = name_of(fold, stuck_on);
    format!("waits for the driver of {link}, which does not answer")
}

/// The link that was `asked`; which of them in a table nobody knows.
pub(super) fn name_of(fold: &Fold, asked: Asked) -> String {
    match asked {
        Asked::Speed(request) => request.identity.name.to_string(),
        Asked::Counters(index) => match fold.link(index) {
            Some(facts) => facts.link.name.to_string(),
            None => format!("link {index}"),
        },
        Asked::Table => format!("a link in {PROC_NET_DEV}"),
    }
}
