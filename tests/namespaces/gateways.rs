//! Default routes in every form: which next hop is a link's gateway.

use serde_json::json;

use crate::support::agree::Node;
use crate::support::outcome::Outcome;

/// Two cables with a subnet each; `10.0.0.0/24` and `2001:db8::/64` on `v0`, `10.1.0.0/24` on `w0`.
const CABLES: &str = "link add v0 type veth peer name v1\nlink add w0 type veth peer name w1\n\
    link set v0 up\nlink set v1 up\nlink set w0 up\nlink set w1 up\n\
    addr add 10.0.0.1/24 dev v0\naddr add 10.1.0.1/24 dev w0\naddr add 2001:db8::1/64 dev v0 nodad\n";

fn cables_with(routes: &str) -> Outcome<Node> {
    Node::with(&format!("{CABLES}{routes}"))
}

fn gateway(node: &Node, link: &str, expected: &str) -> Outcome {
    node.says(link, "/interface_status/default_gateway", &json!(expected))
}

fn gateway_ipv6(node: &Node, link: &str, expected: &str) -> Outcome {
    node.says(
        link,
        "/interface_status/default_gateway_ipv6",
        &json!(expected),
    )
}

#[test]
fn the_lower_metric_wins() -> Outcome {
    let node = cables_with(
        "route add default via 10.0.0.254 metric 200\nroute add default via 10.0.0.253 metric 100\n\
         route add default via 10.1.0.254 metric 50",
    )?;
    gateway(&node, "v0", "10.0.0.253")?;
    gateway(&node, "w0", "10.1.0.254")?;
    node.after("route del default via 10.0.0.253 metric 100")?;
    gateway(&node, "v0", "10.0.0.254")?;
    node.after("route add default via 10.0.0.252")?;
    gateway(&node, "v0", "10.0.0.252")?;
    node.after("route replace default via 10.0.0.251")?;
    gateway(&node, "v0", "10.0.0.251")?;
    node.after("route flush exact 0.0.0.0/0")?;
    gateway(&node, "v0", "")
}

#[test]
fn of_equal_next_hops_the_heavier_then_the_lower() -> Outcome {
    let node = cables_with(
        "route add default nexthop via 10.0.0.252 weight 1 nexthop via 10.0.0.253 weight 5 \
         nexthop via 10.1.0.254 weight 9",
    )?;
    gateway(&node, "v0", "10.0.0.253")?;
    gateway(&node, "w0", "10.1.0.254")?;
    node.after("route replace default nexthop via 10.0.0.253 nexthop via 10.0.0.252")?;
    gateway(&node, "v0", "10.0.0.252")?;
    gateway(&node, "w0", "")
}

#[test]
fn an_on_link_default_has_no_gateway() -> Outcome {
    let node = cables_with("route add default dev v0")?;
    gateway(&node, "v0", "")?;
    node.after("route add default via 10.0.0.254 metric 7")?;
    gateway(&node, "v0", "")?;
    node.after("route del default dev v0 metric 0")?;
    gateway(&node, "v0", "10.0.0.254")
}

#[test]
fn ipv6_has_metrics_too() -> Outcome {
    let node = cables_with("route add default via 2001:db8::5 dev v0 metric 100 pref high")?;
    gateway_ipv6(&node, "v0", "2001:db8::5")?;
    node.after("route add default via 2001:db8::7 dev v0 metric 50 pref low")?;
    gateway_ipv6(&node, "v0", "2001:db8::7")?;
    node.after("route del default via 2001:db8::7 dev v0 metric 50")?;
    gateway_ipv6(&node, "v0", "2001:db8::5")
}

#[test]
fn ipv6_next_hops_with_weights() -> Outcome {
    let node = cables_with(
        "route add default metric 9 nexthop via 2001:db8::5 dev v0 nexthop via 2001:db8::6 dev v0 weight 4",
    )?;
    gateway_ipv6(&node, "v0", "2001:db8::6")
}

#[test]
fn another_table_is_no_default() -> Outcome {
    let node = cables_with(
        "rule add from 10.0.0.1 table 77\nroute add default via 10.0.0.254 table 77\n\
         route add default via 2001:db8::5 dev v0 table 77",
    )?;
    gateway(&node, "v0", "")?;
    gateway_ipv6(&node, "v0", "")?;
    node.after("route add default via 10.0.0.253")?;
    gateway(&node, "v0", "10.0.0.253")
}

#[test]
fn what_leads_nowhere_is_no_default() -> Outcome {
    let node = cables_with("route add blackhole default\nroute add unreachable default metric 9")?;
    gateway(&node, "v0", "")?;
    node.after("route add 0.0.0.0/1 via 10.0.0.7\nroute add 128.0.0.0/1 via 10.0.0.7")?;
    gateway(&node, "v0", "")?;
    node.after("route add default via 10.0.0.254 metric 20")?;
    gateway(&node, "v0", "10.0.0.254")
}

#[test]
fn next_hop_objects() -> Outcome {
    let node = cables_with(
        "nexthop add id 1 via 10.0.0.252 dev v0\nnexthop add id 2 via 10.0.0.253 dev v0\n\
         nexthop add id 9 group 1,1/2,5\nroute add default nhid 9",
    )?;
    gateway(&node, "v0", "10.0.0.253")
}

#[test]
fn next_hops_without_carrier_are_better_than_none() -> Outcome {
    let node = cables_with(
        "route add default nexthop via 10.0.0.254 dev v0 nexthop via 10.1.0.254 dev w0",
    )?;
    node.after("link set v1 down")?;
    gateway(&node, "v0", "10.0.0.254")?;
    gateway(&node, "w0", "10.1.0.254")?;
    // With a link goes the whole route, without a route event.
    node.after("link del v0")?;
    gateway(&node, "w0", "")
}

#[test]
fn deleting_the_source_address_takes_the_route_along() -> Outcome {
    let node =
        cables_with("addr add 10.0.0.2/24 dev v0\nroute add default via 10.0.0.254 src 10.0.0.2")?;
    gateway(&node, "v0", "10.0.0.254")?;
    node.after("addr del 10.0.0.2/24 dev v0")
}
