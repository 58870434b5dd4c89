//! Configured networks among the addresses of hosts, each told as
//! "name: address by netmask vlan device + floating addresses".
//!
//! Only the ranges decide there, and which device has the network.

use crate::config::Config;
use crate::facts::sample::{link, snapshot};
use crate::facts::{AddressFlags, IfIndex, LinkFacts, LinkKind};
use crate::view::{Ids, Node, NodeView};
use std::sync::Arc;
use std::time::Instant;

/// The networks of interface `eth0` with these `[[interface.network]]`, as an inline list.
fn told(networks: &str, links: Vec<LinkFacts>) -> Vec<String> {
    let text = format!("interface = [{{ id = 1, name = \"eth0\", network = [{networks}] }}]");
    let node = Node::from(&Config::parse(&text).unwrap());
    let snapshot = Arc::new(snapshot(links));
    let view = NodeView::new(node, snapshot, &mut Ids::default(), Instant::now());
    let interface = view.find("1").unwrap();
    let networks = interface.networks.iter().map(|network| {
        let or_none = |text: Option<String>| text.unwrap_or("none".into());
        let floating = network.floating.iter().map(|f| format!(" + {f}"));
        format!(
            "{}: {} {:?} {} {} {}{}",
            network.name,
            or_none(network.address.map(|a| a.to_string())),
            network.origin,
            or_none(network.subnet.map(|s| s.netmask())),
            network.vlan_id.get(),
            or_none(network.device.map(|d| d.to_string())),
            floating.collect::<String>()
        )
    });
    networks.collect()
}

fn eth0() -> LinkFacts {
    link(2, "eth0")
}

fn leased(facts: LinkFacts) -> LinkFacts {
    facts.with(|facts| {
        if let Some(address) = facts.addresses.last_mut() {
            address.is_forever = false;
            address.flags = AddressFlags(0);
        }
    })
}

fn of_kind(facts: LinkFacts, kind: &str) -> LinkFacts {
    facts.with(|facts| facts.link.kind = LinkKind::Other(kind.into()))
}

fn over(facts: LinkFacts, lower: u32) -> LinkFacts {
    facts.with(|facts| facts.link.lower = Some(IfIndex(lower)))
}

const STATIC: &str = r#"{ id = 1, name = "n", assigned_by = "STATIC", ip_ranges = ["10.0.0.11-14"],
    floating_ip_ranges = ["10.0.0.20-29"] }"#;
const TAGGED: &str =
    r#"{ id = 1, name = "n", assigned_by = "STATIC", ip_ranges = ["10.0.0.11-14"], vlan_id = 7 }"#;
const DHCP: &str = r#"{ id = 1, name = "n", assigned_by = "DHCP" }"#;
const LOCAL: &str = r#"{ id = 1, name = "n", assigned_by = "LINK_LOCAL" }"#;

#[test]
fn only_the_ranges_decide() {
    let host = eth0()
        .address("10.0.0.5/24")
        .address("10.0.0.25/32")
        .address("10.0.0.12/24")
        .address("10.0.0.21/24")
        .address("192.0.2.1/24");
    assert_eq!(
        told(STATIC, vec![host]),
        ["n: 10.0.0.12 Static 255.255.255.0 0 2 + 10.0.0.21 + 10.0.0.25"]
    );
    assert_eq!(
        told(STATIC, vec![eth0().address("10.0.0.5/24")]),
        ["n: none Static none 0 2"]
    );
    // An address of the ranges that somebody renews is static by configuration.
    let host = leased(eth0().address("10.0.0.12/24"));
    assert_eq!(
        told(STATIC, vec![host]),
        ["n: 10.0.0.12 Static 255.255.255.0 0 2"]
    );
    // Another host's is nobody's.
    let host = eth0().address("10.0.0.12/24").address("10.0.0.21/24");
    let host = host.with(|facts| {
        for address in &mut facts.addresses {
            address.flags = AddressFlags(0x88);
        }
    });
    assert_eq!(
        told(STATIC, vec![host]),
        ["n: none Static 255.255.255.0 0 2"]
    );
}

