//! The link-layer addresses here, which NICs of the cloud are found by.
//!
//! They are taken from the newest snapshot in the store.

use crate::facts::{LinkFacts, LinkKind, MacAddr};
use crate::store::Follower;
use std::sync::Arc;

/// Every address of `links`, in use or burnt in.
pub(super) fn present(links: &[Arc<LinkFacts>]) -> Vec<MacAddr> {
    let both = |facts: &Arc<LinkFacts>| [Some(facts.link.mac), facts.link.own_mac()];
    links.iter().flat_map(both).flatten().collect()
}

/// Addresses of the links that a cloud may have added: no ports, nothing that
/// software made but a veth, unless that is a container's.
pub(super) fn candidates(links: &[Arc<LinkFacts>]) -> Vec<MacAddr> {
    let links = links.iter().map(|facts| &facts.link);
    let may_be = links.filter(|link| {
        let is_nic = match link.kind {
            LinkKind::Hardware => !link.flags.is_loopback(),
            LinkKind::Veth => link.lower_namespace.is_none(),
            _ => false,
        };
        is_nic && link.master.is_none() && link.mac.as_bytes().len() == 6
    });
    may_be
        .map(|link| link.own_mac().unwrap_or(link.mac))
        .collect()
}

/// What `choose` finds in the links known now.
pub(super) fn of_store(
    follower: &Follower,
    choose: fn(&[Arc<LinkFacts>]) -> Vec<MacAddr>,
) -> Vec<MacAddr> {
    let facts = follower.borrow();
    let snapshot = facts.snapshot();
    snapshot
        .map(|snapshot| choose(snapshot.links()))
        .unwrap_or_default()
}
