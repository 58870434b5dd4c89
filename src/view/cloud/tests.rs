//! Which NIC of the cloud an interface stands on, and what differs between the two.
//!
//! NICs are found by link-layer address; of a bond it is that of exactly one port, or none.

use super::*;
use crate::facts::sample::{link, snapshot};
use crate::facts::{BondMode, Cloud, IfIndex, LinkFlags, Provider, Subnet};
use std::time::Instant;

fn mac(last: u8) -> MacAddr {
    MacAddr::new(&[0x0a, 0, 0, 0, 0, last]).unwrap()
}

/// A link whose address in use ends in this byte.
fn ethernet(index: u32, name: &str, last: u8) -> LinkFacts {
    link(index, name).with(|facts| facts.link.mac = mac(last))
}

fn of_kind(index: u32, name: &str, last: u8, kind: &str) -> LinkFacts {
    ethernet(index, name, last).with(|facts| facts.link.kind = LinkKind::Other(kind.into()))
}

fn bond(index: u32, last: u8) -> LinkFacts {
    ethernet(index, "bond0", last).with(|facts| {
        facts.link.kind = LinkKind::Bond {
            mode: BondMode::ActiveBackup,
        };
    })
}

impl LinkFacts {
    fn burnt_in(self, last: u8) -> Self {
        self.with(|facts| facts.link.permanent_mac = Some(mac(last).into()))
    }

    fn on(self, lower: u32) -> Self {
        self.with(|facts| facts.link.lower = Some(IfIndex(lower)))
    }
}

fn cloud_nic(last: u8, addresses: &[&str], detail: CloudDetail) -> CloudNic {
    CloudNic {
        mac: mac(last),
        private_ipv4: addresses.iter().map(|text| text.parse().unwrap()).collect(),
        subnet_mask: None,
        detail,
    }
}

fn azure(last: u8) -> CloudNic {
    let network = String::new();
    cloud_nic(last, &[], CloudDetail::Azure { network })
}

fn cloud(nics: Vec<CloudNic>) -> Cloud {
    Cloud {
        provider: Provider::Azure,
        nics,
        taken: Instant::now(),
    }
}

/// The last byte of the NIC that the first of `links` stands on, where the cloud
/// knows NICs 1 and 2.
fn stands_on(links: &[LinkFacts]) -> Option<u8> {
    let snapshot = Snapshot {
        cloud: Reading::Current(cloud(vec![azure(1), azure(2)])),
        ..snapshot(links.iter().cloned())
    };
    let nic = nic(&links[0], &snapshot)?;
    nic.mac.as_bytes().last().copied()
}

#[test]
fn links_are_found_by_address() {
    let eth = || ethernet(2, "eth0", 1);
    #[rustfmt::skip]
    let table: [(&str, Vec<LinkFacts>, Option<u8>); 12] = [
        ("by the address in use", vec![eth()], Some(1)),
        ("unknown to the cloud", vec![ethernet(2, "eth0", 9)], None),
        ("the burnt-in address first", vec![eth().burnt_in(2)], Some(2)),
        ("a burnt-in address the cloud does not know", vec![eth().burnt_in(9)], Some(1)),
        ("an address copied from another link", vec![eth(), ethernet(3, "eth1", 9).burnt_in(1)], None),
        ("a bridge with its port's address", vec![of_kind(4, "br0", 1, "bridge"), eth().port_of(4)], None),
        ("a macvlan", vec![of_kind(4, "macvlan0", 1, "macvlan").on(2), eth()], None),
        ("a tap", vec![of_kind(4, "tap0", 1, "tun")], Some(1)),
        ("a NIC with its enslaved function", vec![eth(), ethernet(3, "vf", 1).port_of(2)], Some(1)),
        ("a VLAN", vec![ethernet(4, "eth0.5", 9).vlan(5, 2), eth()], Some(1)),
        ("a VLAN on a VLAN", vec![ethernet(5, "q", 9).vlan(7, 4), ethernet(4, "eth0.5", 9).vlan(5, 2), eth()], Some(1)),
        ("a VLAN on nothing here", vec![ethernet(4, "eth0.5", 1).vlan(5, 77)], None),
    ];
    for (what, links, nic) in table {
        assert_eq!(stands_on(&links), nic, "{what}");
    }
}

