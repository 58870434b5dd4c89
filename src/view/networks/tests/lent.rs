//! Addresses that the network lent: they must not float.
//!
//! Only a lease's file tells those without end from static ones.

use super::*;
use crate::facts::{Lease, LeaseClient, LeasedLink};

#[test]
fn leases_stand_alone_and_never_float() {
    check(
        &[
            ("203.0.113.1/24", PERMANENT),
            ("203.0.113.77/24", SECONDARY),
        ],
        &[
            "Default: 203.0.113.1 Static 255.255.255.0 0",
            "eth0 203.0.113.0/24: 203.0.113.77 Dhcp 255.255.255.0 0",
        ],
    );
    check(
        &[("203.0.113.100/32", PERMANENT), ("203.0.113.77/24", 0)],
        &["Default: 203.0.113.77 Dhcp 255.255.255.0 0 + 203.0.113.100"],
    );
    check(
        &[("203.0.113.7/32", 0)],
        &["Default: 203.0.113.7 Dhcp 255.255.255.255 0"],
    );
}

#[test]
fn routers_prefixes_and_dhcpv6() {
    check(
        &[
            ("2001:db8::5/64", TEMPLATE),
            ("2001:db8::6/64", TEMPORARY),
            ("fe80::5/64", PERMANENT),
        ],
        &["Default: 2001:db8::5 Slaac 2001:db8::/64 0"],
    );
    check(
        &[("2001:db8::5/64", TEMPLATE), ("2001:db8::7/128", 0)],
        &[
            "Default: 2001:db8::7 Dhcp 2001:db8::/64 0",
            "eth0 2001:db8::/64: 2001:db8::5 Slaac 2001:db8::/64 0",
        ],
    );
    check(
        &[("2001:db8::5/64", TEMPLATE), ("2001:db8::1/64", PERMANENT)],
        &[
            "Default: 2001:db8::1 Static 2001:db8::/64 0",
            "eth0 2001:db8::/64: 2001:db8::5 Slaac 2001:db8::/64 0",
        ],
    );
    check(
        &[("2001:db8::6/64", TEMPORARY)],
        &["Default: 2001:db8::6 Slaac 2001:db8::/64 0"],
    );
}

/// By a lease without end, by dhcpcd of a prefix without end.
#[test]
fn what_was_lent_for_ever_does_not_float() {
    let facts = eth0(&[
        ("203.0.113.1/24", PERMANENT),
        ("203.0.113.9/24", PERMANENT | SECONDARY),
        ("2001:db8::1/64", PERMANENT),
        ("2001:db8::9/64", PERMANENT | TEMPLATE),
        ("2001:db8:7::9/128", PERMANENT),
    ]);
    let lease = |address: &str| Lease {
        link: LeasedLink::Name(facts.link.name),
        address: address.parse().unwrap(),
    };
    let mut snapshot = at(NOW);
    *snapshot.leases.by_mut(LeaseClient::Dhcpcd) =
        Reading::Current(vec![lease("203.0.113.9"), lease("2001:db8:7::9")]);
    let networks = derive(&[&facts], &snapshot);
    let told: Vec<String> = networks
        .iter()
        .map(|network| {
            let address = network.address.unwrap();
            format!("{address} {:?} {:?}", network.origin, network.floating)
        })
        .collect();
    assert_eq!(
        told,
        [
            "203.0.113.1 Static []",
            "203.0.113.9 Dhcp []",
            "2001:db8::1 Static []",
            "2001:db8:7::9 Dhcp []",
            "2001:db8::9 Slaac []",
        ]
    );
}
