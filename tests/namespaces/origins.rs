//! Addresses that are not simply there: still being checked, found to be a duplicate, leased.
//!
//! How each came about is made as the kernel or a client would make it, without a client.

use serde_json::json;

use crate::support::agree::Node;
use crate::support::namespace::Namespace;
use crate::support::outcome::{Outcome, eventually, fail, skipped};

/// A cable into a peer namespace; the near end `v0` makes no link-local address.
pub(crate) fn cabled() -> Outcome<(Node, Namespace)> {
    let namespace = Namespace::new()?;
    let peer = namespace.peer()?;
    namespace.ip(&format!(
        "link add v0 type veth peer name v1\nlink set v0 address 02:00:00:00:00:01\n\
         link set v0 addrgenmode none\nlink set v1 netns {}\nlink set v0 up",
        peer.path()
    ))?;
    peer.ip("link set v1 up")?;
    Ok((Node::start(namespace)?, peer))
}

/// Duplicate address detection that does not end while a test lasts.
fn detect_for_long(node: &Node) -> Outcome {
    node.namespace
        .sh("echo 1000 >/proc/sys/net/ipv6/conf/v0/dad_transmits")
        .map(drop)
}

#[test]
fn a_tentative_address_is_pending_while_there_is_carrier() -> Outcome {
    let (node, peer) = cabled()?;
    detect_for_long(&node)?;
    node.after("addr add 2001:db8::1/64 dev v0")?;
    node.says("v0", "/update_status", &json!("CHANGES_PENDING"))?;
    node.networks(
        "v0",
        &json!([["Default", "STATIC", "2001:db8::1", [], "2001:db8::/64"]]),
    )?;
    // Without carrier it stays tentative for ever: nothing is pending there.
    peer.ip("link set v1 down")?;
    node.says("v0", "/update_status", &json!("CHANGES_APPLIED"))?;
    node.agrees()
}

#[test]
fn a_tentative_address_settles() -> Outcome {
    let (node, _peer) = cabled()?;
    node.after("addr add 2001:db8::1/64 dev v0")?;
    node.says("v0", "/update_status", &json!("CHANGES_APPLIED"))?;
    node.agrees()
}

#[test]
fn an_optimistic_address_is_in_use_already() -> Outcome {
    let (node, _peer) = cabled()?;
    detect_for_long(&node)?;
    let allow = "cd /proc/sys/net/ipv6/conf/v0; echo 1 >optimistic_dad; echo 1 >use_optimistic";
    if node.namespace.sh(allow).is_err() {
        return skipped(
            "an_optimistic_address_is_in_use_already: no optimistic DAD in this kernel",
        );
    }
    node.namespace
        .ip("addr add 2001:db8::1/64 dev v0 optimistic")?;
    node.says("v0", "/network_statuses/0/address", &json!("2001:db8::1"))?;
    node.says("v0", "/update_status", &json!("CHANGES_APPLIED"))?;
    node.agrees()
}

#[test]
fn a_duplicate_is_not_the_address() -> Outcome {
    let (node, peer) = cabled()?;
    peer.ip("addr add 2001:db8::1/64 dev v1 nodad")?;
    node.namespace.ip("addr add 2001:db8::1/64 dev v0")?;
    eventually("the kernel finds the duplicate", || {
        let said = node.namespace.ip_json("addr show dev v0")?.to_string();
        if said.contains("dadfailed") {
            Ok(())
        } else {
            fail(said)
        }
    })?;
    node.agrees()?;
    node.after("addr add 2001:db8::2/64 dev v0 nodad")?;
    node.says("v0", "/network_statuses/0/address", &json!("2001:db8::2"))
}

#[test]
fn a_route_made_by_a_dhcp_client_tells_whose_address_it_is() -> Outcome {
    let (node, _peer) = cabled()?;
    node.after("addr add 10.0.0.9/24 dev v0")?;
    node.says("v0", "/network_statuses/0/assigned_by", &json!("STATIC"))?;
    node.after("route add default via 10.0.0.254 dev v0 proto dhcp src 10.0.0.9 metric 100")?;
    node.says("v0", "/network_statuses/0/assigned_by", &json!("DHCP"))
}

/// As DHCPv6 clients make it: /128, with a lifetime.
#[test]
fn a_dhcpv6_lease_is_a_network_of_its_own() -> Outcome {
    let (node, _peer) = cabled()?;
    node.after("addr add 2001:db8::1/64 dev v0 nodad\naddr add 2001:db8::d/128 dev v0 nodad valid_lft 3000 preferred_lft 3000")?;
    node.networks(
        "v0",
        &json!([
            ["Default", "STATIC", "2001:db8::1", [], "2001:db8::/64"],
            [
                "v0 2001:db8::/64",
                "DHCP",
                "2001:db8::d",
                [],
                "2001:db8::/64"
            ],
        ]),
    )
}
