//! Which links are interfaces of the node, without configuration.
//!
//! What is part of something else is not: ports, and VLANs on a served link,
//! which are networks of that link.

use super::ranges::is_global;
use crate::facts::{IfIndex, Link, LinkFacts, LinkKind, Snapshot};
use std::collections::{BTreeMap, HashSet};

/// The kernel stacks VLANs no deeper (`MAX_NEST_DEV`).
const DEEPEST: usize = 8;

/// What a link is to the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// An interface.
    Listed,
    /// An interface that is shown only when asked for by name: a container's.
    Unlisted,
    /// A VLAN: a network of this interface.
    NetworkOf(IfIndex),
    /// Part of something else, or nothing of the node's.
    Hidden,
}

/// The devices of every interface: the link itself, then its VLAN children by
/// index.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Served {
    pub(super) listed: BTreeMap<IfIndex, Vec<IfIndex>>,
    pub(super) unlisted: BTreeMap<IfIndex, Vec<IfIndex>>,
}

impl Served {
    /// Finds the interfaces of `snapshot`.
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let host = Host::new(snapshot);
        let mut served = Self::default();
        let mut networks = Vec::new();
        for facts in snapshot.links() {
            let index = facts.link.index;
            match host.role(facts) {
                Role::Listed => drop(served.listed.insert(index, vec![index])),
                Role::Unlisted => drop(served.unlisted.insert(index, vec![index])),
                Role::NetworkOf(base) => networks.push((base, index)),
                Role::Hidden => {}
            }
        }
        for (base, index) in networks {
            let devices = served.listed.get_mut(&base);
            if let Some(devices) = devices.or_else(|| served.unlisted.get_mut(&base)) {
                devices.push(index);
            }
        }
        served
    }
}

/// The links to judge among.
struct Host<'a> {
    snapshot: &'a Snapshot,
    /// Veths that another veth here names as its peer: of a peer that comes back
    /// from another namespace the end that stayed hears nothing.
    with_peer_here: HashSet<IfIndex>,
}

impl<'a> Host<'a> {
    fn new(snapshot: &'a Snapshot) -> Self {
        let links = snapshot.links().iter().map(|facts| &facts.link);
        let with_peer_here = links
            .filter(|link| link.kind == LinkKind::Veth && link.lower_namespace.is_none())
            .filter_map(|link| link.lower)
            .collect();
        Self {
            snapshot,
            with_peer_here,
        }
    }

    /// What the link `facts` is to the node.
    fn role(&self, facts: &LinkFacts) -> Role {
        if is_part_of_another(&facts.link, self.snapshot) {
            return Role::Hidden;
        }
        match base_of_vlan(&facts.link, self.snapshot) {
            Some(base) if self.own_role(base) != Role::Hidden => Role::NetworkOf(base.link.index),
            _ => self.own_role(facts),
        }
    }

    /// The role of a link that is no other's network.
    fn own_role(&self, facts: &LinkFacts) -> Role {
        let link = &facts.link;
        let is_vrf = matches!(link.kind, LinkKind::Vrf { .. });
        let is_hidden = is_vrf
            || is_part_of_another(link, self.snapshot)
            || (link.flags.is_loopback() && !has_global_address(facts));
        if is_hidden {
            Role::Hidden
        } else if self.is_peer_elsewhere(link) && !has_global_address(facts) {
            Role::Unlisted
        } else {
            Role::Listed
        }
    }

    fn is_peer_elsewhere(&self, link: &Link) -> bool {
        link.kind == LinkKind::Veth
            && link.lower_namespace.is_some()
            && !self.with_peer_here.contains(&link.index)
    }
}

/// A port, but for a VRF's: that only says which routing table it uses.
fn is_part_of_another(link: &Link, snapshot: &Snapshot) -> bool {
    let is_ovs_port = link.port_kind.as_deref() == Some("openvswitch");
    let is_port = link.master.is_some_and(|master| {
        let master = snapshot.link(master);
        !master.is_some_and(|master| matches!(master.link.kind, LinkKind::Vrf { .. }))
    });
    is_ovs_port || is_port
}

/// The link at the end of a VLAN's chain of parents, all in this namespace.
fn base_of_vlan<'a>(vlan: &Link, snapshot: &'a Snapshot) -> Option<&'a LinkFacts> {
    let mut base = parent_of_vlan(vlan, snapshot)?;
    for _ in 0..DEEPEST {
        match base.link.kind {
            LinkKind::Vlan { .. } => base = parent_of_vlan(&base.link, snapshot)?,
            _ => return Some(base),
        }
    }
    None
}

fn parent_of_vlan<'a>(link: &Link, snapshot: &'a Snapshot) -> Option<&'a LinkFacts> {
    let is_vlan = matches!(link.kind, LinkKind::Vlan { .. });
    // A parent elsewhere: the index is a number of that namespace.
    let parent = link
        .lower
        .filter(|_| is_vlan && link.lower_namespace.is_none())?;
    snapshot.link(parent).map(AsRef::as_ref)
}

/// Whether it holds an address that is neither loopback nor link-local.
pub(super) fn has_global_address(facts: &LinkFacts) -> bool {
    facts
        .addresses
        .iter()
        .any(|address| is_global(address.key.local))
}

#[cfg(test)]
mod tests;
