//! A wanted netmask, in either spelling of the vendor's.
//!
//! Dotted, as IPv4 has it, or as a subnet with its prefix length.

use crate::facts::Subnet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

/// Length of the prefix 169.254/16 in bits.
const LINK_LOCAL_V4: u8 = 16;
/// Length of the prefix `fe80::/10` in bits.
const LINK_LOCAL_V6: u8 = 10;

/// Width of a network, and where it is if that is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Netmask {
    /// The length of an IPv4 prefix, written as a mask (255.255.255.0).
    Mask(u8),
    /// A subnet in CIDR notation.
    Subnet(Subnet),
}

impl Netmask {
    /// Whether it is of an IPv6 network; else IPv4.
    #[must_use]
    pub fn is_ipv6(&self) -> bool {
        match self {
            Self::Mask(_) => false,
            Self::Subnet(subnet) => subnet.is_ipv6(),
        }
    }

    /// Length of the prefix in bits.
    #[must_use]
    pub fn prefix_len(&self) -> u8 {
        match self {
            Self::Mask(len) => *len,
            Self::Subnet(subnet) => subnet.prefix_len(),
        }
    }

    /// Whether addresses of one link only can have it: 169.254/16 whole (RFC 3927),
    /// or a part of `fe80::/10` (RFC 4291).
    #[must_use]
    pub fn is_link_local(&self) -> bool {
        match self {
            Self::Mask(len) => *len == LINK_LOCAL_V4,
            Self::Subnet(subnet) => match subnet.first() {
                IpAddr::V4(first) => first.is_link_local() && subnet.prefix_len() == LINK_LOCAL_V4,
                IpAddr::V6(first) => {
                    first.is_unicast_link_local() && subnet.prefix_len() >= LINK_LOCAL_V6
                }
            },
        }
    }

    /// Whether `subnet` is such a network.
    #[must_use]
    pub fn fits(&self, subnet: Subnet) -> bool {
        match self {
            Self::Mask(len) => !subnet.is_ipv6() && subnet.prefix_len() == *len,
            Self::Subnet(own) => *own == subnet,
        }
    }

    /// As documents say it: IPv4 as a mask, IPv6 in CIDR notation.
    #[must_use]
    pub fn netmask(&self) -> String {
        match self {
            Self::Mask(len) => Subnet::of(Ipv4Addr::UNSPECIFIED.into(), *len).netmask(),
            Self::Subnet(subnet) => subnet.netmask(),
        }
    }
}

impl fmt::Display for Netmask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mask(_) => f.write_str(&self.netmask()),
            Self::Subnet(subnet) => subnet.fmt(f),
        }
    }
}

impl FromStr for Netmask {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let netmask = match text.split_once('/') {
            Some(_) => Self::Subnet(parse_subnet(text)?),
            None => Self::Mask(parse_mask(text)?),
        };
        // All addresses there are make no network.
        Some(netmask)
            .filter(|netmask| netmask.prefix_len() > 0)
            .ok_or_else(|| no_netmask(text))
    }
}

/// A subnet in CIDR notation, without bits below its prefix.
pub(super) fn parse_subnet(text: &str) -> Result<Subnet, String> {
    let error = || format!("`{text}` is no subnet; write it as \"10.0.0.0/24\" or \"fd00::/64\"");
    let (address, len) = text.split_once('/').ok_or_else(error)?;
    let address: IpAddr = address.parse().map_err(|_| error())?;
    let is_number = len.bytes().all(|byte| byte.is_ascii_digit());
    let most = if address.is_ipv6() { 128 } else { 32 };
    let len = len
        .parse()
        .ok()
        .filter(|len| is_number && *len <= most)
        .ok_or_else(error)?;
    let subnet = Subnet::of(address, len);
    if subnet.first() == address {
        Ok(subnet)
    } else {
        Err(format!(
            "`{text}` has bits set beyond its prefix; write \"{subnet}\""
        ))
    }
}

fn parse_mask(text: &str) -> Result<u8, String> {
    let address: Ipv4Addr = text.parse().map_err(|_| no_netmask(text))?;
    let bits = address.to_bits();
    if bits.leading_ones() + bits.trailing_zeros() < 32 {
        return Err(format!(
            "`{text}` has gaps; a netmask is ones, then zeros: \"255.255.255.0\""
        ));
    }
    u8::try_from(bits.leading_ones()).map_err(|_| no_netmask(text))
}

fn no_netmask(text: &str) -> String {
    format!("`{text}` is no netmask; write \"255.255.255.0\", \"10.0.0.0/24\" or \"fd00::/64\"")
}
