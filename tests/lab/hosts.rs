//! Hosts that surprise: what others have met, made for real.
//!
//! Each is a host of a kind that some site has, as small as it can be.

use std::fmt::Write;

use serde_json::json;

use crate::support::agree::Node;
use crate::support::namespace::Namespace;
use crate::support::outcome::Outcome;
use crate::support::tap::Holder;
use crate::support::unpacked::{lay_over_usr, with_programs};
use crate::vlans::NIC;
use crate::vrrp::{keepalived, stop};

#[test]
#[ignore = "runs in the lab kernel"]
fn a_dummy_link_has_no_detection() -> Outcome {
    let node = Node::with(
        "link add dummy0 type dummy\nlink set dummy0 up\naddr add 10.0.0.11/24 dev dummy0",
    )?;
    node.says(
        "dummy0",
        "/interface_details/interface_status",
        &json!("UNKNOWN"),
    )?;
    node.says(
        "dummy0",
        "/interface_details/cable_status",
        &json!("CONNECTED"),
    )?;
    node.says("dummy0", "/interface_details/speed", &json!(0))
}

/// BGP to the host: the node's address is on the loopback, the NICs only have what carries it.
#[test]
#[ignore = "runs in the lab kernel"]
fn the_nodes_address_is_on_the_loopback() -> Outcome {
    let node = Node::with(&format!(
        "{NIC}link add eth1 type veth peer name cable1\nlink set eth1 up\nlink set cable1 up\n\
         addr add 10.0.0.0/31 dev eth0\naddr add 10.0.0.2/31 dev eth1\n\
         addr add 192.0.2.11/32 dev lo\naddr add 2001:db8::11/128 dev lo\n\
         route add default src 192.0.2.11 nexthop via 10.0.0.1 nexthop via 10.0.0.3"
    ))?;
    let own = json!([
        ["Default", "STATIC", "192.0.2.11", [], "255.255.255.255"],
        [
            "lo 2001:db8::11/128",
            "STATIC",
            "2001:db8::11",
            [],
            "2001:db8::11/128"
        ],
    ]);
    node.networks("lo", &own)?;
    node.says(
        "eth1",
        "/interface_status/default_gateway",
        &json!("10.0.0.3"),
    )?;
    assert_eq!(node.id("eth0")?, json!(1));
    Ok(())
}

/// keepalived with `use_vmac`: the address that moves is on a macvlan with VRRP's own MAC.
#[test]
#[ignore = "runs in the lab kernel"]
fn a_virtual_router_on_a_macvlan() -> Outcome {
    with_programs("hosts::a_virtual_router_on_a_macvlan", |folder| {
        let own = Namespace::new()?;
        lay_over_usr(&own, folder)?;
        own.ip(&format!("{NIC}addr add 10.0.0.11/24 dev eth0"))?;
        let node = Node::start(own)?;
        let instance = "state MASTER\n priority 200\n use_vmac vrrp51\n\
                        virtual_ipaddress {\n 10.0.0.100\n }";
        keepalived(&node.namespace, "/run/k", "eth0", instance)?;
        let moved = json!([["Default", "STATIC", "10.0.0.100", [], "255.255.255.255"]]);
        node.networks("vrrp51", &moved)?;
        // RFC 5798, 7.3: the last byte is the virtual router's number, 51.
        let by_ip = node.namespace.ip_json("-d link show vrrp51")?;
        assert_eq!(by_ip[0]["linkinfo"]["info_kind"], "macvlan");
        assert_eq!(by_ip[0]["address"], "00:00:5e:00:01:33");
        node.says("eth0", "/network_statuses/0/floating_addresses", &json!([]))?;
        stop(&node.namespace, "/run/k")?;
        node.forgets("vrrp51")?;
        node.agrees()
    })
}

/// A service address each, as kube-proxy keeps them in IPVS mode.
#[test]
#[ignore = "runs in the lab kernel"]
fn thousands_of_host_addresses_on_one_link() -> Outcome {
    let mut addresses = String::new();
    for number in 0..2000 {
        writeln!(
            addresses,
            "addr add 10.96.{}.{}/32 dev kube-ipvs0",
            number / 250,
            number % 250 + 1
        )?;
    }
    let node = Node::with(&format!(
        "{NIC}addr add 10.0.0.11/24 dev eth0\nlink add kube-ipvs0 type dummy\n{addresses}"
    ))?;
    let document = node.daemon.document("kube-ipvs0")?;
    let floating = document["network_statuses"][0]["floating_addresses"].as_array();
    assert_eq!(floating.map(Vec::len), Some(1999));
    assert_eq!(document["interface_details"]["interface_status"], "DOWN");
    // One of them goes, and one comes.
    let floating = "/network_statuses/0/floating_addresses";
    node.after("addr del 10.96.0.2/32 dev kube-ipvs0")?;
    node.says("kube-ipvs0", &format!("{floating}/0"), &json!("10.96.0.3"))?;
    node.after("addr add 10.97.0.1/32 dev kube-ipvs0")?;
    node.says(
        "kube-ipvs0",
        &format!("{floating}/1998"),
        &json!("10.97.0.1"),
    )?;
    node.after("link del kube-ipvs0")
}

