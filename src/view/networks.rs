//! The networks of an interface: configured ones in `configured`, here those derived
//! from its addresses.
//!
//! Each device (the link, then its VLAN children) has an entry per subnet, with
//! the node's own address and those that float, and one for each further address
//! that somebody renews. Link-local addresses count only where there is nothing
//! else.

pub(super) mod configured;
mod entry;

use super::origin::{Origin, Traces};
use super::ranges::is_loopback;
use super::resolver;
use crate::facts::{Dns, IfIndex, LinkFacts, Snapshot, Subnet, VlanId};
use entry::{Candidate, Entry};
use std::collections::HashMap;
use std::net::IpAddr;

/// A network of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkView {
    /// Its number: as configured, else its position from 1.
    pub id: u32,
    /// As configured, else `Default` for the first, device and subnet for others; no
    /// other's of the interface.
    pub name: String,
    /// How its address came to be: as configured, else as derived, and
    /// [`Origin::Static`] if it has none.
    pub origin: Origin,
    /// The node's own address.
    pub address: Option<IpAddr>,
    /// Other addresses that are here now and can move to another node.
    pub floating: Vec<IpAddr>,
    /// The subnet.
    pub subnet: Option<Subnet>,
    /// Maximum transfer unit of the device, else of the interface, in bytes.
    pub mtu: u32,
    /// VLAN id of the device, or as configured.
    pub vlan_id: VlanId,
    /// The device the addresses are on; `None` if it is not here.
    pub device: Option<IfIndex>,
    /// What the resolver uses for it.
    pub dns: Dns,
}

/// The networks on `devices`, the interface's own link first; at least one.
pub(super) fn derive(devices: &[&LinkFacts], snapshot: &Snapshot) -> Vec<NetworkView> {
    let candidates: Vec<Vec<Candidate>> = devices
        .iter()
        .map(|facts| candidates(facts, snapshot))
        .collect();
    let has_other = candidates.iter().flatten().any(|c| !c.is_link_local());
    let mut entries: Vec<(&LinkFacts, Entry)> = Vec::new();
    for (facts, mut candidates) in devices.iter().zip(candidates) {
        candidates.retain(|candidate| candidate.is_link_local() != has_other);
        let of_device = entry::of_device(&candidates);
        entries.extend(of_device.into_iter().map(|entry| (*facts, entry)));
    }
    entries
        .sort_by_key(|(facts, entry)| (entry.has_no_global(), facts.link.vlan_id(), entry.rank()));
    let mut networks: Vec<NetworkView> = entries
        .into_iter()
        .enumerate()
        .map(|(position, (facts, entry))| view(position, facts, entry, snapshot))
        .collect();
    if let (true, Some(facts)) = (networks.is_empty(), devices.first()) {
        networks.push(without_address(facts, snapshot));
    }
    tell_apart(&mut networks);
    networks
}

/// Numbers networks that would have one name: a subnet can have an entry for what
/// stays and one for what is leased.
fn tell_apart(networks: &mut [NetworkView]) {
    let mut counts = HashMap::new();
    for network in networks {
        let count = counts.entry(network.name.clone()).or_insert(0_u32);
        *count += 1;
        if *count > 1 {
            network.name = format!("{} ({count})", network.name);
        }
    }
}

/// The addresses that can be a network's; a host's own 127/8 and `::1` cannot.
fn candidates<'a>(facts: &'a LinkFacts, snapshot: &Snapshot) -> Vec<Candidate<'a>> {
    let leased: Vec<IpAddr> = snapshot.leases.of(&facts.link).collect();
    let evidence = Traces {
        routes: &facts.default_routes,
        leased: &leased,
    };
    let taken = snapshot.kernel.taken;
    facts
        .addresses
        .iter()
        .filter(|address| !is_loopback(address.key.local))
        .map(|address| Candidate::new(address, evidence, taken))
        .collect()
}

fn view(position: usize, facts: &LinkFacts, entry: Entry, snapshot: &Snapshot) -> NetworkView {
    let id = u32::try_from(position + 1).unwrap_or(u32::MAX);
    let name = match position {
        0 => "Default".to_owned(),
        _ => format!("{} {}", facts.link.name, entry.subnet),
    };
    NetworkView {
        id,
        name,
        origin: entry.head.map_or(Origin::Static, |head| head.origin),
        address: entry.head.map(|head| head.address.key.local),
        floating: entry.floating,
        subnet: Some(entry.subnet),
        ..without_address(facts, snapshot)
    }
}

impl NetworkView {
    /// The one entry of an interface that is not here.
    pub(super) fn of_nothing(dns: Dns) -> Self {
        Self {
            id: 1,
            name: "Default".to_owned(),
            origin: Origin::Static,
            address: None,
            floating: Vec::new(),
            subnet: None,
            mtu: 0,
            vlan_id: VlanId::UNTAGGED,
            device: None,
            dns,
        }
    }
}

fn without_address(facts: &LinkFacts, snapshot: &Snapshot) -> NetworkView {
    NetworkView {
        mtu: facts.link.mtu,
        vlan_id: facts.link.vlan_id(),
        device: Some(facts.link.index),
        ..NetworkView::of_nothing(resolver::of(facts.link.index, snapshot))
    }
}

#[cfg(test)]
mod tests;
