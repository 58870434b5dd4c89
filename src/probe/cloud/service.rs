//! The metadata service of one cloud, whichever it is.
//!
//! What differs between them is in a module each.

use super::asking::Ask;
use super::aws::Aws;
use super::azure;
use super::client::Client;
use super::error::FetchError;
use super::gcp::Gcp;
use crate::facts::{CloudNic, CloudTally, MacAddr, Provider};
use std::net::{Ipv4Addr, SocketAddr};

/// Where every cloud has its metadata service, link-local and so the machine's own.
const ENDPOINT: SocketAddr = {
    let address = std::net::IpAddr::V4(Ipv4Addr::new(169, 254, 169, 254));
    SocketAddr::new(address, 80)
};

pub(super) struct Service {
    client: Client,
    own: Own,
    failures: u64,
}

enum Own {
    Aws(Aws),
    Azure { network_name: Option<String> },
    Gcp(Gcp),
}

impl Service {
    pub(super) fn new(
        provider: Provider,
        endpoint: Option<SocketAddr>,
        network_name: Option<String>,
    ) -> Self {
        Self {
            client: Client::new(endpoint.unwrap_or(ENDPOINT)),
            own: match provider {
                Provider::Aws => Own::Aws(Aws::default()),
                Provider::Azure => Own::Azure { network_name },
                Provider::Gcp => Own::Gcp(Gcp::default()),
            },
            failures: 0,
        }
    }
}

impl Ask for Service {
    fn provider(&self) -> Provider {
        match self.own {
            Own::Aws(_) => Provider::Aws,
            Own::Azure { .. } => Provider::Azure,
            Own::Gcp(_) => Provider::Gcp,
        }
    }

    async fn fetch(
        &mut self,
        present: &[MacAddr],
        is_waiting: bool,
    ) -> Result<Vec<CloudNic>, FetchError> {
        let Self { client, own, .. } = self;
        let nics = match own {
            Own::Aws(aws) => aws.fetch(client, present).await,
            Own::Azure { network_name } => azure::fetch(client, network_name.as_deref()).await,
            Own::Gcp(gcp) => gcp.fetch(client, is_waiting).await,
        };
        self.client.end();
        nics
    }

    fn can_wait(&self) -> bool {
        matches!(&self.own, Own::Gcp(gcp) if gcp.can_wait())
    }

    fn failed(&mut self) {
        self.failures += 1;
    }

    fn tally(&self) -> CloudTally {
        CloudTally {
            requests: self.client.sent(),
            failures: self.failures,
        }
    }
}
