//! Tells of lost events and failing sockets in few words: one line when a state
//! begins and one when it ends, and of what comes and goes one a minute with its
//! count.
//!
//! Pure but for the log: the time is the caller's.

use std::time::{Duration, Instant};

/// The same is told no more often than this.
const HUSH: Duration = Duration::from_mins(1);

/// What was told of lost events so far.
#[derive(Debug, Default)]
pub struct Outages {
    losses: Hush,
    unreachable: Outage,
}

impl Outages {
    /// Events were lost, `what` says how.
    pub fn lost(&mut self, what: &str, now: Instant) {
        if let Some(losses) = self.losses.another(now) {
            tracing::warn!(losses, "{what}; the kernel's lists are dumped again");
        }
    }

    /// The socket can be opened, or not, and why.
    pub fn opened(&mut self, result: Result<(), &(dyn std::error::Error + 'static)>, now: Instant) {
        match result {
            Err(error) => {
                if let Some(failures) = self.unreachable.failed(now) {
                    tracing::warn!(
                        failures,
                        error,
                        "cannot open the netlink socket; it is tried again"
                    );
                }
            }
            Ok(()) => {
                if self.unreachable.ended() {
                    tracing::info!("the netlink socket is open again");
                }
            }
        }
    }
}

/// Something that fails, and is tried again until it does not.
#[derive(Debug, Default)]
pub struct Outage {
    since: Option<Instant>,
    is_told: bool,
    hush: Hush,
}

impl Outage {
    /// When it began; `None` while all is well.
    #[must_use]
    pub fn since(&self) -> Option<Instant> {
        self.since
    }

    /// It failed: if that is to be told, how often it did that nobody was told of.
    pub fn failed(&mut self, now: Instant) -> Option<u64> {
        self.since.get_or_insert(now);
        if self.is_told {
            return None;
        }
        let failures = self.hush.another(now);
        self.is_told = failures.is_some();
        failures
    }

    /// It does not fail; whether it is to be told that it did until now.
    pub fn ended(&mut self) -> bool {
        self.since = None;
        std::mem::take(&mut self.is_told)
    }
}

/// What happens often and is told rarely.
#[derive(Debug, Default)]
struct Hush {
    told: Option<Instant>,
    untold: u64,
}

impl Hush {
    /// It happened again: if that is to be told now, how often since the last time.
    fn another(&mut self, now: Instant) -> Option<u64> {
        self.untold += 1;
        if self.told.is_some_and(|told| now < told + HUSH) {
            return None;
        }
        self.told = Some(now);
        Some(std::mem::take(&mut self.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn what_happens_often_is_told_once_a_minute_with_its_count() {
        let start = Instant::now();
        let mut hush = Hush::default();
        let told = [0, 1, 2, 59, 60, 61, 200]
            .into_iter()
            .filter_map(|seconds| hush.another(at(start, seconds)));
        assert_eq!(told.collect::<Vec<_>>(), [1, 4, 2]);
    }

    #[test]
    fn an_outage_is_told_when_it_begins_and_when_it_ends() {
        let start = Instant::now();
        let mut outage = Outage::default();
        assert!(!outage.ended(), "there was none");
        assert_eq!(outage.failed(start), Some(1));
        for seconds in 1..600 {
            assert_eq!(outage.failed(at(start, seconds)), None, "{seconds}");
        }
        assert_eq!(outage.since(), Some(start));
        assert!(outage.ended());
        assert_eq!(outage.since(), None);
        assert!(!outage.ended(), "told");
    }

    #[test]
    fn an_outage_that_comes_and_goes_is_told_once_a_minute() {
        let start = Instant::now();
        let mut outage = Outage::default();
        let mut told = Vec::new();
        for seconds in 0..130 {
            let began = outage.failed(at(start, seconds));
            assert_eq!(outage.since(), Some(at(start, seconds)));
            told.extend(began.map(|failures| (seconds, failures)));
            assert_eq!(outage.ended(), began.is_some(), "the end of what was told");
        }
        assert_eq!(told, [(0, 1), (60, 60), (120, 60)]);
        // Lasting, it is told as soon as that may be.
        assert_eq!(outage.failed(at(start, 179)), None);
        assert_eq!(outage.failed(at(start, 180)), Some(11));
    }
}
