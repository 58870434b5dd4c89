//! A device of the node, with what only its part in the network has.
//!
//! The shape is the vendor's schema of a node's network status.

use crate::api::words::{as_text, bonding_word, netmask_or_empty, or_empty, origin_word};
use crate::facts::MacAddr;
use crate::kernel::counters::Sample;
use crate::view::{Cable, DeviceView, InterfaceState, NumberedNetwork, Role, Subnet};
use serde::Serialize;
use std::net::IpAddr;

#[derive(Debug, Serialize)]
pub(super) struct Device {
    name: String,
    #[serde(serialize_with = "as_text")]
    permanent_mac_address: MacAddr,
    #[serde(serialize_with = "as_text")]
    mac_address: MacAddr,
    #[serde(serialize_with = "as_text")]
    speed: u32,
    #[serde(serialize_with = "as_text")]
    bytes_sent: u64,
    #[serde(serialize_with = "as_text")]
    bytes_received: u64,
    #[serde(serialize_with = "as_text")]
    cable_status: Cable,
    #[serde(serialize_with = "as_text")]
    interface_status: InterfaceState,
    mtu: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    bonding_mode: Option<&'static str>,
    vlan_id: u16,
    #[serde(serialize_with = "as_text")]
    timestamp: u64,
    api_network_specific_fields: Part,
}

/// The part it has in the network; what belongs to another part is empty.
#[derive(Debug, Serialize)]
struct Part {
    r#type: &'static str,
    qumulo_ip_addresses: Vec<Addresses>,
    host_routable_ip_addresses: Vec<IpAddr>,
    upper_interface_name: String,
    addresses: Vec<IpAddr>,
}

#[derive(Debug, Serialize)]
struct Addresses {
    network_id: u32,
    assigned_by: &'static str,
    #[serde(serialize_with = "netmask_or_empty")]
    netmask: Option<Subnet>,
    #[serde(serialize_with = "or_empty")]
    address: Option<IpAddr>,
    floating_addresses: Vec<IpAddr>,
    #[serde(serialize_with = "or_empty")]
    gateway: Option<IpAddr>,
}

impl Device {
    pub(super) fn new(device: DeviceView<'_>, sample: Sample) -> Self {
        let DeviceView {
            name,
            permanent_mac,
            mac,
            speed_mbps,
            cable,
            state,
            mtu,
            bonding_mode,
            vlan_id,
            role,
        } = device;
        let Sample {
            sent,
            received,
            taken,
        } = sample;
        Self {
            name,
            permanent_mac_address: permanent_mac.unwrap_or(MacAddr::NONE),
            mac_address: mac,
            speed: speed_mbps.unwrap_or(0),
            bytes_sent: sent,
            bytes_received: received,
            cable_status: cable,
            interface_status: state,
            mtu,
            bonding_mode: bonding_mode.and_then(bonding_word),
            vlan_id: vlan_id.get(),
            timestamp: taken,
            api_network_specific_fields: role.into(),
        }
    }
}

impl From<Role<'_>> for Part {
    fn from(role: Role<'_>) -> Self {
        let nothing = Self {
            r#type: "NONE",
            qumulo_ip_addresses: Vec::new(),
            host_routable_ip_addresses: Vec::new(),
            upper_interface_name: String::new(),
            addresses: Vec::new(),
        };
        match role {
            Role::Frontend { networks, routable } => Self {
                r#type: "FRONTEND",
                qumulo_ip_addresses: networks.into_iter().map(Addresses::from).collect(),
                host_routable_ip_addresses: routable,
                ..nothing
            },
            Role::Underlying(upper) => Self {
                r#type: "UNDERLYING",
                upper_interface_name: upper,
                ..nothing
            },
            Role::None(addresses) => Self {
                addresses,
                ..nothing
            },
        }
    }
}

impl From<NumberedNetwork<'_>> for Addresses {
    fn from(numbered: NumberedNetwork<'_>) -> Self {
        let NumberedNetwork {
            number,
            interface,
            position: _,
            network,
        } = numbered;
        Self {
            network_id: number,
            assigned_by: origin_word(network.origin),
            netmask: network.subnet,
            address: network.address,
            floating_addresses: network.floating.clone(),
            gateway: interface.gateways.of_network(network),
        }
    }
}