/// A cable to each container, routed as Calico does it: no bridge, no address on this side.
#[test]
#[ignore = "runs in the lab kernel"]
fn containers_with_a_cable_each() -> Outcome {
    let own = Namespace::new()?;
    let pods = own.peer()?;
    own.ip(&format!(
        "{NIC}addr add 10.0.0.11/24 dev eth0\nroute add default via 10.0.0.1"
    ))?;
    let mut cables = String::new();
    for number in 0..250 {
        writeln!(
            cables,
            "link add cali{number} type veth peer name pod{number} netns {}\n\
             link set cali{number} up\nroute add 10.244.0.{number}/32 dev cali{number}",
            pods.path()
        )?;
    }
    own.ip(&cables)?;
    let node = Node::start(own)?;
    let list = node.daemon.json("/v2/network/interfaces/")?;
    let names = list
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| &one["name"]);
    assert_eq!(names.collect::<Vec<_>>(), ["eth0", "cable0"]);
    Ok(())
}

/// Open vSwitch: its ports are parts of it, the address is on a port of its own making.
#[test]
#[ignore = "runs in the lab kernel"]
fn a_switch_of_open_vswitch() -> Outcome {
    with_programs("hosts::a_switch_of_open_vswitch", |folder| {
        let own = Namespace::new()?;
        lay_over_usr(&own, folder)?;
        own.ip(NIC)?;
        own.sh(
            "ovs-dpctl add-dp ovs-system\novs-dpctl add-if ovs-system eth0\n\
             ovs-dpctl add-if ovs-system br0,type=internal",
        )?;
        own.ip("link set br0 up\naddr add 10.0.0.11/24 dev br0\nroute add default via 10.0.0.1")?;
        let node = Node::start(own)?;
        let by_ip = node.namespace.ip_json("-d link show eth0")?;
        assert_eq!(by_ip[0]["linkinfo"]["info_slave_kind"], "openvswitch");
        node.forgets("eth0")?;
        let address = json!([["Default", "STATIC", "10.0.0.11", [], "255.255.255.0"]]);
        node.networks("br0", &address)?;
        assert_eq!(node.id("br0")?, json!(1));
        node.namespace.sh("ovs-dpctl del-if ovs-system eth0")?;
        node.says("eth0", "/interface_status/name", &json!("eth0"))?;
        node.agrees()
    })
}

/// A machine's tap keeps the bridge connected though the NIC in it is unplugged.
#[test]
#[ignore = "runs in the lab kernel"]
fn a_bridge_that_only_a_tap_keeps_connected() -> Outcome {
    const CABLE: &str = "/interface_details/cable_status";
    let node = Node::with(&format!(
        "{NIC}link add vmbr0 type bridge\nlink set eth0 master vmbr0\nlink set vmbr0 up\n\
         tuntap add dev tap100 mode tap\nlink set tap100 master vmbr0\n\
         link set tap100 up\naddr add 10.0.0.11/24 dev vmbr0"
    ))?;
    let machine = Holder::of(&node.namespace, "tap100")?;
    node.after("link set cable0 down")?;
    node.says("vmbr0", CABLE, &json!("CONNECTED"))?;
    machine.end()?;
    node.says("vmbr0", CABLE, &json!("DISCONNECTED"))?;
    node.agrees()
}

#[test]
#[ignore = "runs in the lab kernel"]
fn ipvlan_links_share_one_mac() -> Outcome {
    let node = Node::with(&format!(
        "{NIC}addr add 10.0.0.11/24 dev eth0\nlink add ipv0 link eth0 type ipvlan mode l2\n\
         link set ipv0 up\naddr add 10.0.0.12/24 dev ipv0"
    ))?;
    let mac = node.daemon.document("eth0")?["interface_details"]["mac_address"].clone();
    node.says("ipv0", "/interface_details/mac_address", &mac)?;
    // `ip` is the witness for all the rest.
    let said = node.namespace.ip_json("-d link show ipv0")?;
    assert_eq!(said[0]["linkinfo"]["info_kind"], "ipvlan");
    Ok(())
}
