//! What is not as it should be, one sentence each.

use super::networks::NetworkView;
use crate::facts::{AddressFlags, IfName, LinkFacts};
use std::collections::HashSet;
use std::fmt;
use std::net::IpAddr;

/// Something that is not, or not yet, as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Another host has the same address: the kernel does not use it.
    DuplicateAddress {
        /// The link it is on.
        device: IfName,
        /// The address.
        address: IpAddr,
    },
    /// Duplicate address detection still runs on a link with carrier.
    TentativeAddress {
        /// The link it is on.
        device: IfName,
        /// The address.
        address: IpAddr,
    },
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DuplicateAddress { device, address } => write!(
                f,
                "{address} on {device} is not used: another host answered for it"
            ),
            Self::TentativeAddress { device, address } => write!(
                f,
                "{address} on {device} is not used yet: duplicate address detection runs"
            ),
        }
    }
}

/// The differences on `devices`, which `networks` report.
pub(super) fn find(devices: &[&LinkFacts], networks: &[NetworkView]) -> Vec<Difference> {
    let mut differences = Vec::new();
    for facts in devices {
        let device = facts.link.name;
        let reported = reported(facts, networks);
        for entry in &facts.addresses {
            let address = entry.key.local;
            if entry.flags.has(AddressFlags::DAD_FAILED) {
                differences.push(Difference::DuplicateAddress { device, address });
            } else if entry.flags.has(AddressFlags::TENTATIVE)
                && !entry.flags.has(AddressFlags::OPTIMISTIC)
                && facts.link.is_connected()
                && reported.contains(&address)
            {
                differences.push(Difference::TentativeAddress { device, address });
            }
        }
    }
    differences
}

/// What `networks` say is on the device `facts`.
fn reported(facts: &LinkFacts, networks: &[NetworkView]) -> HashSet<IpAddr> {
    networks
        .iter()
        .filter(|network| network.device == facts.link.index)
        .flat_map(|network| network.floating.iter().chain(&network.address))
        .copied()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::sample::link;
    use crate::facts::{LinkFlags, Snapshot};
    use crate::view::networks::derive;

    /// Sentences about a link with one address more than a plain one.
    fn told(cidr: &str, flags: u32, link_flags: u32) -> Vec<String> {
        let facts = link(2, "eth0").address("203.0.113.1/24").address(cidr);
        let facts = facts.with(|facts| {
            facts.link.flags = LinkFlags(link_flags);
            facts.addresses[1].flags = AddressFlags(flags);
        });
        let networks = derive(&[&facts], &Snapshot::default());
        let differences = find(&[&facts], &networks);
        differences.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_makes_a_difference() {
        const UP: u32 = 0x1_0001;
        const NO_CARRIER: u32 = 1;
        let tentative = "2001:db8::1 on eth0 is not used yet: duplicate address detection runs";
        let duplicate = "2001:db8::1 on eth0 is not used: another host answered for it";
        #[rustfmt::skip]
        let table: [(&str, u32, u32, &[&str]); 7] = [
            ("2001:db8::1/64", 0x80, UP, &[]),
            ("2001:db8::1/64", 0xc0, UP, &[tentative]),
            ("2001:db8::1/64", 0xc0, NO_CARRIER, &[]),
            ("2001:db8::1/64", 0xc4, UP, &[]),
            ("2001:db8::1/64", 0xc8, UP, &[duplicate]),
            ("2001:db8::1/64", 0xc8, NO_CARRIER, &[duplicate]),
            ("fe80::1/64", 0xc0, UP, &[]),
        ];
        for (cidr, flags, link_flags, sentences) in table {
            assert_eq!(
                told(cidr, flags, link_flags),
                sentences,
                "{cidr} {flags:#x}"
            );
        }
    }
}
