//! A daemon with a configuration, and what it says of what is wanted and not so.
//!
//! Its sentences are spelt out here.

use std::fmt;
use std::fs;

use serde_json::Value;

use super::daemon::{Daemon, Scratch};
use super::namespace::Namespace;
use super::outcome::{Outcome, eventually, fail};

/// A difference; of two values the first is what is so.
#[derive(Clone, Copy)]
pub(crate) enum Difference {
    NoLink(&'static str),
    /// VLAN id and link.
    NoVlan(u16, &'static str),
    Mode(&'static str, &'static str, &'static str),
    Mtu(&'static str, u32, u32),
    /// IPv4's.
    Gateway(&'static str, &'static str, &'static str),
    /// Network, ranges, link.
    NoAddress(&'static str, &'static str, &'static str),
    /// Network, link.
    NoLease(&'static str, &'static str),
    /// Address, link.
    Netmask(&'static str, &'static str, &'static str, &'static str),
    /// A link, and the numbers of its interfaces.
    NotAlone(&'static str, u32, u32),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoLink(link) => write!(f, "there is no link {link}"),
            Self::NoVlan(id, link) => write!(f, "there is no VLAN {id} on {link}"),
            Self::Mode(link, seen, wanted) => {
                write!(f, "the bonding mode of {link} is {seen}, not {wanted}")
            }
            Self::Mtu(link, seen, wanted) => {
                write!(f, "the MTU of {link} is {seen}, not {wanted}")
            }
            Self::Gateway(link, seen, wanted) => {
                write!(
                    f,
                    "the IPv4 default gateway of {link} is {seen}, not {wanted}"
                )
            }
            Self::NoAddress(network, ranges, link) => {
                write!(f, "network {network} has no address of {ranges} on {link}")
            }
            Self::NoLease(network, link) => write!(f, "network {network} has no lease on {link}"),
            Self::Netmask(address, link, seen, wanted) => {
                write!(
                    f,
                    "the netmask of {address} on {link} is {seen}, not {wanted}"
                )
            }
            Self::NotAlone(link, other, own) => {
                write!(f, "{link} is interface {other} and {own} at once")
            }
        }
    }
}

/// The sentences about these.
pub(crate) fn sentences(differences: &[Difference]) -> Vec<String> {
    differences.iter().map(ToString::to_string).collect()
}

/// A daemon with this configuration.
pub(crate) struct Configured {
    pub(crate) daemon: Daemon,
    folder: Scratch,
}

impl Configured {
    pub(crate) fn with(namespace: &Namespace, text: &str) -> Outcome<Self> {
        let folder = Scratch::new()?;
        let file = folder.path().join("c.toml");
        fs::write(&file, text)?;
        let daemon = Daemon::start(namespace, &["--config", &file.display().to_string()])?;
        Ok(Self { daemon, folder })
    }

    /// Gives it another configuration.
    pub(crate) fn reload(&self, text: &str) -> Outcome {
        fs::write(self.folder.path().join("c.toml"), text)?;
        self.daemon.signal("HUP")
    }

    /// All differences that there are, as a probe is told them.
    pub(crate) fn told(&self, interface: &str) -> Outcome<Vec<String>> {
        let reply = self.daemon.get(&format!("/healthz/{interface}"))?;
        let said = String::from_utf8(reply.body)?;
        // The state of the link is told there, too.
        let is_state = |line: &&str| line.contains(", its cable ") || *line == "usable";
        let lines = said.lines().filter(|line| !is_state(line));
        Ok(lines.map(str::to_owned).collect())
    }

    /// Waits until they are these.
    pub(crate) fn differs(&self, interface: &str, differences: &[Difference]) -> Outcome {
        let expected = if differences.is_empty() {
            "CHANGES_APPLIED"
        } else {
            "CHANGES_PENDING"
        };
        eventually("the differences are as expected", || {
            let told = self.told(interface)?;
            let status = &self.daemon.document(interface)?["update_status"];
            if told == sentences(differences) && status == expected {
                Ok(())
            } else {
                fail(format!("{status}: {told:#?}"))
            }
        })
    }

    /// Waits until the networks of an interface are these, each as `[name, assigned_by,
    /// address, floating_addresses, netmask, mtu, vlan_id]`.
    pub(crate) fn networks(&self, interface: &str, expected: &Value) -> Outcome {
        let keys = [
            "name",
            "assigned_by",
            "address",
            "floating_addresses",
            "netmask",
            "mtu",
            "vlan_id",
        ];
        eventually(&format!("the networks of {interface}"), || {
            let document = self.daemon.document(interface)?;
            let entries = document["network_statuses"].as_array();
            let entries = entries.into_iter().flatten();
            let said: Value = entries
                .map(|entry| Value::from(keys.map(|key| entry[key].clone()).to_vec()))
                .collect();
            if said == *expected {
                Ok(())
            } else {
                fail(format!("  said {said}\nwanted {expected}"))
            }
        })
    }
}
