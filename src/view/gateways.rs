//! The default gateway of an interface, one per family.

use crate::facts::{DefaultRoute, Hop, HopState, LinkFacts};
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
