//! Which link is which, through everything that can happen to one: names, altnames, ids.
//!
//! A link's id must stay with it, and never be another's.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::agree::Node;
use crate::support::namespace::Namespace;
use crate::support::outcome::{Outcome, fail, within};

const CABLE: &str = "link add v0 type veth peer name v1\nlink set v0 up\nlink set v1 up\n\
                     addr add 10.0.0.1/24 dev v0\n";

fn cable_with(more: &str) -> Outcome<Node> {
    Node::with(&format!("{CABLE}{more}"))
}

#[test]
fn a_rename_keeps_the_id() -> Outcome {
    let node = cable_with("route add default via 10.0.0.254")?;
    let id = node.id("v0")?;
    node.after("link set v0 name storage0")?;
    node.forgets("v0")?;
    assert_eq!(node.id("storage0")?, id);
    node.after("link set storage0 name v0")?;
    node.forgets("storage0")?;
    assert_eq!(node.id("v0")?, id);
    // Another link that takes a name once used is still another link.
    node.after("link set v0 name storage0\nlink set v1 name v0")?;
    assert_eq!(node.id("storage0")?, id);
    assert_ne!(node.id("v0")?, id);
    Ok(())
}

#[test]
fn deleted_and_made_again() -> Outcome {
    let node = cable_with("")?;
    let id = node.id("v0")?;
    node.after("link del v0")?;
    node.forgets("v0")?;
    node.forgets(&id.to_string())?;
    // Its id is not given to another while it is away.
    node.after("link add w0 type veth peer name w1\nlink set w0 up\nlink set w1 up")?;
    assert_ne!(node.id("w0")?, id);
    node.after("link add v0 type veth peer name v1")?;
    assert_eq!(node.id("v0")?, id);
    let details = node.daemon.document("v0")?["interface_details"].clone();
    assert_eq!(
        (&details["bytes_sent"], &details["bytes_received"]),
        (&json!("0"), &json!("0"))
    );
    node.after("link set v0 up\nlink set v1 up")
}

#[test]
fn replaced_within_one_breath() -> Outcome {
    let node = cable_with("")?;
    let id = node.id("v0")?;
    // Other ifindex, other MAC, same name: nothing of the old one may linger.
    for round in 1..=5 {
        node.after(&format!(
            "link del v0\n{CABLE}addr add 10.{round}.0.1/24 dev v0"
        ))?;
        assert_eq!(node.id("v0")?, id);
    }
    Ok(())
}

#[test]
fn moved_to_another_namespace_and_back() -> Outcome {
    let node = cable_with("")?;
    let peer = node.namespace.peer()?;
    let id = node.id("v0")?;
    node.after(&format!("link set v0 netns {}", peer.path()))?;
    node.forgets("v0")?;
    node.forgets(&id.to_string())?;
    peer.ip(&format!("link set v0 netns {}", node.namespace.path()))?;
    node.agrees()?;
    assert_eq!(node.id("v0")?, id);
    node.after("link set v0 up\naddr add 10.0.0.1/24 dev v0")
}

#[test]
fn any_name_of_a_link_finds_it() -> Outcome {
    let node =
        cable_with("link property add dev v0 altname a-name-longer-than-the-fifteen-of-an-ifname")?;
    let same = |name: &str| -> Outcome {
        assert_eq!(node.id(name)?, node.id("v0")?);
        assert_eq!(
            node.daemon.document(name)?["interface_status"]["name"],
            "v0"
        );
        Ok(())
    };
    same("a-name-longer-than-the-fifteen-of-an-ifname")?;
    node.after("link property add dev v0 altname other")?;
    within(Duration::from_secs(10), "the altname leads to v0", || {
        if node
            .daemon
            .get("/v2/network/interfaces/other/status/1")?
            .status
            == 200
        {
            Ok(())
        } else {
            fail("404")
        }
    })?;
    same("other")?;
    node.after("link property del dev v0 altname other")?;
    node.forgets("other")
}

#[test]
fn a_containers_link_is_served_by_name_only() -> Outcome {
    let node = cable_with("")?;
    let peer = node.namespace.peer()?;
    // `agrees` checks both: that it has a document, and that it is in no list.
    node.after(&format!(
        "link add c0 type veth peer name eth0 netns {}\nlink set c0 up",
        peer.path()
    ))?;
    assert_eq!(
        node.daemon.document("c0")?["interface_status"]["name"],
        "c0"
    );
    // A global address makes it an interface of this node.
    node.after("addr add 10.5.0.1/24 dev c0")?;
    node.after("addr del 10.5.0.1/24 dev c0")
}

