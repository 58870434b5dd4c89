//! Default routes in every form: which next hop is a link's gateway.
//!
//! `ip route` makes them; the expected next hop is written in each case.

use serde_json::json;

use crate::support::agree::Node;
use crate::support::namespace::Namespace;
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

/// A single object and a group, of both families, changed without any route event.
fn next_hop_objects(compat_mode: &str) -> Outcome {
    let node = cables_with(
        "nexthop add id 1 via 10.0.0.252 dev v0\nnexthop add id 2 via 10.0.0.253 dev v0\n\
         nexthop add id 3 via 10.1.0.254 dev w0\nnexthop add id 9 group 1,1/2,5/3,1\n\
         nexthop add id 6 via 2001:db8::5 dev v0",
    )?;
    node.namespace.sh(&format!(
        "echo {compat_mode} >/proc/sys/net/ipv4/nexthop_compat_mode"
    ))?;
    node.after("route add default nhid 9\nroute add ::/0 nhid 6")?;
    gateway(&node, "v0", "10.0.0.253")?;
    gateway(&node, "w0", "10.1.0.254")?;
    gateway_ipv6(&node, "v0", "2001:db8::5")?;
    node.after("nexthop replace id 2 via 10.0.0.251 dev v0")?;
    gateway(&node, "v0", "10.0.0.251")?;
    node.after("nexthop replace id 6 via 2001:db8::6 dev v0")?;
    gateway_ipv6(&node, "v0", "2001:db8::6")?;
    node.after("nexthop del id 2")?;
    gateway(&node, "v0", "10.0.0.252")?;
    node.after("nexthop replace id 9 group 3")?;
    gateway(&node, "v0", "")?;
    node.after("nexthop replace id 3 via 2001:db8::5 dev v0")?;
    gateway(&node, "v0", "")?;
    node.after("nexthop del id 9\nnexthop del id 6")?;
    gateway(&node, "w0", "")?;
    gateway_ipv6(&node, "v0", "")
}

#[test]
fn next_hop_objects_spelt_out_in_the_route() -> Outcome {
    next_hop_objects("1")
}

#[test]
fn next_hop_objects_only_named_in_the_route() -> Outcome {
    next_hop_objects("0")
}

/// It must be known before anything is told: the best default route decides who is first.
#[test]
fn a_route_that_only_names_its_next_hop_makes_interface_1() -> Outcome {
    let namespace = Namespace::new()?;
    namespace.sh("echo 0 >/proc/sys/net/ipv4/nexthop_compat_mode")?;
    namespace.ip(&format!(
        "{CABLES}nexthop add id 3 via 10.1.0.254 dev w0\nroute add default nhid 3"
    ))?;
    let node = Node::start(namespace)?;
    assert_eq!(node.id("w0")?, json!(1));
    Ok(())
}

#[test]
fn split_defaults_and_other_large_networks_hide_no_default() -> Outcome {
    let node = cables_with("route add default via 10.0.0.254 metric 20")?;
    node.after("route add 0.0.0.0/1 via 10.0.0.7\nroute add 128.0.0.0/1 via 10.0.0.7")?;
    gateway(&node, "v0", "10.0.0.254")?;
    // Packets to nowhere in particular go there now.
    node.after("route add blackhole 240.0.0.0/4")?;
    gateway(&node, "v0", "10.0.0.254")?;
    node.after("route replace 240.0.0.0/4 via 10.0.0.7\nroute add ::/1 via 2001:db8::7")?;
    gateway(&node, "v0", "10.0.0.254")?;
    gateway(&node, "w0", "")?;
    node.after("route add default via 2001:db8::5\nroute add ::/128 via 2001:db8::7")?;
    gateway_ipv6(&node, "v0", "2001:db8::5")?;
    node.after("route replace default via 10.0.0.253 metric 20")?;
    gateway(&node, "v0", "10.0.0.253")
}

