//! The vendor's version 2: the status of an interface on a node; in `config`, the
//! configurations of interfaces and networks.
//!
//! Every key is always there, but for `bonding_mode`, which has words for two
//! modes only, and the status of the clouds the node is not in. Unknown or none is
//! `""`, `[]` or `0`. 64 bit numbers are decimal strings.

mod config;
mod template;

pub use config::{Config, NetworkConfig};
pub use template::Template;

use super::cloud::CloudStatus;
use super::words::{
    Counted, Decimal, Details, UpdateStatus, bonding_word, netmask_or_empty, or_empty, origin_word,
    servers, update_status,
};
use crate::facts::NameServer;
use crate::kernel::counters::Sample;
use crate::view::{GatewayView, InterfaceView, NetworkView, NodeView, Subnet};
use serde::Serialize;
use std::net::IpAddr;

/// Status of an interface on a node: `api_interface_network_statuses`.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Status<'a>(Document<'a, Decimal>);

/// The same, with numbers or with gaps for them.
#[derive(Debug, Serialize)]
struct Document<'a, N> {
    node_id: u32,
    node_name: &'a str,
    update_status: UpdateStatus,
    interface_details: Details<N>,
    interface_status: Interface<'a>,
    network_statuses: Vec<Network<'a>>,
    #[serde(flatten)]
    cloud: Option<CloudStatus<'a>>,
}

#[derive(Debug, Serialize)]
struct Interface<'a> {
    interface_id: u32,
    name: &'a str,
    #[serde(serialize_with = "or_empty")]
    default_gateway: Option<IpAddr>,
    #[serde(serialize_with = "or_empty")]
    default_gateway_ipv6: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bonding_mode: Option<&'static str>,
    mtu: u32,
}

#[derive(Debug, Serialize)]
struct Network<'a> {
    name: &'a str,
    assigned_by: &'static str,
    #[serde(serialize_with = "or_empty")]
    address: Option<IpAddr>,
    floating_addresses: &'a [IpAddr],
    #[serde(serialize_with = "servers")]
    dns_servers: &'a [NameServer],
    dns_search_domains: &'a [String],
    #[serde(serialize_with = "netmask_or_empty")]
    netmask: Option<Subnet>,
    mtu: u32,
    vlan_id: u16,
}

impl<'a> Status<'a> {
    /// The status of `interface` of `node` with the byte counters `sample`;
    /// `is_stale` if all that is older than it should be.
    #[must_use]
    pub fn new(
        node: &'a NodeView,
        interface: &'a InterfaceView,
        sample: Sample,
        is_stale: bool,
    ) -> Self {
        Self(Document::new(node, interface, sample.into(), is_stale))
    }
}

impl<'a, N> Document<'a, N> {
    fn new(
        node: &'a NodeView,
        interface: &'a InterfaceView,
        counted: Counted<N>,
        is_stale: bool,
    ) -> Self {
        let InterfaceView {
            id,
            index: _,
            name,
            state: _,
            cable: _,
            speed_mbps: _,
            mac: _,
            mtu,
            bonding_mode,
            gateways,
            desired: _,
            networks,
            differences: _,
            cloud_nic,
            cloud_differences: _,
            duplex: _,
        } = interface;
        let GatewayView { ipv4, ipv6 } = *gateways;
        Self {
            node_id: node.id().get(),
            node_name: node.name(),
            update_status: update_status(interface.is_applied(), is_stale),
            interface_details: Details::new(interface, counted),
            interface_status: Interface {
                interface_id: id.map_or(0, |id| id.0),
                name,
                default_gateway: ipv4,
                default_gateway_ipv6: ipv6,
                bonding_mode: bonding_mode.and_then(bonding_word),
                mtu: *mtu,
            },
            network_statuses: networks.iter().map(Network::from).collect(),
            cloud: cloud_nic.as_ref().map(CloudStatus::from),
        }
    }
}

impl<'a> From<&'a NetworkView> for Network<'a> {
    fn from(network: &'a NetworkView) -> Self {
        let NetworkView {
            id: _,
            name,
            origin,
            address,
            floating,
            subnet,
            mtu,
            vlan_id,
            device: _,
            dns,
        } = network;
        Self {
            name,
            assigned_by: origin_word(*origin),
            address: *address,
            floating_addresses: floating,
            dns_servers: &dns.servers,
            dns_search_domains: &dns.search,
            netmask: *subnet,
            mtu: *mtu,
            vlan_id: vlan_id.get(),
        }
    }
}
