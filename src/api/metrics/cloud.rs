//! Metrics of the cloud's metadata service: how well it answers, and how old its
//! last word is.
//!
//! How it stands is there on every node, the rest only where it has answered.

use super::own::Page;
use super::text::Escaped;
use crate::facts::{CloudTally, Reading, Snapshot};
use std::time::Instant;

impl Page {
    pub(super) fn cloud(&mut self, snapshot: &Snapshot, now: Instant) {
        let name = "cloud_reading";
        self.head(
            name,
            "gauge",
            "Always 1; the labels are how good the cloud's last word is, and why it is no better.",
        );
        let (state, reason) = match &snapshot.cloud {
            Reading::Pending => ("pending", ""),
            Reading::Current(_) => ("current", ""),
            Reading::Stale { reason, .. } => ("stale", reason.as_str()),
            Reading::Absent { reason } => ("absent", reason.as_str()),
        };
        let reason = Escaped(reason);
        self.sample(
            &format!("{name}{{state=\"{state}\",reason=\"{reason}\"}}"),
            1,
        );
        if let Some(cloud) = snapshot.cloud.value() {
            self.gauge(
                "cloud_reading_age_seconds",
                "Time since the cloud's metadata service answered.",
                now.saturating_duration_since(cloud.taken).as_secs_f64(),
            );
            self.gauge(
                "cloud_nics",
                "NICs that the cloud's metadata service told of.",
                cloud.nics.len(),
            );
        }
        let CloudTally { requests, failures } = snapshot.cloud_tally;
        self.counter(
            "cloud_requests_total",
            "Requests sent to the cloud's metadata service.",
            requests,
        );
        self.counter(
            "cloud_failures_total",
            "Times that the cloud's metadata service gave no answer that can be used.",
            failures,
        );
    }
}
