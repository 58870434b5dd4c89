//! Differences as sentences: a change of a plain host a line.
//!
//! Each sentence is spelt out.

use super::*;
use crate::config::Config;
use crate::facts::sample::{link, route, snapshot};
use crate::facts::{
    BondMode, Dns, FailedSetups, IfIndex, LinkFlags, LinkKind, NameServer, Reading, Snapshot,
};
use crate::view::networks::derive;
use crate::view::{Ids, Node, NodeView};
use std::sync::Arc;
use std::time::Instant;

/// Sentences about a link with one address more than a plain one, nothing configured.
fn derived(cidr: &str, flags: u32, link_flags: u32) -> Vec<String> {
    let facts = link(2, "eth0").address("203.0.113.1/24").address(cidr);
    let facts = facts.with(|facts| {
        facts.link.flags = LinkFlags(link_flags);
        facts.addresses[1].flags = AddressFlags(flags);
    });
    let networks = derive(&[&facts], &Snapshot::default());
    let differences = of_derived(&[&facts], &networks);
    differences.iter().map(ToString::to_string).collect()
}

const UP: u32 = 0x1_0001;
const NO_CARRIER: u32 = 1;

#[test]
fn without_configuration() {
    let tentative = "2001:db8::1 on eth0 is not used yet: duplicate address detection runs";
    let duplicate = "2001:db8::1 on eth0 is not used: another host answered for it";
    #[rustfmt::skip]
    let table: [(&str, u32, u32, &[&str]); 7] = [
        ("2001:db8::1/64", 0x80, UP, &[]),
        ("2001:db8::1/64", 0xc0, UP, &[tentative]),
        ("2001:db8::1/64", 0xc0, NO_CARRIER, &[]),
        ("2001:db8::1/64", 0xc4, UP, &[]),
        ("2001:db8::1/64", 0xc8, UP, &[duplicate]),
        ("2001:db8::1/64", 0xc8, NO_CARRIER, &[duplicate]),
        ("fe80::1/64", 0xc0, UP, &[]),
    ];
    for (cidr, flags, link_flags, sentences) in table {
        assert_eq!(
            derived(cidr, flags, link_flags),
            sentences,
            "{cidr} {flags:#x}"
        );
    }
}

/// What is wanted of the host that [`Host`] is.
const WANTED: &str = r#"
[[interface]]
id = 1
name = "bond0"
bonding_mode = "IEEE_8023AD"
mtu = 9000
default_gateway = "203.0.113.1"
default_gateway_ipv6 = "fe80::1"

[[interface.network]]
id = 1
name = "Default"
assigned_by = "STATIC"
ip_ranges = ["203.0.113.11-14"]
floating_ip_ranges = ["203.0.113.20-29"]
netmask = "255.255.255.0"
mtu = 9000
dns_servers = ["192.0.2.53"]
dns_search_domains = ["a.example"]

[[interface.network]]
id = 2
name = "storage"
assigned_by = "STATIC"
ip_ranges = ["2001:db8:100::11"]
netmask = "2001:db8:100::/64"
vlan_id = 100
mtu = 1500

[[interface.network]]
id = 3
name = "leased"
assigned_by = "DHCP"
vlan_id = 200

[[interface.network]]
id = 4
name = "local"
assigned_by = "LINK_LOCAL"
netmask = "fe80::/64"
"#;

/// A host that is as wanted.
struct Host {
    bond: LinkFacts,
    vlan100: Option<LinkFacts>,
    vlan200: LinkFacts,
    dns: Dns,
    /// Links that could not be set up.
    failed: Vec<IfIndex>,
}

impl Host {
    fn new() -> Self {
        let bond = link(4, "bond0")
            .address("203.0.113.11/24")
            .address("203.0.113.25/32")
            .address("fe80::5/64")
            .default_route(route("203.0.113.1"))
            .default_route(route("fe80::1"))
            .with(|facts| {
                let mode = BondMode::Ieee8023ad;
                facts.link.kind = LinkKind::Bond { mode };
                facts.link.mtu = 9000;
            });
        let vlan100 = link(5, "bond0.100").vlan(100, 4);
        let leased = link(6, "bond0.200").vlan(200, 4).address("198.51.100.7/24");
        Self {
            bond,
            vlan100: Some(vlan100.address("2001:db8:100::11/64")),
            vlan200: leased.with(|facts| facts.addresses[0].is_forever = false),
            dns: Dns {
                servers: vec!["192.0.2.53".parse::<NameServer>().unwrap()],
                search: vec!["a.example".to_owned()],
            },
            failed: Vec::new(),
        }
    }

