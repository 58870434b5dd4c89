//! The vendor's version 3: the status of a node with every device it has.
//!
//! Every key is always there, but for `bonding_mode`, which has words for two
//! modes only, and the cloud's, where there is none. Unknown or none is `""`, `[]`
//! or `0`.

mod device;

use super::cloud::CloudStatus;
use super::words::servers;
use crate::facts::{CloudNic, Dns, NameServer, Provider};
use crate::kernel::counters::Sample;
use crate::view::{Difference, NodeView, Progress, sentences};
use device::Device;
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Status of a node: `api_node_network_status`.
#[derive(Debug, Serialize)]
pub struct Status<'a> {
    node_id: u32,
    node_name: &'a str,
    managed_interface_statuses: Vec<State<'a>>,
    network_statuses: BTreeMap<u32, State<'a>>,
    devices: Vec<Device>,
    environment: Environment<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    api_cloud_provider_status: Option<Cloud<'a>>,
}

/// How far something is as wanted.
#[derive(Debug, Serialize)]
struct State<'a> {
    name: &'a str,
    status: &'static str,
    details: String,
}

#[derive(Debug, Serialize)]
struct Environment<'a> {
    #[serde(serialize_with = "servers")]
    dns_servers: &'a [NameServer],
    dns_search_domains: &'a [String],
    systemwide_default_gateways: Vec<IpAddr>,
}

#[derive(Debug, Serialize)]
struct Cloud<'a> {
    r#type: &'static str,
    #[serde(flatten)]
    status: CloudStatus<'a>,
}

impl<'a> Status<'a> {
    /// The status of `node`, whose links have the byte counters `samples`, in their
    /// order; `is_stale` if all that is older than it should be.
    #[must_use]
    pub fn new(node: &'a NodeView, samples: &[Sample], is_stale: bool) -> Self {
        let interfaces = node.interfaces();
        let networks = node.networks().into_iter();
        let devices = node.devices().into_iter();
        Self {
            node_id: node.id().get(),
            node_name: node.name(),
            managed_interface_statuses: interfaces
                .map(|interface| {
                    let differences = interface.differences.iter().collect();
                    State::new(&interface.name, differences, is_stale)
                })
                .collect(),
            network_statuses: networks
                .map(|numbered| {
                    let all = numbered.interface.differences.iter();
                    let own = all.filter(|difference| difference.concerns(numbered.position));
                    let state = State::new(&numbered.network.name, own.collect(), is_stale);
                    (numbered.number, state)
                })
                .collect(),
            devices: devices
                .enumerate()
                .map(|(position, device)| {
                    let sample = samples.get(position).copied();
                    Device::new(device, sample.unwrap_or_default())
                })
                .collect(),
            environment: Environment::new(node),
            api_cloud_provider_status: cloud(node),
        }
    }
}

impl<'a> State<'a> {
    fn new(name: &'a str, differences: Vec<&Difference>, is_stale: bool) -> Self {
        let mut details = sentences(differences.iter().copied());
        if is_stale {
            details.push("events of the kernel are missing");
        }
        let progress = match Progress::of(differences) {
            Progress::Applied if is_stale => Progress::Pending,
            progress => progress,
        };
        Self {
            name,
            status: match progress {
                Progress::Applied => "APPLIED",
                Progress::Pending => "PENDING",
                Progress::Failed => "FAILED",
            },
            details: details.join("; "),
        }
    }
}

impl<'a> Environment<'a> {
    fn new(node: &'a NodeView) -> Self {
        let Dns { servers, search } = node.dns();
        Self {
            dns_servers: servers,
            dns_search_domains: search,
            systemwide_default_gateways: node.default_gateways(),
        }
    }
}

/// What the cloud says of the first NIC that an interface stands on.
fn cloud(node: &NodeView) -> Option<Cloud<'_>> {
    let provider = node.snapshot().cloud.value()?.provider;
    let mut nics = node
        .interfaces()
        .filter_map(|interface| interface.cloud_nic.as_ref());
    let nic: &CloudNic = nics.next()?;
    Some(Cloud {
        r#type: match provider {
            Provider::Aws => "AWS",
            Provider::Azure => "AZURE",
            Provider::Gcp => "GCP",
        },
        status: nic.into(),
    })
}
