//! Changes of the network itself, as the daemon's log tells them: a line each, once.
//!
//! What was and what is, is what `ip` says before and after.

use serde_json::Value;

use crate::support::agree::Node;
use crate::support::namespace::Namespace;
use crate::support::outcome::{Outcome, eventually, fail};

/// The state of `v0` and whether it has a carrier, in the documents' words.
fn state(namespace: &Namespace) -> Outcome<(String, &'static str)> {
    let links = namespace.ip_json("link show v0")?;
    let state = links[0]["operstate"].as_str().unwrap_or_default();
    let has = |flags: &Value, flag: &str| {
        let mut flags = flags.as_array().into_iter().flatten();
        flags.any(|word| word == flag)
    };
    let cable = match &links[0]["flags"] {
        flags if has(flags, "LOWER_UP") => "CONNECTED",
        _ => "DISCONNECTED",
    };
    Ok((state.to_owned(), cable))
}

/// Waits until these lines, and no others, have followed those `told` already.
fn tells(node: &Node, told: &mut Vec<String>, lines: &[&str]) -> Outcome {
    told.extend(lines.iter().map(|line| format!("INFO {line}")));
    eventually("each change is told", || {
        let changes = node.daemon.changes()?;
        if changes == *told {
            Ok(())
        } else {
            fail(format!("{changes:#?}\ninstead of\n{told:#?}"))
        }
    })
}

#[test]
fn each_change_of_the_network_is_a_line() -> Outcome {
    let namespace = Namespace::new()?;
    let peer = namespace.peer()?;
    namespace.ip(&format!(
        "link add v0 type veth peer name v1 netns {}\nlink set v0 addrgenmode none\n\
         link set v0 up\naddr add 10.0.0.1/24 dev v0",
        peer.path()
    ))?;
    peer.ip("link set v1 up")?;
    // The kernel lets a carrier wait for up to a second.
    eventually("the cable is plugged in", || match state(&namespace)? {
        (state, "CONNECTED") if state == "UP" => Ok(()),
        other => fail(format!("{other:?}")),
    })?;
    let node = Node::start(namespace)?;
    let mut told = Vec::new();
    tells(&node, &mut told, &[])?;

    for command in ["link set v1 down", "link set v1 up"] {
        let before = state(&node.namespace)?;
        peer.ip(command)?;
        let after = eventually("the carrier follows", || match state(&node.namespace)? {
            after if after.0 != before.0 => Ok(after),
            same => fail(format!("{same:?}")),
        })?;
        let lines = [
            format!("v0 is {}, was {}", after.0, before.0),
            format!("the cable of v0 is {}, was {}", after.1, before.1),
        ];
        tells(&node, &mut told, &[&lines[0], &lines[1]])?;
    }

    let gateway = "the default gateway of v0 is";
    for (command, change) in [
        ("add default via 10.0.0.254", "10.0.0.254, was none"),
        (
            "replace default via 10.0.0.253",
            "10.0.0.253, was 10.0.0.254",
        ),
        ("del default", "none, was 10.0.0.253"),
    ] {
        node.namespace.ip(&format!("route {command} dev v0"))?;
        tells(&node, &mut told, &[&format!("{gateway} {change}")])?;
    }

    node.namespace.ip("addr add 2001:db8::1/64 dev v0")?;
    let pending = "v0 is CHANGES_PENDING, was CHANGES_APPLIED: 2001:db8::1 on v0 is not used \
                   yet: duplicate address detection runs";
    let applied = "v0 is CHANGES_APPLIED, was CHANGES_PENDING";
    tells(&node, &mut told, &[pending, applied])?;

    node.namespace.ip("link add new0 type bridge")?;
    tells(&node, &mut told, &["new0 is DOWN, was no interface"])?;
    node.after("link del new0\nlink set v0 mtu 1400\naddr add 10.0.0.2/24 dev v0")?;
    tells(&node, &mut told, &["new0 is no interface, was DOWN"])
}
