//! The real daemon while somebody holds RTNL for long, as a driver does that resets its card:
//! it must not call current what it cannot know.
//!
//! A test binary of its own, since the lock is the whole machine's: whoever else needs it
//! meanwhile must wait. While it is held `ip` cannot be asked; what counts bytes can.

#[path = "../support/mod.rs"]
#[expect(dead_code, reason = "the namespace tests use the rest")]
mod support;

mod holder;

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use holder::Holder;
use support::agree::Node;
use support::losses::lose_events;
use support::namespace::Namespace;
use support::outcome::{Failure, Outcome, eventually, fail, skipped};

/// `v0` is what is looked at, `h0` whose driver holds RTNL.
const CABLES: &str = "link add v0 type veth peer name v1\nlink add h0 type veth peer name h1\n\
    link set v0 up\nlink set v1 up\nlink set h0 up\nlink set h1 up\naddr add 10.0.0.1/24 dev v0\n";

/// Bytes that the kernel counts as sent by `v0`; that takes no RTNL.
fn sent(namespace: &Namespace) -> Outcome<u64> {
    let table = String::from_utf8(namespace.read("cat /proc/net/dev")?)?;
    let row = table
        .lines()
        .find_map(|line| line.trim().strip_prefix("v0:"));
    let sent = row.and_then(|row| row.split_whitespace().nth(8));
    let sent = sent.ok_or_else(|| Failure(format!("no v0 in {table}")))?;
    Ok(sent.parse()?)
}

/// There is but one such lock.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn status_of_readyz(node: &Node) -> Outcome<u16> {
    Ok(node.daemon.get("/readyz")?.status)
}

/// Waits until a second has passed by the document's clock and bytes were sent.
fn time_passes(node: &Node, since: &Value) -> Outcome {
    let number = |key: &str| -> Outcome<u64> {
        Ok(since["interface_details"][key]
            .as_str()
            .unwrap_or_default()
            .parse()?)
    };
    let (counted, taken) = (number("bytes_sent")?, number("timestamp")?);
    eventually("time passes and bytes are sent", || {
        // Nobody answers: the question who has this address is what is sent.
        node.namespace
            .run(&["bash", "-c", "echo x >/dev/udp/10.7.0.9/9"])?;
        let now = String::from_utf8(node.namespace.read("date +%s")?)?;
        if sent(&node.namespace)? > counted && now.trim().parse::<u64>()? > taken + 1 {
            Ok(())
        } else {
            fail("not yet")
        }
    })
}

#[test]
fn what_was_lost_is_missing_though_the_dump_waits() -> Outcome {
    let _turn = turn();
    let node = Node::with(CABLES)?;
    lose_events(&node.daemon, &node.namespace, "v1", "10.0.0.7")?;
    node.namespace
        .ip("addr add 10.7.0.1/24 dev v0\naddr del 10.0.0.1/24 dev v0\nlink set v0 mtu 1400")?;
    let Some(holder) = Holder::of(&node.namespace, "h0")? else {
        return skipped(
            "what_was_lost_is_missing_though_the_dump_waits: userfaultfd is not allowed",
        );
    };
    node.daemon.signal("CONT")?;
    node.says("v0", "/update_status", &json!("UNAVAILABLE"))?;
    assert_eq!(status_of_readyz(&node)?, 503);
    let said = node.daemon.said()?;
    assert!(said.trim().ends_with("what is known is stale"), "{said}");
    let last = node.daemon.document("v0")?;
    time_passes(&node, &last)?;
    assert_eq!(node.daemon.document("v0")?, last, "all is the last known");

    holder.end()?;
    node.says("v0", "/update_status", &json!("CHANGES_APPLIED"))?;
    assert_eq!(status_of_readyz(&node)?, 200);
    node.says("v0", "/network_statuses/0/address", &json!("10.7.0.1"))?;
    node.agrees()
}

/// The kernel tells next hop objects under RTNL only.
#[test]
fn what_is_known_is_told_though_a_next_hop_is_not() -> Outcome {
    let _turn = turn();
    let namespace = Namespace::new()?;
    namespace.sh("echo 0 >/proc/sys/net/ipv4/nexthop_compat_mode")?;
    namespace.ip(&format!(
        "{CABLES}nexthop add id 1 via 10.0.0.254 dev v0\nroute add default nhid 1"
    ))?;
    let node = Node::start(namespace)?;
    node.daemon.signal("STOP")?;
    node.namespace
        .ip("link set v0 mtu 1400\nnexthop replace id 1 via 10.0.0.253 dev v0")?;
    let Some(holder) = Holder::of(&node.namespace, "h0")? else {
        return skipped(
            "what_is_known_is_told_though_a_next_hop_is_not: userfaultfd is not allowed",
        );
    };
    node.daemon.signal("CONT")?;
    node.says("v0", "/interface_status/mtu", &json!(1400))?;
    node.says("v0", "/update_status", &json!("UNAVAILABLE"))?;

    holder.end()?;
    node.says("v0", "/update_status", &json!("CHANGES_APPLIED"))?;
    node.says(
        "v0",
        "/interface_status/default_gateway",
        &json!("10.0.0.253"),
    )?;
    node.agrees()
}
