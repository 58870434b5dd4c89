//! Who assigned an address, and how that is known.
//!
//! The evidence is tried in order, the strongest first; the first that says
//! anything decides. A DHCP client that leaves no trace (udhcpc: valid for ever, no
//! protocol, no file) looks static: only configuration can tell.

use super::ranges::is_link_local;
use crate::facts::{Address, AddressFlags, AddressProtocol, DefaultRoute};
use std::net::IpAddr;

/// How an address came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A DHCP server gave it.
    Dhcp,
    /// The host made it from a router's prefix (RFC 4862).
    Slaac,
    /// The host made it for this link only (RFC 3927, RFC 4862).
    LinkLocal,
    /// Somebody configured it.
    Static,
}

/// What an [`Origin`] is concluded from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// A DHCP client has it in a lease that is not over.
    Lease,
    /// The kernel says so. `IFA_PROTO`.
    Protocol,
    /// It is a temporary address, or the template of such. `IFA_FLAGS`.
    Flags,
    /// It has a lifetime, so somebody renews it. `IFA_CACHEINFO`.
    Lifetime,
    /// A default route of a DHCP client has it as its source. `RTA_PREFSRC`.
    RouteSource,
    /// The range it is in.
    Range,
    /// Nothing says otherwise.
    Nothing,
}

/// `RTPROT_DHCP` of `rtnetlink.h`.
const ROUTE_OF_DHCP: u8 = 16;

/// What programs that assign addresses left behind for one link.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Traces<'a> {
    /// Its default routes.
    pub(super) routes: &'a [DefaultRoute],
    /// Addresses that DHCP clients hold a lease of.
    pub(super) leased: &'a [IpAddr],
}

/// Who assigned `address`, a link's with these `traces`.
pub(super) fn of(address: &Address, traces: Traces) -> (Origin, Evidence) {
    by_lease(address, traces.leased)
        .or_else(|| by_protocol(address))
        .or_else(|| by_flags(address))
        .or_else(|| by_lifetime(address))
        .or_else(|| by_route(address, traces.routes))
        .or_else(|| by_range(address))
        .unwrap_or((Origin::Static, Evidence::Nothing))
}

type Finding = Option<(Origin, Evidence)>;

fn by_lease(address: &Address, leased: &[IpAddr]) -> Finding {
    leased
        .contains(&address.key.local)
        .then_some((Origin::Dhcp, Evidence::Lease))
}

fn by_protocol(address: &Address) -> Finding {
    let origin = match address.protocol {
        AddressProtocol::KernelLinkLocal => Origin::LinkLocal,
        AddressProtocol::KernelRouterAdvertisement => Origin::Slaac,
        AddressProtocol::Unspecified | AddressProtocol::Other(_) => return None,
    };
    Some((origin, Evidence::Protocol))
}

/// Templates of temporary addresses, and those, are made from a router's prefix,
/// also if that is valid for ever.
fn by_flags(address: &Address) -> Finding {
    let is_from_router = address.key.local.is_ipv6()
        && (address.flags.has(AddressFlags::MANAGE_TEMPORARY)
            || address.flags.has(AddressFlags::TEMPORARY));
    is_from_router.then_some((Origin::Slaac, Evidence::Flags))
}

fn by_lifetime(address: &Address) -> Finding {
    let is_lent = match address.key.local {
        IpAddr::V4(_) => true,
        IpAddr::V6(_) => address.key.prefix_len == 128,
    };
    (is_lent && !address.is_forever).then_some((Origin::Dhcp, Evidence::Lifetime))
}

fn by_route(address: &Address, routes: &[DefaultRoute]) -> Finding {
    routes
        .iter()
        .any(|route| route.protocol == ROUTE_OF_DHCP && route.source == Some(address.key.local))
        .then_some((Origin::Dhcp, Evidence::RouteSource))
}

fn by_range(address: &Address) -> Finding {
    // 169.254/16 with another prefix length was configured by somebody.
    let is_automatic = match address.key.local {
        IpAddr::V4(_) => address.key.prefix_len == 16,
        IpAddr::V6(_) => true,
    };
    (is_automatic && is_link_local(address.key.local))
        .then_some((Origin::LinkLocal, Evidence::Range))
}

#[cfg(test)]
mod tests;
