//! Netlink bytes to facts, pure: no socket, no clock.
//!
//! Attributes are read one by one. One that cannot be read costs that attribute
//! and a count, never the link: kernels add, lengthen and now and then garble
//! attributes. What cannot be read at all is [`Decoded::Bad`], the sign to dump
//! again. `rtnetlink(7)`.

mod address;
mod link;
mod next_hop;
mod route;

pub use next_hop::{NextHop, NextHopId};
pub use route::{DefaultHops, NEXT_HOP_HEADER, may_precede_default};

use crate::facts::{Address, AddressKey, IfIndex, Link, RTM_NEWNEXTHOP, WatchTally};
use netlink_packet_core::{NLA_HEADER_SIZE, NlaBuffer, NlasIterator};
use std::net::IpAddr;

/// A message of the routing socket, as far as it is of use.
#[derive(Debug, PartialEq, Eq)]
pub enum Decoded {
    /// A link in full. `RTM_NEWLINK`.
    NewLink(Box<Link>),
    /// A link has left this namespace. `RTM_DELLINK`.
    DelLink(IfIndex),
    /// An address. `RTM_NEWADDR`.
    NewAddress(Address),
    /// An address has gone. `RTM_DELADDR`.
    DelAddress(AddressKey),
    /// A default route. `RTM_NEWROUTE`.
    DefaultRoute(DefaultHops),
    /// A default route has gone. `RTM_DELROUTE`.
    DelDefaultRoute(DefaultHops),
    /// A next hop object. `RTM_NEWNEXTHOP`.
    NextHop(NextHopId, NextHop),
    /// Nothing that is kept: other families, partial messages, other routes.
    Other,
    /// A message that cannot be read.
    Bad {
        /// `nlmsg_type`.
        message_type: u16,
    },
}

/// A decoded message and how many of its attributes could not be read.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What the message says.
    pub decoded: Decoded,
    /// Attributes that were skipped because they could not be read.
    pub bad_attributes: u32,
}

impl Outcome {
    /// Counts in `tally` what could not be read.
    pub fn count(&self, tally: &mut WatchTally) {
        tally.undecodable_attributes += u64::from(self.bad_attributes);
        if let Decoded::Bad { message_type } = self.decoded {
            tally.undecodable_messages.count(message_type);
        }
    }

    /// Whether something is missing of what it says.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        self.bad_attributes > 0 || matches!(self.decoded, Decoded::Bad { .. })
    }
}

/// Decodes the message of type `message_type` with the bytes `payload` after
/// the netlink header.
#[must_use]
pub fn decode(message_type: u16, payload: &[u8]) -> Outcome {
    let mut bad = 0;
    let decoded = match message_type {
        libc::RTM_NEWLINK => link::new_link(payload, &mut bad),
        libc::RTM_DELLINK => link::del_link(payload),
        libc::RTM_NEWADDR => address::new_address(payload, &mut bad),
        libc::RTM_DELADDR => address::del_address(payload, &mut bad),
        libc::RTM_NEWROUTE => route::default_hops(payload, &mut bad, Decoded::DefaultRoute),
        libc::RTM_DELROUTE => route::default_hops(payload, &mut bad, Decoded::DelDefaultRoute),
        RTM_NEWNEXTHOP => next_hop::new_next_hop(payload, &mut bad),
        _ => Some(Decoded::Other),
    };
    Outcome {
        decoded: decoded.unwrap_or(Decoded::Bad { message_type }),
        bad_attributes: bad,
    }
}

/// Calls `visit` with type and value of each attribute in `bytes`; one for which
/// it returns `None` could not be read and is counted in `bad`.
pub(super) fn each_attribute<'a>(
    bytes: &'a [u8],
    bad: &mut u32,
    mut visit: impl FnMut(u16, &'a [u8], &mut u32) -> Option<()>,
) {
    for attribute in NlasIterator::new(bytes) {
        // A broken length leaves no way to find the next attribute.
        let Some((kind, value)) = attribute.ok().and_then(parts) else {
            *bad += 1;
            return;
        };
        if visit(kind, value, bad).is_none() {
            *bad += 1;
        }
    }
}

/// Type and value, the value living as long as the message.
fn parts(attribute: NlaBuffer<&[u8]>) -> Option<(u16, &[u8])> {
    let value = attribute
        .into_inner()
        .get(NLA_HEADER_SIZE..usize::from(attribute.length()))?;
    Some((attribute.kind(), value))
}

fn u8_at(bytes: &[u8], at: usize) -> Option<u8> {
    bytes.get(at).copied()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// An index field; the kernel numbers links from 1.
fn ifindex_at(bytes: &[u8], at: usize) -> Option<IfIndex> {
    match u32_at(bytes, at)? {
        index @ 1..=0x7fff_ffff => Some(IfIndex(index)),
        _ => None,
    }
}

/// An address of the length its family has.
fn ip(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(v4) = <[u8; 4]>::try_from(bytes) {
        return Some(IpAddr::from(v4));
    }
    <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from)
}

/// Whether `address` is of the address family `family` (`AF_INET`, `AF_INET6`).
fn is_of_family(address: IpAddr, family: u8) -> bool {
    let own = if address.is_ipv6() {
        libc::AF_INET6
    } else {
        libc::AF_INET
    };
    own == i32::from(family)
}

fn is_ip_family(family: u8) -> bool {
    [libc::AF_INET, libc::AF_INET6].contains(&i32::from(family))
}

#[cfg(test)]
mod tests;
