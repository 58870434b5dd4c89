//! Which of the cloud's NICs an interface stands on, and whether both have the
//! same addresses.
//!
//! NICs are found by link-layer address, the burnt-in one first: their order and
//! numbers mean nothing. Something that only carries a NIC's address, like an
//! enslaved virtual function or a macvlan, is not that NIC.

use super::ranges::is_loopback;
use crate::facts::{
    CloudDetail, CloudNic, IfName, Link, LinkFacts, LinkKind, MacAddr, Reading, Snapshot,
};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

/// Links are stacked no deeper (`MAX_NEST_DEV` of the kernel).
const DEEPEST: usize = 8;

/// The one NIC that the interface with the link `own` stands on.
pub(super) fn nic<'a>(own: &LinkFacts, snapshot: &'a Snapshot) -> Option<&'a CloudNic> {
    let nics = &snapshot.cloud.value()?.nics;
    let below = below(&own.link, snapshot, DEEPEST);
    let mut found: Option<&CloudNic> = None;
    for link in below {
        let Some(nic) = of_link(link, nics, snapshot) else {
            continue;
        };
        if found.is_some_and(|found| found.mac != nic.mac) {
            return None;
        }
        found = Some(nic);
    }
    found
}

/// The links of its own that `link` is made of: itself, if it is not stacked.
fn below<'a>(link: &'a Link, snapshot: &'a Snapshot, depth: usize) -> Vec<&'a Link> {
    if depth == 0 {
        return Vec::new();
    }
    let links = || snapshot.links().iter().map(|facts| &facts.link);
    match &link.kind {
        LinkKind::Vlan { .. } if link.lower_namespace.is_none() => {
            let parent = link.lower.and_then(|lower| snapshot.link(lower));
            parent.map_or_else(Vec::new, |parent| below(&parent.link, snapshot, depth - 1))
        }
        kind if bundles(kind) => links()
            .filter(|port| port.master == Some(link.index))
            .flat_map(|port| below(port, snapshot, depth - 1))
            .collect(),
        _ if link.is_stacked() => Vec::new(),
        _ => vec![link],
    }
}

fn bundles(kind: &LinkKind) -> bool {
    match kind {
        LinkKind::Bond { .. } => true,
        LinkKind::Other(kind) => kind.as_ref() == "team",
        _ => false,
    }
}

fn of_link<'a>(link: &Link, nics: &'a [CloudNic], snapshot: &Snapshot) -> Option<&'a CloudNic> {
    let find = |mac: MacAddr| nics.iter().find(|nic| nic.mac == mac);
    if let Some(nic) = link.own_mac().and_then(find) {
        return Some(nic);
    }
    // An address that was burnt into another link was only copied to this one.
    let is_burnt_in = |mac| {
        let mut links = snapshot.links().iter();
        links.any(|facts| facts.link.own_mac() == Some(mac))
    };
    find(link.mac).filter(|nic| !is_burnt_in(nic.mac))
}

/// What the cloud and the host do not agree on. It says nothing of what is wanted
/// of the node, and so is no [`Difference`](super::Difference).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloudDifference {
    /// The cloud sends packets for this address here, but the host does not have it.
    NotOnHost {
        /// The address.
        address: Ipv4Addr,
    },
    /// The host has this address, but the cloud does not send packets for it here.
    NotInCloud {
        /// The link it is on.
        device: IfName,
        /// The address.
        address: Ipv4Addr,
    },
}

impl fmt::Display for CloudDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotOnHost { address } => write!(
                f,
                "{address} is the node's, says the cloud, but no link has it"
            ),
            Self::NotInCloud { device, address } => write!(
                f,
                "{address} is on {device}, but the cloud does not know it there"
            ),
        }
    }
}

/// Where `nic`, which the link `own` stands on, and the host differ; nothing while
/// the cloud's last word is old.
pub(super) fn differences(
    own: &LinkFacts,
    nic: &CloudNic,
    snapshot: &Snapshot,
) -> Vec<CloudDifference> {
    if !matches!(snapshot.cloud, Reading::Current(_)) {
        return Vec::new();
    }
    let mut missing = nic.private_ipv4.clone();
    for address in snapshot.links().iter().flat_map(|facts| ipv4(facts)) {
        missing.retain(|own| *own != address);
    }
    let missing = missing
        .into_iter()
        .map(|address| CloudDifference::NotOnHost { address });
    let device = own.link.name;
    let unknown = ipv4(own)
        .filter(|address| !leads_here(*address, nic))
        .map(|address| CloudDifference::NotInCloud { device, address });
    missing.chain(unknown).collect()
}

/// IPv4 addresses that packets from elsewhere can be for.
fn ipv4(facts: &LinkFacts) -> impl Iterator<Item = Ipv4Addr> {
    facts
        .addresses
        .iter()
        .filter_map(|address| match address.key.local {
            IpAddr::V4(own) if !own.is_link_local() && !is_loopback(own.into()) => Some(own),
            _ => None,
        })
}

fn leads_here(address: Ipv4Addr, nic: &CloudNic) -> bool {
    let is_in_range = match &nic.detail {
        CloudDetail::Gcp {
            ip_aliases,
            forwarded,
            ..
        } => ip_aliases
            .iter()
            .chain(forwarded)
            .any(|range| contains(range, address)),
        CloudDetail::Aws { prefixes, .. } => prefixes
            .iter()
            .any(|prefix| prefix.contains(address.into())),
        CloudDetail::Azure { .. } => false,
    };
    is_in_range || nic.private_ipv4.contains(&address)
}

/// Whether `address` is in `range`: an address, or a prefix in CIDR notation.
fn contains(range: &str, address: Ipv4Addr) -> bool {
    let (network, len) = range.split_once('/').unwrap_or((range, "32"));
    let (Ok(network), Ok(len)) = (network.parse::<Ipv4Addr>(), len.parse::<u32>()) else {
        return false;
    };
    let mask = 32_u32
        .checked_sub(len)
        .map(|rest| u32::MAX.checked_shl(rest).unwrap_or(0));
    mask.is_some_and(|mask| network.to_bits() & mask == address.to_bits() & mask)
}

#[cfg(test)]
mod tests;