    fn snapshot(self) -> Snapshot {
        let links = [self.bond, self.vlan200].into_iter().chain(self.vlan100);
        Snapshot {
            dns: Reading::Current(self.dns),
            failed_setups: Reading::Current(FailedSetups(self.failed.into_iter().collect())),
            ..snapshot(links)
        }
    }
}

/// Differences of a host from what `wanted` says, each as "network wanted seen: sentence".
fn told(wanted: &str, snapshot: Snapshot) -> Vec<String> {
    let node = Node::from(&Config::parse(wanted).unwrap());
    let view = NodeView::new(
        node,
        Arc::new(snapshot),
        &mut Ids::default(),
        Instant::now(),
    );
    let differences = view
        .interfaces()
        .flat_map(|interface| &interface.differences);
    differences
        .map(|difference| {
            let network = difference
                .network
                .map_or("-".to_owned(), |at| at.to_string());
            let Difference { wanted, seen, .. } = difference;
            format!("{network} [{wanted}] [{seen}] {difference}")
        })
        .collect()
}

type Change = fn(&mut Host);

/// What happens to the host, and every difference that this makes.
const CHANGES: &[(&str, Change, &[&str])] = &[
    ("as wanted", |_| (), &[]),
    (
        "another mode",
        |host| {
            host.bond.link.kind = LinkKind::Bond {
                mode: BondMode::Other(0),
            }
        },
        &["- [IEEE_8023AD] [balance-rr] the bonding mode of bond0 is balance-rr, not IEEE_8023AD"],
    ),
    (
        "no bond",
        |host| host.bond.link.kind = LinkKind::Veth,
        &["- [IEEE_8023AD] [none] the bonding mode of bond0 is none, not IEEE_8023AD"],
    ),
    (
        "another MTU, of the interface and so of its untagged network",
        |host| host.bond.link.mtu = 1500,
        &[
            "- [9000] [1500] the MTU of bond0 is 1500, not 9000",
            "0 [9000] [1500] the MTU of bond0 is 1500, not 9000",
        ],
    ),
    (
        "another MTU of a VLAN",
        |host| host.vlan100.as_mut().unwrap().link.mtu = 1400,
        &["1 [1500] [1400] the MTU of bond0.100 is 1400, not 1500"],
    ),
    (
        "no default route",
        |host| host.bond.default_routes.clear(),
        &[
            "- [203.0.113.1] [none] the IPv4 default gateway of bond0 is none, not 203.0.113.1",
            "- [fe80::1] [none] the IPv6 default gateway of bond0 is none, not fe80::1",
        ],
    ),
    (
        "another gateway",
        |host| host.bond.default_routes[0] = route("203.0.113.9"),
        &[
            "- [203.0.113.1] [203.0.113.9] the IPv4 default gateway of bond0 is 203.0.113.9, not 203.0.113.1",
        ],
    ),
    (
        "the gateway over a VLAN",
        |host| {
            let route = host.bond.default_routes.remove(0);
            host.vlan200.default_routes.push(route);
        },
        &[],
    ),
    (
        "no VLAN",
        |host| host.vlan100 = None,
        &["1 [100] [none] there is no VLAN 100 on bond0"],
    ),
    (
        "no own address, but another outside the ranges",
        |host| host.bond.addresses[0].key.local = "203.0.113.15".parse().unwrap(),
        &["0 [203.0.113.11-14] [none] network Default has no address of 203.0.113.11-14 on bond0"],
    ),
    (
        "the own address on another device",
        |host| {
            let own = host.bond.addresses.remove(0);
            host.vlan200.addresses.push(own);
        },
        &["0 [203.0.113.11-14] [none] network Default has no address of 203.0.113.11-14 on bond0"],
    ),
    (
        "no floating address: it is on another node",
        |host| host.bond.addresses.retain(|own| own.key.prefix_len != 32),
        &[],
    ),
    (
        "the own address with another prefix, too",
        |host| {
            let mut other = host.bond.addresses[0].clone();
            other.key.prefix_len = 16;
            host.bond.addresses.insert(0, other);
        },
        &[],
    ),
    (
        "another netmask",
        |host| host.bond.addresses[0].key.prefix_len = 16,
        &[
            "0 [255.255.255.0] [255.255.0.0] the netmask of 203.0.113.11 on bond0 is 255.255.0.0, not 255.255.255.0",
        ],
    ),
    (
        "another prefix length",
        |host| host.vlan100.as_mut().unwrap().addresses[0].key.prefix_len = 48,
        &[
            "1 [2001:db8:100::/64] [2001:db8:100::/48] the netmask of 2001:db8:100::11 on bond0.100 is \
               2001:db8:100::/48, not 2001:db8:100::/64",
        ],
    ),
    (
        "no lease",
        |host| host.vlan200.addresses.clear(),
        &["2 [a lease] [none] network leased has no lease on bond0.200"],
    ),
    (
        "no link-local address",
        |host| host.bond.addresses.truncate(2),
        &["3 [a link-local address] [none] network local has no link-local address on bond0"],
    ),
    (
        "checked for duplicates",
        |host| host.vlan100.as_mut().unwrap().addresses[0].flags.0 = 0xc0,
        &[
            "1 [2001:db8:100::11] [tentative] 2001:db8:100::11 on bond0.100 is not used yet: duplicate \
               address detection runs",
        ],
    ),
    (
        "a duplicate",
        |host| host.vlan100.as_mut().unwrap().addresses[0].flags.0 = 0xc8,
        &[
            "1 [2001:db8:100::11] [duplicate] 2001:db8:100::11 on bond0.100 is not used: another host \
               answered for it",
        ],
    ),
    (
        "a bond that could not be set up, with two networks",
        |host| host.failed = vec![IfIndex(4)],
        &[
            "0 [configured] [failed] systemd-networkd failed to set bond0 up",
            "3 [configured] [failed] systemd-networkd failed to set bond0 up",
        ],
    ),
    (
        "a VLAN that could not be set up, and a link that is none of the interface's",
        |host| host.failed = vec![IfIndex(5), IfIndex(99)],
        &["1 [configured] [failed] systemd-networkd failed to set bond0.100 up"],
    ),
    (
        "another resolver",
        |host| host.dns = Dns::default(),
        &[
            "0 [192.0.2.53] [none] the host does not use the name server 192.0.2.53",
            "0 [a.example] [none] the host does not use the search domain a.example",
        ],
    ),
];

