//! What is judged when, and what is taken over from view to view.

use super::*;
use crate::facts::LinkFacts;
use crate::facts::sample::{link, route, snapshot};
use std::time::Duration;

fn derived(links: impl IntoIterator<Item = LinkFacts>) -> (Interfaces, Snapshot) {
    let snapshot = snapshot(links);
    let mut ids = Ids::default();
    let interfaces = Interfaces::derived(None, &snapshot, &mut ids, Instant::now());
    (interfaces, snapshot)
}

#[test]
fn what_takes_long_is_judged_before_anybody_asks() {
    let large = (0..=MANY_ADDRESSES).fold(link(2, "eth0"), |facts, number| {
        facts.address(&format!("10.0.{}.{}/32", number / 256, number % 256))
    });
    let vlan = |facts: LinkFacts| facts.vlan(7, 4);
    let many = |facts: LinkFacts| facts.with(|facts| facts.addresses.clone_from(&large.addresses));
    let (interfaces, snapshot) = derived([
        large.clone(),
        link(3, "eth1"),
        link(4, "eth2"),
        many(vlan(link(5, "eth2.7"))),
    ]);
    interfaces.judge_the_large(&snapshot);
    let judged: Vec<bool> = interfaces
        .views
        .iter()
        .map(|view| view.get().is_some())
        .collect();
    assert_eq!(judged, [true, false, true]);
}

/// What a view after another says must be what one made from nothing says.
#[test]
fn what_is_taken_over_is_what_would_be_found_anew() {
    let routed = || link(3, "eth1").default_route(route("192.0.2.1"));
    let hosts = [
        vec![link(2, "eth0"), link(3, "eth1")],
        vec![link(2, "eth0"), routed()],
        vec![link(2, "eth0"), routed().vlan(7, 2)],
        vec![routed()],
    ];
    let ids_of = |interfaces: &Interfaces, snapshot: &Snapshot| -> Vec<_> {
        let listed = interfaces.listed(snapshot);
        listed.map(|view| (view.id, view.name.clone())).collect()
    };
    let mut now = Instant::now();
    let (mut ids, mut fresh_ids) = (Ids::default(), Ids::default());
    let mut last: Option<(Interfaces, Snapshot)> = None;
    for links in hosts {
        // The best default route decides who is interface 1 once it has stood.
        for _ in 0..2 {
            now += Duration::from_secs(11);
            let snapshot = snapshot(links.clone());
            let fresh = Interfaces::derived(None, &snapshot, &mut fresh_ids, now);
            let before = last.as_ref().map(|(last, snapshot)| (last, snapshot));
            let next = Interfaces::derived(before, &snapshot, &mut ids, now);
            assert_eq!(ids_of(&next, &snapshot), ids_of(&fresh, &snapshot));
            last = Some((next, snapshot));
        }
    }
}
