//! Leases as dhcpcd keeps them: the server's last packet, as it came, in a file
//! named after the interface. DHCPv4 is RFC 2131 and 2132, DHCPv6 RFC 8415.
//!
//! Pure; bytes that are no such packet are no lease.

use super::super::folder::Content;
use super::Written;
use crate::facts::{IfName, Lease, LeasedLink};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const BOOT_REPLY: u8 = 2;
/// Where `yiaddr`, "your address", begins.
const YOUR_ADDRESS: usize = 16;
const COOKIE_AT: usize = 236;
const COOKIE: [u8; 4] = [99, 130, 83, 99];
const OPTION_PAD: u8 = 0;
const OPTION_END: u8 = 255;
const OPTION_LEASE_TIME: u8 = 51;

const REPLY: u8 = 7;
const OPTION_IA_NA: u16 = 3;
const OPTION_IA_ADDRESS: u16 = 5;
/// Of an identity association: its id and two times.
const IA_HEAD: usize = 12;

/// A time of this many seconds is for ever.
const INFINITE: u32 = u32::MAX;

/// `<interface>.lease` and `<interface>.lease6`.
pub(super) fn parse(content: &Content) -> Result<Vec<Written>, String> {
    let (stem, ending) = content.name.rsplit_once('.').unwrap_or_default();
    // Of a wireless network the name follows the interface's: none of ours.
    let Some(name) = IfName::new(stem.as_bytes()) else {
        return Ok(Vec::new());
    };
    let is_ipv6 = ending == "lease6";
    let lent = lent(content.bytes, is_ipv6).ok_or(if is_ipv6 {
        "it is no DHCPv6 reply"
    } else {
        "it is no DHCP reply"
    })?;
    let lent = lent.into_iter().map(|(address, time)| Written {
        lease: Lease {
            link: LeasedLink::Name(name),
            address,
        },
        // The file is written when the lease begins; dhcpcd counts from there too.
        ends: (time != INFINITE).then(|| content.modified.saturating_add(time.into())),
    });
    Ok(lent.collect())
}

/// The addresses of a reply, each with the seconds it is lent for, 2³²-1 for ever;
/// `None` if it is none.
pub(crate) fn lent(packet: &[u8], is_ipv6: bool) -> Option<Vec<(IpAddr, u32)>> {
    if is_ipv6 {
        parse_v6(packet)
    } else {
        parse_v4(packet).map(|lent| vec![lent])
    }
}

/// A reply that lends just this, and says nothing else.
pub(crate) fn packet(lent: &[(IpAddr, u32)], is_ipv6: bool) -> Vec<u8> {
    let mut packet = if is_ipv6 {
        vec![REPLY, 0, 0, 0]
    } else {
        Vec::new()
    };
    for (address, time) in lent {
        match address {
            IpAddr::V4(v4) if !is_ipv6 => packet.extend(packet_v4(*v4, *time)),
            IpAddr::V6(v6) if is_ipv6 => packet.extend(association(*v6, *time)),
            _ => {}
        }
    }
    packet
}

fn packet_v4(address: Ipv4Addr, time: u32) -> Vec<u8> {
    let mut packet = vec![BOOT_REPLY];
    packet.resize(YOUR_ADDRESS, 0);
    packet.extend(address.octets());
    packet.resize(COOKIE_AT, 0);
    packet.extend(COOKIE);
    packet.extend([OPTION_LEASE_TIME, 4]);
    packet.extend(time.to_be_bytes());
    packet.push(OPTION_END);
    packet
}

/// An option `OPTION_IA_NA` with one address.
fn association(address: Ipv6Addr, time: u32) -> Vec<u8> {
    let mut own = vec![0; IA_HEAD];
    own.extend(OPTION_IA_ADDRESS.to_be_bytes());
    own.extend([0, 24]);
    own.extend(address.octets());
    // Preferred as long as it is valid.
    own.extend([time.to_be_bytes(), time.to_be_bytes()].concat());
    let mut option = OPTION_IA_NA.to_be_bytes().to_vec();
    option.extend(u16::try_from(own.len()).unwrap_or_default().to_be_bytes());
    option.extend(own);
    option
}

/// The address of a reply, with the time it is lent for; without one, for ever.
fn parse_v4(packet: &[u8]) -> Option<(IpAddr, u32)> {
    let is_reply =
        *packet.first()? == BOOT_REPLY && packet.get(COOKIE_AT..)?.first_chunk() == Some(&COOKIE);
    let address: [u8; 4] = *packet.get(YOUR_ADDRESS..)?.first_chunk()?;
    let address = Ipv4Addr::from(address);
    let mut options = packet.get(COOKIE_AT + COOKIE.len()..)?;
    let mut time = INFINITE;
    while let Some((code, rest)) = options.split_first() {
        options = match *code {
            OPTION_PAD => rest,
            OPTION_END => break,
            code => {
                let (length, rest) = rest.split_first()?;
                let (value, rest) = rest.split_at_checked(usize::from(*length))?;
                if code == OPTION_LEASE_TIME {
                    time = u32::from_be_bytes(value.try_into().ok()?);
                }
                rest
            }
        };
    }
    (is_reply && !address.is_unspecified()).then_some((address.into(), time))
}

/// The addresses of a reply, each with the time it is valid.
fn parse_v6(packet: &[u8]) -> Option<Vec<(IpAddr, u32)>> {
    let (head, options) = packet.split_at_checked(4)?;
    if *head.first()? != REPLY {
        return None;
    }
    let mut lent = Vec::new();
    for association in options_v6(options, OPTION_IA_NA)? {
        for address in options_v6(association.get(IA_HEAD..)?, OPTION_IA_ADDRESS)? {
            let bytes: [u8; 16] = *address.first_chunk()?;
            // After the address: how long it is preferred, how long valid.
            let valid = *address.get(20..)?.first_chunk()?;
            lent.push((Ipv6Addr::from(bytes).into(), u32::from_be_bytes(valid)));
        }
    }
    Some(lent)
}

/// The values of the options `wanted`; `None` if an option is cut short.
fn options_v6(mut options: &[u8], wanted: u16) -> Option<Vec<&[u8]>> {
    let mut found = Vec::new();
    while !options.is_empty() {
        let (code, rest) = options.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (value, rest) = rest.split_at_checked(length)?;
        if u16::from_be_bytes(*code) == wanted {
            found.push(value);
        }
        options = rest;
    }
    Some(found)
}
