//! The node: every interface it serves, found by id or by name.
//!
//! Documents are made of this, and of a sample of the counters, alone.

use super::gateways;
use super::ids::Ids;
use super::interface::{self, InterfaceView};
use super::interfaces::{Interfaces, Pairs};
use super::inventory::{self, DeviceView, NumberedNetwork};
use super::status::Status;
use crate::config::{Config, Desired};
use crate::facts::{Dns, GRACE, IfIndex, InterfaceId, LinkFacts, NodeId, Snapshot};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

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
    interfaces: Interfaces,
}

impl NodeView {
    /// Looks at `snapshot`: for the interfaces that are configured, or if none
    /// is, for all that there are, giving new ones their `ids`.
    #[must_use]
    pub fn new(node: Node, snapshot: Arc<Snapshot>, ids: &mut Ids, now: Instant) -> Self {
        Self::after(None, node, snapshot, ids, now)
    }

    /// The same after the view `last`, whose conclusions stand where what they
    /// were drawn from does.
    #[must_use]
    pub fn after(
        last: Option<&Self>,
        node: Node,
        snapshot: Arc<Snapshot>,
        ids: &mut Ids,
        now: Instant,
    ) -> Self {
        let interfaces = if node.desired.interfaces.is_empty() {
            let last = last.filter(|last| !last.is_configured());
            let last = last.map(|last| (&last.interfaces, &*last.snapshot));
            Interfaces::derived(last, &snapshot, ids, now)
        } else {
            Interfaces::configured(&node.desired, &snapshot)
        };
        interfaces.judge_the_large(&snapshot);
        Self {
            node,
            snapshot,
            interfaces,
            made: now,
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
        self.interfaces.listed(&self.snapshot)
    }

    /// How many interfaces have an id.
    #[must_use]
    pub fn count(&self) -> usize {
        self.interfaces.count()
    }

    /// The interface that `word` names: digits are an id, anything else a name.
    #[must_use]
    pub fn find(&self, word: &str) -> Option<&InterfaceView> {
        if word.bytes().all(|byte| byte.is_ascii_digit()) {
            // A number too large to be an id is nobody's.
            let id = InterfaceId(word.parse().ok()?);
            self.interfaces.by_id(id, &self.snapshot)
        } else {
            self.interfaces.by_name(word, &self.snapshot)
        }
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
        self.interfaces.devices()
    }

    /// The listed interfaces that may be other than in this view in the `newer` one:
    /// they have come or gone, or a link of theirs is one that `is_touched`.
    pub(super) fn pairs_with(&self, newer: &Self, is_touched: impl Fn(IfIndex) -> bool) -> Pairs {
        let own = (&self.interfaces, &*self.snapshot);
        let snapshot = &newer.snapshot;
        newer.interfaces.pairs_since(snapshot, own, is_touched)
    }

    /// The status of the listed interface at `position`.
    pub(super) fn status(&self, position: usize) -> Option<Status> {
        self.interfaces.status(position, &self.snapshot)
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
}
