//! Address ranges that mean something by themselves.
//!
//! Loopback, link-local, and what others beyond the link can know.

use std::net::IpAddr;

/// The own address of every host: 127/8 and `::1`. RFC 1122, RFC 4291.
pub(super) fn is_loopback(address: IpAddr) -> bool {
    address.is_loopback()
}

/// 169.254/16 and `fe80::/10`. RFC 3927, RFC 4291.
pub(super) fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.is_unicast_link_local(),
    }
}

/// An address that others beyond the link can know.
pub(super) fn is_global(address: IpAddr) -> bool {
    !is_loopback(address) && !is_link_local(address) && !address.is_unspecified()
}