#[test]
fn a_bond_stands_on_exactly_one_nic_or_none() {
    let port = |index: u32, burnt_in| {
        // In a bond, ports use the address of the first.
        ethernet(index, "eth", 1).burnt_in(burnt_in).port_of(7)
    };
    let over = |ports: &[LinkFacts]| {
        let mut links = vec![bond(7, 1)];
        links.extend_from_slice(ports);
        stands_on(&links)
    };
    assert_eq!(over(&[]), None);
    assert_eq!(over(&[port(2, 1)]), Some(1));
    assert_eq!(over(&[port(2, 1), port(3, 9)]), Some(1));
    assert_eq!(over(&[port(2, 1), port(3, 2)]), None);
    assert_eq!(
        over(&[port(2, 8), port(3, 9)]),
        Some(1),
        "by the address in use"
    );
    let team = of_kind(7, "team0", 1, "team");
    assert_eq!(stands_on(&[team, port(2, 2)]), Some(2));
    let vlan = ethernet(8, "bond0.5", 1).vlan(5, 7);
    assert_eq!(stands_on(&[vlan, bond(7, 1), port(2, 2)]), Some(2));
}

#[test]
fn links_on_each_other_end() {
    let vlan = |index, lower| ethernet(index, "q", 1).vlan(5, lower);
    assert_eq!(stands_on(&[vlan(4, 5), vlan(5, 4)]), None);
    assert_eq!(stands_on(&[bond(7, 1).port_of(7)]), None);
}

/// Sentences about `eth0` of `links`, which is the NIC 1 of `reading`.
fn told(reading: Reading<Cloud>, links: &[LinkFacts]) -> Vec<String> {
    let nic = reading.value().unwrap().nics[0].clone();
    let snapshot = Snapshot {
        cloud: reading,
        ..snapshot(links.iter().cloned())
    };
    let differences = differences(&links[0], &nic, &snapshot);
    differences.iter().map(ToString::to_string).collect()
}

#[test]
fn addresses_that_only_one_side_has() {
    let network = String::new;
    let nic = || {
        cloud_nic(
            1,
            &["10.0.0.4", "10.0.0.5"],
            CloudDetail::Azure { network: network() },
        )
    };
    let reading = || Reading::Current(cloud(vec![nic()]));
    let own = || ethernet(2, "eth0", 1).address("10.0.0.4/24");
    let missing = "10.0.0.5 is the node's, says the cloud, but no link has it";
    let foreign = "10.0.0.9 is on eth0, but the cloud does not know it there";
    assert_eq!(told(reading(), &[own()]), [missing]);
    assert_eq!(told(reading(), &[own().address("10.0.0.5/32")]), [""; 0]);
    let elsewhere = ethernet(3, "lo", 9).address("10.0.0.5/32");
    assert_eq!(
        told(reading(), &[own(), elsewhere]),
        [""; 0],
        "on another link"
    );
    let more = own().address("10.0.0.9/24").address("10.0.0.5/24");
    assert_eq!(told(reading(), std::slice::from_ref(&more)), [foreign]);
    let not_the_clouds = more.with(|facts| facts.addresses.remove(1).key.prefix_len = 0);
    let not_the_clouds = not_the_clouds
        .address("169.254.7.7/16")
        .address("127.0.0.9/8")
        .address("2001:db8::1/64");
    assert_eq!(told(reading(), &[not_the_clouds]), [""; 0]);
    assert_eq!(
        told(reading().failed("gone".into()), &[own()]),
        [""; 0],
        "old"
    );
}

