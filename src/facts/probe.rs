//! What the slower sources beside the kernel say: what the resolver uses for the
//! whole host and for single links, which of these could not be set up, and the
//! host's name.

use super::net::IfIndex;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

/// What the host's resolver uses. `resolv.conf(5)`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dns {
    /// Name servers in the file's order, each once.
    pub servers: Vec<NameServer>,
    /// Search domains in the file's order, each once, without trailing dot.
    pub search: Vec<String>,
}

/// What the resolver uses for single links that have something of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkDns(pub BTreeMap<IfIndex, Dns>);

/// The links that systemd-networkd could not set up as it should: `ADMIN_STATE=failed`
/// in its files, `failed` in `networkctl(1)`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailedSetups(pub BTreeSet<IfIndex>);

/// Address of a name server, with the link it is reached through if that is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameServer {
    /// The server's address.
    pub address: IpAddr,
    /// Scope of a link-local IPv6 address (`fe80::1%eth0`), as written.
    pub zone: Option<String>,
}

impl fmt::Display for NameServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.zone {
            Some(zone) => write!(f, "{}%{zone}", self.address),
            None => self.address.fmt(f),
        }
    }
}

impl FromStr for NameServer {
    type Err = NotANameServer;

    fn from_str(text: &str) -> Result<Self, NotANameServer> {
        let (address, zone) = match text.split_once('%') {
            Some((address, zone)) => (address, Some(zone.to_owned())),
            None => (text, None),
        };
        match address.parse() {
            Ok(address) => Ok(Self { address, zone }),
            Err(_) => Err(NotANameServer(text.to_owned())),
        }
    }
}

/// A text that is not a [`NameServer`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no name server's address; write one, as in \"192.0.2.53\"")]
pub struct NotANameServer(String);

/// What the machine says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Host {
    /// The host name. `gethostname(2)`.
    pub name: String,
}
