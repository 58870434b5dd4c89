//! The links that are other than they were in an older snapshot, in what counts.
//!
//! Facts that both share are not looked at.

use crate::facts::{IfIndex, Link, LinkFacts, LinkKind, Snapshot};
use crate::view::{drift, interface};
use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::Arc;

/// Those that change what is told of interfaces that nobody has configured, in order.
pub(super) fn at_a_glance(old: &Snapshot, new: &Snapshot) -> Vec<IfIndex> {
    changed(old, new, |old, new| {
        interface::state(&old.link) != interface::state(&new.link)
            || interface::cable(&old.link) != interface::cable(&new.link)
            || old.default_routes != new.default_routes
            || drift::has_doubtful(old)
            || drift::has_doubtful(new)
    })
}

/// Those that may change what is told of configured interfaces, and all that these may
/// be by them: what lies below, and the ports of bridges.
pub(super) fn with_related(old: &Snapshot, new: &Snapshot) -> HashSet<IfIndex> {
    let mut open = changed(old, new, |old, new| {
        // Speed and duplex mode are not told, nor is anything concluded from them.
        old.incarnation != new.incarnation
            || old.link != new.link
            || old.addresses != new.addresses
            || old.default_routes != new.default_routes
    });
    let mut all = HashSet::new();
    while let Some(index) = open.pop() {
        if all.insert(index) {
            open.extend(related(index, old));
            open.extend(related(index, new));
        }
    }
    all
}

/// Whether anything but links that configured interfaces are judged by is another.
pub(super) fn has_other_grounds(old: &Snapshot, new: &Snapshot) -> bool {
    old.dns != new.dns
        || old.link_dns != new.link_dns
        || old.failed_setups != new.failed_setups
        || old.leases != new.leases
}

fn related(index: IfIndex, snapshot: &Snapshot) -> Vec<IfIndex> {
    let Some(facts) = snapshot.link(index) else {
        return Vec::new();
    };
    let link = &facts.link;
    let below = link.lower.filter(|_| link.lower_namespace.is_none());
    let mut related = Vec::from_iter(below);
    if is_bridge(link) {
        let links = snapshot.links().iter().map(|facts| &facts.link);
        let ports = links.filter(|port| port.master == Some(index));
        related.extend(ports.map(|port| port.index));
    }
    related
}

fn is_bridge(link: &Link) -> bool {
    matches!(&link.kind, LinkKind::Other(kind) if kind.as_ref() == "bridge")
}

/// The links that are in one of both only, or that `differ`, in order.
fn changed(
    old: &Snapshot,
    new: &Snapshot,
    differ: impl Fn(&LinkFacts, &LinkFacts) -> bool,
) -> Vec<IfIndex> {
    let mut changed = Vec::new();
    let (mut olds, mut news) = (old.links().iter().peekable(), new.links().iter().peekable());
    loop {
        let order = match (olds.peek(), news.peek()) {
            (None, None) => return changed,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) if Arc::ptr_eq(old, new) => {
                olds.next();
                news.next();
                continue;
            }
            (Some(old), Some(new)) => old.link.index.cmp(&new.link.index),
        };
        let old = olds.next_if(|_| order.is_le());
        let new = news.next_if(|_| order.is_ge());
        let is_changed = match (old, new) {
            (Some(old), Some(new)) => differ(old, new),
            _ => true,
        };
        let index = old.or(new).map(|facts| facts.link.index);
        changed.extend(index.filter(|_| is_changed));
    }
}
