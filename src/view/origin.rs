//! Who assigned an address, and how that is known.
//!
//! The evidence is tried in order, the strongest first; the first that says
//! anything decides. A DHCP client that leaves no trace in the kernel (udhcpc:
//! valid for ever, no protocol) looks static: only configuration can tell.

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
    /// The kernel says so. `IFA_PROTO`.
    Protocol,
    /// It has a lifetime, so somebody renews it. `IFA_CACHEINFO`, `IFA_FLAGS`.
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

/// Who assigned `address`, a link's with the default routes `routes`.
pub(super) fn of(address: &Address, routes: &[DefaultRoute]) -> (Origin, Evidence) {
    by_protocol(address)
        .or_else(|| by_lifetime(address))
        .or_else(|| by_route(address, routes))
        .or_else(|| by_range(address))
        .unwrap_or((Origin::Static, Evidence::Nothing))
}

type Finding = Option<(Origin, Evidence)>;

fn by_protocol(address: &Address) -> Finding {
    let origin = match address.protocol {
        AddressProtocol::KernelLinkLocal => Origin::LinkLocal,
        AddressProtocol::KernelRouterAdvertisement => Origin::Slaac,
        AddressProtocol::Unspecified | AddressProtocol::Other(_) => return None,
    };
    Some((origin, Evidence::Protocol))
}

fn by_lifetime(address: &Address) -> Finding {
    if address.is_forever {
        return None;
    }
    let is_from_router = address.flags.has(AddressFlags::MANAGE_TEMPORARY)
        || address.flags.has(AddressFlags::TEMPORARY);
    let origin = match address.key.local {
        IpAddr::V4(_) => Origin::Dhcp,
        IpAddr::V6(_) if is_from_router => Origin::Slaac,
        IpAddr::V6(_) if address.key.prefix_len == 128 => Origin::Dhcp,
        IpAddr::V6(_) => return None,
    };
    Some((origin, Evidence::Lifetime))
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
