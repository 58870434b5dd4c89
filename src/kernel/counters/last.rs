//! What was read last of each link, by whomever.
//!
//! It is the answer while nothing newer may be read, and never gives way to anything
//! that was read before it.

use super::{Sample, epoch_seconds};
use crate::facts::{IfIndex, LinkFacts, Snapshot};
use std::collections::BTreeMap;
use std::time::Instant;

/// When a reading began: what it says is no older.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// In seconds since 1970 (UTC).
    taken: u64,
    /// By a clock that nobody sets.
    at: Instant,
}

impl Moment {
    pub(super) fn now() -> Self {
        Self {
            taken: epoch_seconds(),
            at: Instant::now(),
        }
    }

    /// The sample of a reading that began then.
    pub(super) fn sample(self, sent: u64, received: u64) -> Stamped {
        let sample = Sample {
            sent,
            received,
            taken: self.taken,
        };
        Stamped {
            sample,
            at: self.at,
        }
    }
}

/// A sample, and when the reading began that it is of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stamped {
    pub(super) sample: Sample,
    at: Instant,
}

/// The last sample of each link.
#[derive(Debug, Default)]
pub(super) struct Last(BTreeMap<IfIndex, Known>);

#[derive(Clone, Copy, Debug)]
struct Known {
    incarnation: u64,
    stamped: Stamped,
}

impl Last {
    /// Of the link `facts`, in the incarnation that it has.
    pub(super) fn of(&self, facts: &LinkFacts) -> Option<Sample> {
        let known = self.0.get(&facts.link.index)?;
        (known.incarnation == facts.incarnation).then_some(known.stamped.sample)
    }

    /// The link `index` was read so in this incarnation; what is known of that now.
    pub(super) fn put(&mut self, index: IfIndex, incarnation: u64, stamped: Stamped) -> Sample {
        let known = Known {
            incarnation,
            stamped,
        };
        let age = |known: &Known| (known.incarnation, known.stamped.at);
        let last = self.0.entry(index).or_insert(known);
        if age(&known) >= age(last) {
            *last = known;
        }
        let newest = if last.incarnation == incarnation {
            last.stamped
        } else {
            stamped
        };
        newest.sample
    }

    /// Forgets links that are not in `snapshot`, when there are more than in it.
    pub(super) fn follow(&mut self, snapshot: &Snapshot) {
        if self.0.len() > snapshot.links().len() {
            self.0.retain(|index, known| {
                let facts = snapshot.link(*index);
                facts.is_some_and(|facts| facts.incarnation == known.incarnation)
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::sample;
    use std::time::Duration;

    /// One byte was sent by the moment 1, two by the moment 2.
    fn sent(sent: u64, begin: Instant) -> Stamped {
        let at = begin + Duration::from_secs(sent);
        Moment { taken: 1, at }.sample(sent, 0)
    }

    #[test]
    fn a_later_reading_gives_way_to_no_earlier_one() {
        let begin = Instant::now();
        let (first, second) = (sample::link(7, "l7"), sample::link(7, "l7"));
        let second = second.with(|facts| facts.incarnation += 1);
        let of = |last: &Last, facts| last.of(facts).map(|sample| sample.sent);
        let mut last = Last::default();
        let mut put = |facts: &LinkFacts, bytes| {
            let stamped = sent(bytes, begin);
            let said = last.put(facts.link.index, facts.incarnation, stamped);
            (said.sent, of(&last, &first), of(&last, &second))
        };
        assert_eq!(put(&first, 2), (2, Some(2), None));
        assert_eq!(put(&first, 1), (2, Some(2), None));
        assert_eq!(put(&first, 3), (3, Some(3), None));
        assert_eq!(put(&second, 1), (1, None, Some(1)), "another begins anew");
        assert_eq!(put(&first, 4), (4, None, Some(1)));
    }

    #[test]
    fn no_more_are_remembered_than_there_are() {
        let begin = Instant::now();
        let mut last = Last::default();
        for index in 1..=9 {
            last.put(IfIndex(index), index.into(), sent(1, begin));
        }
        let here = sample::snapshot([sample::link(3, "l3"), sample::link(4, "l4")]);
        last.follow(&here);
        let left: Vec<IfIndex> = last.0.into_keys().collect();
        assert_eq!(left, [IfIndex(3), IfIndex(4)]);
    }
}
