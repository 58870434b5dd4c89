//! The file made of a node whose subnets a file cannot want.
//!
//! The kernel takes any length of prefix.

use super::*;
use crate::config::Config;
use crate::facts::sample;
use crate::view::{Ids, Node};
use std::time::Instant;

/// A host with this address, and what is wanted of it.
fn view(address: &str, config: &Config) -> NodeView {
    let snapshot = sample::snapshot([sample::link(2, "eth0").address(address)]);
    let node = Node::from(config);
    NodeView::new(node, snapshot.into(), &mut Ids::default(), Instant::now())
}

#[test]
fn what_cannot_be_wanted_is_left_out() {
    for (address, netmask) in [
        ("10.0.0.1/24", Some("255.255.255.0")),
        ("10.0.0.1/0", None),
        ("2001:db8::1/64", Some("2001:db8::/64")),
        ("2001:db8::1/0", None),
        ("169.254.7.7/16", Some("169.254.0.0/16")),
        ("fe80::1/64", Some("fe80::/64")),
        ("fe80::1/8", None),
    ] {
        let derived = view(address, &Config::default());
        let config = Config::parse(&write(&derived)).unwrap();
        let wanted = config.desired.interfaces[0].networks[0].netmask;
        let wanted = wanted.map(|netmask| netmask.to_string());
        assert_eq!(wanted.as_deref(), netmask, "{address}");
        let configured = view(address, &config);
        let (before, after) = (derived.find("1").unwrap(), configured.find("1").unwrap());
        assert!(after.differences.is_empty(), "{address}");
        assert_eq!(after.networks[0].address, before.networks[0].address);
        assert_eq!(after.networks[0].subnet, before.networks[0].subnet);
    }
}
