//! The configuration of an interface: as configured, and where the file is
//! silent, or there is none, as derived from the kernel.
//!
//! The documents of configurations are made of it.

use super::gateways::GatewayView;
use super::interface::InterfaceView;
use super::networks::NetworkView;
use super::origin::Origin;
use crate::config::{Assignment, DesiredInterface, DesiredNetwork, Netmask};
use crate::facts::{BondMode, InterfaceId, NameServer, Subnet};
use std::net::IpAddr;

/// The configuration of an interface.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceConfig {
    /// Its number; `None` if it is shown by name only.
    pub id: Option<InterfaceId>,
    /// The link's name, or what it is to be found by.
    pub name: String,
    /// Default gateways.
    pub gateways: GatewayView,
    /// Mode, if it is a bond.
    pub bonding_mode: Option<BondMode>,
    /// Maximum transfer unit in bytes.
    pub mtu: u32,
    /// Its networks, in order.
    pub networks: Vec<NetworkConfig>,
}

/// The configuration of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NetworkConfig {
    /// Its number.
    pub id: u32,
    /// Its name.
    pub name: String,
    /// Who assigns the node's own address.
    pub assigned_by: Origin,
    /// What the node's own address is in, if it is static.
    pub ip_ranges: Vec<String>,
    /// What its floating addresses are in.
    pub floating_ip_ranges: Vec<String>,
    /// Name servers.
    pub dns_servers: Vec<NameServer>,
    /// Search domains.
    pub dns_search_domains: Vec<String>,
    /// An IPv4 netmask, or an IPv6 subnet; empty if there is none.
    pub netmask: String,
    /// Maximum transfer unit in bytes.
    pub mtu: u32,
    /// VLAN id; 0 is untagged.
    pub vlan_id: u16,
    /// The tenant it belongs to, if it was given one.
    pub tenant_id: Option<u32>,
}

impl From<&InterfaceView> for InterfaceConfig {
    fn from(view: &InterfaceView) -> Self {
        let derived = Self {
            id: view.id,
            name: view.name.clone(),
            gateways: view.gateways,
            bonding_mode: view.bonding_mode,
            mtu: view.mtu,
            networks: view.networks.iter().map(NetworkConfig::from).collect(),
        };
        match &view.desired {
            Some(desired) => derived.with(desired),
            None => derived,
        }
    }
}

impl InterfaceConfig {
    fn with(self, desired: &DesiredInterface) -> Self {
        let networks = self.networks.into_iter();
        let networks =
            networks
                .enumerate()
                .map(|(position, derived)| match desired.networks.get(position) {
                    Some(desired) => derived.with(desired),
                    None => derived,
                });
        Self {
            id: Some(desired.id),
            name: self.name,
            gateways: GatewayView {
                ipv4: desired
                    .default_gateway
                    .map(IpAddr::V4)
                    .or(self.gateways.ipv4),
                ipv6: desired
                    .default_gateway_ipv6
                    .map(IpAddr::V6)
                    .or(self.gateways.ipv6),
            },
            bonding_mode: desired.bonding_mode.or(self.bonding_mode),
            mtu: desired.mtu.unwrap_or(self.mtu),
            networks: networks.collect(),
        }
    }
}

impl From<&NetworkView> for NetworkConfig {
    fn from(view: &NetworkView) -> Self {
        let is_static = view.origin == Origin::Static;
        let own = view.address.filter(|_| is_static);
        Self {
            id: view.id,
            name: view.name.clone(),
            assigned_by: view.origin,
            ip_ranges: own.iter().map(ToString::to_string).collect(),
            floating_ip_ranges: view.floating.iter().map(ToString::to_string).collect(),
            dns_servers: view.dns.servers.clone(),
            dns_search_domains: view.dns.search.clone(),
            netmask: view
                .subnet
                .as_ref()
                .map(Subnet::netmask)
                .unwrap_or_default(),
            mtu: view.mtu,
            vlan_id: view.vlan_id.get(),
            tenant_id: None,
        }
    }
}

impl NetworkConfig {
    fn with(self, desired: &DesiredNetwork) -> Self {
        let texts = |ranges: &[crate::config::AddressRange]| {
            ranges.iter().map(ToString::to_string).collect()
        };
        let or_seen = |wanted: &Vec<_>, seen| {
            if wanted.is_empty() {
                seen
            } else {
                wanted.clone()
            }
        };
        Self {
            id: desired.id,
            name: desired.name.clone(),
            assigned_by: match desired.assigned_by {
                Assignment::Dhcp => Origin::Dhcp,
                Assignment::Static(_) => Origin::Static,
                Assignment::LinkLocal => Origin::LinkLocal,
            },
            ip_ranges: texts(desired.assigned_by.ip_ranges()),
            floating_ip_ranges: texts(&desired.floating_ip_ranges),
            dns_servers: if desired.dns_servers.is_empty() {
                self.dns_servers
            } else {
                desired.dns_servers.clone()
            },
            dns_search_domains: or_seen(&desired.dns_search_domains, self.dns_search_domains),
            netmask: desired
                .netmask
                .as_ref()
                .map_or(self.netmask, Netmask::netmask),
            mtu: desired.mtu.unwrap_or(self.mtu),
            vlan_id: desired.vlan_id.get(),
            tenant_id: desired.tenant_id,
        }
    }
}
