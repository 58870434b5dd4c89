//! `RTM_NEWNEXTHOP`: next hop objects, which routes name by number.
//!
//! The crate has no such message, so the kernel's `nexthop.h` is spelt out here.

use super::route::{DefaultHops, state};
use super::{Decoded, each_attribute, ifindex_at, ip, u8_at, u32_at};
use crate::facts::{DefaultRoute, Hop, HopState, IfIndex};
use std::net::IpAddr;

/// Bytes of `struct nhmsg`.
const HEADER: usize = 8;
/// Bytes of `struct nexthop_grp`.
const GROUP_ENTRY: usize = 8;
// nexthop.h; not in the libc crate.
const NHA_ID: u16 = 1;
const NHA_GROUP: u16 = 2;
const NHA_BLACKHOLE: u16 = 4;
const NHA_OIF: u16 = 5;
const NHA_GATEWAY: u16 = 6;
const NHA_FDB: u16 = 11;

/// Number of a next hop object. `NHA_ID`, `RTA_NH_ID`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NextHopId(pub u32);

/// What a next hop object says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextHop {
    /// One next hop.
    Single {
        /// The link it is on. `NHA_OIF`.
        link: IfIndex,
        /// The gateway; none if it is straight on the link. `NHA_GATEWAY`.
        gateway: Option<IpAddr>,
        /// Whether it can be used. `nh_flags`.
        state: HopState,
    },
    /// Several, with the share of each, 1 to 65536. `NHA_GROUP`.
    Group(Vec<(NextHopId, u32)>),
    /// Nowhere. `NHA_BLACKHOLE`.
    Blackhole,
}

impl DefaultHops {
    /// Replaces the next hop object that the route names by the next hops it holds,
    /// which `next_hop` tells.
    ///
    /// # Errors
    /// If that fails.
    pub fn resolve<E>(
        &mut self,
        mut next_hop: impl FnMut(NextHopId) -> Result<Option<NextHop>, E>,
    ) -> Result<(), E> {
        let Some((id, template)) = self.object.take() else {
            return Ok(());
        };
        let members = match next_hop(id)? {
            Some(NextHop::Group(members)) => members,
            Some(_) => vec![(id, 1)],
            None => Vec::new(),
        };
        for (id, weight) in members {
            let Some(NextHop::Single {
                link,
                gateway,
                state,
            }) = next_hop(id)?
            else {
                continue;
            };
            let hop = DefaultRoute {
                hop: gateway.map_or(Hop::OnLink, |gateway| hop(gateway, template.is_ipv6)),
                state,
                weight,
                ..DefaultRoute::clone(&template)
            };
            self.hops.push((link, hop));
        }
        Ok(())
    }
}

/// A gateway of the other family is told apart (RFC 8950).
fn hop(gateway: IpAddr, is_ipv6: bool) -> Hop {
    if gateway.is_ipv6() == is_ipv6 {
        Hop::Gateway(gateway)
    } else {
        Hop::Via(gateway)
    }
}

/// What the attributes say, as far as they do.
#[derive(Default)]
struct Attributes {
    id: Option<NextHopId>,
    group: Option<Vec<(NextHopId, u32)>>,
    is_blackhole: bool,
    is_of_bridge: bool,
    link: Option<IfIndex>,
    gateway: Option<IpAddr>,
}

pub(super) fn new_next_hop(payload: &[u8], bad: &mut u32) -> Option<Decoded> {
    let flags = u32_at(payload, 4)?;
    let mut read = Attributes::default();
    each_attribute(payload.get(HEADER..)?, bad, |kind, value, _| {
        read.add(kind, value)
    });
    if read.is_of_bridge {
        // For forwarding tables of bridges, no route.
        return Some(Decoded::Other);
    }
    let next_hop = if let Some(group) = read.group {
        NextHop::Group(group)
    } else if read.is_blackhole {
        NextHop::Blackhole
    } else {
        NextHop::Single {
            link: read.link?,
            gateway: read.gateway,
            state: state(flags),
        }
    };
    Some(Decoded::NextHop(read.id?, next_hop))
}

impl Attributes {
    fn add(&mut self, kind: u16, value: &[u8]) -> Option<()> {
        match kind {
            NHA_ID => self.id = Some(NextHopId(u32_at(value, 0)?)),
            NHA_GROUP => self.group = Some(group(value)?),
            NHA_BLACKHOLE => self.is_blackhole = true,
            NHA_OIF => self.link = Some(ifindex_at(value, 0)?),
            NHA_GATEWAY => self.gateway = Some(ip(value)?),
            NHA_FDB => self.is_of_bridge = true,
            _ => {}
        }
        Some(())
    }
}

/// Reads `struct nexthop_grp`s: a number, then the weight less one, its low byte
/// first whatever the byte order.
fn group(bytes: &[u8]) -> Option<Vec<(NextHopId, u32)>> {
    let members = bytes.chunks(GROUP_ENTRY).map(|entry| {
        let id = NextHopId(u32_at(entry, 0)?);
        let weight = u32::from(u8_at(entry, 4)?) + 256 * u32::from(u8_at(entry, 5)?);
        Some((id, weight + 1))
    });
    members.collect()
}
