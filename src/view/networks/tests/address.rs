//! Which of the addresses of a subnet is the network's own, and which float.
//!
//! By flags, age and number.

use super::*;
use crate::facts::{Address, IfIndex};

#[test]
fn primary_secondary_and_host_addresses_of_a_subnet() {
    check(
        &[
            ("203.0.113.50/32", PERMANENT),
            ("203.0.113.30/24", PERMANENT | SECONDARY),
            ("203.0.113.40/24", PERMANENT),
        ],
        &["Default: 203.0.113.40 Static 255.255.255.0 0 + 203.0.113.50 + 203.0.113.30"],
    );
    check(
        &[("203.0.113.1/24", PERMANENT), ("203.0.113.1/32", PERMANENT)],
        &["Default: 203.0.113.1 Static 255.255.255.0 0"],
    );
    check(
        &[("203.0.113.1/32", PERMANENT), ("203.0.113.2/32", PERMANENT)],
        &["Default: 203.0.113.1 Static 255.255.255.255 0 + 203.0.113.2"],
    );
    check(
        &[
            ("203.0.113.9/32", PERMANENT),
            ("198.51.100.1/24", PERMANENT),
        ],
        &["Default: 198.51.100.1 Static 255.255.255.0 0 + 203.0.113.9"],
    );
    check(
        &[
            ("203.0.113.9/16", PERMANENT),
            ("203.0.113.1/24", PERMANENT),
            ("203.0.113.5/32", PERMANENT),
        ],
        &[
            "Default: 203.0.113.9 Static 255.255.0.0 0",
            "eth0 203.0.113.0/24: 203.0.113.1 Static 255.255.255.0 0 + 203.0.113.5",
        ],
    );
}

#[test]
fn older_before_younger_and_lower_before_higher() {
    let facts = on(link(2, "eth0"), "203.0.113.7/24", PERMANENT, 5);
    let facts = on(facts, "203.0.113.9/24", PERMANENT, 6);
    assert_eq!(
        told(&[&facts])[0],
        "Default: 203.0.113.9 Static 255.255.255.0 0 + 203.0.113.7"
    );
    let facts = on(facts, "203.0.113.8/24", PERMANENT, 6);
    assert_eq!(
        told(&[&facts])[0],
        "Default: 203.0.113.8 Static 255.255.255.0 0 + 203.0.113.9 + 203.0.113.7"
    );
}

#[test]
fn stamps_that_wrapped_are_still_older() {
    let created = |cidr, created| Address {
        created,
        ..address(IfIndex(2), cidr)
    };
    let facts = link(2, "eth0").with(|facts| {
        facts.addresses = vec![
            created("203.0.113.1/24", 100),
            created("203.0.113.2/24", u32::MAX - 100),
        ];
    });
    let networks = derive(&[&facts], &at(200));
    assert_eq!(networks[0].address, "203.0.113.2".parse().ok());
    // A stamp a little ahead of the clock is young, not 497 days old.
    let networks = derive(&[&facts], &at(u32::MAX - 150));
    assert_eq!(networks[0].address, "203.0.113.2".parse().ok());
}

#[test]
fn deprecated_only_where_there_is_no_other() {
    check(
        &[
            ("2001:db8::5/64", TEMPLATE | DEPRECATED),
            ("2001:db8:1::5/64", TEMPLATE),
        ],
        &["Default: 2001:db8:1::5 Slaac 2001:db8:1::/64 0"],
    );
    check(
        &[("2001:db8::5/64", TEMPLATE | DEPRECATED)],
        &["Default: 2001:db8::5 Slaac 2001:db8::/64 0"],
    );
    // keepalived's IPv6 address: beside the node's own, in a subnet of its own
    check(
        &[
            ("2001:db8::100/128", PERMANENT | DEPRECATED),
            ("2001:db8::1/64", PERMANENT),
        ],
        &["Default: 2001:db8::1 Static 2001:db8::/64 0 + 2001:db8::100"],
    );
    check(
        &[
            ("2001:db8::100/128", PERMANENT | DEPRECATED),
            ("203.0.113.1/24", PERMANENT),
        ],
        &[
            "Default: 203.0.113.1 Static 255.255.255.0 0",
            "eth0 2001:db8::100/128: none Static 2001:db8::100/128 0 + 2001:db8::100",
        ],
    );
}

#[test]
fn a_duplicate_is_nobodys_address() {
    check(
        &[
            ("2001:db8::1/64", PERMANENT | FAILED | TENTATIVE),
            ("2001:db8::2/64", PERMANENT),
        ],
        &["Default: 2001:db8::2 Static 2001:db8::/64 0"],
    );
    check(
        &[("2001:db8::1/64", PERMANENT | FAILED | TENTATIVE)],
        &["Default: none Static 2001:db8::/64 0"],
    );
    check(
        &[("2001:db8::1/64", PERMANENT | TENTATIVE)],
        &["Default: 2001:db8::1 Static 2001:db8::/64 0"],
    );
}

#[test]
fn a_peers_prefix_is_the_peers() {
    let with_peer = |cidr, peer: &str| {
        let mut facts = eth0(&[(cidr, PERMANENT)]);
        facts.addresses[0].key.peer = peer.parse().ok();
        facts
    };
    assert_eq!(
        told(&[&with_peer("10.2.0.1/32", "10.2.0.2")]),
        ["Default: 10.2.0.1 Static 255.255.255.255 0"]
    );
    let mut facts = with_peer("10.2.0.1/24", "10.9.9.9");
    facts = on(facts, "203.0.113.1/24", PERMANENT, 1);
    assert_eq!(
        told(&[&facts]),
        [
            "Default: 10.2.0.1 Static 255.255.255.0 0",
            "eth0 203.0.113.0/24: 203.0.113.1 Static 255.255.255.0 0"
        ]
    );
    assert_eq!(
        told(&[&with_peer("10.2.0.1/24", "10.9.9.9").address("198.51.100.9/32")])[0],
        "Default: 10.2.0.1 Static 255.255.255.0 0 + 198.51.100.9"
    );
}
