//! Addresses that the network lent without end.
//!
//! Only a lease's file tells these from static ones: they must not float.

use super::*;
use crate::facts::{Lease, LeaseClient, LeasedLink};

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