#[test]
fn the_end_that_stays_while_down_is_a_containers() -> Outcome {
    let node = cable_with("")?;
    let peer = node.namespace.peer()?;
    node.after("link add f0 type veth peer name pf0\nlink set pf0 up")?;
    assert_ne!(node.id("pf0")?, json!(0));
    // The kernel says nothing of it to the end that stays, and `ip` then knows no more.
    node.namespace
        .ip(&format!("link set f0 netns {}", peer.path()))?;
    let listed = || -> Outcome<bool> {
        let list = node.daemon.json("/v2/network/interfaces/")?;
        Ok(list
            .as_array()
            .is_some_and(|list| list.iter().any(|one| one["name"] == "pf0")))
    };
    within(Duration::from_secs(10), "pf0 leaves the list", || {
        if listed()? {
            fail("still there")
        } else {
            Ok(())
        }
    })?;
    assert_eq!(node.id("pf0")?, json!(0), "it has a document still");
    peer.ip(&format!("link set f0 netns {}", node.namespace.path()))?;
    within(Duration::from_secs(10), "pf0 is back in the list", || {
        if listed()? { Ok(()) } else { fail("not there") }
    })
}

#[test]
fn the_default_route_there_at_the_start_is_interface_one() -> Outcome {
    let node = cable_with(
        "link add w0 type veth peer name w1\nlink set w0 up\nlink set w1 up\naddr add 10.1.0.1/24 dev w0\n\
         route add default via 10.1.0.254",
    )?;
    assert_eq!(node.id("w0")?, json!(1));
    // Settled: another, better default changes no id any more.
    node.after("route del default\nroute add default via 10.0.0.254")?;
    assert_eq!(node.id("w0")?, json!(1));
    node.after("link del w0")?;
    node.forgets("1")
}

#[test]
fn a_metric_and_ipv4_decide_whose_default_is_best() -> Outcome {
    let node = cable_with(
        "link add w0 type veth peer name w1\nlink set w0 up\nlink set w1 up\naddr add 10.1.0.1/24 dev w0\n\
         addr add 2001:db8::1/64 dev v0 nodad\nroute add default via 2001:db8::5 dev v0 metric 1\n\
         route add default via 10.0.0.254 metric 200\nroute add default via 10.1.0.254 metric 100",
    )?;
    assert_eq!(node.id("w0")?, json!(1));
    Ok(())
}

#[test]
fn a_default_that_comes_later_settles_after_ten_seconds() -> Outcome {
    let namespace = Namespace::new()?;
    namespace.ip(&format!(
        "{CABLE}link add w0 type veth peer name w1\nlink set w0 up\nlink set w1 up"
    ))?;
    let node = Node::start(namespace)?;
    // Provisional: the first with carrier and a global address.
    assert_eq!(node.id("v0")?, json!(1));
    let before = node.id("w0")?;
    let added = Instant::now();
    node.after("addr add 10.1.0.1/24 dev w0\nroute add default via 10.1.0.254")?;
    within(Duration::from_secs(30), "w0 becomes interface 1", || {
        let id = node.id("w0")?;
        let stood = added.elapsed();
        // A lower bound of the contract, so it cannot fail for slowness.
        assert!(
            id == before || stood >= Duration::from_secs(10),
            "{id} after {stood:?}"
        );
        if id == json!(1) {
            Ok(())
        } else {
            fail(format!("it is {id}"))
        }
    })?;
    // The two changed places, nothing else moved.
    assert_eq!(node.id("v0")?, before);
    node.agrees()
}

#[test]
fn ids_are_given_by_ifindex() -> Outcome {
    let node = Node::with("link add b0 index 20 type bridge\nlink add a0 index 30 type bridge")?;
    let list: Value = node.daemon.json("/v2/network/interfaces/")?;
    let named: Value = list
        .as_array()
        .into_iter()
        .flatten()
        .map(|one| json!([one["id"], one["name"]]))
        .collect();
    assert_eq!(named, json!([[1, "b0"], [2, "a0"]]));
    node.after("link add c0 index 10 type bridge")?;
    assert_eq!(node.id("c0")?, json!(3));
    Ok(())
}
