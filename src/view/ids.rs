//! Which interface has which id, over time.
//!
//! Clients ask for interface 1 without looking, so id 1 is the link with the
//! best default route. The daemon usually starts before the network is up: until
//! a best default has stood for 10 s, id 1 is provisional. An id stays with its
//! link through renames, and with its identity should it vanish and come back;
//! it is never given to another.

use super::served::{Served, has_global_address};
use crate::facts::{
    DefaultRoute, HopState, IfIndex, IfName, InterfaceId, LinkFacts, LinkKind, MacAddr, Snapshot,
    TABLE_MAIN,
};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How long a best default route stands before it decides who is interface 1.
const STANDING: Duration = Duration::from_secs(10);
/// Links that vanished and are remembered. Those that come by the hundred are
/// forgotten first: a container's veth, then what has no hardware of its own.
const MEMORY: usize = 256;

const FIRST: InterfaceId = InterfaceId(1);

/// The ids given so far.
#[derive(Debug)]
pub struct Ids {
    present: HashMap<Appearance, (InterfaceId, Identity)>,
    /// Who vanished first is first.
    vanished: Vec<(InterfaceId, Identity)>,
    next: u32,
    choice: Choice,
}

/// A link from when it appears until it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Appearance {
    index: IfIndex,
    incarnation: u64,
}

/// What a link is known by when it comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Identity {
    PermanentMac(MacAddr),
    Name(IfName),
    Veth(IfName),
}

impl Identity {
    /// How much it is worth remembering.
    fn worth(self) -> u8 {
        match self {
            Self::PermanentMac(_) => 2,
            Self::Name(_) => 1,
            Self::Veth(_) => 0,
        }
    }
}

/// How far the choice of interface 1 is.
#[derive(Clone, Copy, Debug)]
enum Choice {
    /// Nothing was seen yet.
    Unseen,
    /// Provisional; the best default route, if any, and since when it is the best.
    Provisional(Option<(Appearance, Instant)>),
    Settled,
}

impl Default for Ids {
    fn default() -> Self {
        Self {
            present: HashMap::new(),
            vanished: Vec::new(),
            next: FIRST.0,
            choice: Choice::Unseen,
        }
    }
}

impl Ids {
    /// The id of the link `facts`, if it was given one.
    #[must_use]
    pub fn of(&self, facts: &LinkFacts) -> Option<InterfaceId> {
        let (id, _) = self.present.get(&Appearance::from(facts))?;
        Some(*id)
    }

    /// When a new [`NodeView`](super::NodeView) is due though nothing changes.
    #[must_use]
    pub fn deadline(&self) -> Option<Instant> {
        match self.choice {
            Choice::Provisional(Some((_, since))) => Some(since + STANDING),
            _ => None,
        }
    }

    /// Gives ids to the interfaces `served` of `snapshot`.
    pub(super) fn update(&mut self, snapshot: &Snapshot, served: &Served, now: Instant) {
        self.forget_vanished(snapshot);
        let best = best_default(snapshot, served);
        if let Choice::Unseen = self.choice {
            self.choice = match best {
                Some(_) => Choice::Settled,
                None => Choice::Provisional(None),
            };
        }
        self.give(snapshot, served, best);
        self.settle(best, now);
    }

    /// Whether it is decided who is interface 1.
    pub(super) fn are_settled(&self) -> bool {
        matches!(self.choice, Choice::Settled)
    }

    /// As [`update`](Self::update) where no link plays another part than last
    /// time; whether an id has changed.
    pub(super) fn settle_among(
        &mut self,
        snapshot: &Snapshot,
        served: &Served,
        now: Instant,
    ) -> bool {
        !self.are_settled() && self.settle(best_default(snapshot, served), now)
    }

    fn forget_vanished(&mut self, snapshot: &Snapshot) {
        let vanished = &mut self.vanished;
        self.present.retain(|appearance, (id, identity)| {
            let here = snapshot
                .link(appearance.index)
                .filter(|facts| facts.incarnation == appearance.incarnation);
            match here {
                Some(facts) => *identity = Identity::from(facts.as_ref()),
                None => vanished.push((*id, *identity)),
            }
            here.is_some()
        });
        while vanished.len() > MEMORY {
            let least =
                (0..vanished.len()).min_by_key(|at| vanished.get(*at).map(|(_, who)| who.worth()));
            least.map(|at| vanished.remove(at));
        }
    }

