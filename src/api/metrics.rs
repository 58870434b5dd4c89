//! The metrics, in the classic text form of Prometheus (exposition format 0.0.4):
//! of the daemon itself, and of every listed interface. What is unknown has no
//! sample.
//!
//! With thousands of interfaces the text has megabytes, so it is made in parts.

mod cloud;
mod families;
mod own;
mod text;

use crate::kernel::counters::Sample;
use crate::view::NodeView;
use families::{FAMILIES, Labels};
use own::{head, own};
use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The content type of the text.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
/// A part is not much longer.
const PART_BYTES: usize = 16 * 1024;

/// What the daemon uses itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processor time of all threads. `CLOCK_PROCESS_CPUTIME_ID`.
    pub cpu: Duration,
    /// Resident memory in bytes; `None` if it cannot be read. `/proc/self/statm`.
    pub resident_bytes: Option<u64>,
    /// Reads of byte counters that took more than 50 ms while a request waited.
    pub slow_counter_reads: u64,
}

/// The text, part by part.
#[derive(Debug)]
pub struct Metrics {
    node: Arc<NodeView>,
    /// Of every listed interface, by id.
    samples: Vec<Sample>,
    /// What comes before the interfaces, until it is taken.
    own: Option<String>,
    family: usize,
    /// The next one of that family; `None` while its head is not written.
    interface: Option<usize>,
}

impl Metrics {
    /// Of `node` at `now`, with the byte counters of its listed interfaces, by id.
    #[must_use]
    pub fn new(node: Arc<NodeView>, samples: Vec<Sample>, usage: Usage, now: Instant) -> Self {
        Self {
            own: Some(own(&node, usage, now)),
            node,
            samples,
            family: 0,
            interface: None,
        }
    }

    /// Adds samples of the family at hand, the head of it first; goes on to the
    /// next one when all are there.
    fn extend(&mut self, text: &mut String) {
        let Some(family) = FAMILIES.get(self.family) else {
            return;
        };
        let first = self.interface.unwrap_or_else(|| {
            head(text, family.name, family.kind, family.help);
            0
        });
        let interfaces = self.node.interfaces().zip(&self.samples);
        for (position, (interface, sample)) in interfaces.enumerate().skip(first) {
            if text.len() >= PART_BYTES {
                self.interface = Some(position);
                return;
            }
            let labels = Labels::of(interface);
            for (more, value) in (family.values)(interface, sample).into_iter().flatten() {
                // Writing to a String cannot fail.
                let _ = writeln!(text, "{}{{{labels}{more}}} {value}", family.name);
            }
        }
        self.family += 1;
        self.interface = None;
    }
}

impl Iterator for Metrics {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let mut text = self.own.take().unwrap_or_default();
        while text.len() < PART_BYTES && self.family < FAMILIES.len() {
            self.extend(&mut text);
        }
        Some(text).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests;
