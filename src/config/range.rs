//! A range of IP addresses in the vendor's spellings: `10.1.1.20`,
//! `10.1.1.20-21`, `10.1.1.20-10.1.1.21`, `10.1.1.0/24`, and the same of IPv6,
//! where the short end (`fd00::10-1f`) replaces the last group.

use super::netmask::parse_subnet;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// Addresses from one to another of the same family. Displayed as it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressRange {
    first: IpAddr,
    last: IpAddr,
    text: Box<str>,
}

impl AddressRange {
    /// Whether `address` is in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv6() == self.is_ipv6() && (self.first..=self.last).contains(&address)
    }

    /// Whether any address is in both.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.contains(other.first) || other.contains(self.first)
    }

    /// Whether it is of IPv6 addresses; else IPv4.
    #[must_use]
    pub fn is_ipv6(&self) -> bool {
        self.first.is_ipv6()
    }

    /// The first address and the last.
    #[must_use]
    pub fn ends(&self) -> [IpAddr; 2] {
        [self.first, self.last]
    }
}

impl fmt::Display for AddressRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for AddressRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let error = || {
            format!(
                "`{text}` is no range of addresses; write \"10.1.1.20\", \"10.1.1.20-21\", \
                 \"10.1.1.20-10.1.1.21\" or \"10.1.1.0/24\""
            )
        };
        if text.contains('/') {
            let subnet = parse_subnet(text)?;
            return Ok(Self::new(subnet.first(), subnet.last(), text));
        }
        let (first, last) = match text.split_once('-') {
            Some((first, last)) => (first, Some(last)),
            None => (text, None),
        };
        let first: IpAddr = first.parse().map_err(|_| error())?;
        let last = match last {
            Some(last) => parse_end(first, last).ok_or_else(error)?,
            None => first,
        };
        if last < first {
            return Err(format!(
                "`{text}` ends before it begins; write the lower address first"
            ));
        }
        Ok(Self::new(first, last, text))
    }
}

impl AddressRange {
    fn new(first: IpAddr, last: IpAddr, text: &str) -> Self {
        Self {
            first,
            last,
            text: text.into(),
        }
    }
}

/// The end of a range from `first`: an address, or what replaces the last part.
fn parse_end(first: IpAddr, text: &str) -> Option<IpAddr> {
    if let Ok(last) = text.parse::<IpAddr>() {
        return Some(last).filter(|last| last.is_ipv6() == first.is_ipv6());
    }
    // The parsers of numbers take a sign.
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    match first {
        IpAddr::V4(first) => {
            let [a, b, c, _] = first.octets();
            let last = text.parse().ok()?;
            Some(Ipv4Addr::new(a, b, c, last).into())
        }
        IpAddr::V6(first) => {
            let last = u16::from_str_radix(text, 16).ok()?;
            let bits = first.to_bits() & !0xffff | u128::from(last);
            Some(Ipv6Addr::from_bits(bits).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_and_its_ends() {
        let table = [
            ("10.1.1.20", "10.1.1.20", "10.1.1.20"),
            ("10.1.1.20-21", "10.1.1.20", "10.1.1.21"),
            ("10.1.1.20-10.1.2.21", "10.1.1.20", "10.1.2.21"),
            ("10.1.1.20-20", "10.1.1.20", "10.1.1.20"),
            ("10.1.1.0/24", "10.1.1.0", "10.1.1.255"),
            ("0.0.0.0/0", "0.0.0.0", "255.255.255.255"),
            ("fd00::10", "fd00::10", "fd00::10"),
            ("fd00::10-1f", "fd00::10", "fd00::1f"),
            ("fd00::-ffff", "fd00::", "fd00::ffff"),
            ("fd00::10-fd00::1:0", "fd00::10", "fd00::1:0"),
            ("fd00::/64", "fd00::", "fd00::ffff:ffff:ffff:ffff"),
        ];
        for (text, first, last) in table {
            let range: AddressRange = text.parse().unwrap();
            let ends: [IpAddr; 2] = [first, last].map(|end| end.parse().unwrap());
            assert_eq!(range.ends(), ends, "{text}");
            assert_eq!(range.to_string(), text);
            assert!(ends.into_iter().all(|end| range.contains(end)), "{text}");
        }
    }

    #[test]
    fn what_is_within() {
        let range: AddressRange = "10.1.1.20-29".parse().unwrap();
        for (address, is_in) in [
            ("10.1.1.19", false),
            ("10.1.1.25", true),
            ("10.1.1.30", false),
            ("::ffff:10.1.1.25", false),
            ("::1", false),
        ] {
            assert_eq!(range.contains(address.parse().unwrap()), is_in, "{address}");
        }
        for (other, overlaps) in [
            ("10.1.1.0-20", true),
            ("10.1.1.29-40", true),
            ("10.0.0.0/8", true),
            ("10.1.1.22", true),
            ("10.1.1.0-19", false),
            ("::/0", false),
        ] {
            assert_eq!(range.overlaps(&other.parse().unwrap()), overlaps, "{other}");
        }
    }
}
