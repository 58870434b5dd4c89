//! What a cloud's metadata service says of this machine's NICs.
//!
//! One provider at most; NICs are found by their link-layer address.

use super::net::MacAddr;
use super::subnet::Subnet;
use std::fmt;
use std::net::Ipv4Addr;
use std::time::Instant;

/// The last complete answer of the metadata service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cloud {
    /// Whose service it is.
    pub provider: Provider,
    /// The NICs, each MAC once. Not every one need be here, and not every link
    /// here need be among them.
    pub nics: Vec<CloudNic>,
    /// When the service answered; not a fact of the network.
    pub taken: Instant,
}

impl Cloud {
    /// Whether nothing but the time differs from `other`.
    #[must_use]
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        self.provider == other.provider && self.nics == other.nics
    }
}

/// A cloud with a metadata service that is understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// Amazon EC2.
    Aws,
    /// Microsoft Azure.
    Azure,
    /// Google Compute Engine.
    Gcp,
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aws => "AWS",
            Self::Azure => "Azure",
            Self::Gcp => "GCP",
        })
    }
}

/// A NIC as the cloud knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloudNic {
    /// Its link-layer address, by which it is found here.
    pub mac: MacAddr,
    /// Private IPv4 addresses in the service's order, the primary one first.
    pub private_ipv4: Vec<Ipv4Addr>,
    /// Mask of its IPv4 subnet; `None` if it has none (IPv6 only).
    pub subnet_mask: Option<Ipv4Addr>,
    /// What only this cloud says.
    pub detail: CloudDetail,
}

/// What each cloud says of a NIC in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CloudDetail {
    /// Leaves of `network/interfaces/macs/<mac>/`; empty where there is none.
    Aws {
        /// Id of the elastic network interface. `interface-id`.
        eni_id: String,
        /// Position on its network card. `device-number`.
        device_number: Option<u32>,
        /// `subnet-id`.
        subnet_id: String,
        /// `vpc-id`.
        vpc_id: String,
        /// Names, not ids. `security-groups`.
        security_groups: Vec<String>,
        /// IPv4 prefixes that were delegated to it: all their addresses lead here.
        /// `ipv4-prefix`.
        prefixes: Vec<Subnet>,
    },
    /// The service has no name for a network.
    Azure {
        /// As configured, else the subnet in CIDR notation, else empty.
        network: String,
    },
    /// An object of `instance/network-interfaces`.
    Gcp {
        /// `projects/<number>/networks/<name>`. `network`.
        network: String,
        /// Further ranges in CIDR notation that lead here. `ipAliases`.
        ip_aliases: Vec<String>,
        /// Load balancers' addresses that lead here. `forwardedIps`.
        forwarded: Vec<String>,
    },
}

/// How much was asked of the metadata service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CloudTally {
    /// Requests sent.
    pub requests: u64,
    /// Refreshes that brought nothing.
    pub failures: u64,
}
