//! Tells of lost events in few words: one line when a state begins and one when
//! it ends, and of losses one a minute with their count.
//!
//! Pure but for the log: the time is the caller's.

use crate::facts::GRACE;
use std::time::{Duration, Instant};

/// Losses are told of no more often than this.
const HUSH: Duration = Duration::from_mins(1);

/// What was told of lost events so far.
#[derive(Debug, Default)]
pub struct Outages {
    told: Option<Instant>,
    untold: u64,
    is_stale: bool,
    is_unreachable: bool,
}

impl Outages {
    /// Events were lost, `what` says how.
    pub fn lost(&mut self, what: &str, now: Instant) {
        self.untold += 1;
        if let Some(losses) = self.take_losses(now) {
            tracing::warn!(losses, "{what}; the kernel's lists are dumped again");
        }
    }

    /// The losses to tell of now.
    fn take_losses(&mut self, now: Instant) -> Option<u64> {
        if self.told.is_some_and(|told| now < told + HUSH) {
            return None;
        }
        self.told = Some(now);
        Some(std::mem::take(&mut self.untold))
    }

    /// The socket can be opened, or not, and why.
    pub fn opened(&mut self, result: Result<(), &(dyn std::error::Error + 'static)>) {
        let was_unreachable = std::mem::replace(&mut self.is_unreachable, result.is_err());
        match result {
            Err(error) if !was_unreachable => {
                tracing::warn!(error, "cannot open the netlink socket; it is tried again");
            }
            Ok(()) if was_unreachable => tracing::info!("the netlink socket is open again"),
            _ => {}
        }
    }

    /// Tells when what is known turns stale, and when it is current again.
    pub fn look(&mut self, missing_since: Option<Instant>, now: Instant) {
        let is_stale = missing_since.is_some_and(|since| now >= since + GRACE);
        match (self.is_stale, is_stale) {
            (false, true) => tracing::warn!(
                "events have been missing for {} s: what is known is stale",
                GRACE.as_secs()
            ),
            (true, false) => tracing::info!("what is known is current again"),
            _ => {}
        }
        self.is_stale = is_stale;
    }

    /// When to look again though nothing happens.
    #[must_use]
    pub fn deadline(&self, missing_since: Option<Instant>) -> Option<Instant> {
        missing_since
            .filter(|_| !self.is_stale)
            .map(|since| since + GRACE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_told_once_a_minute_with_their_count() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut outages = Outages::default();
        let mut told = Vec::new();
        for seconds in [0, 1, 2, 59, 60, 61, 200] {
            outages.untold += 1;
            told.extend(outages.take_losses(at(seconds)));
        }
        assert_eq!(told, [1, 4, 2]);
    }

    #[test]
    fn stale_after_the_grace_and_back() {
        let start = Instant::now();
        let mut outages = Outages::default();
        assert_eq!(outages.deadline(None), None);
        assert_eq!(outages.deadline(Some(start)), Some(start + GRACE));
        outages.look(Some(start), start + GRACE);
        assert!(outages.is_stale);
        assert_eq!(outages.deadline(Some(start)), None, "told");
        outages.look(None, start + GRACE);
        assert!(!outages.is_stale);
    }
}