    /// Gives each interface that has none its old id back, or a new one: the
    /// first ever goes to who is to be interface 1.
    fn give(&mut self, snapshot: &Snapshot, served: &Served, best: Option<Appearance>) {
        if self.next == FIRST.0 {
            let settled = best.filter(|_| matches!(self.choice, Choice::Settled));
            let first = settled
                .and_then(|best| snapshot.link(best.index))
                .map(AsRef::as_ref)
                .or_else(|| provisional(snapshot, served));
            first.inspect(|facts| self.give_one(facts));
        }
        for index in served.listed.keys() {
            snapshot.link(*index).inspect(|facts| self.give_one(facts));
        }
    }

    fn give_one(&mut self, facts: &LinkFacts) {
        let appearance = Appearance::from(facts);
        if self.present.contains_key(&appearance) {
            return;
        }
        let identity = Identity::from(facts);
        let known = self.vanished.iter().rposition(|(_, old)| *old == identity);
        let id = known
            .map(|position| self.vanished.remove(position))
            .map_or_else(|| self.new_id(), |(id, _)| id);
        self.present.insert(appearance, (id, identity));
    }

    fn new_id(&mut self) -> InterfaceId {
        let id = InterfaceId(self.next);
        self.next += 1;
        id
    }

    /// Lets the best default decide once it has stood long enough; whether it did.
    fn settle(&mut self, best: Option<Appearance>, now: Instant) -> bool {
        let Choice::Provisional(candidate) = self.choice else {
            return false;
        };
        let Some(best) = best else {
            self.choice = Choice::Provisional(None);
            return false;
        };
        let since = match candidate {
            Some((link, since)) if link == best => since,
            _ => now,
        };
        let has_stood = now.duration_since(since) >= STANDING;
        self.choice = if has_stood {
            self.make_first(best);
            Choice::Settled
        } else {
            Choice::Provisional(Some((best, since)))
        };
        has_stood
    }

    /// The link `best` and whoever is interface 1 change places.
    fn make_first(&mut self, best: Appearance) {
        let Some((old, _)) = self.present.get(&best).copied() else {
            return;
        };
        let present = self.present.values_mut().map(|(id, _)| id);
        let vanished = self.vanished.iter_mut().map(|(id, _)| id);
        for id in present.chain(vanished) {
            if *id == FIRST {
                *id = old;
            } else if *id == old {
                *id = FIRST;
            }
        }
    }
}

impl From<&LinkFacts> for Appearance {
    fn from(facts: &LinkFacts) -> Self {
        Self {
            index: facts.link.index,
            incarnation: facts.incarnation,
        }
    }
}

impl From<&LinkFacts> for Identity {
    fn from(facts: &LinkFacts) -> Self {
        match &facts.link.permanent_mac {
            Some(mac) => Self::PermanentMac(**mac),
            None if facts.link.kind == LinkKind::Veth => Self::Veth(facts.link.name),
            None => Self::Name(facts.link.name),
        }
    }
}

/// Who is interface 1 while there is no default route.
fn provisional<'a>(snapshot: &'a Snapshot, served: &Served) -> Option<&'a LinkFacts> {
    let is_in_use = |(index, devices): &(&IfIndex, &Vec<IfIndex>)| {
        let is_connected = snapshot
            .link(**index)
            .is_some_and(|facts| facts.link.is_connected());
        let mut devices = devices.iter().filter_map(|index| snapshot.link(*index));
        is_connected && devices.any(|facts| has_global_address(facts))
    };
    let in_use = served.listed.iter().find(is_in_use);
    let (index, _) = in_use.or_else(|| served.listed.first_key_value())?;
    snapshot.link(*index).map(AsRef::as_ref)
}

/// The interface that carries the best default route, itself or in a VLAN.
fn best_default(snapshot: &Snapshot, served: &Served) -> Option<Appearance> {
    let candidates = served.listed.iter().flat_map(|(base, devices)| {
        let base = snapshot.link(*base);
        let routes = devices
            .iter()
            .filter_map(|device| snapshot.link(*device))
            .flat_map(|facts| &facts.default_routes);
        routes.filter_map(move |route| Some((base?, route)))
    });
    let (base, _) = candidates
        .filter(|(_, route)| route.state != HopState::Dead)
        .min_by_key(|(base, route)| rank(base, route))?;
    Some(Appearance::from(base.as_ref()))
}

/// Orders default routes by how much they make their link the node's first.
fn rank(base: &LinkFacts, route: &DefaultRoute) -> impl Ord + use<> {
    let is_cabled = [libc::ARPHRD_ETHER, libc::ARPHRD_INFINIBAND].contains(&base.link.hardware);
    (
        route.table != TABLE_MAIN,
        route.is_ipv6,
        !is_cabled,
        route.metric,
        base.link.index,
    )
}

#[cfg(test)]
mod tests;
