//! What the daemon cannot be told for a while: it makes up for it, and says in few lines that
//! and when.
//!
//! What is true afterwards is what `ip` says.

use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use serde_json::json;

use crate::hostile::CABLE;
use crate::metrics::scrape;
use crate::support::agree::Node;
use crate::support::daemon::Daemon;
use crate::support::losses::lose_events;
use crate::support::outcome::{Outcome, eventually, fail};

/// Sets how many files the daemon may have open; how many it might.
fn limit_files(daemon: &Daemon, limit: Rlimit) -> Outcome<Rlimit> {
    let pid = daemon.proc();
    let number = pid.file_name().and_then(|name| name.to_str());
    let pid = Pid::from_raw(number.unwrap_or_default().parse()?);
    Ok(prlimit(pid, Resource::Nofile, limit)?)
}

#[test]
fn events_that_were_lost_are_asked_for() -> Outcome {
    let node = Node::with(CABLE)?;
    lose_events(&node.daemon, &node.namespace, "v1", "10.0.0.7")?;
    node.namespace.ip(
        "addr del 10.0.0.1/24 dev v0\naddr add 10.7.0.1/24 dev v0\nlink set v0 mtu 1400\n\
         link add new0 type bridge\nlink set new0 up\naddr add 10.8.0.1/24 dev new0\n\
         route add default via 10.8.0.7\nlink set v1 down\nlink set v1 name late",
    )?;
    node.daemon.signal("CONT")?;
    node.agrees()?;
    node.says("v0", "/network_statuses/0/address", &json!("10.7.0.1"))?;
    assert_eq!(
        node.daemon.told()?,
        ["WARN events of the kernel were lost; the kernel's lists are dumped again losses=1"]
    );
    // One of links and addresses, one of routes.
    eventually("each socket's loss is counted", || {
        match scrape(&node.daemon)?.get("netstatusd_netlink_overruns_total") {
            Some(2.0) => Ok(()),
            said => fail(format!("{said:?} overruns")),
        }
    })
}

/// A list of routes that is not read to its end costs a socket, and none can be opened.
#[test]
fn routes_that_cannot_be_asked_for_are_told_once() -> Outcome {
    let node = Node::with(CABLE)?;
    // The upper limit is ours, which nobody has raised: it stays.
    let few = Rlimit {
        current: Some(3),
        ..getrlimit(Resource::Nofile)
    };
    let enough = limit_files(&node.daemon, few)?;
    node.namespace.ip("route add default via 10.0.0.254")?;
    // Meanwhile it was tried ten times.
    eventually("what is known is stale", || {
        let told = node.daemon.told()?;
        match told.last() {
            Some(last) if last.ends_with("what is known is stale") => Ok(()),
            _ => fail(format!("{told:#?}")),
        }
    })?;
    limit_files(&node.daemon, enough)?;
    node.says(
        "v0",
        "/interface_status/default_gateway",
        &json!("10.0.0.254"),
    )?;
    node.agrees()?;
    let expected = [
        "WARN default routes cannot be asked for; it is tried again failures=1 error=\"cannot ask \
         for default routes: cannot open a netlink socket; is AF_NETLINK allowed by the service's \
         sandbox?: Too many open files (os error 24)\"",
        "WARN events have been missing for 10 s: what is known is stale",
        "INFO default routes are known again",
        "INFO what is known is current again",
    ];
    eventually("the end is told, too", || {
        let told = node.daemon.told()?;
        if told == expected {
            Ok(())
        } else {
            fail(format!("{told:#?}"))
        }
    })
}
