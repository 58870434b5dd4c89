//! The default gateway of an interface, as the contract picks it among what `ip route` lists.
//!
//! Written from the contract and from what `ip` lists, not from the daemon's code.

use super::super::ip::{Link, Route};
use super::super::reading::Reading;
use super::served;

/// Of one family, through any of these devices, the interface's own link first.
pub(super) fn choose(devices: &[&Link], host: &Reading, ipv6: bool) -> String {
    let candidates = devices.iter().enumerate().flat_map(|(position, device)| {
        let table = served::routing_table(device, host);
        let through = move |hop: &&Route| hop.device == device.name && hop.table == table;
        let routes = host.routes.iter().filter(through);
        routes.map(move |hop| (position > 0, hop))
    });
    let alive = candidates.filter(|(_, hop)| hop.ipv6 == ipv6 && !has(hop, "dead"));
    let best = alive.min_by_key(|(is_child, hop)| {
        let preference = ["high", "medium", "low"]
            .iter()
            .position(|known| *known == hop.preference);
        (
            has(hop, "linkdown"),
            hop.metric,
            preference,
            *is_child,
            u64::MAX - hop.weight,
            hop.gateway,
        )
    });
    best.and_then(|(_, hop)| hop.gateway)
        .map(|gateway| gateway.to_string())
        .unwrap_or_default()
}

fn has(hop: &Route, flag: &str) -> bool {
    hop.flags.iter().any(|own| own == flag)
}