#[test]
fn ranges_that_lead_here_are_no_difference() {
    let detail = CloudDetail::Gcp {
        network: String::new(),
        ip_aliases: vec![
            "10.8.5.0/24".to_owned(),
            "10.8.6.7".to_owned(),
            "nonsense/99".to_owned(),
        ],
        forwarded: vec!["198.51.100.7".to_owned()],
    };
    let reading = Reading::Current(cloud(vec![cloud_nic(1, &["10.0.0.4"], detail)]));
    let own = ethernet(2, "eth0", 1).address("10.0.0.4/32");
    let inside = own
        .clone()
        .address("10.8.5.9/32")
        .address("10.8.6.7/32")
        .address("198.51.100.7/32");
    assert_eq!(told(reading.clone(), &[inside]), [""; 0]);
    let outside = own.address("10.8.6.0/24");
    let foreign = "10.8.6.0 is on eth0, but the cloud does not know it there";
    assert_eq!(told(reading, &[outside]), [foreign]);
}

type Words<'a> = &'a [&'a str];

/// An AWS NIC with these addresses, to which these prefixes are delegated.
fn aws(addresses: Words, prefixes: Words) -> CloudNic {
    let prefix = |text: &&str| {
        let (first, len) = text.split_once('/').unwrap();
        Subnet::of(first.parse().unwrap(), len.parse().unwrap())
    };
    let detail = CloudDetail::Aws {
        eni_id: String::new(),
        device_number: None,
        subnet_id: String::new(),
        vpc_id: String::new(),
        security_groups: Vec::new(),
        prefixes: prefixes.iter().map(prefix).collect(),
    };
    cloud_nic(1, addresses, detail)
}

#[test]
fn addresses_of_delegated_prefixes_are_no_difference() {
    let prefixes = ["172.31.40.32/28", "172.31.33.16/28"];
    let unknown = |address: &str| {
        vec![format!(
            "{address} is on eth0, but the cloud does not know it there"
        )]
    };
    let own = "172.31.47.221";
    let missing = || {
        vec![format!(
            "{own} is the node's, says the cloud, but no link has it"
        )]
    };
    #[rustfmt::skip]
    let table: [(&str, Words, Words, Vec<String>); 9] = [
        ("none of a prefix need be here", &prefixes, &[own], vec![]),
        ("the first of a prefix", &prefixes, &[own, "172.31.40.32"], vec![]),
        ("the last of a prefix", &prefixes, &[own, "172.31.40.47"], vec![]),
        ("of both prefixes", &prefixes, &[own, "172.31.40.40", "172.31.33.20"], vec![]),
        ("the one before", &prefixes, &[own, "172.31.40.31"], unknown("172.31.40.31")),
        ("the one after", &prefixes, &[own, "172.31.40.48"], unknown("172.31.40.48")),
        ("no prefix is delegated", &[], &[own, "172.31.40.40"], unknown("172.31.40.40")),
        ("a private address is missing", &prefixes, &["172.31.40.40"], missing()),
        ("it is within a prefix", &["172.31.47.208/28"], &["172.31.47.222"], missing()),
    ];
    for (what, prefixes, here, differences) in table {
        let reading = Reading::Current(cloud(vec![aws(&[own], prefixes)]));
        let with = |link: LinkFacts, address: &&str| link.address(&format!("{address}/20"));
        let link = here.iter().fold(ethernet(2, "eth0", 1), with);
        assert_eq!(told(reading, &[link]), differences, "{what}");
    }
}

#[test]
fn nothing_is_known_before_the_cloud_answers() {
    let own = ethernet(2, "eth0", 1).with(|facts| facts.link.flags = LinkFlags(0));
    for cloud in [
        Reading::Pending,
        Reading::Absent {
            reason: "none".into(),
        },
    ] {
        let snapshot = Snapshot {
            cloud,
            ..snapshot([own.clone()])
        };
        assert_eq!(nic(&own, &snapshot), None);
    }
}
