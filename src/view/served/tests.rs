//! Which links are served: a host a case.
//!
//! A host is a few links, told as the names that are served and listed.

use super::*;
use crate::facts::sample::{link, snapshot};
use crate::facts::{IfName, LinkFlags, MacAddr, OperState, Reading};

/// Listed and unlisted interfaces of `links`, as "index: devices".
fn served(links: Vec<LinkFacts>) -> (Vec<Vec<u32>>, Vec<Vec<u32>>) {
    let served = Served::of(&snapshot(links));
    let devices = |map: BTreeMap<IfIndex, Vec<IfIndex>>| {
        map.into_values()
            .map(|devices| devices.iter().map(|index| index.0).collect())
            .collect()
    };
    (devices(served.listed), devices(served.unlisted))
}

fn listed(links: Vec<LinkFacts>) -> Vec<Vec<u32>> {
    served(links).0
}

fn of_kind(index: u32, kind: LinkKind) -> LinkFacts {
    link(index, &format!("l{index}")).with(|facts| facts.link.kind = kind)
}

fn bond(index: u32) -> LinkFacts {
    let mode = crate::facts::BondMode::Ieee8023ad;
    of_kind(index, LinkKind::Bond { mode })
}

fn bridge(index: u32) -> LinkFacts {
    of_kind(index, LinkKind::Other("bridge".into()))
}

fn loopback() -> LinkFacts {
    link(1, "lo").with(|facts| {
        facts.link.flags = LinkFlags(0x1_0009);
        facts.link.mac = MacAddr::new(&[0; 6]).unwrap();
    })
}

fn veth(index: u32) -> LinkFacts {
    of_kind(index, LinkKind::Veth).with(|facts| facts.link.lower_namespace = Some(0))
}

#[test]
fn ports_are_their_masters_and_vlans_their_parents() {
    let host = vec![
        link(2, "eth0").port_of(4),
        link(3, "eth1").port_of(4),
        bond(4),
        link(5, "bond0.100").vlan(100, 4),
        link(6, "bond0.200").vlan(200, 4),
        link(7, "eth2"),
    ];
    assert_eq!(listed(host), [vec![4, 5, 6], vec![7]]);
}

#[test]
fn a_port_of_a_vrf_keeps_standing_alone() {
    let host = vec![
        of_kind(2, LinkKind::Vrf { table: 77 }),
        link(3, "eth0").port_of(2),
        link(4, "eth0.5").vlan(5, 3).port_of(2),
        link(5, "eth1").port_of(99),
    ];
    assert_eq!(
        listed(host),
        [[3, 4]],
        "5 has a master that is not known yet"
    );
}

#[test]
fn a_vlan_in_a_vlan_belongs_to_the_link_below_both() {
    let host = vec![
        link(2, "eth0"),
        link(3, "q").vlan(10, 2),
        link(4, "qq").vlan(20, 3),
    ];
    assert_eq!(listed(host), [[2, 3, 4]]);
}

#[test]
fn a_vlan_on_what_is_not_served_stands_alone() {
    let on_port = vec![
        link(2, "eth0").port_of(3),
        bond(3),
        link(4, "eth0.7").vlan(7, 2),
    ];
    assert_eq!(listed(on_port), [[3], [4]]);
    let foreign = link(5, "eth9.7")
        .vlan(7, 2)
        .with(|facts| facts.link.lower_namespace = Some(1));
    assert_eq!(
        listed(vec![link(2, "eth0"), foreign]),
        [[2], [5]],
        "2 is another's number"
    );
    assert_eq!(
        listed(vec![link(5, "eth9.7").vlan(7, 2)]),
        [[5]],
        "no parent"
    );
    let circle = vec![link(2, "a").vlan(1, 3), link(3, "b").vlan(2, 2)];
    assert_eq!(
        listed(circle),
        [[2], [3]],
        "the kernel makes none; nothing hangs"
    );
}

#[test]
fn a_vlan_that_is_a_bridge_port_is_the_bridges() {
    let host = vec![
        bond(2),
        link(3, "bond0.100").vlan(100, 2).port_of(4),
        bridge(4),
    ];
    assert_eq!(listed(host), [[2], [4]]);
}

#[test]
fn open_vswitch_ports_are_its_own() {
    let port = link(2, "eth0").with(|facts| facts.link.port_kind = Some("openvswitch".into()));
    let internal = of_kind(3, LinkKind::Other("openvswitch".into()));
    assert_eq!(listed(vec![port, internal]), [[3]]);
}

