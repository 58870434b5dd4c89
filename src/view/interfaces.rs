//! The interfaces of a view: which there are, and each judged when it is first
//! asked for.
//!
//! Which there are follows from a few facts that hardly ever change, and is taken
//! over from view to view while these stand.

mod pairs;

use super::devices::{has_altname, is_written};
use super::ids::Ids;
use super::interface::{self, InterfaceView};
use super::selected::{self, Configured};
use super::served::{Served, has_same_roles};
use super::status::Status;
use crate::config::Desired;
use crate::facts::{IfIndex, InterfaceId, Link, Snapshot};
pub(super) use pairs::Pairs;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

/// An interface with more addresses is judged when the view is made: no request
/// shall pay for it.
const MANY_ADDRESSES: usize = 1_000;

/// The interfaces of one snapshot.
#[derive(Debug)]
pub(super) struct Interfaces {
    found: Arc<Found>,
    /// One for each of `found`.
    views: Box<[OnceLock<Option<Box<InterfaceView>>>]>,
}

/// Which interfaces there are.
#[derive(Debug, Default)]
struct Found {
    /// What the links are to the node, for as long as that may still decide who is
    /// interface 1.
    served: Option<Served>,
    /// Those with an id by id, then those that are shown by name only.
    slots: Vec<Slot>,
    listed: usize,
}

#[derive(Debug)]
struct Slot {
    id: Option<InterfaceId>,
    source: Source,
}

/// Where an interface comes from.
#[derive(Debug)]
enum Source {
    /// It was found; its own link, then its VLANs.
    Derived(Vec<IfIndex>),
    Configured(Configured),
}

impl Slot {
    /// Its own link first; none if that is not here.
    fn devices(&self) -> &[IfIndex] {
        match &self.source {
            Source::Derived(devices) => devices,
            Source::Configured(configured) => &configured.devices,
        }
    }

    /// Whether it was configured under this name, be it here or not.
    fn is_configured_as(&self, name: &str) -> bool {
        match &self.source {
            Source::Derived(_) => false,
            Source::Configured(configured) => configured.desired.selector.to_string() == name,
        }
    }

    fn judge(&self, snapshot: &Snapshot) -> Option<InterfaceView> {
        match &self.source {
            Source::Derived(devices) => InterfaceView::derived(self.id, devices, snapshot),
            Source::Configured(configured) => Some(InterfaceView::configured(configured, snapshot)),
        }
    }
}

impl Found {
    fn new(served: Served, ids: &Ids, snapshot: &Snapshot) -> Self {
        let kept = (!ids.are_settled()).then(|| served.clone());
        let slot = |id, devices| Slot {
            id,
            source: Source::Derived(devices),
        };
        let id = |base: IfIndex| snapshot.link(base).and_then(|facts| ids.of(facts));
        let listed = served.listed.into_iter();
        let mut slots: Vec<Slot> = listed
            .map(|(base, devices)| slot(id(base), devices))
            .collect();
        slots.sort_by_key(|slot| slot.id);
        let listed = slots.len();
        let unlisted = served.unlisted.into_values();
        slots.extend(unlisted.map(|devices| slot(None, devices)));
        Self {
            served: kept,
            slots,
            listed,
        }
    }
}

impl Interfaces {
    /// All that `snapshot` has; new ones are given their `ids`.
    pub(super) fn derived(
        last: Option<(&Self, &Snapshot)>,
        snapshot: &Snapshot,
        ids: &mut Ids,
        now: Instant,
    ) -> Self {
        let same = last.filter(|(_, last)| has_same_roles(last, snapshot));
        if let Some((last, _)) = same {
            let served = last.found.served.as_ref();
            if !served.is_some_and(|served| ids.settle_among(snapshot, served, now)) {
                return Self::of(Arc::clone(&last.found));
            }
        }
        let served = Served::of(snapshot);
        ids.update(snapshot, &served, now);
        Self::of(Arc::new(Found::new(served, ids, snapshot)))
    }

    /// Those of `desired`.
    pub(super) fn configured(desired: &Desired, snapshot: &Snapshot) -> Self {
        let found = selected::find(desired, snapshot).into_iter();
        let slots: Vec<Slot> = found
            .map(|configured| Slot {
                id: Some(configured.desired.id),
                source: Source::Configured(configured),
            })
            .collect();
        Self::of(Arc::new(Found {
            listed: slots.len(),
            slots,
            served: None,
        }))
    }

    fn of(found: Arc<Found>) -> Self {
        let views = found.slots.iter().map(|_| OnceLock::new()).collect();
        Self { found, views }
    }

    /// Judges what takes long.
    pub(super) fn judge_the_large(&self, snapshot: &Snapshot) {
        for (position, slot) in self.found.slots.iter().enumerate() {
            let devices = slot.devices().iter();
            let facts = devices.filter_map(|index| snapshot.link(*index));
            if facts.map(|facts| facts.addresses.len()).sum::<usize>() > MANY_ADDRESSES {
                self.judge(position, snapshot);
            }
        }
    }

    /// Those that have an id, by id.
    pub(super) fn listed(&self, snapshot: &Snapshot) -> impl Iterator<Item = &InterfaceView> {
        (0..self.found.listed).filter_map(move |position| self.judge(position, snapshot))
    }

    /// How many have an id.
    pub(super) fn count(&self) -> usize {
        self.found.listed
    }

    /// The links that those with an id are, and the VLANs on them.
    pub(super) fn devices(&self) -> impl Iterator<Item = IfIndex> {
        let listed = self.found.slots.iter().take(self.found.listed);
        listed.flat_map(Slot::devices).copied()
    }

    /// The one with the id `id`.
    pub(super) fn by_id(&self, id: InterfaceId, snapshot: &Snapshot) -> Option<&InterfaceView> {
        let listed = self.found.slots.get(..self.found.listed)?;
        let position = listed.binary_search_by_key(&Some(id), |slot| slot.id);
        self.judge(position.ok()?, snapshot)
    }

    /// The one with the kernel name `name`, else with that altname, else
    /// configured so. Bytes that are not UTF-8 are written `\xNN`.
    pub(super) fn by_name(&self, name: &str, snapshot: &Snapshot) -> Option<&InterfaceView> {
        let slots = || self.found.slots.iter();
        let link = |slot: &Slot| snapshot.link(*slot.devices().first()?);
        let find = |is_it: &dyn Fn(&Link) -> bool| {
            slots().position(|slot| link(slot).is_some_and(|facts| is_it(&facts.link)))
        };
        let position = find(&|link| is_written(name, link.name.as_bytes(), &link.name))
            .or_else(|| find(&|link| has_altname(name, link)))
            .or_else(|| slots().position(|slot| slot.is_configured_as(name)))?;
        self.judge(position, snapshot)
    }

    /// The status of the one at `position`, judged only where it must be.
    pub(super) fn status(&self, position: usize, snapshot: &Snapshot) -> Option<Status> {
        let at_a_glance = match &self.found.slots.get(position)?.source {
            Source::Derived(devices) => Status::at_a_glance(&interface::facts(devices, snapshot)),
            Source::Configured(_) => None,
        };
        at_a_glance.or_else(|| Some(Status::of(self.judge(position, snapshot)?)))
    }

    fn judge(&self, position: usize, snapshot: &Snapshot) -> Option<&InterfaceView> {
        let slot = self.found.slots.get(position)?;
        let view = self.views.get(position)?;
        view.get_or_init(|| slot.judge(snapshot).map(Box::new))
            .as_deref()
    }
}

#[cfg(test)]
mod tests;
