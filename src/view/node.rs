//! The node: every interface it serves, found by id or by name.
//!
//! Documents are made of this, and of a sample of the counters, alone.

use super::devices::{has_altname, is_written};
use super::gateways;
use super::ids::Ids;
use super::interface::{self, InterfaceView};
use super::inventory::{self, DeviceView, NumberedNetwork};
use super::selected::{self, Configured};
use super::served::Served;
use crate::config::{Config, Desired};
use crate::facts::{Dns, GRACE, IfIndex, InterfaceId, Link, LinkFacts, NodeId, Snapshot};
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// An interface with more addresses is judged when the view is made: no request
/// shall pay for it.
const MANY_ADDRESSES: usize = 1_000;

/// Who the node is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Node {
    /// Its number in the cluster.
    pub id: NodeId,
    /// Its name, if it was given one; else the host's.
    pub name: Option<String>,
    /// What is wanted of its network.
    pub desired: Desired,
}

impl From<&Config> for Node {
    fn from(config: &Config) -> Self {
        Self {
            id: config.node.id.unwrap_or_default(),
            name: config.node.name.clone(),
            desired: config.desired.clone(),
        }
    }
}

/// What the facts of one snapshot mean for this node.
#[derive(Debug)]
pub struct NodeView {
    node: Node,
    snapshot: Arc<Snapshot>,
    made: Instant,
    /// Interfaces with an id, by id.
    listed: Vec<Slot>,
    unlisted: Vec<Slot>,
}

/// An interface, judged when it is first asked for.
#[derive(Debug)]
struct Slot {
    id: Option<InterfaceId>,
    source: Source,
    view: OnceLock<Option<InterfaceView>>,
}

/// Where an interface comes from.
#[derive(Debug)]
enum Source {
    /// It was found; its own link, then its VLANs.
    Derived(Vec<IfIndex>),
    Configured(Configured),
}

impl Slot {
    fn new(id: Option<InterfaceId>, source: Source) -> Self {
        Self {
            id,
            source,
            view: OnceLock::new(),
        }
    }

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
}

impl NodeView {
    /// Looks at `snapshot`: for the interfaces that are configured, or if none
    /// is, for all that there are, giving new ones their `ids`.
    #[must_use]
    pub fn new(node: Node, snapshot: Arc<Snapshot>, ids: &mut Ids, now: Instant) -> Self {
        let (listed, unlisted) = if node.desired.interfaces.is_empty() {
            derived(&snapshot, ids, now)
        } else {
            (configured(&node.desired, &snapshot), Vec::new())
        };
        let view = Self {
            node,
            snapshot,
            listed,
            unlisted,
            made: now,
        };
        view.judge_the_large();
        view
    }

    fn judge_the_large(&self) {
        for slot in self.listed.iter().chain(&self.unlisted) {
            let devices = slot.devices().iter();
            let facts = devices.filter_map(|index| self.snapshot.link(*index));
            if facts.map(|facts| facts.addresses.len()).sum::<usize>() > MANY_ADDRESSES {
                self.judge(slot);
            }
        }
    }

    /// Whether interfaces are configured; else they are derived from the kernel.
    #[must_use]
    pub fn is_configured(&self) -> bool {
        !self.node.desired.interfaces.is_empty()
    }

    /// The node's number.
    #[must_use]
    pub fn id(&self) -> NodeId {
        self.node.id
    }

    /// The node's name: as given, else the host's.
    #[must_use]
    pub fn name(&self) -> &str {
        let host = self.snapshot.host.value().map(|host| host.name.as_str());
        self.node.name.as_deref().or(host).unwrap_or_default()
    }

    /// Every interface that has an id, by id.
    pub fn interfaces(&self) -> impl Iterator<Item = &InterfaceView> {
        self.listed.iter().filter_map(|slot| self.judge(slot))
    }

    /// How many interfaces have an id.
    #[must_use]
    pub fn count(&self) -> usize {
        self.listed.len()
    }

    /// The interface with the id `id`.
    fn by_id(&self, id: InterfaceId) -> Option<&InterfaceView> {
        let position = self.listed.binary_search_by_key(&Some(id), |slot| slot.id);
        self.judge(self.listed.get(position.ok()?)?)
    }

