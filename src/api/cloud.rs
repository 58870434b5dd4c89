//! The status of a NIC in the cloud, as the vendor's API says it.
//!
//! Field mapping only: which NIC an interface stands on is the view's word.

use super::words::or_empty;
use crate::facts::{CloudDetail, CloudNic};
use serde::Serialize;
use std::net::{IpAddr, Ipv4Addr};

/// The one key that applies, with its object.
#[derive(Debug, Serialize)]
pub(super) enum CloudStatus<'a> {
    #[serde(rename = "aws_status")]
    Aws {
        eni_id: &'a str,
        device_number: u32,
        private_ipv4_addresses: &'a [Ipv4Addr],
        subnet_id: &'a str,
        #[serde(serialize_with = "or_empty")]
        subnet_mask: Option<IpAddr>,
        vpc_id: &'a str,
        security_groups: &'a [String],
    },
    #[serde(rename = "azure_status")]
    Azure {
        #[serde(serialize_with = "or_empty")]
        private_ipv4_address: Option<IpAddr>,
        network: &'a str,
        #[serde(serialize_with = "or_empty")]
        subnet_mask: Option<IpAddr>,
    },
    #[serde(rename = "gcp_status")]
    Gcp {
        #[serde(serialize_with = "or_empty")]
        private_ipv4_address: Option<IpAddr>,
        ip_aliases: &'a [String],
        network: &'a str,
        #[serde(serialize_with = "or_empty")]
        subnet_mask: Option<IpAddr>,
    },
}

impl<'a> From<&'a CloudNic> for CloudStatus<'a> {
    fn from(nic: &'a CloudNic) -> Self {
        let CloudNic {
            mac: _,
            private_ipv4,
            subnet_mask,
            detail,
        } = nic;
        let subnet_mask = subnet_mask.map(IpAddr::V4);
        let first = private_ipv4.first().copied().map(IpAddr::V4);
        match detail {
            CloudDetail::Aws {
                eni_id,
                device_number,
                subnet_id,
                vpc_id,
                security_groups,
                prefixes: _,
            } => Self::Aws {
                eni_id,
                device_number: device_number.unwrap_or(0),
                private_ipv4_addresses: private_ipv4,
                subnet_id,
                subnet_mask,
                vpc_id,
                security_groups,
            },
            CloudDetail::Azure { network } => Self::Azure {
                private_ipv4_address: first,
                network,
                subnet_mask,
            },
            CloudDetail::Gcp {
                network,
                ip_aliases,
                forwarded: _,
            } => Self::Gcp {
                private_ipv4_address: first,
                ip_aliases,
                network,
                subnet_mask,
            },
        }
    }
}