#[test]
fn as_configured_in_order_and_number() {
    let networks = r#"{ id = 9, name = "b", assigned_by = "STATIC", ip_ranges = ["10.2.0.0/16"] },
        { id = 3, name = "a", assigned_by = "STATIC", ip_ranges = ["10.1.0.0/16"] }"#;
    let host = eth0().address("10.1.0.1/16").address("10.2.0.1/16");
    assert_eq!(
        told(networks, vec![host]),
        [
            "b: 10.2.0.1 Static 255.255.0.0 0 2",
            "a: 10.1.0.1 Static 255.255.0.0 0 2"
        ]
    );
    assert_eq!(
        told("", vec![eth0().address("10.1.0.1/16")]),
        ["Default: 10.1.0.1 Static 255.255.0.0 0 2"],
        "no network configured: derived"
    );
}

#[test]
fn which_device_has_the_network() {
    let vlan = || link(3, "eth0.7").vlan(7, 2);
    let with = |facts: LinkFacts| facts.address("10.0.0.11/24");
    let on =
        |device: u32, vlan: u16| vec![format!("n: 10.0.0.11 Static 255.255.255.0 {vlan} {device}")];
    assert_eq!(told(TAGGED, vec![eth0(), with(vlan())]), on(3, 7));
    let bridge = || of_kind(link(4, "vmbr7"), "bridge");
    assert_eq!(
        told(TAGGED, vec![eth0(), vlan().port_of(4), with(bridge())]),
        on(4, 7)
    );
    assert_eq!(
        told(STATIC, vec![eth0().port_of(4), with(bridge())]),
        on(4, 0)
    );
    // A VLAN over the bridge that it is a port of.
    let over_bridge = with(link(5, "vmbr7.7").vlan(7, 4));
    assert_eq!(
        told(TAGGED, vec![eth0().port_of(4), bridge(), over_bridge]),
        on(5, 7)
    );
    // In a VLAN; the outer one of the same id comes first.
    let inner = with(link(6, "q").vlan(7, 5));
    assert_eq!(
        told(TAGGED, vec![eth0(), link(5, "o").vlan(9, 2), inner.clone()]),
        on(6, 7)
    );
    assert_eq!(
        told(
            TAGGED,
            vec![
                eth0(),
                link(5, "o").vlan(9, 2),
                inner,
                link(7, "d").vlan(7, 2)
            ]
        ),
        ["n: none Static none 7 7"]
    );
    assert_eq!(
        told(TAGGED, vec![with(eth0())]),
        ["n: none Static none 7 none"],
        "the address is not in that VLAN"
    );
    let itself = with(eth0().vlan(7, 99));
    assert_eq!(
        told(TAGGED, vec![itself]),
        on(2, 7),
        "a VLAN that stands alone"
    );
}

#[test]
fn what_stands_on_the_device_has_its_addresses() {
    for kind in ["macvlan", "ipvlan", "macvtap", "ipvtap"] {
        let top = over(of_kind(link(8, "top"), kind), 2).address("10.0.0.21/32");
        assert_eq!(
            told(STATIC, vec![eth0().address("10.0.0.11/24"), top]),
            ["n: 10.0.0.11 Static 255.255.255.0 0 2 + 10.0.0.21"],
            "{kind}"
        );
    }
    let elsewhere = over(of_kind(link(8, "top"), "macvlan"), 2).address("10.0.0.21/32");
    let elsewhere = elsewhere.with(|facts| facts.link.lower_namespace = Some(1));
    assert_eq!(
        told(STATIC, vec![eth0().address("10.0.0.11/24"), elsewhere]),
        ["n: 10.0.0.11 Static 255.255.255.0 0 2"]
    );
}

#[test]
fn a_leased_address() {
    let by_dhcp = |facts: LinkFacts| leased(facts.address("10.0.0.77/24"));
    assert_eq!(
        told(DHCP, vec![by_dhcp(eth0().address("10.0.0.5/24"))]),
        ["n: 10.0.0.77 Dhcp 255.255.255.0 0 2"]
    );
    let by_router = eth0().address("2001:db8::5/64").with(|facts| {
        facts.addresses[0].is_forever = false;
        facts.addresses[0].flags = AddressFlags(0x100);
    });
    assert_eq!(
        told(DHCP, vec![by_router.clone()]),
        ["n: 2001:db8::5 Slaac 2001:db8::/64 0 2"]
    );
    assert_eq!(
        told(DHCP, vec![by_dhcp(by_router)]),
        ["n: 10.0.0.77 Dhcp 255.255.255.0 0 2"]
    );
    assert_eq!(
        told(
            DHCP,
            vec![eth0().address("10.0.0.5/24").address("fe80::5/64")]
        ),
        ["n: 10.0.0.5 Dhcp 255.255.255.0 0 2"],
        "a client that leaves no trace: the file knows better"
    );
    assert_eq!(
        told(DHCP, vec![eth0().address("fe80::5/64")]),
        ["n: none Dhcp none 0 2"]
    );
}

