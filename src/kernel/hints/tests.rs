//! Whom a message concerns, and what is counted of one that cannot be read.
//!
//! Layouts are those of `linux/rtnetlink.h`.

use super::*;
use crate::kernel::decode::decode;
use crate::kernel::sample::{attribute, oif, route};

/// What messages that come together hint at.
fn hinted(contents: impl IntoIterator<Item = Content>) -> Hint {
    let mut hint = Hint::default();
    for content in contents {
        hint.add(Incoming {
            reply_to: None,
            is_interrupted: false,
            content,
        });
    }
    hint
}

fn said(message_type: u16, payload: &[u8]) -> Content {
    Content::Message(decode(message_type, payload))
}

#[test]
fn a_route_through_named_links_concerns_these() {
    let through = |link| route(libc::AF_INET, 0, 0, &[oif(link)]);
    let hint = hinted([
        said(libc::RTM_NEWROUTE, &through(7)),
        said(libc::RTM_DELROUTE, &through(8)),
    ]);
    assert_eq!(hint.links, [7, 8].map(IfIndex).into());
    assert!(!hint.is_for_all);
    assert_eq!(hint.tally, WatchTally::default());
}

#[test]
fn what_is_lost_or_unreadable_concerns_all_and_is_counted() {
    let hint = hinted([Content::Overrun]);
    assert!(hint.is_for_all);
    assert_eq!(hint.tally.overruns, 1);

    let gateway = attribute(libc::RTA_GATEWAY, &[192, 0]);
    let damaged = route(libc::AF_INET, 0, 0, &[oif(7), gateway]);
    let hint = hinted([said(libc::RTM_NEWROUTE, &damaged)]);
    assert!(hint.is_for_all);
    assert_eq!(hint.tally.undecodable_attributes, 1);

    let cut = [
        libc::RTM_NEWROUTE,
        libc::RTM_DELROUTE,
        crate::facts::RTM_NEWNEXTHOP,
    ];
    let hint = hinted(cut.map(|message_type| said(message_type, &[2, 0])));
    assert!(hint.is_for_all);
    let messages = hint.tally.undecodable_messages;
    assert_eq!((messages.new_route, messages.del_route), (1, 1));
    assert_eq!(messages.new_next_hop, 1);
}
