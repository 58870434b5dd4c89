//! `[cloud]`: whose metadata service is asked about the node.
//!
//! It wins over what the firmware tells.

use super::mistake::Mistakes;
use super::node::not_empty;
use super::reader::Table;
use crate::facts::Provider;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The cloud that the node is in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cloud {
    /// Whose service is asked.
    pub provider: CloudProvider,
    /// Where the service is, if not where it always is.
    pub endpoint: Option<SocketAddr>,
    /// What the network is called, where the cloud does not say.
    pub network_name: Option<String>,
}

/// Whose metadata service is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CloudProvider {
    /// The one that the firmware tells of, if any.
    #[default]
    Auto,
    /// This one's.
    Only(Provider),
    /// Nobody's.
    None,
}

pub(super) fn read(table: Option<Table<'_>>, mistakes: &mut Mistakes) -> Cloud {
    let Some(mut table) = table else {
        return Cloud::default();
    };
    let provider = table.text("provider", provider, mistakes);
    let endpoint = table.text("endpoint", endpoint, mistakes);
    let network_name = table.text("network_name", not_empty, mistakes);
    table.finish(mistakes);
    Cloud {
        provider: provider.map(|provider| provider.value).unwrap_or_default(),
        endpoint: endpoint.map(|endpoint| endpoint.value),
        network_name: network_name.map(|name| name.value),
    }
}

fn provider(text: &str) -> Result<CloudProvider, String> {
    match text {
        "auto" => Ok(CloudProvider::Auto),
        "aws" => Ok(CloudProvider::Only(Provider::Aws)),
        "azure" => Ok(CloudProvider::Only(Provider::Azure)),
        "gcp" => Ok(CloudProvider::Only(Provider::Gcp)),
        "none" => Ok(CloudProvider::None),
        _ => Err(format!(
            "`{text}` is no cloud known here; write auto, aws, azure, gcp or none"
        )),
    }
}

fn endpoint(text: &str) -> Result<SocketAddr, String> {
    let error = |what| format!("`{text}` is no {what}; write it as \"169.254.169.254:80\"");
    let endpoint: SocketAddr = text.parse().map_err(|_| error("IP address with a port"))?;
    Some(endpoint)
        .filter(is_of_a_service)
        .ok_or_else(|| error("service's address"))
}

/// Whether one host can listen there.
fn is_of_a_service(endpoint: &SocketAddr) -> bool {
    let address = endpoint.ip().to_canonical();
    let is_nobodys = address.is_unspecified() || address == IpAddr::V4(Ipv4Addr::BROADCAST);
    endpoint.port() != 0 && !is_nobodys && !address.is_multicast()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_one_service() {
        for (text, is_endpoint) in [
            ("169.254.169.254:80", true),
            ("127.0.0.1:1", true),
            ("[fd00:ec2::254]:80", true),
            ("[fe80::1%3]:65535", true),
            ("169.254.169.254:0", false),
            ("[fd00:ec2::254]:0", false),
            ("0.0.0.0:80", false),
            ("[::]:80", false),
            ("[::ffff:0.0.0.0]:80", false),
            ("224.0.0.1:80", false),
            ("[ff02::1]:80", false),
            ("[::ffff:224.0.0.1]:80", false),
            ("255.255.255.255:80", false),
            ("169.254.169.254", false),
        ] {
            assert_eq!(endpoint(text).is_ok(), is_endpoint, "{text}");
        }
    }
}
