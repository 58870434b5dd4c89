//! The byte counters of a link, and when they were read.
//!
//! The time is a fact of the sample, so that an old one can be told as what it is.

use std::time::{SystemTime, UNIX_EPOCH};

/// The byte counters of a link. The default is that of one never read: all 0,
/// the time too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Bytes sent. `statistics/tx_bytes`.
    pub sent: u64,
    /// Bytes received. `statistics/rx_bytes`.
    pub received: u64,
    /// When they were read, in seconds since 1970 (UTC).
    pub taken: u64,
}

impl Sample {
    /// Of a link that is not here: nothing, now.
    #[must_use]
    pub fn of_nothing() -> Self {
        Self {
            taken: epoch_seconds(),
            ..Self::default()
        }
    }

    /// Whether it was ever read.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.taken != 0
    }
}

/// Seconds since 1970 (UTC), now.
pub(crate) fn epoch_seconds() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}
