//! `RTM_NEWROUTE` and `RTM_DELROUTE` of unicast default routes to
//! [`DefaultRoute`]s, one per next hop: in ECMP the link, gateway, weight and
//! flags sit in each next hop.

use super::next_hop::NextHopId;
use super::{
    Decoded, each_attribute, ifindex_at, ip, is_ip_family, is_of_family, u8_at, u16_at, u32_at,
};
use crate::facts::{DefaultRoute, Hop, HopState, IfIndex, RouterPreference};
use std::net::IpAddr;
use std::time::Duration;

/// Bytes of `struct rtmsg`.
const HEADER: usize = 12;
/// Bytes of `struct rtnexthop`, `rtnetlink(7)`.
pub const NEXT_HOP_HEADER: usize = 8;
// rtnetlink.h; not in the libc crate.
const RTA_VIA: u16 = 18;
const RTA_PREF: u16 = 20;
const RTA_NH_ID: u16 = 30;
const RTNH_F_DEAD: u32 = 1;
const RTNH_F_LINKDOWN: u32 = 16;

/// A unicast default route, taken apart by next hop.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct DefaultHops {
    /// Each next hop with the link it is on.
    pub hops: Vec<(IfIndex, DefaultRoute)>,
    /// The object that holds the next hops, if the message holds none itself
    /// (`net.ipv4.nexthop_compat_mode=0`), and the route but for them. `RTA_NH_ID`.
    pub object: Option<(NextHopId, Box<DefaultRoute>)>,
    /// When it goes if nobody renews it. `RTA_CACHEINFO`, IPv6 only.
    pub expires_in: Option<Duration>,
}

/// A route in the making.
struct Draft {
    route: DefaultRoute,
    link: Option<IfIndex>,
    group: Vec<(IfIndex, DefaultRoute)>,
    object: Option<NextHopId>,
    /// In 1/100 s; routes of router advertisements linger expired until they
    /// are collected.
    expires: Option<i32>,
}

/// The next hops of the route in `payload`, as `decoded` if it is a unicast
/// default.
pub(super) fn default_hops(
    payload: &[u8],
    bad: &mut u32,
    decoded: fn(DefaultHops) -> Decoded,
) -> Option<Decoded> {
    let attributes = payload.get(HEADER..)?;
    if !is_unicast_default(payload)? {
        return Some(Decoded::Other);
    }
    let family = u8_at(payload, 0)?;
    let mut draft = Draft::new(payload)?;
    let mut group = None;
    each_attribute(attributes, bad, |kind, value, _| {
        if kind == libc::RTA_MULTIPATH {
            group = Some(value);
        }
        draft.add(kind, value, family)
    });
    if let Some(group) = group {
        draft.add_group(group, family, bad);
    }
    Some(decoded(draft.finish()))
}

/// Whether a default route may follow the route in `payload` in a dump of an IPv4
/// table: these go by destination, and 0.0.0.0/0 is to 0.0.0.0 like 0.0.0.0/1.
#[must_use]
pub fn may_precede_default(payload: &[u8]) -> bool {
    let mut is_to_zero = true;
    let attributes = payload.get(HEADER..).unwrap_or_default();
    each_attribute(attributes, &mut 0, |kind, value, _| {
        is_to_zero &= kind != libc::RTA_DST || value.iter().all(|byte| *byte == 0);
        Some(())
    });
    is_to_zero
}

/// For everything (no destination), for all senders (no source, no TOS).
fn is_unicast_default(payload: &[u8]) -> Option<bool> {
    Some(
        is_ip_family(u8_at(payload, 0)?)
            && u8_at(payload, 1)? == 0
            && u8_at(payload, 2)? == 0
            && u8_at(payload, 3)? == 0
            && u8_at(payload, 7)? == libc::RTN_UNICAST,
    )
}

impl Draft {
    fn new(payload: &[u8]) -> Option<Self> {
        let route = DefaultRoute {
            is_ipv6: i32::from(u8_at(payload, 0)?) == libc::AF_INET6,
            hop: Hop::OnLink,
            state: state(u32_at(payload, 8)?),
            table: u8_at(payload, 4)?.into(),
            metric: 0,
            preference: RouterPreference::Medium,
            weight: 1,
            protocol: u8_at(payload, 5)?,
            source: None,
        };
        Some(Self {
            route,
            link: None,
            group: Vec::new(),
            object: None,
            expires: None,
        })
    }

