//! An IP subnet: a network address and the length of its prefix.
//!
//! IPv4 and IPv6 alike.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A subnet. Displayed in CIDR notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subnet {
    network: IpAddr,
    prefix_len: u8,
}

impl Subnet {
    /// The subnet of `address` with a prefix of `prefix_len` bits.
    #[must_use]
    pub fn of(address: IpAddr, prefix_len: u8) -> Self {
        let network = match address {
            IpAddr::V4(v4) => IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits() & mask_v4(prefix_len))),
            IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & mask_v6(prefix_len))),
        };
        Self {
            network,
            prefix_len,
        }
    }

    /// Its first address, which names it.
    #[must_use]
    pub fn first(&self) -> IpAddr {
        self.network
    }

    /// Its last address.
    #[must_use]
    pub fn last(&self) -> IpAddr {
        match self.network {
            IpAddr::V4(v4) => Ipv4Addr::from_bits(v4.to_bits() | !mask_v4(self.prefix_len)).into(),
            IpAddr::V6(v6) => Ipv6Addr::from_bits(v6.to_bits() | !mask_v6(self.prefix_len)).into(),
        }
    }

    /// Length of the prefix in bits.
    #[must_use]
    pub fn prefix_len(&self) -> u8 {
        self.prefix_len
    }

    /// Whether it is an IPv6 subnet; else IPv4.
    #[must_use]
    pub fn is_ipv6(&self) -> bool {
        self.network.is_ipv6()
    }

    /// Whether it holds one address only (/32, /128).
    #[must_use]
    pub fn is_host(&self) -> bool {
        self.prefix_len == if self.network.is_ipv6() { 128 } else { 32 }
    }

    /// Whether `address` is in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv6() == self.network.is_ipv6()
            && Self::of(address, self.prefix_len).network == self.network
    }

    /// The IPv4 netmask (255.255.255.0), the IPv6 subnet in CIDR notation.
    #[must_use]
    pub fn netmask(&self) -> String {
        match self.mask_v4() {
            Some(mask) => mask.to_string(),
            None => self.to_string(),
        }
    }

    /// The netmask, if it is an IPv4 subnet.
    #[must_use]
    pub fn mask_v4(&self) -> Option<Ipv4Addr> {
        self.network
            .is_ipv4()
            .then(|| Ipv4Addr::from_bits(mask_v4(self.prefix_len)))
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.network, self.prefix_len)
    }
}

fn mask_v4(prefix_len: u8) -> u32 {
    let host_bits = 32_u32.saturating_sub(prefix_len.into());
    u32::MAX.checked_shl(host_bits).unwrap_or(0)
}

fn mask_v6(prefix_len: u8) -> u128 {
    let host_bits = 128_u32.saturating_sub(prefix_len.into());
    u128::MAX.checked_shl(host_bits).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_and_members() {
        #[rustfmt::skip]
        let table = [
            ("203.0.113.77", 24, "203.0.113.0/24", "255.255.255.0", "203.0.113.1", "203.0.114.1"),
            ("203.0.113.77", 25, "203.0.113.0/25", "255.255.255.128", "203.0.113.127", "203.0.113.128"),
            ("203.0.113.77", 32, "203.0.113.77/32", "255.255.255.255", "203.0.113.77", "203.0.113.76"),
            ("203.0.113.77", 0, "0.0.0.0/0", "0.0.0.0", "8.8.8.8", "::1"),
            ("2001:db8::77", 64, "2001:db8::/64", "2001:db8::/64", "2001:db8::1", "2001:db8:1::1"),
            ("2001:db8::77", 128, "2001:db8::77/128", "2001:db8::77/128", "2001:db8::77", "2001:db8::78"),
            ("2001:db8::77", 0, "::/0", "::/0", "fe80::1", "192.0.2.1"),
        ];
        for (address, len, shown, netmask, member, stranger) in table {
            let subnet = Subnet::of(address.parse().unwrap(), len);
            assert_eq!(subnet.to_string(), shown);
            assert_eq!(subnet.netmask(), netmask);
            assert!(subnet.contains(member.parse().unwrap()), "{shown}");
            assert!(!subnet.contains(stranger.parse().unwrap()), "{shown}");
            assert!(subnet.contains(subnet.first()) && subnet.contains(subnet.last()));
        }
        let last = |address: &str, len| Subnet::of(address.parse().unwrap(), len).last();
        assert_eq!(last("203.0.113.77", 25), IpAddr::from([203, 0, 113, 127]));
        assert_eq!(last("fd00::1", 124).to_string(), "fd00::f");
    }
}
