//! A machine with the NICs that a recorded document tells of, and what is said of it: no
//! kernel and no service, only the pure parts between them.
//!
//! Each NIC has a link, `eth1` and on.

#![expect(clippy::expect_used, reason = "a test says what went wrong by failing")]

use std::collections::BTreeMap;
use std::iter::repeat;
use std::sync::Arc;
use std::time::Instant;

use hyper::body::Bytes;
use netstatusd::api::{v2, v3};
use netstatusd::facts::{
    Address, AddressFlags, AddressKey, AddressProtocol, Cloud, CloudNic, IfIndex, IfName,
    KernelFacts, Link, LinkFacts, LinkFlags, LinkKind, MacAddr, OperState, Provider, Reading,
    Snapshot,
};
use netstatusd::kernel::counters::Sample;
use netstatusd::probe::cloud::aws::{self, Leaves};
use netstatusd::probe::cloud::{azure, gcp};
use netstatusd::view::{Ids, Node, NodeView};
use serde_json::Value;

use crate::metadata::{Expected, status};
use crate::support::outcome::{Failure, Outcome};

/// The NICs that a provider's document tells of.
pub(crate) fn parse(provider: &str, bytes: &[u8]) -> Outcome<Vec<CloudNic>> {
    match provider {
        "azure" => Ok(azure::nics(bytes, None)?),
        "gcp" => Ok(gcp::nics(bytes)?),
        _ => {
            let tree: BTreeMap<String, Value> = serde_json::from_slice(bytes)?;
            let nics = tree.iter().map(|(mac, leaves)| aws_nic(mac, leaves));
            Ok(nics
                .collect::<Outcome<Vec<_>>>()?
                .into_iter()
                .flatten()
                .collect())
        }
    }
}

fn aws_nic(mac: &str, tree: &Value) -> Outcome<Option<CloudNic>> {
    Ok(aws::nic(mac_of(mac)?, &leaves(tree))?)
}

/// The leaves of a NIC, as the service says them.
pub(crate) fn leaves(tree: &Value) -> Leaves {
    let leaf = |name: &str| {
        let text = match &tree[name] {
            Value::Null => return None,
            Value::Array(lines) => {
                let lines: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
                lines.join("\n")
            }
            text => text.as_str().unwrap_or_default().to_owned(),
        };
        Some(Bytes::from(text))
    };
    Leaves {
        interface_id: leaf("interface-id"),
        device_number: leaf("device-number"),
        local_ipv4s: leaf("local-ipv4s"),
        subnet_id: leaf("subnet-id"),
        subnet_ipv4_cidr_block: leaf("subnet-ipv4-cidr-block"),
        vpc_id: leaf("vpc-id"),
        security_groups: leaf("security-groups"),
        ipv4_prefix: leaf("ipv4-prefix"),
    }
}

/// An address in the usual form.
pub(crate) fn mac_of(text: &str) -> Outcome<MacAddr> {
    let bytes: Result<Vec<u8>, _> = text
        .split(':')
        .map(|hex| u8::from_str_radix(hex, 16))
        .collect();
    MacAddr::new(&bytes?).ok_or_else(|| Failure(format!("{text} is too long")))
}

/// A link for a NIC: the kernel's number `number`, these addresses.
fn link(number: u32, mac: MacAddr, addresses: &[&str]) -> Arc<LinkFacts> {
    let index = IfIndex(number);
    let link = Link {
        index,
        name: IfName::new(format!("eth{number}").as_bytes()).expect("a short name"),
        altnames: Box::default(),
        kind: LinkKind::Hardware,
        hardware: 1,
        flags: LinkFlags(0x1_0001),
        operstate: OperState::Up,
        mtu: 1500,
        mac,
        permanent_mac: Some(mac.into()),
        mac_before_bond: None,
        master: None,
        port_kind: None,
        lower: None,
        lower_namespace: None,
        carrier_changes: 0,
    };
    Arc::new(LinkFacts {
        incarnation: number.into(),
        link,
        addresses: addresses.iter().map(|text| address(index, text)).collect(),
        default_routes: Vec::new(),
        speed: Reading::Pending,
        duplex: None,
    })
}

fn address(link: IfIndex, text: &str) -> Address {
    Address {
        key: AddressKey {
            link,
            local: text.parse().expect("an address"),
            peer: None,
            prefix_len: 20,
        },
        flags: AddressFlags::default(),
        is_forever: true,
        created: 0,
        protocol: AddressProtocol::Unspecified,
    }
}

/// The view of a machine with a link for each of these NICs; where there are `addresses`, it
/// has them, in the order of the NICs.
pub(crate) fn view(provider: &str, nics: Vec<CloudNic>, addresses: &[&[&str]]) -> NodeView {
    let addresses = addresses.iter().copied().chain(repeat([].as_slice()));
    let links = (1..).zip(&nics).zip(addresses);
    let links = links.map(|((number, nic), addresses)| link(number, nic.mac, addresses));
    let snapshot = Snapshot {
        kernel: KernelFacts {
            links: links.collect(),
            ..KernelFacts::default()
        },
        cloud: Reading::Current(Cloud {
            provider: match provider {
                "azure" => Provider::Azure,
                "gcp" => Provider::Gcp,
                _ => Provider::Aws,
            },
            nics,
            taken: Instant::now(),
        }),
        ..Snapshot::default()
    };
    let ids = &mut Ids::default();
    NodeView::new(Node::default(), Arc::new(snapshot), ids, Instant::now())
}

/// What the status documents say of the cloud.
pub(crate) fn said(view: &NodeView) -> Expected {
    let documents = view.interfaces().map(|interface| {
        let document = v2::Status::new(view, interface, Sample::default(), false);
        let document = serde_json::to_value(document).expect("it is plain data");
        (interface.mac.to_string(), status(&document))
    });
    documents.collect()
}

/// What the status of the whole node says of it.
pub(crate) fn said_in_version_3(view: &NodeView) -> Value {
    let samples = vec![Sample::default(); view.snapshot().links().len()];
    let document = v3::Status::new(view, &samples, false);
    let mut document = serde_json::to_value(document).expect("it is plain data");
    document["api_cloud_provider_status"].take()
}
