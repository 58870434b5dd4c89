//! Microsoft Azure: `metadata/instance/network` of the instance metadata service.
//!
//! One document tells of all NICs. The service names neither virtual network nor
//! subnet: a network is called as configured, else by its subnet.

use super::client::{Client, Question};
use super::error::FetchError;
use super::parse::{self, ParseError};
use crate::facts::{CloudDetail, CloudNic};
use hyper::{Method, StatusCode};
use serde::Deserialize;
use std::net::Ipv4Addr;
use std::time::Duration;

const NETWORK: &str = "/metadata/instance/network?api-version=2021-08-01";
/// For services (Azure Stack, older regions) that refuse the newer version.
const OLDER: &str = "/metadata/instance/network?api-version=2019-06-01";
/// The service promises no quicker answer.
const READ_WITHIN: Duration = Duration::from_secs(5);
/// No document is longer.
const MAX_DOCUMENT: usize = 1 << 20;

/// The NICs the service knows; their network is called `network_name`, if that is
/// configured.
pub(super) async fn fetch(
    client: &mut Client,
    network_name: Option<&str>,
) -> Result<Vec<CloudNic>, FetchError> {
    client.begin(2);
    let mut path = NETWORK;
    let mut answer = client.ask(question(path)).await?;
    if answer.status == StatusCode::BAD_REQUEST {
        path = OLDER;
        answer = client.ask(question(path)).await?;
    }
    let path = path.to_owned();
    match answer.status {
        StatusCode::OK => {
            let nics = nics(&answer.body, network_name);
            nics.map_err(|source| FetchError::Parse { path, source })
        }
        StatusCode::GONE => Err(FetchError::Moving { path }),
        status @ (StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
            Err(FetchError::Denied { path, status })
        }
        status => Err(FetchError::Status { path, status }),
    }
}

fn question(path: &str) -> Question<'_> {
    Question {
        method: Method::GET,
        path,
        varying: "",
        headers: &[("metadata", "true")],
        within: READ_WITHIN,
        limit: MAX_DOCUMENT,
    }
}

#[derive(Deserialize)]
struct Network {
    interface: Vec<Interface>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Interface {
    mac_address: String,
    #[serde(default)]
    ipv4: Ipv4,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Ipv4 {
    ip_address: Vec<IpAddress>,
    subnet: Vec<Subnet>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IpAddress {
    private_ip_address: String,
}

#[derive(Deserialize)]
struct Subnet {
    address: String,
    prefix: String,
}

/// The NICs of the document `body`, in its order, which means nothing.
///
/// # Errors
/// If it is not the documented JSON.
pub fn nics(body: &[u8], network_name: Option<&str>) -> Result<Vec<CloudNic>, ParseError> {
    let Network { interface } = serde_json::from_slice(body)?;
    let mut nics = Vec::new();
    for Interface { mac_address, ipv4 } in interface {
        let texts = ipv4.ip_address.iter();
        let private_ipv4 = parse::addresses(texts.map(|own| own.private_ip_address.as_str()))?;
        let subnet = subnet(&ipv4.subnet, private_ipv4.first().copied())?;
        let cidr = subnet.map(|(address, len)| format!("{address}/{len}"));
        let network = network_name.map(ToOwned::to_owned).or(cidr);
        let nic = CloudNic {
            mac: parse::mac(&mac_address)?,
            private_ipv4,
            subnet_mask: subnet.map(|(_, len)| parse::mask(len)),
            detail: CloudDetail::Azure {
                network: network.unwrap_or_default(),
            },
        };
        parse::add(&mut nics, nic)?;
    }
    Ok(nics)
}

/// The subnet that `own` is in, else the first.
fn subnet(subnets: &[Subnet], own: Option<Ipv4Addr>) -> Result<Option<(Ipv4Addr, u8)>, ParseError> {
    let mut first = None;
    for Subnet { address, prefix } in subnets {
        let network: Ipv4Addr = address
            .parse()
            .map_err(|_| parse::not("an IPv4 address", address))?;
        let len = parse::prefix_len(prefix)?;
        if own.is_some_and(|own| own & parse::mask(len) == network) {
            return Ok(Some((network, len)));
        }
        first = first.or(Some((network, len)));
    }
    Ok(first)
}
