//! What is asked of the kernel. `rtnetlink(7)`.
//!
//! A request depends on nothing but what is asked and its sequence number.

use super::decode::NextHopId;
use super::fold::DumpObject;
use super::stats::IFLA_STATS_LINK_64;
use crate::facts::IfIndex;
use netlink_packet_core::{NLM_F_DUMP, NLM_F_REQUEST, NetlinkSerializable};
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::address::AddressMessage;
use netlink_packet_route::link::{LinkAttribute, LinkExtentMask, LinkMessage};

/// Bytes of `struct nlmsghdr`.
const HEADER: usize = 16;
// socket.h; the libc crate has them wider than they are in a message.
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;
// rtnetlink.h and nexthop.h; not in the libc crate.
const RTM_F_LOOKUP_TABLE: u32 = 0x1000;
const RTM_F_FIB_MATCH: u32 = 0x2000;
const RTM_GETNEXTHOP: u16 = 106;
const RTM_GETSTATS: u16 = 94;
const NHA_ID: u16 = 1;

/// Every link, or every address.
pub(super) fn all(object: DumpObject) -> RouteNetlinkMessage {
    match object {
        DumpObject::Links => {
            let mut message = LinkMessage::default();
            // Nobody looks at the statistics of IPv6 and of virtual functions.
            let mask = vec![LinkExtentMask::SkipStats];
            message.attributes.push(LinkAttribute::ExtMask(mask));
            RouteNetlinkMessage::GetLink(message)
        }
        DumpObject::Addresses => RouteNetlinkMessage::GetAddress(AddressMessage::default()),
    }
}

/// An IP address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// IPv4.
    V4,
    /// IPv6.
    V6,
}

impl Family {
    /// Both, in the order they are asked for.
    pub const ALL: [Self; 2] = [Self::V4, Self::V6];

    /// `AF_INET` or `AF_INET6`.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::V4 => AF_INET,
            Self::V6 => AF_INET6,
        }
    }
}

/// A request as bytes: made by hand where the crate has no message for it, or where
/// it is asked thousands of times.
#[derive(Clone, Debug)]
pub struct Request {
    message_type: u16,
    flags: u16,
    body: Vec<u8>,
}

impl Request {
    /// As [`all`].
    #[must_use]
    pub fn all(object: DumpObject) -> Self {
        let message = all(object);
        let mut body = vec![0; message.buffer_len()];
        message.serialize(&mut body);
        Self {
            message_type: message.message_type(),
            flags: NLM_F_DUMP,
            body,
        }
    }

    /// The route that the kernel has for packets to nowhere in particular, through
    /// `link` or any. IPv4 answers for 0.0.0.0 with an error always, so 240.0.0.1
    /// is asked for; it names the true table only on request, and IPv6 takes that
    /// request for an error.
    #[must_use]
    pub fn probe(family: Family, link: Option<IfIndex>) -> Self {
        let (flags, address): (u32, &[u8]) = match family {
            Family::V4 => (RTM_F_FIB_MATCH | RTM_F_LOOKUP_TABLE, &[240, 0, 0, 1]),
            Family::V6 => (RTM_F_FIB_MATCH, &[0; 16]),
        };
        let bits = u8::try_from(address.len() * 8).unwrap_or_default();
        Self::new(libc::RTM_GETROUTE, 0)
            .fixed(&[family.number(), bits, 0, 0, 0, 0, 0, 0])
            .fixed(&flags.to_ne_bytes())
            .attribute(libc::RTA_DST, address)
            .number(libc::RTA_OIF, link.map(|link| link.0))
    }

    /// The routes in `table` or any, through `link` or any.
    #[must_use]
    pub fn routes(family: Family, table: Option<u32>, link: Option<IfIndex>) -> Self {
        Self::new(libc::RTM_GETROUTE, NLM_F_DUMP)
            .fixed(&[family.number(), 0, 0, 0, 0, 0, 0, 0])
            .fixed(&[0; 4])
            .number(libc::RTA_TABLE, table)
            .number(libc::RTA_OIF, link.map(|link| link.0))
    }

    /// The next hop object `id`.
    #[must_use]
    pub fn next_hop(id: NextHopId) -> Self {
        // struct nhmsg is 8 bytes.
        Self::new(RTM_GETNEXTHOP, 0)
            .fixed(&[0; 8])
            .attribute(NHA_ID, &id.0.to_ne_bytes())
    }

    /// Every next hop object.
    #[must_use]
    pub fn next_hops() -> Self {
        Self::new(RTM_GETNEXTHOP, NLM_F_DUMP).fixed(&[0; 8])
    }

    /// The counters of every link, 64 bits wide.
    #[must_use]
    pub fn stats() -> Self {
        let filter: u32 = 1 << (IFLA_STATS_LINK_64 - 1);
        // struct if_stats_msg: family and padding, index, filter.
        Self::new(RTM_GETSTATS, NLM_F_DUMP)
            .fixed(&[0; 8])
            .fixed(&filter.to_ne_bytes())
    }

    /// Whether many messages answer it.
    #[must_use]
    pub fn is_dump(&self) -> bool {
        self.flags & NLM_F_DUMP != 0
    }

    /// What is sent, with the sequence number `sequence`.
    #[must_use]
    pub fn bytes(&self, sequence: u32) -> Vec<u8> {
        let length = u32::try_from(HEADER + self.body.len()).unwrap_or_default();
        let mut bytes = Vec::with_capacity(HEADER + self.body.len());
        bytes.extend(length.to_ne_bytes());
        bytes.extend(self.message_type.to_ne_bytes());
        bytes.extend((NLM_F_REQUEST | self.flags).to_ne_bytes());
        bytes.extend(sequence.to_ne_bytes());
        // The kernel fills in the port.
        bytes.extend([0; 4]);
        bytes.extend(&self.body);
        bytes
    }

    fn new(message_type: u16, flags: u16) -> Self {
        Self {
            message_type,
            flags,
            body: Vec::with_capacity(64),
        }
    }

    fn fixed(mut self, bytes: &[u8]) -> Self {
        self.body.extend(bytes);
        self
    }

    fn number(self, kind: u16, value: Option<u32>) -> Self {
        match value {
            Some(value) => self.attribute(kind, &value.to_ne_bytes()),
            None => self,
        }
    }

    /// Adds an attribute, whose value is a multiple of 4 bytes long.
    fn attribute(mut self, kind: u16, value: &[u8]) -> Self {
        let length = u16::try_from(4 + value.len()).unwrap_or_default();
        self.body.extend(length.to_ne_bytes());
        self.body.extend(kind.to_ne_bytes());
        self.body.extend(value);
        self
    }
}
