//! What is logged of clients that cannot be accepted: that it began and that it
//! ended, not that it lasts, and not more than once a minute.
//!
//! A process that is out of descriptors wobbles: every client that leaves makes
//! room for one.

use crate::config::ListenAddr;
use std::io;
use std::time::Duration;
use tokio::time::Instant;

/// Between two complaints.
const QUIET: Duration = Duration::from_mins(1);

/// Whether clients of a listener can be accepted.
#[derive(Debug, Default)]
pub(super) struct Accepting {
    /// Attempts that failed since the complaint, while it stands.
    complaint: Option<u64>,
    complained: Option<Instant>,
}

impl Accepting {
    /// A client of `address` could not be accepted.
    pub(super) fn failed(&mut self, address: &ListenAddr, error: &io::Error, now: Instant) {
        let is_due = self
            .complained
            .is_none_or(|last| now.duration_since(last) >= QUIET);
        match &mut self.complaint {
            Some(failures) => *failures += 1,
            None if is_due => {
                self.complaint = Some(1);
                self.complained = Some(now);
                tracing::warn!(%error, "cannot accept clients on {address}");
                return;
            }
            None => {}
        }
        tracing::debug!(%error, "still cannot accept clients on {address}");
    }

    /// A client of `address` was accepted.
    pub(super) fn succeeded(&mut self, address: &ListenAddr) {
        if let Some(failures) = self.complaint.take() {
            tracing::info!(failures, "accepting clients on {address} again");
        }
    }
}