#[test]
fn what_is_wanted_and_not_so() {
    for (what, change, sentences) in CHANGES {
        let mut host = Host::new();
        change(&mut host);
        assert_eq!(told(WANTED, host.snapshot()), *sentences, "{what}");
    }
}

#[test]
fn an_interface_that_is_not_here_says_only_that() {
    let missing = snapshot([link(2, "eth0").address("203.0.113.11/24")]);
    assert_eq!(
        told(WANTED, missing),
        ["- [bond0] [none] there is no link bond0"]
    );
}

#[test]
fn two_interfaces_that_are_one_link() {
    let wanted =
        "interface = [{ id = 1, name = \"eth0\" }, { id = 2, mac = \"02:00:00:00:00:01\" }]";
    assert_eq!(
        told(wanted, snapshot([link(2, "eth0")])),
        [
            "- [a link of its own] [eth0] eth0 is interface 2 and 1 at once",
            "- [a link of its own] [eth0] eth0 is interface 1 and 2 at once",
        ]
    );
}

#[test]
fn progress_is_the_worst_of_all() {
    let of = |changes: &[u32], failed: &[IfIndex]| {
        let mut host = Host::new();
        host.failed = failed.to_vec();
        for (facts, flags) in [&mut host.bond, &mut host.vlan200].into_iter().zip(changes) {
            facts.addresses[0].flags.0 = *flags;
        }
        let node = Node::from(&Config::parse(WANTED).unwrap());
        let snapshot = Arc::new(host.snapshot());
        let view = NodeView::new(node, snapshot, &mut Ids::default(), Instant::now());
        let interface = view.find("1").unwrap();
        (Progress::of(&interface.differences), interface.is_applied())
    };
    assert_eq!(of(&[0x80, 0x80], &[]), (Progress::Applied, true));
    assert_eq!(of(&[0xc0, 0x80], &[]), (Progress::Pending, false));
    assert_eq!(of(&[0xc0, 0xc8], &[]), (Progress::Failed, false));
    assert_eq!(of(&[0xc8, 0xc0], &[]), (Progress::Failed, false));
    // What systemd-networkd was told to do is not known: only version 3 tells of it.
    assert_eq!(of(&[0x80, 0x80], &[IfIndex(4)]), (Progress::Failed, true));
    assert_eq!(of(&[0x80, 0x80], &[IfIndex(5)]), (Progress::Failed, true));
    assert_eq!(of(&[0xc0, 0x80], &[IfIndex(6)]), (Progress::Failed, false));
}
