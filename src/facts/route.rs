//! A default route's next hop through one link, from `RTM_NEWROUTE`.
//!
//! What decides between several is kept with it.

use std::net::IpAddr;

/// The routing table that is used unless a rule says otherwise. `RT_TABLE_MAIN`.
pub const TABLE_MAIN: u32 = libc::RT_TABLE_MAIN as u32;

/// One next hop of a unicast default route (prefix length 0).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DefaultRoute {
    /// An IPv6 route; else IPv4. `rtm_family`.
    pub is_ipv6: bool,
    /// Where packets go next.
    pub hop: Hop,
    /// Whether the next hop can be used. `rtm_flags`, in ECMP `rtnh_flags`.
    pub state: HopState,
    /// Routing table. `RTA_TABLE`.
    pub table: u32,
    /// Metric, the lowest wins; 0 if the kernel names none. `RTA_PRIORITY`.
    pub metric: u32,
    /// Router preference of RFC 4191 (IPv6 only). `RTA_PREF`.
    pub preference: RouterPreference,
    /// Share of the traffic within an ECMP group, 1 to 65536. `rtnh_hops` + 1.
    pub weight: u32,
    /// Who installed it, `RTPROT_*`. `rtm_protocol`.
    pub protocol: u8,
    /// Preferred source address. `RTA_PREFSRC`.
    pub source: Option<IpAddr>,
}

/// Where a route's packets go next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hop {
    /// To a gateway. `RTA_GATEWAY`.
    Gateway(IpAddr),
    /// To a gateway of the other family (RFC 8950). `RTA_VIA`.
    Via(IpAddr),
    /// Straight to the destination, on the link.
    OnLink,
}

/// Whether a next hop can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HopState {
    /// Usable.
    Alive,
    /// Its link has no carrier. `RTNH_F_LINKDOWN`.
    LinkDown,
    /// Its link is down: the kernel does not use it. `RTNH_F_DEAD`.
    Dead,
}

/// Router preference of RFC 4191; the greater is preferred. `RTA_PREF`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum RouterPreference {
    /// `ICMPV6_ROUTER_PREF_LOW`.
    Low,
    /// `ICMPV6_ROUTER_PREF_MEDIUM`, also when nothing is said.
    #[default]
    Medium,
    /// `ICMPV6_ROUTER_PREF_HIGH`.
    High,
}
