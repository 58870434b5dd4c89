//! Addresses that DHCP servers lent this host, as the clients wrote them down.
//!
//! They are evidence of who assigned an address, and no more.

use super::link::Link;
use super::net::{IfIndex, IfName};
use super::reading::Reading;
use std::net::IpAddr;

/// A lease that is not over. When it ends is left out: a renewed lease is not a
/// change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The link it is for.
    pub link: LeasedLink,
    /// The address.
    pub address: IpAddr,
}

/// A link as a client names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LeasedLink {
    /// By its index.
    Index(IfIndex),
    /// By its name.
    Name(IfName),
}

/// The leases of every client that may run here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leases([Reading<Vec<Lease>>; LeaseClient::ALL.len()]);

/// A DHCP client that writes down what it was lent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LeaseClient {
    /// systemd-networkd, IPv4.
    Networkd,
    /// ISC dhclient.
    Dhclient,
    /// dhcpcd.
    Dhcpcd,
    /// `NetworkManager`'s own client, IPv4.
    NetworkManager,
}

impl LeaseClient {
    /// Every one.
    pub const ALL: [Self; 4] = [
        Self::Networkd,
        Self::Dhclient,
        Self::Dhcpcd,
        Self::NetworkManager,
    ];

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Networkd => "networkd",
            Self::Dhclient => "dhclient",
            Self::Dhcpcd => "dhcpcd",
            Self::NetworkManager => "networkmanager",
        }
    }
}

impl Leases {
    /// What this client wrote down last.
    #[must_use]
    pub fn by(&self, client: LeaseClient) -> &Reading<Vec<Lease>> {
        let [networkd, dhclient, dhcpcd, network_manager] = &self.0;
        match client {
            LeaseClient::Networkd => networkd,
            LeaseClient::Dhclient => dhclient,
            LeaseClient::Dhcpcd => dhcpcd,
            LeaseClient::NetworkManager => network_manager,
        }
    }

    /// The same, to be replaced.
    pub fn by_mut(&mut self, client: LeaseClient) -> &mut Reading<Vec<Lease>> {
        let [networkd, dhclient, dhcpcd, network_manager] = &mut self.0;
        match client {
            LeaseClient::Networkd => networkd,
            LeaseClient::Dhclient => dhclient,
            LeaseClient::Dhcpcd => dhcpcd,
            LeaseClient::NetworkManager => network_manager,
        }
    }

    /// The addresses lent for `link`.
    pub fn of<'a>(&'a self, link: &'a Link) -> impl Iterator<Item = IpAddr> + 'a {
        let all = self.0.iter().filter_map(Reading::value).flatten();
        all.filter(|lease| match &lease.link {
            LeasedLink::Index(index) => *index == link.index,
            LeasedLink::Name(name) => *name == link.name,
        })
        .map(|lease| lease.address)
    }
}
