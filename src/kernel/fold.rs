//! Events and dumps folded into one table of links, pure.
//!
//! Subscribe, then dump, then fold, in the order of arrival. While a dump runs
//! an event's word stands: address dumps hold no RTNL since Linux 6.9 and can be
//! older than events that came before them, so the dump's message for an object
//! that an event touched is ignored, and the object is not swept. Only a dump
//! that ended cleanly sweeps; an interrupted one adds and updates.

mod addresses;

use super::audit::{Corrections, was_told};
use super::decode::Decoded;
use crate::facts::{
    Address, AddressKey, DefaultRoute, Duplex, IfIndex, Link, LinkFacts, LinkKind, Reading,
    TABLE_MAIN,
};
use addresses::{find, insert};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a dump lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DumpObject {
    /// `RTM_GETLINK`.
    Links,
    /// `RTM_GETADDR`, both families.
    Addresses,
}

/// Links and what hangs on them, as told so far.
#[derive(Debug, Default)]
pub struct Fold {
    links: BTreeMap<IfIndex, Arc<LinkFacts>>,
    /// Addresses of links that no message has named yet: an interrupted dump
    /// can leave out a link that lives.
    orphans: BTreeMap<IfIndex, Vec<Address>>,
    incarnations: u64,
    dump: Option<Dump>,
    changed: BTreeSet<IfIndex>,
    corrected: Corrections,
}

/// The dump that runs, and what was seen since it began.
#[derive(Debug)]
struct Dump {
    is_audit: bool,
    /// Known when it began, and not listed so far.
    missing: Missing,
    touched_links: BTreeSet<IfIndex>,
    touched_addresses: BTreeSet<AddressKey>,
}

/// What a clean dump that ended now would sweep, but for what events touched.
#[derive(Debug)]
enum Missing {
    Links(BTreeSet<IfIndex>),
    Addresses(BTreeSet<AddressKey>),
}

impl Dump {
    /// Whether an event has said something newer of the address `key`.
    fn is_overtaken(&self, key: &AddressKey) -> bool {
        self.touched_addresses.contains(key)
    }
}

impl Fold {
    /// Begins a dump, before it is asked for. What an audit finds other than
    /// events told is counted.
    pub fn begin_dump(&mut self, object: DumpObject, is_audit: bool) {
        let missing = match object {
            DumpObject::Links => Missing::Links(self.known_links()),
            DumpObject::Addresses => Missing::Addresses(self.known_addresses()),
        };
        self.dump = Some(Dump {
            is_audit,
            missing,
            touched_links: BTreeSet::new(),
            touched_addresses: BTreeSet::new(),
        });
    }

    /// What audits corrected since the last time and no event told of since.
    pub fn take_corrections(&mut self) -> u64 {
        self.corrected.take()
    }

    /// Ends the dump; a `clean` one sweeps what it did not list.
    pub fn end_dump(&mut self, clean: bool) {
        if let Some(dump) = self.dump.take().filter(|_| clean) {
            match &dump.missing {
                Missing::Links(links) => self.sweep_links(links, &dump),
                Missing::Addresses(addresses) => self.sweep_addresses(addresses, &dump),
            }
        }
    }

    /// Events are missing: what an audit has found says nothing.
    pub fn lost(&mut self) {
        self.corrected = Corrections::default();
        if let Some(dump) = &mut self.dump {
            dump.is_audit = false;
        }
    }

    /// Folds an event.
    pub fn event(&mut self, decoded: Decoded) {
        match decoded {
            Decoded::NewLink(link) => {
                if let Some(dump) = &mut self.dump {
                    dump.touched_links.insert(link.index);
                }
                self.corrected.told_link(link.index);
                self.put_link(*link);
            }
            Decoded::DelLink(index) => self.del_link_by_event(index),
            Decoded::NewAddress(address) => {
                if let Some(dump) = &mut self.dump {
                    dump.touched_addresses.insert(address.key);
                }
                self.corrected.told_address(&address.key);
                self.put_address(address);
            }
            Decoded::DelAddress(key) => {
                if let Some(dump) = &mut self.dump {
                    dump.touched_addresses.insert(key);
                }
                self.corrected.told_address(&key);
                self.del_address(&key);
            }
            Decoded::DefaultRoute(_)
            | Decoded::DelDefaultRoute(_)
            | Decoded::NextHop(..)
            | Decoded::Other
            | Decoded::Bad { .. } => {}
        }
    }

