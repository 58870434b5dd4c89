//! Which links are interfaces of the node, without configuration.
//!
//! What is part of something else is not: ports, and VLANs on a served link,
//! which are networks of that link.

use super::devices::parent_of_vlan;
use super::ranges::is_global;
use crate::facts::{IfIndex, Link, LinkFacts, LinkKind, Snapshot};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// The kernel stacks VLANs no deeper (`MAX_NEST_DEV`).
const DEEPEST: usize = 8;

/// What a link is to the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// An interface.
    Interface,
    /// A VLAN: a network of this interface.
    NetworkOf(IfIndex),
    /// Part of something else, or nothing of the node's.
    Hidden,
}

/// The devices of every interface: the link itself, then its VLAN children by
/// index. A container's, which only a global address on any of its devices makes
/// one of the node's, is not listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Served {
    pub(super) listed: BTreeMap<IfIndex, Vec<IfIndex>>,
    pub(super) unlisted: BTreeMap<IfIndex, Vec<IfIndex>>,
}

impl Served {
    /// Finds the interfaces of `snapshot`.
    pub(super) fn of(snapshot: &Snapshot) -> Self {
        let host = Host::new(snapshot);
        let mut interfaces: BTreeMap<IfIndex, Vec<IfIndex>> = BTreeMap::new();
        let mut networks = Vec::new();
        for facts in snapshot.links() {
            let index = facts.link.index;
            match host.role(facts) {
                Role::Interface => drop(interfaces.insert(index, vec![index])),
                Role::NetworkOf(base) => networks.push((base, index)),
                Role::Hidden => {}
            }
        }
        for (base, index) in networks {
            if let Some(devices) = interfaces.get_mut(&base) {
                devices.push(index);
            }
        }
        let (listed, unlisted) = interfaces
            .into_iter()
            .partition(|(base, devices)| host.is_listed(*base, devices));
        Self { listed, unlisted }
    }
}

/// Whether no link plays another part in `new` than it did in `old`, so that the
/// same ones are served. Links that are shared are not looked at.
pub(super) fn has_same_roles(old: &Snapshot, new: &Snapshot) -> bool {
    let (old, new) = (old.links(), new.links());
    let mut pairs = old.iter().zip(new);
    old.len() == new.len() && pairs.all(|(old, new)| Arc::ptr_eq(old, new) || is_alike(old, new))
}

/// Whether all that roles and ids are concluded from is the same in both.
fn is_alike(old: &LinkFacts, new: &LinkFacts) -> bool {
    grounds(old) == grounds(new)
}

/// What roles and ids are concluded from.
fn grounds(facts: &LinkFacts) -> impl PartialEq + use<'_> {
    let Link {
        index,
        name,
        kind,
        permanent_mac,
        master,
        port_kind,
        lower,
        lower_namespace,
        // Whether it is a loopback never changes.
        flags: _,
        altnames: _,
        hardware: _,
        operstate: _,
        mtu: _,
        mac: _,
        mac_before_bond: _,
        carrier_changes: _,
    } = &facts.link;
    let own = (index, facts.incarnation, name, kind);
    let others = (master, port_kind, lower, lower_namespace);
    (own, others, permanent_mac, has_global_address(facts))
}

/// The links to judge among.
struct Host<'a> {
    snapshot: &'a Snapshot,
    /// Veths whose other end is here.
    with_peer_here: HashSet<IfIndex>,
}

impl<'a> Host<'a> {
    fn new(snapshot: &'a Snapshot) -> Self {
        let pairs = snapshot.links().iter().filter_map(|younger| {
            let older = peer_by_its_word(younger, snapshot)?;
            Some([younger.link.index, older])
        });
        Self {
            snapshot,
            with_peer_here: pairs.flatten().collect(),
        }
    }

    /// What the link `facts` is to the node.
    fn role(&self, facts: &LinkFacts) -> Role {
        if is_part_of_another(&facts.link, self.snapshot) {
            return Role::Hidden;
        }
        match base_of_vlan(&facts.link, self.snapshot) {
            Some(base) if !self.is_hidden(base) => Role::NetworkOf(base.link.index),
            _ if self.is_hidden(facts) => Role::Hidden,
            _ => Role::Interface,
        }
    }

    /// Whether a link that is no other's network is nothing of the node's either.
    fn is_hidden(&self, facts: &LinkFacts) -> bool {
        let link = &facts.link;
        matches!(link.kind, LinkKind::Vrf { .. })
            || is_part_of_another(link, self.snapshot)
            || (link.flags.is_loopback() && !has_global_address(facts))
    }

    /// Whether the interface `base` of these devices is the node's own, not a
    /// container's.
    fn is_listed(&self, base: IfIndex, devices: &[IfIndex]) -> bool {
        let facts = |index: &IfIndex| self.snapshot.link(*index);
        let is_veth = facts(&base).is_some_and(|facts| facts.link.kind == LinkKind::Veth);
        let mut devices = devices.iter().filter_map(facts);
        !is_veth
            || self.with_peer_here.contains(&base)
            || devices.any(|facts| has_global_address(facts))
    }
}

/// The veth that `facts` names as its other end, if that is here and older: the
/// kernel tells the end that stays nothing of one that goes or comes back, so of
/// the two words the younger's counts.
fn peer_by_its_word(facts: &LinkFacts, snapshot: &Snapshot) -> Option<IfIndex> {
    let is_veth = |link: &Link| link.kind == LinkKind::Veth;
    let lower = facts
        .link
        .lower
        .filter(|_| is_veth(&facts.link) && facts.link.lower_namespace.is_none())?;
    let peer = snapshot.link(lower)?;
    (is_veth(&peer.link) && peer.incarnation < facts.incarnation).then_some(lower)
}

/// A port, but for a VRF's: that only says which routing table it uses.
pub(super) fn is_part_of_another(link: &Link, snapshot: &Snapshot) -> bool {
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

/// Whether it holds an address that is neither loopback nor link-local.
pub(super) fn has_global_address(facts: &LinkFacts) -> bool {
    facts
        .addresses
        .iter()
        .any(|address| is_global(address.key.local))
}

#[cfg(test)]
mod tests;
