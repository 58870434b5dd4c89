//! The default gateway of an interface, one per family.
//!
//! The link's own and its VLANs' next hops compete; the contract orders them.

use super::networks::NetworkView;
use crate::facts::{DefaultRoute, Hop, HopState, LinkFacts, Snapshot, TABLE_MAIN};
use std::cmp::Reverse;
use std::net::IpAddr;

/// Default gateways of an interface, of the link or its VLAN children.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GatewayView {
    /// Over IPv4; none if there is no default route, or one straight onto the link.
    pub ipv4: Option<IpAddr>,
    /// Over IPv6, likewise.
    pub ipv6: Option<IpAddr>,
}

impl GatewayView {
    /// Chooses among the default routes through `devices`, the interface's own
    /// link first.
    #[must_use]
    pub fn choose(devices: &[&LinkFacts]) -> Self {
        Self {
            ipv4: best(devices, false),
            ipv6: best(devices, true),
        }
    }
}

impl GatewayView {
    /// The one of the network's family; for one without a subnet, of either.
    #[must_use]
    pub fn of_network(&self, network: &NetworkView) -> Option<IpAddr> {
        match network.subnet.map(|subnet| subnet.is_ipv6()) {
            Some(true) => self.ipv6,
            Some(false) => self.ipv4,
            None => self.ipv4.or(self.ipv6),
        }
    }
}

/// The gateways of all default routes in the main table, each once: IPv4 before
/// IPv6, the best first.
pub(super) fn of_host(snapshot: &Snapshot) -> Vec<IpAddr> {
    let routes = snapshot
        .links()
        .iter()
        .flat_map(|facts| &facts.default_routes);
    let mut routes: Vec<&DefaultRoute> = routes
        .filter(|route| route.table == TABLE_MAIN && route.state != HopState::Dead)
        .collect();
    routes.sort_by_key(|route| (route.is_ipv6, rank(false, route)));
    let mut gateways = Vec::new();
    for route in routes {
        if let Hop::Gateway(gateway) = route.hop
            && !gateways.contains(&gateway)
        {
            gateways.push(gateway);
        }
    }
    gateways
}

fn best(devices: &[&LinkFacts], is_ipv6: bool) -> Option<IpAddr> {
    let routes = devices.iter().enumerate().flat_map(|(position, facts)| {
        let routes = facts.default_routes.iter();
        routes.map(move |route| (position > 0, route))
    });
    let (_, route) = routes
        .filter(|(_, route)| route.is_ipv6 == is_ipv6 && route.state != HopState::Dead)
        .min_by_key(|(is_child, route)| rank(*is_child, route))?;
    match route.hop {
        Hop::Gateway(gateway) => Some(gateway),
        Hop::Via(_) | Hop::OnLink => None,
    }
}

/// Orders routes, the best first.
fn rank(is_child: bool, route: &DefaultRoute) -> impl Ord + use<> {
    (
        route.state,
        route.metric,
        Reverse(route.preference),
        is_child,
        Reverse(route.weight),
        route.hop,
    )
}

#[cfg(test)]
mod tests;
