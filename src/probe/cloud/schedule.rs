//! When a metadata service is asked again, pure: later and later while it fails
//! or does not know a link that has appeared, else every five minutes.
//!
//! Pauses have a share of chance, so that a whole cluster does not ask at once.

use crate::facts::MacAddr;
use std::collections::HashSet;
use std::time::Duration;

/// How old an answer may become.
pub(super) const REFRESH: Duration = Duration::from_mins(5);
/// The longest of the growing delays.
const LONGEST: u32 = 60;
/// Refreshes for a link that has appeared: after 0, 1, 2, 4 … 60 s.
const SERIES: u32 = 8;

/// The delay before attempt number `attempt` after a first one; `chance`, from 0
/// to 1, keeps machines that failed together from asking together.
pub(super) fn delay(attempt: u32, chance: f64) -> Duration {
    let Some(doublings) = attempt.checked_sub(1) else {
        return Duration::ZERO;
    };
    let seconds = 1_u32
        .checked_shl(doublings)
        .unwrap_or(LONGEST)
        .clamp(1, LONGEST);
    Duration::from_secs(seconds.into()).mul_f64(0.5 + 0.5 * chance.clamp(0.0, 1.0))
}

/// Links that the service may only get to know.
#[derive(Debug, Default)]
pub(super) struct Newcomers {
    /// Refreshes for newcomers since it was quiet for [`REFRESH`].
    tries: u32,
    /// Whether the refresh that runs is for one.
    is_wanted: bool,
    /// Unknown to the service after a whole series: none of its NICs.
    given_up: HashSet<MacAddr>,
}

impl Newcomers {
    /// Whether the service should be asked for one of the links `here`.
    pub(super) fn are_any(&self, here: &[MacAddr], known: &HashSet<MacAddr>) -> bool {
        self.unknown(here, known).next().is_some()
    }

    /// How long after the last refresh.
    pub(super) fn delay(&self, chance: f64) -> Duration {
        delay(self.tries, chance)
    }

    /// Takes note of a refresh, after which the service knows `known` of the links
    /// `here`.
    pub(super) fn refreshed(&mut self, here: &[MacAddr], known: &HashSet<MacAddr>) {
        self.given_up.retain(|mac| here.contains(mac));
        let unknown: Vec<MacAddr> = self.unknown(here, known).collect();
        let was_wanted = std::mem::take(&mut self.is_wanted);
        if self.tries >= SERIES {
            self.given_up.extend(unknown);
        } else if was_wanted || !unknown.is_empty() {
            self.tries += 1;
        }
    }

    /// Takes note that the next refresh is for a newcomer.
    pub(super) fn wanted(&mut self) {
        self.is_wanted = true;
    }

    /// Takes note of [`REFRESH`] without a newcomer.
    pub(super) fn quiet(&mut self) {
        self.tries = 0;
    }

    fn unknown<'a>(
        &'a self,
        here: &'a [MacAddr],
        known: &'a HashSet<MacAddr>,
    ) -> impl Iterator<Item = MacAddr> + 'a {
        let is_unknown = |mac: &&MacAddr| !known.contains(mac) && !self.given_up.contains(mac);
        here.iter().filter(is_unknown).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_to_a_minute() {
        let most = |attempt| delay(attempt, 1.0).as_secs();
        let table: Vec<u64> = (0..9).map(most).collect();
        assert_eq!(table, [0, 1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(most(u32::MAX), 60);
        for attempt in 1..40 {
            assert_eq!(delay(attempt, 0.0) * 2, delay(attempt, 1.0));
            assert!(delay(attempt, 7.0) <= Duration::from_mins(1));
        }
    }

    fn mac(last: u8) -> MacAddr {
        MacAddr::new(&[2, 0, 0, 0, 0, last]).unwrap()
    }

    /// Refreshes and the seconds they take until there is no newcomer `here`.
    fn series(newcomers: &mut Newcomers, here: &[MacAddr], known: &HashSet<MacAddr>) -> Vec<u64> {
        let mut delays = Vec::new();
        while newcomers.are_any(here, known) {
            delays.push(newcomers.delay(1.0).as_secs());
            newcomers.refreshed(here, known);
        }
        delays
    }

    #[test]
    fn an_unknown_link_is_asked_for_until_it_is_given_up() {
        let known = HashSet::from([mac(1)]);
        let mut newcomers = Newcomers::default();
        assert_eq!(series(&mut newcomers, &[mac(1)], &known), [0; 0]);
        let whole = [0, 1, 2, 4, 8, 16, 32, 60, 60];
        assert_eq!(series(&mut newcomers, &[mac(1), mac(2)], &known), whole);
        // Others that come while it is not quiet: one refresh a minute.
        for other in 3..20 {
            assert_eq!(series(&mut newcomers, &[mac(1), mac(other)], &known), [60]);
        }
        newcomers.quiet();
        assert_eq!(
            series(&mut newcomers, &[mac(2)], &known),
            whole,
            "it was away"
        );
        newcomers.quiet();
        assert_eq!(
            series(&mut newcomers, &[mac(2)], &known),
            [0; 0],
            "it stayed"
        );
    }

    #[test]
    fn a_known_link_that_comes_and_goes_is_asked_for_ever_less() {
        let mut newcomers = Newcomers::default();
        let here = [mac(1)];
        let mut delays = Vec::new();
        for _ in 0..10 {
            // It was away.
            assert!(newcomers.are_any(&here, &HashSet::new()));
            delays.push(newcomers.delay(1.0).as_secs());
            newcomers.wanted();
            newcomers.refreshed(&here, &HashSet::from(here));
        }
        assert_eq!(delays, [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn a_link_that_gets_known_ends_the_series() {
        let mut newcomers = Newcomers::default();
        let here = [mac(1)];
        newcomers.refreshed(&here, &HashSet::new());
        assert_eq!(newcomers.delay(1.0), Duration::from_secs(1));
        let known = HashSet::from(here);
        newcomers.refreshed(&here, &known);
        assert!(!newcomers.are_any(&here, &known));
    }
}
