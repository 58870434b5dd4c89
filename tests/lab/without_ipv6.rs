//! A host whose kernel was told `ipv6.disable=1`: there is no such family, and a list of its
//! routes is one of IPv4's.
//!
//! `tests/lab/side-by-side` boots one for these tests.

use std::path::Path;

use serde_json::json;

use crate::support::agree::Node;
use crate::support::captured::captured;
use crate::support::outcome::{Outcome, fail, skipped};
use crate::vlans::NIC;

/// A node with a NIC and a gateway, to be looked at.
fn on_a_node(look: impl FnOnce(&Node) -> Outcome) -> Outcome {
    if Path::new("/proc/sys/net/ipv6").exists() {
        return skipped("without_ipv6: this kernel has IPv6; tests/lab/side-by-side boots another");
    }
    let host = "addr add 10.0.0.11/24 dev eth0\nroute add default via 10.0.0.1";
    look(&Node::with(&format!("{NIC}{host}"))?)
}

#[test]
#[ignore = "runs in the lab kernel"]
fn nothing_is_missing_and_nothing_is_said() -> Outcome {
    on_a_node(|node| {
        gateways(node, "10.0.0.1")?;
        node.says("eth0", "/update_status", &json!("CHANGES_APPLIED"))?;
        // Of so many links that change at once the tables are listed.
        let links: Vec<String> = (0..20)
            .map(|number| format!("link add d{number} type dummy\nlink set d{number} up"))
            .collect();
        node.after(&links.join("\n"))?;
        node.after("route replace default via 10.0.0.2")?;
        gateways(node, "10.0.0.2")?;
        is_well(node)
    })
}

fn gateways(node: &Node, ipv4: &str) -> Outcome {
    node.says("eth0", "/interface_status/default_gateway", &json!(ipv4))?;
    node.says("eth0", "/interface_status/default_gateway_ipv6", &json!(""))
}

/// Nothing was lost, misread, corrected or logged.
fn is_well(node: &Node) -> Outcome {
    let metrics = String::from_utf8(node.daemon.get("/metrics")?.body_whole()?)?;
    let names = ["view_stale", "netlink_", "audit_"].map(|name| format!("netstatusd_{name}"));
    let is_of_mistakes = |line: &&str| names.iter().any(|name| line.starts_with(name));
    let counted: Vec<&str> = metrics.lines().filter(is_of_mistakes).collect();
    let is_none = |line: &&str| line.ends_with(" 0");
    assert!(
        counted.len() > 5 && counted.iter().all(is_none),
        "{metrics}"
    );
    match &node.daemon.told()?[..] {
        [] => Ok(()),
        told => fail(format!("{told:#?}")),
    }
}

#[test]
#[ignore = "runs in the lab kernel"]
fn a_capture_has_each_default_route_once() -> Outcome {
    on_a_node(|node| {
        let routes = captured(&node.namespace, "default-routes.nl")?;
        let by_ip = node.namespace.ip_json("route show default table all")?;
        let count = by_ip.as_array().map(Vec::len);
        assert_eq!(Some(routes.len()), count, "{by_ip}");
        Ok(())
    })
}
