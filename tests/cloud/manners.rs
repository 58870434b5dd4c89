//! How little is asked: nothing where there is no cloud, and no more for a thousand clients.
//!
//! What was sent and asked is counted by the kernel and by the fake service, not by the daemon.

use crate::metadata::{Cloud, asks_no_more, machine};
use crate::support::agree::agree;
use crate::support::daemon::Daemon;
use crate::support::namespace::Namespace;
use crate::support::outcome::{Failure, Outcome, eventually, fail};

/// How many IP packets the namespace has sent, to wherever.
pub(crate) fn sent(namespace: &Namespace) -> Outcome<u64> {
    let script = "awk '/^Ip: [0-9]/ { print $11 }' /proc/net/snmp";
    let text = String::from_utf8(namespace.sh(script)?)?;
    Ok(text.trim().parse()?)
}

/// A machine from which every packet would find a way out.
pub(crate) fn connected(provider: &str) -> Outcome<Namespace> {
    let namespace = machine(provider)?;
    namespace.ip(
        "link add nic0 type veth peer name far0\nlink set nic0 up\nlink set far0 up\n\
         addr add 10.0.0.1/24 dev nic0\n\
         neigh add 10.0.0.254 lladdr 02:00:00:00:00:99 dev nic0\n\
         route add default via 10.0.0.254",
    )?;
    Ok(namespace)
}

#[test]
fn not_one_packet_is_sent_outside_of_a_cloud() -> Outcome {
    for machine in ["none", "hyper-v"] {
        let namespace = connected(machine)?;
        let daemon = Daemon::start(&namespace, &[])?;
        agree(&daemon, &namespace, false)?;
        asks_no_more(&daemon)?;
        namespace.ip("link add late type veth peer name far\nlink set late up")?;
        agree(&daemon, &namespace, false)?;
        assert_eq!(sent(&namespace)?, 0, "{machine}");
    }
    Ok(())
}

#[test]
fn packets_are_counted_where_there_are_some() -> Outcome {
    let namespace = connected("aws")?;
    let _daemon = Daemon::start(&namespace, &[])?;
    eventually("a packet is sent", || match sent(&namespace)? {
        0 => fail("none"),
        _ => Ok(()),
    })
}

#[test]
fn at_most_twelve_requests_a_nic_and_none_for_clients() -> Outcome {
    let cloud = Cloud::new("aws", "two-nics", "ok")?;
    let daemon = Daemon::start(&cloud.namespace, &[])?;
    cloud.is_shown_by(&daemon)?;
    // The fakes' far ends are unknown to it, so it is asked anew a few times: count by token
    // and list.
    for _ in 0..1_000 {
        daemon.document("nic0")?;
    }
    let requests = cloud.requests()?;
    let refreshes = requests
        .iter()
        .filter(|line| line.contains("/macs/ "))
        .count();
    assert!(requests.len() <= 24 * refreshes, "{requests:?}");
    assert!(refreshes <= 8, "{requests:?}");
    let tokens = requests
        .iter()
        .filter(|line| line.starts_with("PUT"))
        .count();
    assert_eq!(tokens, 1, "{requests:?}");
    Ok(())
}

#[test]
fn a_server_that_does_not_hold_requests_back_is_not_hammered() -> Outcome {
    let cloud = Cloud::new("gcp", "alias", "hasty")?;
    let daemon = Daemon::start(&cloud.namespace, &[])?;
    cloud.is_shown_by(&daemon)?;
    let before = cloud.requests()?.len();
    for _ in 0..1_000 {
        daemon.document("nic0")?;
    }
    let asked = cloud.requests()?.len() - before;
    // Thousands, if it were asked again at once; the delays themselves have tests of their own.
    if asked > 10 {
        return Err(Failure(format!("asked {asked} times")));
    }
    Ok(())
}
