//! VLANs, wherever they stand: whose network each is, and what it says of its interface.
//!
//! 802.1Q, of one tag and of two, on NICs, bonds, bridges and in VRFs.

use serde_json::{Value, json};

use crate::bonds::{LACP, bonded};
use crate::support::agree::Node;
use crate::support::namespace::Namespace;
use crate::support::outcome::{Outcome, eventually, fail};

/// A NIC with a cable in it.
pub(crate) const NIC: &str =
    "link add eth0 type veth peer name cable0\nlink set eth0 up\nlink set cable0 up\n";

/// Waits until the tagged networks of an interface are these: VLAN id, address, MTU, in order.
fn vlans(node: &Node, interface: &str, expected: &[(u64, &str, u64)]) -> Outcome {
    node.agrees()?;
    let expected: Value = expected.iter().map(|row| json!(row)).collect();
    eventually(&format!("the VLANs of {interface}"), || {
        let document = node.daemon.document(interface)?;
        let entries = document["network_statuses"].as_array();
        let said: Value = entries
            .into_iter()
            .flatten()
            .map(|entry| json!([entry["vlan_id"], entry["address"], entry["mtu"]]))
            .collect();
        if said == expected {
            Ok(())
        } else {
            fail(format!("{said}, not {expected}"))
        }
    })
}

#[test]
#[ignore = "runs in the lab kernel"]
fn a_bond_whose_addresses_are_all_on_vlans() -> Outcome {
    let (own, _peer) = bonded(LACP)?;
    own.ip("addr flush dev bond0\nlink set bond0 mtu 9000\n\
         link add bond0.200 link bond0 type vlan id 200\nlink set bond0.200 mtu 1500 up\n\
         link add bond0.100 link bond0 type vlan id 100\nlink set bond0.100 up\n\
         addr add 198.51.100.11/25 dev bond0.100\naddr add 10.2.0.11/24 dev bond0.200\n\
         addr add 2001:db8:100::11/64 dev bond0.100 nodad\n\
         route add default via 10.2.0.1 dev bond0.200")?;
    let node = Node::start(own)?;
    // By VLAN id, not by age; the MTU is each device's own.
    let all = [
        (100, "198.51.100.11", 9000),
        (100, "2001:db8:100::11", 9000),
        (200, "10.2.0.11", 1500),
    ];
    vlans(&node, "bond0", &all)?;
    node.forgets("bond0.100")?;
    // The default route over its VLAN is the bond's: interface 1 is the bond.
    assert_eq!(node.id("bond0")?, json!(1));
    node.says(
        "bond0",
        "/interface_status/default_gateway",
        &json!("10.2.0.1"),
    )?;
    node.after("link del bond0.100")?;
    vlans(&node, "bond0", &[(200, "10.2.0.11", 1500)])?;
    node.after("link set bond0.200 down")?;
    node.says("bond0", "/interface_status/default_gateway", &json!(""))
}

#[test]
#[ignore = "runs in the lab kernel"]
fn an_address_on_the_bond_comes_before_those_on_its_vlans() -> Outcome {
    let (own, peer) = bonded(LACP)?;
    own.ip(
        "link set bond0 mtu 9000\nlink add storage link bond0 type vlan id 7\n\
         link set storage mtu 1500 up\naddr add 192.0.2.11/24 dev storage\n\
         addr add 192.0.2.25/32 dev storage",
    )?;
    let node = Node::start(own)?;
    let both = [(0, "203.0.113.11", 9000), (7, "192.0.2.11", 1500)];
    vlans(&node, "bond0", &both)?;
    let floating = "/network_statuses/1/floating_addresses";
    node.says("bond0", floating, &json!(["192.0.2.25"]))?;
    let name = "/network_statuses/1/name";
    node.says("bond0", name, &json!("storage 192.0.2.0/24"))?;
    // Both cables out: the VLAN follows, and its addresses stay.
    peer.ip("link set cable0 down\nlink set cable1 down")?;
    node.says("bond0", "/interface_details/speed", &json!(0))?;
    vlans(&node, "bond0", &both)
}

#[test]
#[ignore = "runs in the lab kernel"]
fn of_equal_defaults_the_links_own_comes_before_its_vlans() -> Outcome {
    let node = Node::with(&format!(
        "{NIC}link add eth0.5 link eth0 type vlan id 5\nlink set eth0.5 up\n\
         addr add 10.0.0.11/24 dev eth0\naddr add 10.5.0.11/24 dev eth0.5\n\
         route add default via 10.5.0.1 metric 10\nroute append default via 10.0.0.1 metric 10"
    ))?;
    let gateway = "/interface_status/default_gateway";
    node.says("eth0", gateway, &json!("10.0.0.1"))?;
    node.after("route add default via 10.5.0.2 metric 5")?;
    node.says("eth0", gateway, &json!("10.5.0.2"))
}

