//! Every link of the node and what it is to it: in front of clients, under
//! another link, or neither. And the networks of all interfaces, numbered.
//!
//! The documents of the whole node are made of it.

use super::interface::{self, Cable, InterfaceState, InterfaceView};
use super::networks::NetworkView;
use super::node::NodeView;
use super::ranges::is_global;
use super::served::is_part_of_another;
use crate::facts::{BondMode, IfIndex, LinkFacts, MacAddr, VlanId};
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

/// A link of the node.
#[derive(Clone, Debug)]
pub struct DeviceView<'a> {
    /// Its name; bytes that are not UTF-8 as `\xNN`.
    pub name: String,
    /// Link-layer address burnt into the hardware, else the one that a bond gives
    /// back to its port, if there is one.
    pub permanent_mac: Option<MacAddr>,
    /// Link-layer address in use.
    pub mac: MacAddr,
    /// Speed in Mb/s; `None` if unknown, down or without carrier.
    pub speed_mbps: Option<u32>,
    /// Whether a cable is plugged in.
    pub cable: Cable,
    /// State of operation.
    pub state: InterfaceState,
    /// Maximum transfer unit in bytes.
    pub mtu: u32,
    /// Mode, if it is a bond.
    pub bonding_mode: Option<BondMode>,
    /// VLAN id; untagged if it is no VLAN.
    pub vlan_id: VlanId,
    /// What it is to the node.
    pub role: Role<'a>,
}

/// What a link is to the node.
#[derive(Clone, Debug)]
pub enum Role<'a> {
    /// An interface that is listed, or a device of its networks.
    Frontend {
        /// The networks whose addresses are on it.
        networks: Vec<NumberedNetwork<'a>>,
        /// Addresses on it that others beyond the link can know.
        routable: Vec<IpAddr>,
    },
    /// A port of another link, by its name.
    Underlying(String),
    /// Neither; with its addresses.
    None(Vec<IpAddr>),
}

/// A network with a number that no other network of the node has.
#[derive(Clone, Copy, Debug)]
pub struct NumberedNetwork<'a> {
    /// The number: as configured; others have those left over, in order.
    pub number: u32,
    /// Its interface.
    pub interface: &'a InterfaceView,
    /// Its position there.
    pub position: usize,
    /// The network.
    pub network: &'a NetworkView,
}

/// The networks of every listed interface, in order.
pub(super) fn networks(node: &NodeView) -> Vec<NumberedNetwork<'_>> {
    let is_configured = |interface: &InterfaceView| {
        let desired = interface.desired.as_ref();
        desired.is_some_and(|desired| !desired.networks.is_empty())
    };
    let configured = node
        .interfaces()
        .filter(|interface| is_configured(interface));
    let taken = configured.flat_map(|interface| &interface.networks);
    let taken: HashSet<u32> = taken.map(|network| network.id).collect();
    let mut free = (1..=u32::MAX).filter(|number| !taken.contains(number));
    let mut networks = Vec::new();
    for interface in node.interfaces() {
        for (position, network) in interface.networks.iter().enumerate() {
            let number = if is_configured(interface) {
                network.id
            } else {
                free.next().unwrap_or(u32::MAX)
            };
            networks.push(NumberedNetwork {
                number,
                interface,
                position,
                network,
            });
        }
    }
    networks
}

/// Every link, by index.
pub(super) fn devices(node: &NodeView) -> Vec<DeviceView<'_>> {
    let mut frontend: HashMap<IfIndex, Vec<NumberedNetwork>> = HashMap::new();
    for index in node.listed_devices() {
        frontend.entry(index).or_default();
    }
    for numbered in networks(node) {
        if let Some(device) = numbered.network.device {
            frontend.entry(device).or_default().push(numbered);
        }
    }
    let links = node.snapshot().links().iter();
    links
        .map(|facts| device(node, facts, frontend.remove(&facts.link.index)))
        .collect()
}

fn device<'a>(
    node: &'a NodeView,
    facts: &LinkFacts,
    networks: Option<Vec<NumberedNetwork<'a>>>,
) -> DeviceView<'a> {
    let link = &facts.link;
    DeviceView {
        name: link.name.to_string(),
        permanent_mac: link.own_mac(),
        mac: link.mac,
        speed_mbps: interface::speed(facts),
        cable: interface::cable(link),
        state: interface::state(link),
        mtu: link.mtu,
        bonding_mode: interface::bonding_mode(link),
        vlan_id: link.vlan_id(),
        role: role(node, facts, networks),
    }
}

fn role<'a>(
    node: &NodeView,
    facts: &LinkFacts,
    networks: Option<Vec<NumberedNetwork<'a>>>,
) -> Role<'a> {
    let addresses = facts.addresses.iter().map(|address| address.key.local);
    if let Some(networks) = networks {
        let routable = addresses.filter(|address| is_global(*address)).collect();
        return Role::Frontend { networks, routable };
    }
    if is_part_of_another(&facts.link, node.snapshot()) {
        let master = facts
            .link
            .master
            .and_then(|master| node.snapshot().link(master));
        let name = master.map(|master| master.link.name.to_string());
        return Role::Underlying(name.unwrap_or_default());
    }
    Role::None(addresses.collect())
}
