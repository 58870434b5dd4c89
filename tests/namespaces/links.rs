//! Every kind of link the running kernel has, and what is served of it.
//!
//! Each kind is made by `ip` and compared whole.

use serde_json::json;

use crate::support::agree::Node;
use crate::support::namespace::Namespace;
use crate::support::outcome::{Outcome, eventually, fail, skipped};
use crate::support::tap::Holder;

#[test]
fn both_ends_of_a_cable() -> Outcome {
    let node = Node::with("link add v0 type veth peer name v1")?;
    node.after("link set v0 up\nlink set v1 up\naddr add 10.0.0.1/24 dev v0")?;
    node.says("v0", "/interface_details/speed", &json!(10_000))?;
    // The first IPv6 packets have left by now, or will: counters must follow.
    eventually("bytes are counted", || {
        let document = node.daemon.document("v0")?;
        let sent = &document["interface_details"]["bytes_sent"];
        if *sent == "0" {
            fail(format!("{sent} bytes sent"))
        } else {
            Ok(())
        }
    })?;
    node.agrees()
}

#[test]
fn a_port_is_part_of_its_bridge_until_it_leaves() -> Outcome {
    let node = Node::with(
        "link add br0 type bridge\nlink add v0 type veth peer name v1\n\
         link set v0 master br0\nlink set br0 up\nlink set v0 up\nlink set v1 up\n\
         addr add 10.0.0.1/24 dev br0",
    )?;
    node.forgets("v0")?;
    node.after("link set v0 nomaster")?;
    assert_eq!(
        node.daemon.document("v0")?["interface_status"]["name"],
        "v0"
    );
    node.after("link set v0 master br0")?;
    node.forgets("v0")?;
    node.after("link del br0")
}

#[test]
fn a_bridge_without_ports_and_one_that_forwards() -> Outcome {
    let node = Node::with("link add br0 type bridge\nlink set br0 up")?;
    node.says("br0", "/interface_details/speed", &json!(0))?;
    node.after(
        "link add v0 type veth peer name v1\nlink set v0 master br0\n\
         link set v0 up\nlink set v1 up",
    )?;
    node.says("br0", "/interface_details/interface_status", &json!("UP"))?;
    node.says("br0", "/interface_details/speed", &json!(10_000))?;
    node.after("link set v1 down")
}

#[test]
fn a_macvlan_follows_the_link_below() -> Outcome {
    let node = Node::with(
        "link add v0 type veth peer name v1\nlink set v0 up\nlink set v1 up\n\
         link add mv0 link v0 type macvlan mode bridge\nlink set mv0 up\n\
         addr add 10.0.0.7/24 dev mv0",
    )?;
    node.says("mv0", "/interface_details/speed", &json!(10_000))?;
    node.after("link set v1 down")?;
    node.says(
        "mv0",
        "/interface_details/interface_status",
        &json!("LOWERLAYERDOWN"),
    )?;
    node.says("mv0", "/interface_details/speed", &json!(0))?;
    node.after("link set v1 up")?;
    node.after("link del v0")
}

#[test]
fn a_link_without_detection_is_unknown_but_connected() -> Outcome {
    let node =
        Node::with("link add ifb0 type ifb\nlink set ifb0 up\naddr add 10.0.0.1/24 dev ifb0")?;
    node.says(
        "ifb0",
        "/interface_details/interface_status",
        &json!("UNKNOWN"),
    )?;
    node.says(
        "ifb0",
        "/interface_details/cable_status",
        &json!("CONNECTED"),
    )?;
    node.says("ifb0", "/interface_details/speed", &json!(0))
}

#[test]
fn a_tap_has_carrier_while_somebody_holds_it() -> Outcome {
    let namespace = Namespace::new()?;
    if namespace.ip("tuntap add dev tap0 mode tap").is_err() {
        return skipped(
            "a_tap_has_carrier_while_somebody_holds_it: /dev/net/tun may not be opened here",
        );
    }
    namespace
        .ip("link set tap0 up\naddr add 10.0.0.1/24 dev tap0\ntuntap add dev tun0 mode tun")?;
    let node = Node::start(namespace)?;
    node.says(
        "tap0",
        "/interface_details/cable_status",
        &json!("DISCONNECTED"),
    )?;
    node.says("tun0", "/interface_details/mac_address", &json!(""))?;
    let machine = Holder::of(&node.namespace, "tap0")?;
    node.says(
        "tap0",
        "/interface_details/cable_status",
        &json!("CONNECTED"),
    )?;
    node.agrees()?;
    machine.end()?;
    node.says(
        "tap0",
        "/interface_details/cable_status",
        &json!("DISCONNECTED"),
    )?;
    node.agrees()
}

#[test]
fn the_loopback_is_served_only_with_an_address_of_its_own() -> Outcome {
    let node = Node::with("addr add 169.254.1.1/32 dev lo")?;
    node.forgets("lo")?;
    node.after("addr del 169.254.1.1/32 dev lo\naddr add 192.0.2.1/32 dev lo")?;
    let own = json!([["Default", "STATIC", "192.0.2.1", [], "255.255.255.255"]]);
    node.networks("lo", &own)?;
    node.after("addr del 192.0.2.1/32 dev lo")?;
    node.forgets("lo")
}
