//! How long links are let be whose last readings came to nothing, pure.
//!
//! Ever longer, and no longer than they are what they were: who begins anew, as
//! another link, with another carrier or after it was down, has no past.

use crate::facts::IfIndex;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Pauses after readings that came to nothing; the last one for ever.
pub(super) const PAUSES: [Duration; 6] = [
    Duration::from_millis(100),
    Duration::from_secs(1),
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_mins(1),
    Duration::from_mins(5),
];

/// The links in trouble.
#[derive(Debug, Default)]
pub struct BackOff(HashMap<IfIndex, Trouble>);

/// How often in a row a link could not be read, and until when it is let be.
#[derive(Clone, Copy, Debug)]
struct Trouble {
    count: usize,
    rest_until: Instant,
}

impl BackOff {
    /// One more reading of the link `index` came to nothing; until when the link is
    /// let be.
    pub fn failed(&mut self, index: IfIndex, now: Instant) -> Instant {
        self.rest(index, self.count(index) + 1, now)
    }

    /// A reading that was taken for failed came to an end after all; until when the
    /// link is let be.
    pub fn ended_late(&mut self, index: IfIndex, now: Instant) -> Instant {
        self.rest(index, self.count(index).max(1), now)
    }

    fn rest(&mut self, index: IfIndex, count: usize, now: Instant) -> Instant {
        let pause = PAUSES.get(count - 1).or(PAUSES.last());
        let rest_until = pause.map_or(now, |pause| now + *pause);
        self.0.insert(index, Trouble { count, rest_until });
        rest_until
    }

    /// The link `index` was read, has gone or begins anew.
    pub fn forget(&mut self, index: IfIndex) {
        self.0.remove(&index);
    }

    /// How many readings of the link `index` in a row came to nothing.
    #[must_use]
    pub fn count(&self, index: IfIndex) -> usize {
        self.0.get(&index).map_or(0, |trouble| trouble.count)
    }

    /// When the link `index` may be read, if it is wanted `now`.
    #[must_use]
    pub fn earliest(&self, index: IfIndex, now: Instant) -> Instant {
        let trouble = self.0.get(&index);
        trouble.map_or(now, |trouble| now.max(trouble.rest_until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_in_a_row_makes_a_longer_pause() {
        const LINK: IfIndex = IfIndex(1);
        let now = Instant::now();
        let mut back_off = BackOff::default();
        for pause in PAUSES.into_iter().chain([PAUSES[5]; 3]) {
            assert_eq!(back_off.failed(LINK, now), now + pause);
            assert_eq!(back_off.earliest(LINK, now), now + pause);
            let later = now + pause + pause;
            assert_eq!(back_off.earliest(LINK, later), later);
            assert_eq!(back_off.ended_late(LINK, later), later + pause);
        }
        assert_eq!(back_off.earliest(IfIndex(2), now), now);
        back_off.forget(LINK);
        assert_eq!(
            (back_off.count(LINK), back_off.earliest(LINK, now)),
            (0, now)
        );
        assert_eq!(back_off.ended_late(LINK, now), now + PAUSES[0]);
    }
}
