//! The vendor's version 2: the status of an interface on a node, and the
//! interface's configuration.
//!
//! Every key is always there, but for `bonding_mode`, which has words for two
//! modes only, and the status of the clouds the node is not in. Unknown or none is `""`, `[]` or `0`. 64 bit numbers are decimal
//! strings.

use super::cloud::CloudStatus;
use crate::facts::{BondMode, MacAddr, NameServer};
use crate::kernel::counters::Sample;
use crate::view::{
    Cable, GatewayView, InterfaceState, InterfaceView, NetworkView, NodeView, Origin, Subnet,
};
use serde::{Serialize, Serializer};
use std::fmt::Display;
use std::net::IpAddr;

/// Status of an interface on a node: `api_interface_network_statuses`.
#[derive(Debug, Serialize)]
pub struct Status<'a> {
    node_id: u32,
    node_name: &'a str,
    update_status: UpdateStatus,
    interface_details: Details,
    interface_status: Interface<'a>,
    network_statuses: Vec<Network<'a>>,
    #[serde(flatten)]
    cloud: Option<CloudStatus<'a>>,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum UpdateStatus {
    ChangesApplied,
    ChangesPending,
    Unavailable,
}

#[derive(Debug, Serialize)]
struct Details {
    speed: u32,
    #[serde(serialize_with = "as_text")]
    bytes_sent: u64,
    #[serde(serialize_with = "as_text")]
    bytes_received: u64,
    #[serde(serialize_with = "as_text")]
    cable_status: Cable,
    #[serde(serialize_with = "as_text")]
    interface_status: InterfaceState,
    #[serde(serialize_with = "as_text")]
    mac_address: MacAddr,
    #[serde(serialize_with = "as_text")]
    timestamp: u64,
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
    #[serde(serialize_with = "all_as_text")]
    dns_servers: &'a [NameServer],
    dns_search_domains: &'a [String],
    netmask: String,
    mtu: u32,
    vlan_id: u16,
}

/// Configuration of an interface, as derived from the kernel: `api_interface_config`.
#[derive(Debug, Serialize)]
pub struct Config<'a> {
    id: u32,
    name: &'a str,
    #[serde(serialize_with = "or_empty")]
    default_gateway: Option<IpAddr>,
    #[serde(serialize_with = "or_empty")]
    default_gateway_ipv6: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bonding_mode: Option<&'static str>,
    mtu: u32,
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
        let InterfaceView {
            id,
            index: _,
            name,
            state,
            cable,
            speed_mbps,
            mac,
            mtu,
            bonding_mode,
            gateways,
            networks,
            differences,
            cloud_nic,
            cloud_differences: _,
        } = interface;
        let GatewayView { ipv4, ipv6 } = *gateways;
        let Sample {
            sent,
            received,
            taken,
        } = sample;
        Self {
            node_id: node.id().get(),
            node_name: node.name(),
            update_status: update_status(differences.is_empty(), is_stale),
            interface_details: Details {
                speed: speed_mbps.unwrap_or(0),
                bytes_sent: sent,
                bytes_received: received,
                cable_status: *cable,
                interface_status: *state,
                mac_address: *mac,
                timestamp: taken,
            },
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
            netmask: subnet.as_ref().map(Subnet::netmask).unwrap_or_default(),
            mtu: *mtu,
            vlan_id: vlan_id.get(),
        }
    }
}

impl<'a> From<&'a InterfaceView> for Config<'a> {
    fn from(interface: &'a InterfaceView) -> Self {
        let GatewayView { ipv4, ipv6 } = interface.gateways;
        Self {
            id: interface.id.map_or(0, |id| id.0),
            name: &interface.name,
            default_gateway: ipv4,
            default_gateway_ipv6: ipv6,
            bonding_mode: interface.bonding_mode.and_then(bonding_word),
            mtu: interface.mtu,
        }
    }
}

fn update_status(is_applied: bool, is_stale: bool) -> UpdateStatus {
    match (is_stale, is_applied) {
        (true, _) => UpdateStatus::Unavailable,
        (false, false) => UpdateStatus::ChangesPending,
        (false, true) => UpdateStatus::ChangesApplied,
    }
}

/// The schema has words for two modes; other bonds go without.
fn bonding_word(mode: BondMode) -> Option<&'static str> {
    match mode {
        BondMode::ActiveBackup => Some("ACTIVE_BACKUP"),
        BondMode::Ieee8023ad => Some("IEEE_8023AD"),
        BondMode::Other(_) => None,
    }
}

/// The schema has no word for SLAAC: the network assigned it, so `DHCP`.
fn origin_word(origin: Origin) -> &'static str {
    match origin {
        Origin::Dhcp | Origin::Slaac => "DHCP",
        Origin::LinkLocal => "LINK_LOCAL",
        Origin::Static => "STATIC",
    }
}

fn as_text<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

#[expect(clippy::ref_option, reason = "the shape that serde wants")]
pub(super) fn or_empty<S: Serializer>(
    value: &Option<IpAddr>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match value {
        Some(address) => serializer.collect_str(address),
        None => serializer.serialize_str(""),
    }
}

fn all_as_text<S: Serializer>(values: &&[impl Display], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(values.iter().map(ToString::to_string))
}
