//! Whatever bytes the kernel could send, through decoding, folding and judging.

#![no_main]

use libfuzzer_sys::fuzz_target;
use netstatusd::facts::{Snapshot, Uptime};
use netstatusd::kernel::Recording;
use netstatusd::view::{Ids, Node, NodeView};
use std::sync::Arc;
use std::time::Instant;

fuzz_target!(|messages: &[u8]| {
    let recording = Recording {
        links: messages.to_vec(),
        addresses: messages.to_vec(),
        default_routes: messages.to_vec(),
        speeds: Vec::new(),
        taken: Uptime(0),
    };
    let snapshot = Snapshot {
        kernel: recording.facts(),
        ..Snapshot::default()
    };
    let mut ids = Ids::default();
    let view = NodeView::new(Node::default(), Arc::new(snapshot), &mut ids, Instant::now());
    for interface in view.interfaces() {
        assert!(!interface.networks.is_empty(), "there is always an entry");
    }
});