    /// Folds a message of the running dump; whether it says anything new of a
    /// link.
    pub fn dumped(&mut self, decoded: Decoded) -> bool {
        let Some(dump) = &mut self.dump else {
            return false;
        };
        let is_audit = dump.is_audit;
        match decoded {
            Decoded::NewLink(link) => {
                if let Missing::Links(missing) = &mut dump.missing {
                    missing.remove(&link.index);
                }
                if dump.touched_links.contains(&link.index) {
                    return false;
                }
                let old = self.links.get(&link.index).map(|facts| &facts.link);
                if is_audit && !old.is_some_and(|old| was_told(old, &link)) {
                    self.corrected.link(link.index);
                }
                self.put_link(*link)
            }
            Decoded::NewAddress(address) => {
                if let Missing::Addresses(missing) = &mut dump.missing {
                    missing.remove(&address.key);
                }
                if !dump.is_overtaken(&address.key) {
                    let is_new = self.put_address(address.clone());
                    if is_audit && is_new {
                        self.corrected.address(address.key);
                    }
                }
                false
            }
            _ => false,
        }
    }

    /// Sets the default routes through the link `index`; whether they are new.
    pub fn set_default_routes(&mut self, index: IfIndex, routes: &[DefaultRoute]) -> bool {
        self.update(
            index,
            |facts| facts.default_routes != routes,
            |facts| facts.default_routes = routes.to_vec(),
        )
    }

    /// Sets the speed of the link `index`; whether it is new.
    pub fn set_speed(&mut self, index: IfIndex, speed: &Reading<u32>) -> bool {
        self.update(
            index,
            |facts| facts.speed != *speed,
            |facts| facts.speed.clone_from(speed),
        )
    }

    /// Sets the duplex mode of the link `index`; whether it is new.
    pub fn set_duplex(&mut self, index: IfIndex, duplex: Option<Duplex>) -> bool {
        self.update(
            index,
            |facts| facts.duplex != duplex,
            |facts| facts.duplex = duplex,
        )
    }

    /// The facts of the link `index`.
    #[must_use]
    pub fn link(&self, index: IfIndex) -> Option<&Arc<LinkFacts>> {
        self.links.get(&index)
    }

    /// Every link, by index.
    pub fn links(&self) -> impl Iterator<Item = &Arc<LinkFacts>> {
        self.links.values()
    }

    /// The table that holds the routes of the link `index`; `None` if it has none:
    /// it is down, or the port of something that has them in its place.
    #[must_use]
    pub fn routing_table(&self, index: IfIndex) -> Option<u32> {
        let link = &self.link(index)?.link;
        if !link.flags.is_up() {
            return None;
        }
        let Some(master) = link.master else {
            return Some(TABLE_MAIN);
        };
        match self.link(master)?.link.kind {
            LinkKind::Vrf { table } => Some(table),
            _ => None,
        }
    }

    /// Whether messages changed, added or took away a link since
    /// [`take_changed`](Self::take_changed).
    #[must_use]
    pub fn has_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// Takes the indexes of the links that messages changed, added or took away
    /// since the last time.
    pub fn take_changed(&mut self) -> BTreeSet<IfIndex> {
        std::mem::take(&mut self.changed)
    }