#[test]
fn loopback_counts_with_an_address_that_others_can_know() {
    for (addresses, is_listed) in [
        (vec!["127.0.0.1/8", "::1/128"], false),
        (vec!["127.0.0.1/8", "127.0.1.1/32"], false),
        (vec!["169.254.0.7/32", "fe80::1/64"], false),
        (vec!["127.0.0.1/8", "203.0.113.1/32"], true),
        (vec!["2001:db8::1/128"], true),
    ] {
        let facts = addresses
            .iter()
            .fold(loopback(), |facts, cidr| facts.address(cidr));
        assert_eq!(!listed(vec![facts]).is_empty(), is_listed, "{addresses:?}");
    }
}

/// A veth whose other end is `peer`, in this namespace.
fn end(index: u32, peer: u32) -> LinkFacts {
    of_kind(index, LinkKind::Veth).with(|facts| facts.link.lower = Some(IfIndex(peer)))
}

#[test]
fn a_containers_veth_is_shown_by_name_only() {
    let host = vec![
        veth(2),
        veth(3).address("fe80::1/64"),
        veth(4).address("203.0.113.1/24"),
        end(5, 6),
        end(6, 5),
        link(7, "v2.9").vlan(9, 2),
    ];
    let (listed, unlisted) = served(host);
    assert_eq!(listed, [[4], [5], [6]]);
    assert_eq!(unlisted, [vec![2, 7], vec![3]]);
}

#[test]
fn an_address_on_a_vlan_makes_a_containers_veth_an_interface() {
    let vlan = link(3, "v2.9").vlan(9, 2);
    let (listed, unlisted) = served(vec![veth(2), vlan.address("203.0.113.1/24")]);
    assert_eq!((listed, unlisted), (vec![vec![2, 3]], vec![]));
}

#[test]
fn of_two_veths_the_younger_knows_where_the_other_is() {
    let younger = |facts: LinkFacts| facts.with(|facts| facts.incarnation = 99);
    let none = |index| of_kind(index, LinkKind::Veth);
    let table: [(&str, Vec<LinkFacts>, &[u32]); 6] = [
        ("both name each other", vec![end(2, 3), end(3, 2)], &[2, 3]),
        ("just made", vec![none(2), end(3, 2)], &[2, 3]),
        ("went unseen", vec![end(2, 3)], &[]),
        (
            "went; a stranger has its index",
            vec![end(2, 3), veth(3)],
            &[],
        ),
        (
            "came back with its index",
            vec![veth(2), end(3, 2)],
            &[2, 3],
        ),
        (
            "came back below",
            vec![younger(end(2, 3)), veth(3)],
            &[2, 3],
        ),
    ];
    for (what, host, expected) in table {
        let listed: Vec<u32> = listed(host).into_iter().flatten().collect();
        assert_eq!(listed, expected, "{what}");
    }
}

#[test]
fn roles_are_judged_anew_when_what_they_follow_from_changes() {
    type Change = fn(&mut LinkFacts);
    let changes: [(&str, Change, bool); 12] = [
        ("nothing", |_| {}, true),
        ("MTU", |facts| facts.link.mtu = 9000, true),
        (
            "state",
            |facts| facts.link.operstate = OperState::Down,
            true,
        ),
        ("speed", |facts| facts.speed = Reading::Current(10), true),
        (
            "name",
            |facts| facts.link.name = IfName::new(b"eth9").unwrap(),
            false,
        ),
        ("kind", |facts| facts.link.kind = LinkKind::Veth, false),
        (
            "master",
            |facts| facts.link.master = Some(IfIndex(2)),
            false,
        ),
        ("parent", |facts| facts.link.lower = Some(IfIndex(2)), false),
        (
            "port",
            |facts| facts.link.port_kind = Some("bond".into()),
            false,
        ),
        ("incarnation", |facts| facts.incarnation += 1, false),
        (
            "namespace",
            |facts| facts.link.lower_namespace = Some(1),
            false,
        ),
        ("addresses", |facts| facts.addresses.clear(), false),
    ];
    let hosts = || [link(2, "eth0"), link(3, "eth1").address("203.0.113.1/24")];
    for (what, change, is_same) in changes {
        let [first, second] = hosts();
        let new = snapshot([first, second.with(change)]);
        assert_eq!(has_same_roles(&snapshot(hosts()), &new), is_same, "{what}");
    }
    let [first, _] = hosts();
    assert!(!has_same_roles(&snapshot(hosts()), &snapshot([first])));
}
