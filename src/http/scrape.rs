//! What a scrape of the metrics needs beside the view: the counters of every
//! listed interface, and what the daemon itself uses.
//!
//! With thousands of interfaces this takes a while, and there is one thread for
//! all requests: others get their turn in between.

use super::service::Service;
use crate::api::metrics::{Metrics, Usage};
use crate::facts::LinkFacts;
use crate::kernel::counters::{Listing, Sample};
use crate::probe::own;
use crate::view::NodeView;
use std::sync::Arc;
use std::time::Instant;
use tokio::task::yield_now;

/// Interfaces looked at in one turn.
const TURN: usize = 32;

impl Service {
    /// The metrics of `node`.
    pub(super) async fn metrics(&self, node: Arc<NodeView>) -> Metrics {
        let samples = self.samples(&node).await;
        let usage = Usage {
            cpu: own::cpu(),
            resident_bytes: own::resident_bytes(),
            slow_counter_reads: self.counters().slow_reads(),
        };
        Metrics::new(node, samples, usage, Instant::now())
    }

    /// The counters of every listed interface, by id.
    async fn samples(&self, node: &NodeView) -> Vec<Sample> {
        let links = node.interfaces().map(|interface| node.facts(interface));
        self.samples_of(node, links, node.count()).await
    }

    /// The counters of these `links`, `count` in all; nothing of one that is not
    /// here. Where there are more than files are kept for, one table tells of them
    /// all.
    pub(super) async fn samples_of<'a>(
        &self,
        node: &NodeView,
        links: impl Iterator<Item = Option<&'a Arc<LinkFacts>>>,
        count: usize,
    ) -> Vec<Sample> {
        let is_stale = node.is_stale(Instant::now());
        let is_many = count > self.counters().max_kept();
        let listing = if is_many && !is_stale {
            Some(self.listing().await)
        } else {
            None
        };
        let resyncs = node.snapshot().kernel.tally.resyncs;
        let mut samples = Vec::with_capacity(count);
        for (position, facts) in links.enumerate() {
            if position % TURN == TURN - 1 {
                yield_now().await;
            }
            let sample = facts.map(|facts| {
                if is_stale {
                    self.sample(node, facts, is_stale)
                } else {
                    let listing = listing.as_ref();
                    self.counters().read_from(listing, facts, resyncs)
                }
            });
            samples.push(sample.unwrap_or_else(Sample::of_nothing));
        }
        samples
    }

    async fn listing(&self) -> Listing {
        let mut listing = Listing::default();
        while self.counters().step(&mut listing) {
            yield_now().await;
        }
        listing
    }
}
