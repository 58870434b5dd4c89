//! Networks of hosts, each told as lines of
//! "name: address by netmask vlan + floating addresses".
//!
//! A case is a host and the lines it is told in.

mod address;
mod lent;

use super::*;
use crate::facts::sample::{address, link};
use crate::facts::{AddressFlags, KernelFacts, Reading, Uptime};

const PERMANENT: u32 = 0x80;
const SECONDARY: u32 = 0x01;
const TEMPORARY: u32 = 0x01;
const FAILED: u32 = 0x08;
const DEPRECATED: u32 = 0x20;
const TENTATIVE: u32 = 0x40;
const TEMPLATE: u32 = 0x100;

/// An address on the link `facts`, created `age` hundredths ago.
fn on(facts: LinkFacts, cidr: &str, flags: u32, age: u32) -> LinkFacts {
    let mut address = address(facts.link.index, cidr);
    address.flags = AddressFlags(flags);
    address.is_forever = flags & PERMANENT != 0;
    address.created = NOW - age;
    facts.with(|facts| facts.addresses.push(address))
}

const NOW: u32 = 100_000;

fn eth0(addresses: &[(&str, u32)]) -> LinkFacts {
    let age = |position: usize| 1_000 - u32::try_from(position).unwrap();
    addresses
        .iter()
        .enumerate()
        .fold(link(2, "eth0"), |facts, (position, (cidr, flags))| {
            on(facts, cidr, *flags, age(position))
        })
}

/// A moment at which nothing is known beside the links.
fn at(now: u32) -> Snapshot {
    Snapshot {
        kernel: KernelFacts {
            taken: Uptime(now),
            ..KernelFacts::default()
        },
        ..Snapshot::default()
    }
}

fn told(devices: &[&LinkFacts]) -> Vec<String> {
    derive(devices, &at(NOW))
        .iter()
        .map(|network| {
            let address = network.address.map_or("none".into(), |a| a.to_string());
            let netmask = network.subnet.map_or("none".into(), |s| s.netmask());
            let floating = network.floating.iter().map(|f| format!(" + {f}"));
            format!(
                "{}: {address} {:?} {netmask} {}{}",
                network.name,
                network.origin,
                network.vlan_id.get(),
                floating.collect::<String>()
            )
        })
        .collect()
}

fn check(addresses: &[(&str, u32)], expected: &[&str]) {
    assert_eq!(told(&[&eth0(addresses)]), expected, "{addresses:?}");
}

#[test]
fn one_entry_a_subnet() {
    check(
        &[
            ("2001:db8::1/64", PERMANENT),
            ("198.51.100.1/25", PERMANENT),
            ("203.0.113.1/24", PERMANENT),
        ],
        &[
            "Default: 198.51.100.1 Static 255.255.255.128 0",
            "eth0 203.0.113.0/24: 203.0.113.1 Static 255.255.255.0 0",
            "eth0 2001:db8::/64: 2001:db8::1 Static 2001:db8::/64 0",
        ],
    );
}

#[test]
fn nothing_at_all_is_an_entry_too() {
    check(&[], &["Default: none Static none 0"]);
    check(
        &[("127.0.0.1/8", PERMANENT), ("::1/128", PERMANENT)],
        &["Default: none Static none 0"],
    );
}

#[test]
fn no_two_have_one_name() {
    check(
        &[
            ("198.51.100.1/24", PERMANENT),
            ("203.0.113.1/24", PERMANENT),
            ("203.0.113.7/24", 0),
        ],
        &[
            "Default: 198.51.100.1 Static 255.255.255.0 0",
            "eth0 203.0.113.0/24: 203.0.113.1 Static 255.255.255.0 0",
            "eth0 203.0.113.0/24 (2): 203.0.113.7 Dhcp 255.255.255.0 0",
        ],
    );
}

#[test]
fn link_local_only_where_there_is_no_other() {
    check(
        &[("fe80::1/64", PERMANENT), ("169.254.7.7/16", PERMANENT)],
        &[
            "Default: 169.254.7.7 LinkLocal 255.255.0.0 0",
            "eth0 fe80::/64: fe80::1 LinkLocal fe80::/64 0",
        ],
    );
    check(
        &[
            ("169.254.7.7/16", PERMANENT),
            ("203.0.113.1/24", PERMANENT),
            ("fe80::1/64", PERMANENT),
        ],
        &["Default: 203.0.113.1 Static 255.255.255.0 0"],
    );
    // Even where somebody renews it, or it stands alone in its prefix.
    check(
        &[
            ("203.0.113.1/24", PERMANENT),
            ("fe80::1/64", 0),
            ("fe80::2/128", 0),
        ],
        &["Default: 203.0.113.1 Static 255.255.255.0 0"],
    );
    // By hand it is an address like others, though none that is known elsewhere.
    check(
        &[("169.254.7.7/24", PERMANENT), ("2001:db8::1/64", PERMANENT)],
        &[
            "Default: 2001:db8::1 Static 2001:db8::/64 0",
            "eth0 169.254.7.0/24: 169.254.7.7 Static 255.255.255.0 0",
        ],
    );
    let own = on(link(2, "eth0"), "fe80::1/64", PERMANENT, 1);
    let child = on(link(3, "eth0.5").vlan(5, 2), "203.0.113.1/24", PERMANENT, 1);
    let child = on(child, "fe80::3/64", PERMANENT, 1);
    assert_eq!(
        told(&[&own, &child]),
        ["Default: 203.0.113.1 Static 255.255.255.0 5"]
    );
}

#[test]
fn untagged_before_tagged_and_ipv4_before_ipv6() {
    let own = eth0(&[("2001:db8::1/64", PERMANENT)]);
    let vlan = |index, id| link(index, &format!("eth0.{id}")).vlan(id, 2);
    let v200 = on(vlan(3, 200), "203.0.113.1/24", PERMANENT, 1);
    let v100 = on(vlan(4, 100), "2001:db8:100::1/64", PERMANENT, 1);
    let v100 = on(v100, "198.51.100.1/24", PERMANENT, 1).with(|facts| facts.link.mtu = 9000);
    let empty = vlan(5, 300);
    let devices = [&own, &v200, &v100, &empty];
    assert_eq!(
        told(&devices),
        [
            "Default: 2001:db8::1 Static 2001:db8::/64 0",
            "eth0.100 198.51.100.0/24: 198.51.100.1 Static 255.255.255.0 100",
            "eth0.100 2001:db8:100::/64: 2001:db8:100::1 Static 2001:db8:100::/64 100",
            "eth0.200 203.0.113.0/24: 203.0.113.1 Static 255.255.255.0 200",
        ]
    );
    let networks = derive(&devices, &at(NOW));
    let mtus: Vec<u32> = networks.iter().map(|network| network.mtu).collect();
    assert_eq!(mtus, [1500, 9000, 9000, 1500]);
}

#[test]
fn every_network_says_what_the_resolver_uses() {
    let dns = Dns {
        servers: Vec::new(),
        search: vec!["a.example".to_owned()],
    };
    let host = eth0(&[("203.0.113.1/24", PERMANENT), ("2001:db8::1/64", PERMANENT)]);
    for facts in [&host, &eth0(&[])] {
        let snapshot = Snapshot {
            dns: Reading::Current(dns.clone()),
            ..at(NOW)
        };
        let networks = derive(&[facts], &snapshot);
        assert!(networks.iter().all(|network| network.dns == dns));
    }
}
