//! Events of which the kernel drops some, since a watcher does not read them.
//!
//! That it did is what `/proc/net/netlink` says.

use super::daemon::Daemon;
use super::namespace::Namespace;
use super::outcome::Outcome;

/// Stops the daemon while more happens to `link` and to a default route by `gateway` than its
/// receive buffers hold. It goes on when it is told to.
pub(crate) fn lose_events(
    daemon: &Daemon,
    namespace: &Namespace,
    link: &str,
    gateway: &str,
) -> Outcome {
    daemon.signal("STOP")?;
    let toggle = format!(
        "link set {link} mtu 1400\nroute add default via {gateway}\n\
         link set {link} mtu 1500\nroute del default via {gateway}\n"
    )
    .repeat(3_000);
    while !every_watcher_lost_some(namespace)? {
        namespace.ip(&toggle)?;
    }
    Ok(())
}

/// Whether the kernel had to drop messages for every subscribed socket of this namespace.
fn every_watcher_lost_some(namespace: &Namespace) -> Outcome<bool> {
    let script = r"awk '$4 ~ /^[0-9a-f]+$/ && $4 !~ /^0+$/ { print $9 }' /proc/net/netlink";
    let drops = String::from_utf8(namespace.sh(script)?)?;
    Ok(drops.lines().all(|drops| drops != "0"))
}
