//! The vendor's version 1, deprecated: the status of a node that has one interface
//! with one network. It is told of interface 1 and the first of its networks.
//!
//! Its schema is the vendor's; every key is always there.

use super::words::{
    Details, UpdateStatus, bonding_word, netmask_or_empty, or_empty, origin_word, servers,
    update_status,
};
use crate::facts::NameServer;
use crate::kernel::counters::Sample;
use crate::view::{InterfaceView, NetworkView, NodeView, Subnet};
use serde::Serialize;
use std::net::IpAddr;

/// Status of a node: `api_network_status_response`.
#[derive(Debug, Serialize)]
pub struct Status<'a> {
    id: u32,
    node_name: &'a str,
    update_status: UpdateStatus,
    network_status: Network<'a>,
    network_details: Details,
}

#[derive(Debug, Serialize)]
struct Network<'a> {
    id: u32,
    assigned_by: &'static str,
    #[serde(serialize_with = "or_empty")]
    address: Option<IpAddr>,
    floating_addresses: &'a [IpAddr],
    #[serde(serialize_with = "netmask_or_empty")]
    netmask: Option<Subnet>,
    #[serde(serialize_with = "or_empty")]
    gateway: Option<IpAddr>,
    #[serde(serialize_with = "or_empty")]
    gateway_ipv6: Option<IpAddr>,
    #[serde(serialize_with = "servers")]
    dns_servers: &'a [NameServer],
    dns_search_domains: &'a [String],
    mtu: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    bonding_mode: Option<&'static str>,
}

impl<'a> Status<'a> {
    /// The status of `node`, as its `interface` with the byte counters `sample`
    /// has it; `is_stale` if all that is older than it should be. `None` if the
    /// interface has no network, which none is without.
    #[must_use]
    pub fn new(
        node: &'a NodeView,
        interface: &'a InterfaceView,
        sample: Sample,
        is_stale: bool,
    ) -> Option<Self> {
        let network = interface.networks.first()?;
        Some(Self {
            id: node.id().get(),
            node_name: node.name(),
            update_status: update_status(interface.is_applied(), is_stale),
            network_status: Network::new(node, interface, network),
            network_details: Details::new(interface, sample.into()),
        })
    }
}

impl<'a> Network<'a> {
    fn new(node: &NodeView, interface: &InterfaceView, network: &'a NetworkView) -> Self {
        let NetworkView {
            id: _,
            name: _,
            origin,
            address,
            floating,
            subnet,
            mtu,
            vlan_id: _,
            device: _,
            dns,
        } = network;
        Self {
            id: node.id().get(),
            assigned_by: origin_word(*origin),
            address: *address,
            floating_addresses: floating,
            netmask: *subnet,
            gateway: interface.gateways.ipv4,
            gateway_ipv6: interface.gateways.ipv6,
            dns_servers: &dns.servers,
            dns_search_domains: &dns.search,
            mtu: *mtu,
            bonding_mode: interface.bonding_mode.and_then(bonding_word),
        }
    }
}