#[test]
fn rules_that_come_first_hide_no_default() -> Outcome {
    let node =
        cables_with("route add default via 10.0.0.254\nroute add default via 10.1.0.254 metric 9")?;
    node.after(
        "route add default via 10.0.0.7 table 77\nroute add default via 10.1.0.7 table 77 metric 5\n\
         rule add table 77\nroute add default via 2001:db8::5",
    )?;
    gateway(&node, "v0", "10.0.0.254")?;
    gateway(&node, "w0", "10.1.0.254")?;
    node.after("route add default via 2001:db8::7 dev v0 table 77\nrule add from ::/0 table 77")?;
    gateway_ipv6(&node, "v0", "2001:db8::5")?;
    // As wg-quick does: all but the default of the main table.
    node.after("rule add table main suppress_prefixlength 0\nrule del table 77")?;
    gateway(&node, "v0", "10.0.0.254")?;
    node.after("route del default via 10.0.0.254\nroute del default via 2001:db8::5")?;
    gateway(&node, "v0", "")?;
    gateway_ipv6(&node, "v0", "")
}

#[test]
fn a_route_to_nowhere_that_comes_first_hides_no_default() -> Outcome {
    for kind in ["blackhole", "unreachable", "prohibit", "throw"] {
        let node = cables_with(&format!(
            "route add {kind} default metric 5\nroute add {kind} ::/0 metric 5"
        ))?;
        node.after("route add default via 10.0.0.254 metric 20\nroute add default via 2001:db8::5 metric 20")?;
        gateway(&node, "v0", "10.0.0.254")?;
        gateway_ipv6(&node, "v0", "2001:db8::5")?;
        node.after("route add default via 10.1.0.254 metric 2")?;
        gateway(&node, "w0", "10.1.0.254")?;
        node.after(&format!("route del {kind} default metric 5"))?;
        gateway(&node, "v0", "10.0.0.254")?;
        node.after("route del default via 10.0.0.254 metric 20")?;
        gateway(&node, "v0", "")?;
    }
    Ok(())
}

#[test]
fn a_silent_router_of_lower_metric_is_still_the_gateway() -> Outcome {
    let node = cables_with(
        "route add default via 2001:db8::5 dev v0 metric 50\n\
         route add default via 2001:db8::6 dev v0 metric 100\n\
         neigh replace 2001:db8::5 dev v0 nud failed\n\
         neigh replace 2001:db8::6 dev v0 lladdr 02:00:00:00:00:06 nud permanent",
    )?;
    node.after("addr add 10.0.0.9/24 dev v0")?;
    gateway_ipv6(&node, "v0", "2001:db8::5")
}

#[test]
fn many_links_each_with_a_gateway_of_its_own() -> Outcome {
    let link = |n: u8| {
        format!(
            "link add a{n} type veth peer name b{n}\nlink set a{n} up\nlink set b{n} up\n\
             addr add 10.{n}.0.1/24 dev a{n}\naddr add 2001:db8:{n}::1/64 dev a{n} nodad\n\
             route add default via 10.{n}.0.254 metric {n}\n\
             route add default via 2001:db8:{n}::5 dev a{n} metric 1{n}\n"
        )
    };
    let links: String = (0..40).map(link).collect();
    let node = Node::with(&links)?;
    gateway(&node, "a7", "10.7.0.254")?;
    gateway_ipv6(&node, "a7", "2001:db8:7::5")?;
    // A rule concerns every link.
    node.after("rule add from 10.0.0.1 table 77\nroute del default via 10.7.0.254 metric 7")?;
    gateway(&node, "a7", "")?;
    gateway(&node, "a39", "10.39.0.254")
}

#[test]
fn one_ipv6_default_among_many_links() -> Outcome {
    let links = (0..20).map(|n| {
        format!(
            "link add a{n} type veth peer name b{n}\nlink set a{n} up\nlink set b{n} up\n\
             addr add 2001:db8:{n}::1/64 dev a{n} nodad\n"
        )
    });
    let links: String = links.collect();
    let own = "route add default via 2001:db8:7::5 dev a7\n";
    let elsewhere = "rule add to ::/0 pref 100 lookup 77\n\
                     route add default via 2001:db8:8::5 dev a8 table 77\n";
    for (routes, a7) in [
        (String::new(), ""),
        (own.to_owned(), "2001:db8:7::5"),
        (elsewhere.to_owned(), ""),
        (format!("{own}{elsewhere}"), "2001:db8:7::5"),
    ] {
        let node = Node::with(&format!("{links}{routes}"))?;
        // A rule concerns every link: all are asked for at once, again.
        node.after("rule add from 10.0.0.1 table 78")?;
        gateway_ipv6(&node, "a7", a7)?;
        gateway_ipv6(&node, "a8", "")?;
    }
    Ok(())
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
