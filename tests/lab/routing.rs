//! Where a default route can stand: VRFs, next hop objects, and what leads nowhere.
//!
//! Which gateway is expected is written in each case; `agrees` compares the rest with `ip`.

use serde_json::json;

use crate::support::agree::Node;
use crate::support::namespace::Namespace;
use crate::support::outcome::Outcome;
use crate::vlans::NIC;

const GATEWAY: &str = "/interface_status/default_gateway";
const GATEWAY_IPV6: &str = "/interface_status/default_gateway_ipv6";

/// A second NIC, in the VRF `red` with table 10.
const RED: &str = "link add red type vrf table 10\nlink set red up\n\
    link add eth1 type veth peer name cable1\nlink set eth1 master red\n\
    link set eth1 up\nlink set cable1 up\naddr add 10.1.0.11/24 dev eth1\n\
    addr add 2001:db8:1::11/64 dev eth1 nodad\n";

#[test]
#[ignore = "runs in the lab kernel"]
fn a_links_default_is_the_one_in_its_vrf() -> Outcome {
    let node = Node::with(&format!(
        "{NIC}{RED}addr add 10.0.0.11/24 dev eth0\n\
         route add default via 10.1.0.1 vrf red\nroute add default via 2001:db8:1::1 vrf red"
    ))?;
    // Its master is a VRF: the link is served, the VRF is not.
    node.forgets("red")?;
    node.says("eth1", GATEWAY, &json!("10.1.0.1"))?;
    node.says("eth1", GATEWAY_IPV6, &json!("2001:db8:1::1"))?;
    node.says("eth0", GATEWAY, &json!(""))?;
    assert_eq!(node.id("eth1")?, json!(1));
    node.after("route add default via 10.0.0.1")?;
    node.says("eth0", GATEWAY, &json!("10.0.0.1"))?;
    // Out of its VRF, what is in there is its default no more.
    node.after("link set eth1 nomaster")?;
    node.says("eth1", GATEWAY, &json!(""))?;
    node.after("link set eth1 master red")
}

#[test]
#[ignore = "runs in the lab kernel"]
fn the_main_tables_default_makes_interface_one_before_a_vrfs() -> Outcome {
    let node = Node::with(&format!(
        "{RED}{NIC}addr add 10.0.0.11/24 dev eth0\nroute add default via 10.1.0.1 vrf red\n\
         route add default via 10.0.0.1 metric 5000"
    ))?;
    assert_eq!(node.id("eth0")?, json!(1));
    // A default in main through a link of a VRF is not that link's.
    node.after("route add default via 10.1.0.7 dev eth1 metric 7 table main")?;
    node.says("eth1", GATEWAY, &json!("10.1.0.1"))
}

#[test]
#[ignore = "runs in the lab kernel"]
fn a_vlan_in_a_vrf_is_still_a_network_of_its_link() -> Outcome {
    let node = Node::with(&format!(
        "{NIC}link add red type vrf table 10\nlink set red up\n\
         link add eth0.5 link eth0 type vlan id 5\nlink set eth0.5 master red\nlink set eth0.5 up\n\
         addr add 10.0.0.11/24 dev eth0\naddr add 10.5.0.11/24 dev eth0.5\n\
         route add default via 10.5.0.1 vrf red"
    ))?;
    node.forgets("eth0.5")?;
    node.says("eth0", "/network_statuses/1/address", &json!("10.5.0.11"))?;
    node.says("eth0", GATEWAY, &json!("10.5.0.1"))
}

/// A host whose defaults are next hop objects, in the compatible form or not.
fn with_objects(is_compatible: bool) -> Outcome<Node> {
    let own = Namespace::new()?;
    let mode = format!(
        "echo {} >/proc/sys/net/ipv4/nexthop_compat_mode",
        u8::from(is_compatible)
    );
    own.sh(&mode)?;
    own.ip(&format!(
        "{NIC}addr add 10.0.0.11/24 dev eth0\naddr add 2001:db8::11/64 dev eth0 nodad\n\
         nexthop add id 1 via 10.0.0.252 dev eth0\nnexthop add id 2 via 10.0.0.253 dev eth0\n\
         nexthop add id 6 via 2001:db8::1 dev eth0\nnexthop add id 9 group 1,1/2,5\n\
         route add default nhid 9\nroute add ::/0 nhid 6"
    ))?;
    Node::start(own)
}

fn next_hop_objects(node: &Node) -> Outcome {
    node.says("eth0", GATEWAY, &json!("10.0.0.253"))?;
    node.says("eth0", GATEWAY_IPV6, &json!("2001:db8::1"))?;
    // Only the object changes, and only RTM_NEWNEXTHOP says so.
    node.after("nexthop replace id 2 via 10.0.0.251 dev eth0")?;
    node.says("eth0", GATEWAY, &json!("10.0.0.251"))?;
    node.after("nexthop replace id 9 group 1")?;
    node.says("eth0", GATEWAY, &json!("10.0.0.252"))?;
    // With the object its routes go, and no route event says so.
    node.after("nexthop del id 9\nnexthop del id 6")?;
    node.says("eth0", GATEWAY, &json!(""))?;
    node.says("eth0", GATEWAY_IPV6, &json!(""))
}

#[test]
#[ignore = "runs in the lab kernel"]
fn next_hop_objects_in_the_compatible_form() -> Outcome {
    next_hop_objects(&with_objects(true)?)
}

#[test]
#[ignore = "runs in the lab kernel"]
fn next_hop_objects_by_their_numbers_only() -> Outcome {
    next_hop_objects(&with_objects(false)?)
}

#[test]
#[ignore = "runs in the lab kernel"]
fn what_leads_nowhere_is_no_default() -> Outcome {
    for kind in ["blackhole", "unreachable", "prohibit"] {
        let node = Node::with(&format!(
            "{NIC}addr add 10.0.0.11/24 dev eth0\naddr add 2001:db8::11/64 dev eth0 nodad\n\
             route add {kind} default\nroute add {kind} ::/0 metric 4"
        ))?;
        node.says("eth0", GATEWAY, &json!(""))?;
        node.after("route add default via 10.0.0.1 metric 20")?;
        node.says("eth0", GATEWAY, &json!("10.0.0.1"))?;
    }
    Ok(())
}

#[test]
#[ignore = "runs in the lab kernel"]
fn a_default_without_carrier_is_better_than_none() -> Outcome {
    let node = Node::with(&format!(
        "{NIC}link add eth0.5 link eth0 type vlan id 5\nlink set eth0.5 up\n\
         addr add 10.5.0.11/24 dev eth0.5\nroute add default via 10.5.0.1"
    ))?;
    node.after("link set cable0 down")?;
    node.says("eth0", GATEWAY, &json!("10.5.0.1"))?;
    node.after("link set eth0 down")?;
    node.says("eth0", GATEWAY, &json!(""))
}