    fn put_link(&mut self, link: Link) -> bool {
        let index = link.index;
        if self.links.contains_key(&index) {
            return self.change(
                index,
                |facts| facts.link != link,
                |facts| {
                    // A speed is good for the carrier it was read under.
                    if !link.is_connected() || link.carrier_changes != facts.link.carrier_changes {
                        facts.speed = Reading::Pending;
                        facts.duplex = None;
                    }
                    facts.link = link.clone();
                },
            );
        }
        self.incarnations += 1;
        let facts = LinkFacts {
            incarnation: self.incarnations,
            link,
            addresses: self.orphans.remove(&index).unwrap_or_default(),
            default_routes: Vec::new(),
            speed: Reading::Pending,
            duplex: None,
        };
        self.links.insert(index, Arc::new(facts));
        self.changed.insert(index);
        true
    }

    fn del_link_by_event(&mut self, index: IfIndex) {
        self.corrected.told_link_gone(index);
        // Its addresses are gone too, whatever a running dump still lists.
        let gone: Vec<AddressKey> = self
            .addresses_of(index)
            .map(|address| address.key)
            .collect();
        if let Some(dump) = &mut self.dump {
            dump.touched_links.insert(index);
            dump.touched_addresses.extend(gone);
        }
        self.del_link(index);
    }

    fn del_link(&mut self, index: IfIndex) {
        self.orphans.remove(&index);
        if self.links.remove(&index).is_some() {
            self.changed.insert(index);
        }
    }

    fn addresses_of(&self, index: IfIndex) -> impl Iterator<Item = &Address> {
        let linked = self.links.get(&index).map(|facts| &facts.addresses);
        linked.into_iter().chain(self.orphans.get(&index)).flatten()
    }

    fn put_address(&mut self, address: Address) -> bool {
        let index = address.key.link;
        if !self.links.contains_key(&index) {
            insert(self.orphans.entry(index).or_default(), address);
            return false;
        }
        self.change(
            index,
            |facts| find(&facts.addresses, &address.key) != Some(&address),
            |facts| insert(&mut facts.addresses, address.clone()),
        )
    }

    /// Takes an address away; whether a link had it.
    fn del_address(&mut self, key: &AddressKey) -> bool {
        if let Some(orphans) = self.orphans.get_mut(&key.link) {
            orphans.retain(|address| address.key != *key);
        }
        self.change(
            key.link,
            |facts| find(&facts.addresses, key).is_some(),
            |facts| facts.addresses.retain(|address| address.key != *key),
        )
    }

    /// Links that are known, be it by an address only.
    fn known_links(&self) -> BTreeSet<IfIndex> {
        self.links
            .keys()
            .chain(self.orphans.keys())
            .copied()
            .collect()
    }

    fn known_addresses(&self) -> BTreeSet<AddressKey> {
        let linked = self.links.values().flat_map(|facts| &facts.addresses);
        let orphans = self.orphans.values().flatten();
        linked.chain(orphans).map(|address| address.key).collect()
    }

    fn sweep_links(&mut self, missing: &BTreeSet<IfIndex>, dump: &Dump) {
        for index in missing.difference(&dump.touched_links) {
            if dump.is_audit && self.links.contains_key(index) {
                self.corrected.link(*index);
            }
            self.del_link(*index);
        }
    }

    fn sweep_addresses(&mut self, missing: &BTreeSet<AddressKey>, dump: &Dump) {
        for key in missing.difference(&dump.touched_addresses) {
            let is_known = self.del_address(key);
            if dump.is_audit && is_known {
                self.corrected.address(*key);
            }
        }
    }

    /// Changes the facts of `index` if they `differ`; a snapshot that shares
    /// them keeps its own copy.
    fn update(
        &mut self,
        index: IfIndex,
        differ: impl FnOnce(&LinkFacts) -> bool,
        change: impl FnOnce(&mut LinkFacts),
    ) -> bool {
        let facts = self.links.get_mut(&index).filter(|facts| differ(facts));
        facts.map(|facts| change(Arc::make_mut(facts))).is_some()
    }

    /// As [`update`](Self::update), on a message's word.
    fn change(
        &mut self,
        index: IfIndex,
        differ: impl FnOnce(&LinkFacts) -> bool,
        change: impl FnOnce(&mut LinkFacts),
    ) -> bool {
        let is_changed = self.update(index, differ, change);
        if is_changed {
            self.changed.insert(index);
        }
        is_changed
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