    fn add(&mut self, kind: u16, value: &[u8], family: u8) -> Option<()> {
        match kind {
            libc::RTA_OIF => self.link = Some(ifindex_at(value, 0)?),
            libc::RTA_GATEWAY | RTA_VIA => self.route.hop = hop(kind, value, family)?,
            libc::RTA_PRIORITY => self.route.metric = u32_at(value, 0)?,
            libc::RTA_TABLE => self.route.table = u32_at(value, 0)?,
            libc::RTA_PREFSRC => self.route.source = Some(ip(value)?),
            RTA_PREF => self.route.preference = preference(u8_at(value, 0)?),
            RTA_NH_ID => self.object = Some(NextHopId(u32_at(value, 0)?)),
            // struct rta_cacheinfo: rta_expires is signed, and 0 means never.
            libc::RTA_CACHEINFO => {
                let expires = u32_at(value, 8)?.cast_signed();
                self.expires = (expires != 0).then_some(expires);
            }
            _ => {}
        }
        Some(())
    }

    /// Reads the `struct rtnexthop`s of `RTA_MULTIPATH`, each with attributes of
    /// its own behind it.
    fn add_group(&mut self, mut bytes: &[u8], family: u8, bad: &mut u32) {
        while let Some((length, link)) = next_hop_header(bytes) {
            let Some(own) = bytes.get(..length) else {
                break;
            };
            let mut route = DefaultRoute {
                state: state(u8_at(own, 2).unwrap_or_default().into()),
                weight: u32::from(u8_at(own, 3).unwrap_or_default()) + 1,
                ..self.route.clone()
            };
            let attributes = own.get(NEXT_HOP_HEADER..).unwrap_or_default();
            each_attribute(attributes, bad, |kind, value, _| {
                if [libc::RTA_GATEWAY, RTA_VIA].contains(&kind) {
                    route.hop = hop(kind, value, family)?;
                }
                Some(())
            });
            self.group.push((link, route));
            bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
        }
        *bad += u32::from(!bytes.is_empty());
    }

    fn finish(self) -> DefaultHops {
        let Self {
            route,
            link,
            group: mut hops,
            object,
            expires,
        } = self;
        if expires.is_some_and(i32::is_negative) {
            return DefaultHops::default();
        }
        let mut object = object.map(|id| (id, Box::new(route.clone())));
        // With a group, an RTA_OIF beside it only repeats one of its members.
        if let (true, Some(link)) = (hops.is_empty(), link) {
            hops.push((link, route));
        }
        if !hops.is_empty() {
            object = None;
        }
        let hundredths = expires.and_then(|expires| u64::try_from(expires).ok());
        DefaultHops {
            hops,
            object,
            expires_in: hundredths.map(|hundredths| Duration::from_millis(hundredths * 10)),
        }
    }
}

/// Length and link of the next hop at the start of `bytes`.
fn next_hop_header(bytes: &[u8]) -> Option<(usize, IfIndex)> {
    let length = usize::from(u16_at(bytes, 0)?);
    let link = ifindex_at(bytes, 4)?;
    (length >= NEXT_HOP_HEADER).then_some((length, link))
}

fn hop(kind: u16, value: &[u8], family: u8) -> Option<Hop> {
    if kind == RTA_VIA {
        // struct rtvia: a 16 bit family, then the address.
        return Some(Hop::Via(ip(value.get(2..)?)?));
    }
    let gateway: IpAddr = ip(value)?;
    is_of_family(gateway, family).then_some(Hop::Gateway(gateway))
}

pub(super) fn state(flags: u32) -> HopState {
    if flags & RTNH_F_DEAD != 0 {
        HopState::Dead
    } else if flags & RTNH_F_LINKDOWN != 0 {
        HopState::LinkDown
    } else {
        HopState::Alive
    }
}

/// RFC 4191, 2.1: two bits, of which 10 is reserved and means medium.
fn preference(bits: u8) -> RouterPreference {
    match bits {
        1 => RouterPreference::High,
        3 => RouterPreference::Low,
        _ => RouterPreference::Medium,
    }
}
