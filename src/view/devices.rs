//! Which links a configured interface is made of: the link its selector finds,
//! the VLANs on it, and what stands in their place or on top of them.
//!
//! Where a device is missing, that is a state and no error.

use crate::config::Selector;
use crate::facts::{IfIndex, Link, LinkFacts, LinkKind, Snapshot, VlanId};
use std::collections::HashSet;

/// Links are stacked no deeper (`MAX_NEST_DEV` of the kernel).
const DEEPEST: usize = 8;

/// The link that `selector` finds: by kernel name before altname, by permanent
/// link-layer address before the one in use. A VLAN or a macvlan has its parent's
/// address, and a bond its first port's: these are not found by it where another
/// link is.
pub(super) fn find<'a>(selector: &Selector, snapshot: &'a Snapshot) -> Option<&'a LinkFacts> {
    let links = || snapshot.links().iter().map(AsRef::as_ref);
    let by = |is_it: &dyn Fn(&Link) -> bool| links().find(|facts| is_it(&facts.link));
    match selector {
        Selector::Name(name) => by(&|link| is_written(name, link.name.as_bytes(), &link.name))
            .or_else(|| by(&|link| has_altname(name, link))),
        Selector::Mac(mac) => by(&|link| link.own_mac() == Some(*mac))
            .or_else(|| by(&|link| link.mac == *mac && !link.is_stacked() && link.master.is_none()))
            .or_else(|| by(&|link| link.mac == *mac && link.master.is_none()))
            .or_else(|| by(&|link| link.mac == *mac)),
    }
}

/// Whether `name` is one of the link's altnames.
pub(super) fn has_altname(name: &str, link: &Link) -> bool {
    let mut names = link.altnames.iter();
    names.any(|altname| is_written(name, altname.as_bytes(), altname))
}

/// Whether `text` is how the name `bytes` is written.
pub(super) fn is_written(text: &str, bytes: &[u8], name: &impl ToString) -> bool {
    text.as_bytes() == bytes || (text.contains("\\x") && text == name.to_string())
}

/// The VLANs on `base`, by index, but for those that are, or stand on, one of
/// `others`: interfaces of their own.
pub(super) fn vlans_on(
    base: IfIndex,
    others: &HashSet<IfIndex>,
    snapshot: &Snapshot,
) -> Vec<IfIndex> {
    let stands_on_base = |facts: &LinkFacts| {
        let mut at = facts;
        for _ in 0..DEEPEST {
            if others.contains(&at.link.index) {
                return false;
            }
            match parent_of_vlan(&at.link, snapshot) {
                Some(parent) if parent.link.index == base => return true,
                Some(parent) => at = parent,
                None => return false,
            }
        }
        false
    };
    let links = snapshot.links().iter();
    links
        .filter(|facts| stands_on_base(facts))
        .map(|facts| facts.link.index)
        .collect()
}

/// The link a VLAN is on, if that is in this namespace.
pub(super) fn parent_of_vlan<'a>(link: &Link, snapshot: &'a Snapshot) -> Option<&'a LinkFacts> {
    let is_vlan = matches!(link.kind, LinkKind::Vlan { .. });
    // A parent elsewhere: the index is a number of that namespace.
    let parent = link
        .lower
        .filter(|_| is_vlan && link.lower_namespace.is_none())?;
    snapshot.link(parent).map(AsRef::as_ref)
}

/// The device of a network of `vlan` on `base`: the VLAN on it (or on the bridge
/// it is a port of) with that id, the outermost first, or `base` itself; and in
/// the place of a bridge's port the bridge, where its addresses are.
pub(super) fn of_network<'a>(
    vlan: VlanId,
    base: &'a LinkFacts,
    snapshot: &'a Snapshot,
) -> Option<&'a LinkFacts> {
    let tagged = if vlan == VlanId::UNTAGGED {
        Some(base)
    } else {
        let bridge = bridge_of(&base.link, snapshot);
        [Some(base), bridge]
            .into_iter()
            .flatten()
            .find_map(|base| vlan_on(vlan, base, snapshot))
            .or_else(|| Some(base).filter(|base| base.link.vlan_id() == vlan))
    }?;
    Some(bridge_of(&tagged.link, snapshot).unwrap_or(tagged))
}

fn vlan_on<'a>(vlan: VlanId, base: &LinkFacts, snapshot: &'a Snapshot) -> Option<&'a LinkFacts> {
    let base = base.link.index;
    let vlans = vlans_on(base, &HashSet::new(), snapshot);
    let facts = vlans.into_iter().filter_map(|index| snapshot.link(index));
    facts
        .filter(|facts| facts.link.vlan_id() == vlan)
        .min_by_key(|facts| facts.link.lower != Some(base))
        .map(AsRef::as_ref)
}

fn bridge_of<'a>(link: &Link, snapshot: &'a Snapshot) -> Option<&'a LinkFacts> {
    let master = snapshot.link(link.master?)?;
    is_kind(&master.link, &["bridge"]).then_some(master)
}

/// The macvlan and ipvlan links on `device`, which have addresses of its network.
pub(super) fn on_top<'a>(
    device: &LinkFacts,
    snapshot: &'a Snapshot,
) -> impl Iterator<Item = &'a LinkFacts> {
    let below = device.link.index;
    snapshot
        .links()
        .iter()
        .map(AsRef::as_ref)
        .filter(move |facts| {
            facts.link.lower == Some(below)
                && facts.link.lower_namespace.is_none()
                && is_kind(&facts.link, &["macvlan", "macvtap", "ipvlan", "ipvtap"])
        })
}

fn is_kind(link: &Link, kinds: &[&str]) -> bool {
    matches!(&link.kind, LinkKind::Other(kind) if kinds.contains(&kind.as_ref()))
}
