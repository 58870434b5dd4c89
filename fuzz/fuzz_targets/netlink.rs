//! Whatever bytes the kernel could send, through decoding, folding and judging.
//!
//! The bytes are taken for whole messages, one after the other.
//! Nothing may panic, whatever they say.

#![no_main]

use libfuzzer_sys::fuzz_target;
use netstatusd::facts::Snapshot;
use netstatusd::kernel::Recording;
use netstatusd::view::{Ids, Node, NodeView};
use std::sync::Arc;
use std::time::Instant;

fuzz_target!(|messages: &[u8]| {
    let recording = Recording {
        links: messages.to_vec(),
        addresses: messages.to_vec(),
        default_routes: messages.to_vec(),
        next_hops: messages.to_vec(),
        ..Recording::default()
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
