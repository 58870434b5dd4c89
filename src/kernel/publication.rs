//! When to publish, pure: at most 100 times a second, the last state always.
//!
//! That something is missing is published at once: what makes up for it may wait
//! in the kernel for long, and readers tell by the clock when the rest is stale.

use std::time::{Duration, Instant};

/// Publications follow each other no faster.
const PACE: Duration = Duration::from_millis(10);

/// What was published, and what is to be.
#[derive(Debug, Default)]
pub struct Publications {
    is_owed: bool,
    last: Option<Instant>,
    /// As it was published last.
    missing_since: Option<Instant>,
}

impl Publications {
    /// Notes whether there is news.
    pub fn owe(&mut self, is_news: bool) {
        self.is_owed |= is_news;
    }

    /// Whether there is news that was not published.
    #[must_use]
    pub fn is_owed(&self) -> bool {
        self.is_owed
    }

    /// Whether anything was published yet.
    #[must_use]
    pub fn have_begun(&self) -> bool {
        self.last.is_some()
    }

    /// Whether nobody knows yet that something has been missing since then. Before
    /// the first publication nobody need.
    #[must_use]
    pub fn is_urgent(&self, missing_since: Option<Instant>) -> bool {
        self.have_begun() && missing_since.is_some() && missing_since != self.missing_since
    }

    /// When the next one may follow.
    #[must_use]
    pub fn earliest(&self, now: Instant) -> Instant {
        self.last.map_or(now, |last| last + PACE)
    }

    /// All that is known was published, and since when something is missing.
    pub fn published(&mut self, missing_since: Option<Instant>, now: Instant) {
        *self = Self {
            is_owed: false,
            last: Some(now),
            missing_since,
        };
    }
}
