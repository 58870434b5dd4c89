//! What the kernel lets through to the daemon of what happens to its routes.
//!
//! A daemon that is stopped does not read: what its sockets hold is what `/proc/net/netlink`
//! says.

use std::fmt::Write as _;

use serde_json::json;

use crate::hostile::CABLE;
use crate::support::agree::Node;
use crate::support::namespace::Namespace;
use crate::support::outcome::{Failure, Outcome};

/// The groups of the socket for hints: routes and rules of both families and next hop objects.
/// `RTNLGRP_IPV4_ROUTE` and so on, of `linux/rtnetlink.h`.
const GROUPS: [u32; 5] = [7, 8, 11, 19, 32];

/// Bytes that wait on the socket for hints, and messages that were dropped.
fn held(namespace: &Namespace) -> Outcome<(u64, u64)> {
    let groups: u32 = GROUPS.iter().map(|group| 1 << (group - 1)).sum();
    let script = format!("awk '$4 == \"{groups:08x}\" {{ print $5, $9 }}' /proc/net/netlink");
    let said = String::from_utf8(namespace.sh(&script)?)?;
    let held = said.trim().split_once(' ');
    let (bytes, drops) = held.ok_or_else(|| Failure(format!("not one such socket: {said}")))?;
    Ok((bytes.parse()?, drops.parse()?))
}

#[test]
fn routes_to_somewhere_are_not_worth_a_byte() -> Outcome {
    let node = Node::with(CABLE)?;
    let mut routes = String::new();
    for act in ["add", "del"] {
        for number in 0..500 {
            let low = number % 256;
            writeln!(
                routes,
                "route {act} 198.18.{}.{low} via 10.0.0.7",
                number / 256
            )?;
            writeln!(routes, "route {act} 2001:db8:1::{number:x} via 2001:db8::7")?;
        }
    }
    node.daemon.signal("STOP")?;
    let before = held(&node.namespace)?;
    node.namespace.ip(&routes)?;
    assert_eq!(held(&node.namespace)?, before);

    let mut last = before.0;
    for told in [
        "route add default via 10.0.0.254",
        "route add default via 2001:db8::fe",
        "rule add pref 1000 lookup main",
        "-6 rule add pref 1000 lookup main",
        "nexthop add id 1 via 10.0.0.253 dev v0",
    ] {
        node.namespace
            .run(&[&["ip"], &told.split(' ').collect::<Vec<_>>()[..]].concat())?;
        let (bytes, drops) = held(&node.namespace)?;
        assert!(bytes > last, "{told}: {bytes} bytes after {last}");
        assert_eq!(drops, before.1, "{told}");
        last = bytes;
    }
    node.daemon.signal("CONT")?;
    node.says(
        "v0",
        "/interface_status/default_gateway",
        &json!("10.0.0.254"),
    )?;
    node.agrees()
}