#[test]
fn leases_among_other_networks() {
    let second = format!(
        "{STATIC}, {}",
        DHCP.replace("1, name = \"n\"", "2, name = \"d\"")
    );
    let host = eth0().address("10.0.0.11/24").address("10.0.0.25/32");
    assert_eq!(
        told(&second, vec![host.clone()])[1],
        "d: none Dhcp none 0 2",
        "what another network's ranges hold is spoken for"
    );
    let host = leased(leased(host.address("10.0.0.77/24")).address("10.9.0.7/24"));
    let two = r#"{ id = 1, name = "a", assigned_by = "DHCP", netmask = "10.9.0.0/24" },
        { id = 2, name = "b", assigned_by = "DHCP" }"#;
    assert_eq!(
        told(two, vec![host]),
        [
            "a: 10.9.0.7 Dhcp 255.255.255.0 0 2",
            "b: 10.0.0.77 Dhcp 255.255.255.0 0 2"
        ],
        "the subnet tells leases apart, and each is one network's"
    );
}

#[test]
fn link_local_where_it_is_asked_for() {
    let host = eth0().address("10.0.0.11/24").address("fe80::5/64");
    assert_eq!(
        told(
            &format!(
                "{STATIC}, {}",
                LOCAL.replace("1, name = \"n\"", "2, name = \"l\"")
            ),
            vec![host.clone()]
        ),
        [
            "n: 10.0.0.11 Static 255.255.255.0 0 2",
            "l: fe80::5 LinkLocal fe80::/64 0 2"
        ]
    );
    let both = host.address("169.254.3.3/16");
    assert_eq!(
        told(LOCAL, vec![both.clone()]),
        ["n: 169.254.3.3 LinkLocal 255.255.0.0 0 2"]
    );
    let six = LOCAL.replace(" }", ", netmask = \"fe80::/64\" }");
    assert_eq!(
        told(&six, vec![both]),
        ["n: fe80::5 LinkLocal fe80::/64 0 2"]
    );
    assert_eq!(
        told(LOCAL, vec![eth0().address("10.0.0.11/24")]),
        ["n: none LinkLocal none 0 2"]
    );
}

/// One address with two prefixes, in networks of these widths, in whatever order.
#[test]
fn an_address_with_two_prefixes_is_in_the_network_of_each() {
    let network = |id, netmask| {
        format!(
            r#"{{ id = {id}, name = "n{id}", assigned_by = "STATIC", ip_ranges = ["10.0.0.10"],
                 netmask = "{netmask}" }}"#
        )
    };
    let (wide, narrow) = (network(1, "255.255.255.0"), network(2, "255.255.255.254"));
    let both = || eth0().address("10.0.0.10/31").address("10.0.0.10/24");
    let of_wide = "n1: 10.0.0.10 Static 255.255.255.0 0 2";
    let of_narrow = "n2: 10.0.0.10 Static 255.255.255.254 0 2";
    let one = |prefix: &str| vec![eth0().address(&format!("10.0.0.10/{prefix}"))];
    #[rustfmt::skip]
    let table = [
        (format!("{wide}, {narrow}"), vec![both()], vec![of_wide, of_narrow]),
        (format!("{narrow}, {wide}"), vec![both()], vec![of_narrow, of_wide]),
        (wide.clone(), vec![both()], vec![of_wide]),
        (narrow.clone(), vec![both()], vec![of_narrow]),
        (format!("{wide}, {narrow}"), one("31"), vec!["n1: none Static none 0 2", of_narrow]),
        (format!("{narrow}, {wide}"), one("24"), vec!["n2: none Static none 0 2", of_wide]),
        // Which it was meant for is not to be known: the first has it, with a difference.
        (format!("{narrow}, {wide}"), one("16"),
            vec!["n2: 10.0.0.10 Static 255.255.0.0 0 2", "n1: none Static none 0 2"]),
    ];
    for (networks, links, expected) in table {
        assert_eq!(told(&networks, links), expected, "{networks}");
    }
}
