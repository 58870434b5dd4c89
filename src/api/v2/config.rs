//! Configurations of interfaces and their networks, as configured or derived.
//!
//! The shapes are the vendor's schemas of an interface and of a network.

use crate::api::words::{bonding_word, or_empty, origin_word, servers};
use crate::facts::NameServer;
use crate::view::{self, GatewayView, InterfaceConfig, InterfaceView};
use serde::Serialize;
use std::net::IpAddr;

/// Configuration of an interface: `api_interface_config`.
#[derive(Debug, Serialize)]
pub struct Config {
    id: u32,
    name: String,
    #[serde(serialize_with = "or_empty")]
    default_gateway: Option<IpAddr>,
    #[serde(serialize_with = "or_empty")]
    default_gateway_ipv6: Option<IpAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bonding_mode: Option<&'static str>,
    mtu: u32,
}

/// Configuration of a network: `api_network_config_v2`.
#[derive(Debug, Serialize)]
pub struct NetworkConfig {
    id: u32,
    name: String,
    assigned_by: &'static str,
    ip_ranges: Vec<String>,
    floating_ip_ranges: Vec<String>,
    netmask: String,
    #[serde(serialize_with = "servers")]
    dns_servers: Vec<NameServer>,
    dns_search_domains: Vec<String>,
    mtu: u32,
    vlan_id: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant_id: Option<u32>,
}

impl From<&InterfaceView> for Config {
    fn from(interface: &InterfaceView) -> Self {
        let InterfaceConfig {
            id,
            name,
            gateways,
            bonding_mode,
            mtu,
            networks: _,
        } = interface.into();
        let GatewayView { ipv4, ipv6 } = gateways;
        Self {
            id: id.map_or(0, |id| id.0),
            name,
            default_gateway: ipv4,
            default_gateway_ipv6: ipv6,
            bonding_mode: bonding_mode.and_then(bonding_word),
            mtu,
        }
    }
}

impl NetworkConfig {
    /// The configurations of all networks of `interface`, in order.
    #[must_use]
    pub fn all(interface: &InterfaceView) -> Vec<Self> {
        let networks = InterfaceConfig::from(interface).networks;
        networks.into_iter().map(Self::from).collect()
    }

    /// Its number.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }
}

impl From<view::NetworkConfig> for NetworkConfig {
    fn from(network: view::NetworkConfig) -> Self {
        let view::NetworkConfig {
            id,
            name,
            assigned_by,
            ip_ranges,
            floating_ip_ranges,
            dns_servers,
            dns_search_domains,
            netmask,
            mtu,
            vlan_id,
            tenant_id,
        } = network;
        Self {
            id,
            name,
            assigned_by: origin_word(assigned_by),
            ip_ranges,
            floating_ip_ranges,
            netmask,
            dns_servers,
            dns_search_domains,
            mtu,
            vlan_id,
            tenant_id,
        }
    }
}
