//! What is not as it should be: what was wanted, what was seen, and a sentence.
//!
//! `update_status` follows from them.

mod configured;

pub(super) use configured::{of_interface, of_missing, of_network};

use super::networks::NetworkView;
use crate::facts::{AddressFlags, LinkFacts, Snapshot};
use std::collections::HashSet;
use std::fmt;
use std::net::IpAddr;

/// Something that is not, or not yet, as it should be. Displayed as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What kind of thing it is.
    pub what: What,
    /// Position of the network it belongs to; `None`: the interface itself.
    pub network: Option<usize>,
    /// What should be.
    pub wanted: String,
    /// What is instead.
    pub seen: String,
    sentence: String,
}

/// What differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum What {
    /// The interface's link is not here.
    Interface,
    /// Another configured interface is the same link.
    SharedLink,
    /// The mode of the bond.
    BondingMode,
    /// The maximum transfer unit.
    Mtu,
    /// The default gateway of a family.
    Gateway,
    /// The VLAN's device is not here.
    Vlan,
    /// There is no address of the network's own.
    Address,
    /// There is no address that a server or router has given.
    Lease,
    /// The netmask of the own address.
    Netmask,
    /// The name servers or search domains of the host.
    Dns,
    /// Duplicate address detection still runs.
    Tentative,
    /// Another host has the same address: the kernel does not use it.
    Duplicate,
    /// Whoever manages the link could not set it up.
    Setup,
}

/// How far something is as wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing differs.
    Applied,
    /// Something differs, and may come to be as wanted.
    Pending,
    /// Something differs that waiting does not mend.
    Failed,
}

impl Progress {
    /// As these differences have it.
    pub fn of<'a>(differences: impl IntoIterator<Item = &'a Difference>) -> Self {
        let each = differences
            .into_iter()
            .map(|difference| match difference.what {
                What::Duplicate | What::Setup => Self::Failed,
                _ => Self::Pending,
            });
        each.fold(Self::Applied, |all, one| match (all, one) {
            (Self::Failed, _) | (_, Self::Failed) => Self::Failed,
            (_, one) => one,
        })
    }
}

impl Difference {
    /// Whether it is between what is wanted and what is. That a manager failed is not:
    /// what it was told to do is not known here.
    #[must_use]
    pub fn is_of_wanted(&self) -> bool {
        self.what != What::Setup
    }

    /// Whether it is the network's at this position of its interface, or keeps
    /// every network there from being as wanted.
    #[must_use]
    pub fn concerns(&self, network: usize) -> bool {
        self.network == Some(network) || self.what == What::Interface
    }

    /// The same of the network at this position.
    fn of(self, network: usize) -> Self {
        Self {
            network: Some(network),
            ..self
        }
    }

    fn new(
        what: What,
        wanted: &(impl ToString + ?Sized),
        seen: &(impl ToString + ?Sized),
        sentence: impl Into<String>,
    ) -> Self {
        Self {
            what,
            network: None,
            wanted: wanted.to_string(),
            seen: seen.to_string(),
            sentence: sentence.into(),
        }
    }

    fn duplicate(device: &LinkFacts, address: IpAddr) -> Self {
        let device = device.link.name;
        let sentence = format!("{address} on {device} is not used: another host answered for it");
        Self::new(What::Duplicate, &address, "duplicate", sentence)
    }

    fn setup(device: &LinkFacts) -> Self {
        let sentence = format!("systemd-networkd failed to set {} up", device.link.name);
        Self::new(What::Setup, "configured", "failed", sentence)
    }

    fn tentative(device: &LinkFacts, address: IpAddr) -> Self {
        let device = device.link.name;
        let sentence =
            format!("{address} on {device} is not used yet: duplicate address detection runs");
        Self::new(What::Tentative, &address, "tentative", sentence)
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

/// The sentences of `differences`, each once: an interface and its untagged network
/// may want the same.
pub fn sentences<'a>(differences: impl IntoIterator<Item = &'a Difference>) -> Vec<&'a str> {
    let mut told = HashSet::new();
    let sentences = differences
        .into_iter()
        .map(|difference| difference.sentence.as_str());
    sentences
        .filter(|sentence| told.insert(*sentence))
        .collect()
}

/// Whether an address with these flags waits on `facts` to be used.
fn is_tentative(flags: AddressFlags, facts: &LinkFacts) -> bool {
    flags.has(AddressFlags::TENTATIVE)
        && !flags.has(AddressFlags::OPTIMISTIC)
        && facts.link.is_connected()
}

/// Whether an address on `facts` may make a difference that nobody has configured.
pub(super) fn has_doubtful(facts: &LinkFacts) -> bool {
    let mut flags = facts.addresses.iter().map(|address| address.flags);
    flags.any(|flags| flags.has(AddressFlags::DAD_FAILED) || is_tentative(flags, facts))
}

/// The differences on `devices`, which the derived `networks` report: nothing is
/// wanted there but that addresses can be used.
pub(super) fn of_derived(devices: &[&LinkFacts], networks: &[NetworkView]) -> Vec<Difference> {
    let mut differences = Vec::new();
    for facts in devices {
        let reported = reported(facts, networks);
        for entry in &facts.addresses {
            let address = entry.key.local;
            let found = if entry.flags.has(AddressFlags::DAD_FAILED) {
                Difference::duplicate(facts, address)
            } else if is_tentative(entry.flags, facts) && reported.contains(&address) {
                Difference::tentative(facts, address)
            } else {
                continue;
            };
            let position = networks
                .iter()
                .position(|network| reports(network, facts, address));
            differences.push(Difference {
                network: position,
                ..found
            });
        }
    }
    differences
}

/// The differences on those of `devices` that could not be set up, each told of the
/// `networks` on it, or of the interface if there are none.
pub(super) fn of_setup(
    devices: &[&LinkFacts],
    networks: &[NetworkView],
    snapshot: &Snapshot,
) -> Vec<Difference> {
    let failed = snapshot.failed_setups.value();
    let has_failed =
        |facts: &&&LinkFacts| failed.is_some_and(|failed| failed.0.contains(&facts.link.index));
    let mut differences = Vec::new();
    for facts in devices.iter().filter(has_failed) {
        let is_on_it = |network: &NetworkView| network.device == Some(facts.link.index);
        let on_it = networks.iter().enumerate();
        let on_it = on_it.filter(|(_, network)| is_on_it(network));
        let mut positions: Vec<_> = on_it.map(|(position, _)| Some(position)).collect();
        if positions.is_empty() {
            positions.push(None);
        }
        let found = Difference::setup(facts);
        differences.extend(positions.into_iter().map(|network| Difference {
            network,
            ..found.clone()
        }));
    }
    differences
}

fn reports(network: &NetworkView, facts: &LinkFacts, address: IpAddr) -> bool {
    network.device == Some(facts.link.index)
        && (network.address == Some(address)
            || network.floating.contains(&address)
            || network
                .subnet
                .is_some_and(|subnet| subnet.contains(address)))
}

/// What `networks` say is on the device `facts`.
fn reported(facts: &LinkFacts, networks: &[NetworkView]) -> HashSet<IpAddr> {
    networks
        .iter()
        .filter(|network| network.device == Some(facts.link.index))
        .flat_map(|network| network.floating.iter().chain(&network.address))
        .copied()
        .collect()
}

#[cfg(test)]
mod tests;
