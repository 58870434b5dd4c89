//! The listed interfaces of two views, each with itself.
//!
//! An interface is the same as long as its link is; one that is configured, as long as
//! it is configured with its id.

use super::{Found, Interfaces, Slot, Source};
use crate::facts::{IfIndex, Snapshot};
use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::Arc;

/// Positions of interfaces in an older view and in a newer one; `None` where it is not
/// listed.
pub(in crate::view) type Pairs = Vec<(Option<usize>, Option<usize>)>;

/// The interfaces of a view, and the snapshot they are found in.
type Part<'a> = (&'a Found, &'a Snapshot);

/// What tells a link from all others, past ones too.
type Own = (IfIndex, u64);

impl Interfaces {
    /// Those that may be other than in the older view `last`: they have come or gone,
    /// or a link of theirs is one that `is_touched`.
    pub(in crate::view) fn pairs_since(
        &self,
        snapshot: &Snapshot,
        last: (&Self, &Snapshot),
        is_touched: impl Fn(IfIndex) -> bool,
    ) -> Pairs {
        let has_touched = |slot: &Slot| slot.devices().iter().any(|index| is_touched(*index));
        if Arc::ptr_eq(&last.0.found, &self.found) {
            let listed = self.found.listed().iter().enumerate();
            let touched = listed.filter(|(_, slot)| has_touched(slot));
            return touched
                .map(|(position, _)| (Some(position), Some(position)))
                .collect();
        }
        let parts = (&*last.0.found, last.1);
        let mut pairs = paired(parts, (&self.found, snapshot));
        pairs.retain(|(old, new)| {
            let old = old.and_then(|position| last.0.found.slots.get(position));
            let new = new.and_then(|position| self.found.slots.get(position));
            match (old, new) {
                (Some(old), Some(new)) => {
                    has_touched(old) || has_touched(new) || !old.is_made_as(new)
                }
                _ => true,
            }
        });
        pairs
    }
}

impl Found {
    fn listed(&self) -> &[Slot] {
        self.slots.get(..self.listed).unwrap_or_default()
    }
}

impl Slot {
    /// Whether it is made of the same links, for the same wants.
    fn is_made_as(&self, other: &Self) -> bool {
        match (&self.source, &other.source) {
            (Source::Derived(devices), Source::Derived(others)) => devices == others,
            (Source::Configured(configured), Source::Configured(other)) => configured == other,
            _ => false,
        }
    }

    fn own(&self, snapshot: &Snapshot) -> Option<Own> {
        let facts = snapshot.link(*self.devices().first()?)?;
        Some((facts.link.index, facts.incarnation))
    }
}

/// Whether two that stand at the same place, by id, are the same.
fn is_same((old, old_snapshot): (&Slot, &Snapshot), (new, snapshot): (&Slot, &Snapshot)) -> bool {
    old.id == new.id
        && match (&old.source, &new.source) {
            (Source::Configured(_), Source::Configured(_)) => true,
            _ => old.own(old_snapshot) == new.own(snapshot),
        }
}

/// All of both. Most have the id that they had; the others are looked for by link.
fn paired(old: Part, new: Part) -> Pairs {
    let (olds, news) = (old.0.listed(), new.0.listed());
    let mut pairs = Vec::with_capacity(news.len());
    let (mut gone, mut come) = (Vec::new(), Vec::new());
    let (mut at_old, mut at_new) = (0, 0);
    loop {
        let order = match (olds.get(at_old), news.get(at_new)) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(one), Some(other)) if is_same((one, old.1), (other, new.1)) => {
                pairs.push((Some(at_old), Some(at_new)));
                at_old += 1;
                at_new += 1;
                continue;
            }
            (Some(one), Some(other)) => one.id.cmp(&other.id),
        };
        if order.is_le() {
            gone.push(at_old);
            at_old += 1;
        }
        if order.is_ge() {
            come.push(at_new);
            at_new += 1;
        }
    }
    pairs.extend(by_link((old, gone), (new, come)));
    pairs
}

/// Of interfaces without the id that they had.
fn by_link((old, gone): (Part, Vec<usize>), (new, come): (Part, Vec<usize>)) -> Pairs {
    let own = |part: Part, position: usize| part.0.listed().get(position)?.own(part.1);
    let links = gone.iter().map(|position| (own(old, *position), *position));
    let mut links: HashMap<Own, usize> = links
        .filter_map(|(link, position)| Some((link?, position)))
        .collect();
    let mut pairs = Vec::new();
    for position in come {
        let before = own(new, position).and_then(|link| links.remove(&link));
        pairs.push((before, Some(position)));
    }
    let is_gone = |position: &usize| match own(old, *position) {
        Some(link) => links.contains_key(&link),
        None => true,
    };
    let gone = gone.into_iter().filter(is_gone);
    pairs.extend(gone.map(|position| (Some(position), None)));
    pairs
}
