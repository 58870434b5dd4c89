//! IPv6 as real routers announce it: autoconfigured addresses, default routes, preferences.
//!
//! The router is a real radvd behind a cable; what it announced comes from `ip`.

use std::time::Duration;

use serde_json::json;

use crate::origins::cabled;
use crate::support::agree::Node;
use crate::support::daemon::Scratch;
use crate::support::namespace::Namespace;
use crate::support::outcome::{Outcome, fail, within};
use crate::support::unpacked::{lay_over_usr, with_programs};

/// Starts radvd in this namespace, announcing itself on `device` with these options more.
/// It stays in the background, and ends with the namespace.
fn announce(router: &Namespace, device: &str, options: &str) -> Outcome {
    let folder = Scratch::new()?;
    let file = |name: &str| folder.path().join(name).display().to_string();
    let config = format!(
        "interface {device} {{ AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4;\n\
         {options} }};\n"
    );
    std::fs::write(file("conf"), config)?;
    router.sh("echo 1 >/proc/sys/net/ipv6/conf/all/forwarding")?;
    let files = ["--config", &file("conf"), "--pidfile", &file("pid")];
    router
        .run(&[&["radvd", "--logmethod", "none"], &files[..]].concat())
        .map(drop)
}

/// Waits until the kernel has what a router announced: it may take its time, the daemon not.
fn announced(node: &Node, arguments: &str, what: &str) -> Outcome {
    within(Duration::from_mins(1), "a router is heard", || {
        let said = node.namespace.ip_json(arguments)?.to_string();
        if said.contains(&format!("\"{what}\"")) {
            Ok(())
        } else {
            fail(said)
        }
    })
}

/// Lets `v0` listen to routers, with the link-local address of its MAC and temporary addresses.
fn listen(node: &Node) -> Outcome {
    node.namespace
        .sh("cd /proc/sys/net/ipv6/conf/v0; echo 2 >accept_ra; echo 2 >use_tempaddr")?;
    node.namespace
        .ip("link set v0 addrgenmode eui64\nlink set v0 down\nlink set v0 up")
}

/// A host with a cable to another namespace, both with a real radvd among their programs.
fn with_radvd(name: &str, test: impl FnOnce(&Node, &Namespace) -> Outcome) -> Outcome {
    with_programs(name, |folder| {
        let (node, peer) = cabled()?;
        // The peer has these mounts, too.
        lay_over_usr(&node.namespace, folder)?;
        test(&node, &peer)
    })
}

#[test]
fn a_router_announces() -> Outcome {
    with_radvd("a_router_announces", autoconfigured)
}

fn autoconfigured(node: &Node, peer: &Namespace) -> Outcome {
    listen(node)?;
    let prefix = "prefix 2001:db8:5::/64 { AdvOnLink on; AdvAutonomous on; };";
    announce(peer, "v1", prefix)?;
    let autoconfigured = "2001:db8:5::ff:fe00:1";
    announced(node, "addr show dev v0", autoconfigured)?;
    node.says("v0", "/network_statuses/0/address", &json!(autoconfigured))?;
    // Its temporary address is never the one where there is another.
    let own = json!([["Default", "DHCP", autoconfigured, [], "2001:db8:5::/64"]]);
    node.networks("v0", &own)?;
    let gateway = node.daemon.document("v0")?["interface_status"]["default_gateway_ipv6"].clone();
    assert!(
        gateway
            .as_str()
            .is_some_and(|text| text.starts_with("fe80::")),
        "{gateway}"
    );
    // A static address of the same subnet comes before one the network made.
    node.after("addr add 2001:db8:5::7/64 dev v0 nodad")?;
    node.networks(
        "v0",
        &json!([
            ["Default", "STATIC", "2001:db8:5::7", [], "2001:db8:5::/64"],
            [
                "v0 2001:db8:5::/64",
                "DHCP",
                autoconfigured,
                [],
                "2001:db8:5::/64"
            ],
        ]),
    )
}

#[test]
fn of_two_routers_the_preferred_is_the_gateway() -> Outcome {
    with_radvd("of_two_routers_the_preferred_is_the_gateway", the_preferred)
}

fn the_preferred(node: &Node, near: &Namespace) -> Outcome {
    // Both on one segment: the second router stands behind a bridge in the first's namespace.
    let far = node.namespace.peer()?;
    near.ip(&format!(
        "link add br0 address 02:00:00:00:00:0a type bridge\nlink set v1 master br0\n\
         link add w0 type veth peer name w1 netns {}\nlink set w0 master br0\n\
         link set br0 up\nlink set w0 up",
        far.path()
    ))?;
    far.ip("link set w1 address 02:00:00:00:00:0b\nlink set w1 up")?;
    listen(node)?;
    let gateway = "/interface_status/default_gateway_ipv6";
    announce(near, "br0", "AdvDefaultPreference low;")?;
    announced(node, "-6 route show default", "fe80::ff:fe00:a")?;
    node.says("v0", gateway, &json!("fe80::ff:fe00:a"))?;
    announce(&far, "w1", "AdvDefaultPreference high;")?;
    announced(node, "-6 route show default", "fe80::ff:fe00:b")?;
    node.says("v0", gateway, &json!("fe80::ff:fe00:b"))?;
    node.agrees()?;
    far.ip("link set w1 down")?;
    node.namespace
        .ip("route del default via fe80::ff:fe00:b dev v0")?;
    node.says("v0", gateway, &json!("fe80::ff:fe00:a"))?;
    node.agrees()
}