#[test]
#[ignore = "runs in the lab kernel"]
fn vlans_within_a_vlan_are_networks_of_the_link_below() -> Outcome {
    let node = Node::with(&format!(
        "{NIC}link add outer link eth0 type vlan proto 802.1ad id 100\nlink set outer up\n\
         link add inner link outer type vlan id 7\nlink set inner up\n\
         addr add 10.7.0.11/24 dev inner\naddr add 10.100.0.11/24 dev outer"
    ))?;
    let both = [(7, "10.7.0.11", 1500), (100, "10.100.0.11", 1500)];
    vlans(&node, "eth0", &both)?;
    node.forgets("inner")?;
    node.forgets("outer")
}

/// A port is no served link, so a VLAN on one is a network of nothing: an interface itself.
#[test]
#[ignore = "runs in the lab kernel"]
fn a_vlan_on_a_port_is_an_interface_of_its_own() -> Outcome {
    let (own, _peer) = bonded("mode active-backup miimon 50")?;
    own.ip(
        "link add eth0.9 link eth0 type vlan id 9\nlink set eth0.9 up\n\
         addr add 10.9.0.11/24 dev eth0.9",
    )?;
    let node = Node::start(own)?;
    vlans(&node, "bond0", &[(0, "203.0.113.11", 1500)])?;
    vlans(&node, "eth0.9", &[(9, "10.9.0.11", 1500)])?;
    node.forgets("eth0")
}

/// The number of the link below belongs to an unrelated link here.
#[test]
#[ignore = "runs in the lab kernel"]
fn a_vlan_whose_link_below_is_elsewhere_is_an_interface_of_its_own() -> Outcome {
    let own = Namespace::new()?;
    let peer = own.peer()?;
    own.ip(
        "link add dummy0 index 70 type dummy\nlink set dummy0 up\naddr add 10.0.0.11/24 dev dummy0",
    )?;
    peer.ip(&format!(
        "link add p0 index 70 type dummy\nlink set p0 up\n\
         link add v9 link p0 type vlan id 9\nlink set v9 netns {}",
        own.path()
    ))?;
    own.ip("link set v9 up\naddr add 10.9.0.11/24 dev v9")?;
    let node = Node::start(own)?;
    vlans(&node, "dummy0", &[(0, "10.0.0.11", 1500)])?;
    vlans(&node, "v9", &[(9, "10.9.0.11", 1500)])
}

#[test]
#[ignore = "runs in the lab kernel"]
fn a_vlan_as_port_of_the_bridge_that_has_the_address() -> Outcome {
    let node = Node::with(&format!(
        "{NIC}link add eth0.100 link eth0 type vlan id 100\nlink set eth0.100 up\n\
         link add vmbr100 type bridge\nlink set eth0.100 master vmbr100\nlink set vmbr100 up\n\
         addr add 10.100.0.11/24 dev vmbr100\nroute add default via 10.100.0.1"
    ))?;
    vlans(&node, "vmbr100", &[(0, "10.100.0.11", 1500)])?;
    assert_eq!(node.id("vmbr100")?, json!(1));
    node.forgets("eth0.100")?;
    let by = "/network_statuses/0/assigned_by";
    node.says("eth0", by, &json!("LINK_LOCAL"))?;
    // Let go by the bridge, it is the link's again.
    node.after("link set eth0.100 nomaster\naddr add 10.4.0.11/24 dev eth0.100")?;
    vlans(&node, "eth0", &[(100, "10.4.0.11", 1500)])
}

#[test]
#[ignore = "runs in the lab kernel"]
fn a_bridge_that_filters_vlans() -> Outcome {
    let node = Node::with(&format!(
        "{NIC}link add br0 type bridge vlan_filtering 1\nlink set eth0 master br0\n\
         link set br0 up\nlink add br0.30 link br0 type vlan id 30\nlink set br0.30 up\n\
         addr add 10.30.0.11/24 dev br0.30\naddr add 10.0.0.11/24 dev br0"
    ))?;
    vlans(
        &node,
        "br0",
        &[(0, "10.0.0.11", 1500), (30, "10.30.0.11", 1500)],
    )?;
    node.after("link set br0 type bridge vlan_filtering 0")
}

#[test]
#[ignore = "runs in the lab kernel"]
fn link_local_addresses_count_only_where_no_device_has_another() -> Outcome {
    let node = Node::with(&format!(
        "{NIC}link add eth0.5 link eth0 type vlan id 5\nlink set eth0.5 up\n\
         addr add 169.254.7.7/16 dev eth0\naddr add 10.5.0.11/24 dev eth0.5"
    ))?;
    vlans(&node, "eth0", &[(5, "10.5.0.11", 1500)])?;
    node.after("addr del 10.5.0.11/24 dev eth0.5")?;
    let first = "/network_statuses/0";
    node.says("eth0", &format!("{first}/address"), &json!("169.254.7.7"))?;
    node.says(
        "eth0",
        &format!("{first}/assigned_by"),
        &json!("LINK_LOCAL"),
    )
}