    /// The interface that `word` names: digits are an id, anything else a name.
    #[must_use]
    pub fn find(&self, word: &str) -> Option<&InterfaceView> {
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            // A number too large to be an id is nobody's.
            self.by_id(InterfaceId(word.parse().ok()?))
        } else {
            self.by_name(word)
        }
    }

    /// The interface with the kernel name `name`, else with that altname, else
    /// configured so. Bytes that are not UTF-8 are written `\xNN`.
    fn by_name(&self, name: &str) -> Option<&InterfaceView> {
        let slots = || self.listed.iter().chain(&self.unlisted);
        let link = |slot: &Slot| self.snapshot.link(*slot.devices().first()?);
        let find = |is_it: &dyn Fn(&Link) -> bool| {
            slots().find(|slot| link(slot).is_some_and(|facts| is_it(&facts.link)))
        };
        let slot = find(&|link| is_written(name, link.name.as_bytes(), &link.name))
            .or_else(|| find(&|link| has_altname(name, link)))
            .or_else(|| slots().find(|slot| slot.is_configured_as(name)))?;
        self.judge(slot)
    }

    /// Every link, by index.
    #[must_use]
    pub fn devices(&self) -> Vec<DeviceView<'_>> {
        inventory::devices(self)
    }

    /// The networks of every listed interface, each with a number of its own.
    #[must_use]
    pub fn networks(&self) -> Vec<NumberedNetwork<'_>> {
        inventory::networks(self)
    }

    /// The links that listed interfaces are, and the VLANs on them.
    pub(super) fn listed_devices(&self) -> impl Iterator<Item = IfIndex> {
        self.listed.iter().flat_map(Slot::devices).copied()
    }

    /// What the host's resolver uses.
    #[must_use]
    pub fn dns(&self) -> &Dns {
        interface::dns(&self.snapshot)
    }

    /// The gateways of all default routes in the main table, the best first.
    #[must_use]
    pub fn default_gateways(&self) -> Vec<IpAddr> {
        gateways::of_host(&self.snapshot)
    }

    /// The facts of the interface's own link, if that is here.
    #[must_use]
    pub fn facts(&self, interface: &InterfaceView) -> Option<&Arc<LinkFacts>> {
        self.snapshot.link(interface.index?)
    }

    /// The facts all this is concluded from.
    #[must_use]
    pub fn snapshot(&self) -> &Arc<Snapshot> {
        &self.snapshot
    }

    /// How long ago, at `now`, this was concluded.
    #[must_use]
    pub fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.made)
    }

    /// Whether, at `now`, this is too old to be called current: events have been
    /// known to be missing for 10 s and no dump has made up for them.
    #[must_use]
    pub fn is_stale(&self, now: Instant) -> bool {
        let missing = self.snapshot.kernel.missing_since;
        missing.is_some_and(|since| now.saturating_duration_since(since) >= GRACE)
    }

    fn judge<'a>(&'a self, slot: &'a Slot) -> Option<&'a InterfaceView> {
        let snapshot = &self.snapshot;
        let judge = || match &slot.source {
            Source::Derived(devices) => InterfaceView::derived(slot.id, devices, snapshot),
            Source::Configured(configured) => Some(InterfaceView::configured(configured, snapshot)),
        };
        slot.view.get_or_init(judge).as_ref()
    }
}

/// Listed and unlisted interfaces that `snapshot` has, listed ones by id.
fn derived(snapshot: &Snapshot, ids: &mut Ids, now: Instant) -> (Vec<Slot>, Vec<Slot>) {
    let served = Served::of(snapshot);
    ids.update(snapshot, &served, now);
    let id = |base: &IfIndex| snapshot.link(*base).and_then(|facts| ids.of(facts));
    let listed = served.listed.into_iter();
    let mut listed: Vec<Slot> = listed
        .map(|(base, devices)| Slot::new(id(&base), Source::Derived(devices)))
        .collect();
    listed.sort_by_key(|slot| slot.id);
    let unlisted = served.unlisted.into_values();
    let unlisted = unlisted.map(|devices| Slot::new(None, Source::Derived(devices)));
    (listed, unlisted.collect())
}

/// The interfaces of `desired`, by id.
fn configured(desired: &Desired, snapshot: &Snapshot) -> Vec<Slot> {
    selected::find(desired, snapshot)
        .into_iter()
        .map(|configured| Slot::new(Some(configured.desired.id), Source::Configured(configured)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::sample::{link, snapshot};

    #[test]
    fn what_takes_long_is_judged_before_anybody_asks() {
        let large = (0..=MANY_ADDRESSES).fold(link(2, "eth0"), |facts, number| {
            facts.address(&format!("10.0.{}.{}/32", number / 256, number % 256))
        });
        let vlan = |facts: LinkFacts| facts.vlan(7, 4);
        let many =
            |facts: LinkFacts| facts.with(|facts| facts.addresses.clone_from(&large.addresses));
        let snapshot = snapshot([
            large.clone(),
            link(3, "eth1"),
            link(4, "eth2"),
            many(vlan(link(5, "eth2.7"))),
        ]);
        let view = NodeView::new(
            Node::default(),
            Arc::new(snapshot),
            &mut Ids::default(),
            Instant::now(),
        );
        let judged: Vec<bool> = view
            .listed
            .iter()
            .map(|slot| slot.view.get().is_some())
            .collect();
        assert_eq!(judged, [true, false, true]);
    }
}
