//! Metrics of the daemon itself: what it uses, how old its view is, how well it
//! watches the kernel and hears from the cloud.
//!
//! Each is described beside its value, as Prometheus wants it.

use super::Usage;
use crate::facts::{MessageTally, WatchTally};
use crate::view::NodeView;
use std::fmt::{Display, Write};
use std::time::Instant;

/// The text of all of them.
pub(super) fn own(node: &NodeView, usage: Usage, now: Instant) -> String {
    let mut page = Page::default();
    page.process(usage);
    page.view(node, now);
    let kernel = &node.snapshot().kernel;
    page.watch(kernel.tally);
    page.slow_reads(kernel.tally, usage);
    page.undecodable(kernel.tally.undecodable_messages);
    page.cloud(node.snapshot(), now);
    page.0
}

/// Begins the family `name`.
pub(super) fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

#[derive(Default)]
pub(super) struct Page(String);

impl Page {
    pub(super) fn head(&mut self, name: &str, kind: &str, help: &str) {
        head(&mut self.0, &format!("netstatusd_{name}"), kind, help);
    }

    pub(super) fn sample(&mut self, name_and_labels: &str, value: impl Display) {
        let _ = writeln!(self.0, "netstatusd_{name_and_labels} {value}");
    }

    pub(super) fn gauge(&mut self, name: &str, help: &str, value: impl Display) {
        self.head(name, "gauge", help);
        self.sample(name, value);
    }

    pub(super) fn counter(&mut self, name: &str, help: &str, value: impl Display) {
        self.head(name, "counter", help);
        self.sample(name, value);
    }

    fn process(&mut self, usage: Usage) {
        self.head(
            "build_info",
            "gauge",
            "Always 1; the label is the version of netstatusd.",
        );
        let version = env!("CARGO_PKG_VERSION");
        self.sample(&format!("build_info{{version=\"{version}\"}}"), 1);
        self.counter(
            "process_cpu_seconds_total",
            "Processor time of the daemon, all threads, user and system.",
            usage.cpu.as_secs_f64(),
        );
        if let Some(resident) = usage.resident_bytes {
            self.gauge(
                "process_resident_memory_bytes",
                "Resident memory of the daemon.",
                resident,
            );
        }
    }

    fn view(&mut self, node: &NodeView, now: Instant) {
        self.gauge(
            "view_age_seconds",
            "Time since the view was made; a new one is made when a fact changes.",
            node.age(now).as_secs_f64(),
        );
        self.gauge(
            "view_stale",
            "1 if events have been missing for 10 s and everything is the last known.",
            u8::from(node.is_stale(now)),
        );
        self.gauge(
            "view_revision",
            "Number of the snapshot that the view is of; it grows with every change.",
            node.snapshot().revision.0,
        );
    }

    fn watch(&mut self, tally: WatchTally) {
        let WatchTally {
            overruns,
            resyncs,
            interrupted_dumps,
            undecodable_messages: _,
            undecodable_attributes,
            audit_corrections,
            slow_reads: _,
        } = tally;
        self.counter(
            "netlink_overruns_total",
            "Times that the kernel dropped events because the buffer was full.",
            overruns,
        );
        self.counter(
            "netlink_resyncs_total",
            "Dumps begun to make up for something lost.",
            resyncs,
        );
        self.counter(
            "netlink_interrupted_dumps_total",
            "Dumps during which the kernel's lists changed.",
            interrupted_dumps,
        );
        self.counter(
            "netlink_undecodable_attributes_total",
            "Attributes that could not be read, in messages that could.",
            undecodable_attributes,
        );
        self.counter(
            "audit_corrections_total",
            "Links and addresses that an audit found other than events had told.",
            audit_corrections,
        );
    }

    fn slow_reads(&mut self, tally: WatchTally, usage: Usage) {
        self.counter(
            "slow_reads_total",
            "Reads of speeds or byte counters that a driver held up: for 2 s, \
             or for 50 ms where a request waited.",
            tally.slow_reads + usage.slow_counter_reads,
        );
    }

    fn undecodable(&mut self, messages: MessageTally) {
        let MessageTally {
            new_link,
            del_link,
            new_address,
            del_address,
            new_route,
            del_route,
            new_next_hop,
        } = messages;
        let name = "netlink_undecodable_messages_total";
        self.head(name, "counter", "Messages that could not be read, by type.");
        for (message_type, count) in [
            ("RTM_NEWLINK", new_link),
            ("RTM_DELLINK", del_link),
            ("RTM_NEWADDR", new_address),
            ("RTM_DELADDR", del_address),
            ("RTM_NEWROUTE", new_route),
            ("RTM_DELROUTE", del_route),
            ("RTM_NEWNEXTHOP", new_next_hop),
        ] {
            self.sample(&format!("{name}{{type=\"{message_type}\"}}"), count);
        }
    }
}
