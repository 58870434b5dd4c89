//! Ids over time: who is 1, who keeps which number.
//!
//! A story is a host that changes in a time of the test's own.

use super::*;
use crate::facts::LinkKind;
use crate::facts::sample::{link, route, snapshot};

/// Ids of a host whose links change, told in seconds.
struct Story {
    ids: Ids,
    start: Instant,
}

impl Story {
    fn new() -> Self {
        Self {
            ids: Ids::default(),
            start: Instant::now(),
        }
    }

    /// What ids these links have at `seconds`, as "name id" in the order given.
    fn at(&mut self, seconds: u64, links: &[LinkFacts]) -> String {
        let snapshot = snapshot(links.to_vec());
        let now = self.start + Duration::from_secs(seconds);
        self.ids.update(&snapshot, &Served::of(&snapshot), now);
        let id = |facts: &LinkFacts| self.ids.of(facts).map_or(0, |id| id.0);
        let told = links
            .iter()
            .map(|facts| format!("{} {}", facts.link.name, id(facts)));
        told.collect::<Vec<_>>().join(", ")
    }
}

fn eth(index: u32) -> LinkFacts {
    link(index, &format!("eth{index}"))
}

fn with_default(facts: LinkFacts) -> LinkFacts {
    facts.default_route(route("192.0.2.1"))
}

fn again(facts: LinkFacts) -> LinkFacts {
    facts.with(|facts| facts.incarnation += 100)
}

#[test]
fn a_default_at_the_start_is_interface_1_for_good() {
    let mut story = Story::new();
    assert_eq!(
        story.at(0, &[eth(2), with_default(eth(3)), eth(4)]),
        "eth2 2, eth3 1, eth4 3"
    );
    assert_eq!(story.ids.deadline(), None);
    assert_eq!(
        story.at(99, &[with_default(eth(2)), eth(3), eth(4)]),
        "eth2 2, eth3 1, eth4 3"
    );
    assert_eq!(
        story.at(999, &[with_default(eth(2)), eth(3), eth(4)]),
        "eth2 2, eth3 1, eth4 3"
    );
}

#[test]
fn without_a_default_the_first_in_use_is_provisional() {
    let mut story = Story::new();
    let unplugged = eth(2)
        .address("192.0.2.2/24")
        .with(|facts| facts.link.flags.0 = 1);
    let used = eth(4).address("192.0.2.4/24");
    assert_eq!(
        story.at(0, &[unplugged, eth(3), used]),
        "eth2 2, eth3 3, eth4 1"
    );
    let mut story = Story::new();
    assert_eq!(
        story.at(0, &[eth(5), eth(6).address("fe80::1/64")]),
        "eth5 1, eth6 2"
    );
    let mut story = Story::new();
    let vlan = link(7, "eth6.9").vlan(9, 6).address("192.0.2.4/24");
    assert_eq!(
        story.at(0, &[eth(5), eth(6), vlan]),
        "eth5 2, eth6 1, eth6.9 0"
    );
}

#[test]
fn a_default_that_comes_later_must_stand_for_10_seconds() {
    let mut story = Story::new();
    let before = "eth2 1, eth3 2, eth4 3";
    let third = || [eth(2), eth(3), with_default(eth(4))];
    let second = || [eth(2), with_default(eth(3)), eth(4)];
    assert_eq!(story.at(0, &[eth(2), eth(3), eth(4)]), before);
    assert_eq!(story.ids.deadline(), None);
    assert_eq!(story.at(5, &third()), before);
    assert_eq!(
        story.ids.deadline(),
        Some(story.start + Duration::from_secs(15))
    );
    assert_eq!(story.at(14, &third()), before);
    assert_eq!(
        story.at(14, &second()),
        before,
        "another: the count begins anew"
    );
    assert_eq!(story.at(20, &[eth(2), eth(3), eth(4)]), before, "gone");
    assert_eq!(story.at(30, &third()), before);
    assert_eq!(story.at(40, &third()), "eth2 3, eth3 2, eth4 1");
    assert_eq!(
        story.at(99, &second()),
        "eth2 3, eth3 2, eth4 1",
        "once only"
    );
    assert_eq!(story.at(199, &second()), "eth2 3, eth3 2, eth4 1");
}

#[test]
fn the_provisional_first_may_be_the_one() {
    let mut story = Story::new();
    story.at(0, &[eth(2), eth(3)]);
    story.at(1, &[with_default(eth(2)), eth(3)]);
    assert_eq!(
        story.at(11, &[with_default(eth(2)), eth(3)]),
        "eth2 1, eth3 2"
    );
    assert_eq!(story.ids.deadline(), None);
}

#[test]
fn a_host_that_begins_with_nothing() {
    let mut story = Story::new();
    assert_eq!(story.at(0, &[]), "");
    assert_eq!(story.at(1, &[with_default(eth(5))]), "eth5 1");
    assert_eq!(
        story.at(2, &[eth(3), with_default(eth(5))]),
        "eth3 2, eth5 1"
    );
}

#[test]
fn an_id_stays_with_its_link() {
    let mut story = Story::new();
    story.at(0, &[with_default(eth(2)), eth(3), eth(4)]);
    let renamed = || eth(3).with(|facts| facts.link.name = IfName::new(b"lan0").unwrap());
    assert_eq!(
        story.at(1, &[eth(2), renamed(), eth(4)]),
        "eth2 1, lan0 2, eth4 3"
    );
    let enslaved = renamed().port_of(4);
    assert_eq!(
        story.at(2, &[eth(2), enslaved, eth(4)]),
        "eth2 1, lan0 2, eth4 3"
    );
    assert_eq!(story.at(3, &[eth(4)]), "eth4 3");
    // Back under its name, then one that is new; numbers are not given again.
    let back = again(renamed()).with(|facts| facts.link.index = IfIndex(9));
    assert_eq!(
        story.at(4, &[eth(4), eth(5), back]),
        "eth4 3, eth5 4, lan0 2"
    );
    assert_eq!(story.at(5, &[eth(4), again(eth(2))]), "eth4 3, eth2 1");
}

#[test]
fn a_permanent_address_is_known_under_any_name() {
    let mac = |last| MacAddr::new(&[2, 0, 0, 0, 0, last]);
    let nic =
        |index, last| eth(index).with(|facts| facts.link.permanent_mac = mac(last).map(Box::new));
    let mut story = Story::new();
    story.at(0, &[with_default(nic(2, 1)), nic(3, 2)]);
    story.at(1, &[nic(2, 1)]);
    assert_eq!(
        story.at(2, &[nic(2, 1), again(nic(7, 2))]),
        "eth2 1, eth7 2"
    );
    assert_eq!(
        story.at(3, &[nic(2, 1), again(nic(3, 3))]),
        "eth2 1, eth3 3",
        "another card"
    );
}

#[test]
fn an_index_that_is_used_again_is_not_the_same_link() {
    let mut story = Story::new();
    story.at(0, &[with_default(eth(2)), eth(3)]);
    let other = again(link(3, "tap0"));
    assert_eq!(story.at(1, &[eth(2), other]), "eth2 1, tap0 3");
}

#[test]
fn the_first_that_vanished_before_it_was_settled_comes_back_as_another() {
    let mut story = Story::new();
    story.at(0, &[eth(2), eth(3)]);
    story.at(1, &[with_default(eth(3))]);
    assert_eq!(story.at(11, &[with_default(eth(3))]), "eth3 1");
    assert_eq!(story.at(12, &[again(eth(2)), eth(3)]), "eth2 2, eth3 1");
}

#[test]
fn only_so_many_are_remembered() {
    let mut story = Story::new();
    let many: Vec<LinkFacts> = (2..302).map(eth).collect();
    story.at(0, &many);
    story.at(1, &[]);
    assert_eq!(story.ids.vanished.len(), MEMORY);
    assert_eq!(story.ids.present.len(), 0);
    story.at(2, &many);
    let ids: std::collections::HashSet<u32> = many
        .iter()
        .filter_map(|facts| story.ids.of(facts))
        .map(|id| id.0)
        .collect();
    assert_eq!(ids.len(), 300, "no id is given twice");
}

#[test]
fn containers_push_nobody_out_of_memory() {
    let mac = MacAddr::new(&[2, 0, 0, 0, 0, 9]);
    let nic = |index| eth(index).with(|facts| facts.link.permanent_mac = mac.map(Box::new));
    let mut story = Story::new();
    story.at(0, &[with_default(eth(2)), eth(3), nic(4)]);
    story.at(1, &[eth(2)]);
    // More than the memory holds, one after the other, of both ephemeral kinds.
    for round in 0..300 {
        let veth = |index| {
            link(index, &format!("c{round}")).with(|facts| {
                facts.link.kind = LinkKind::Veth;
                facts.link.lower = Some(IfIndex(if index == 5 { 6 } else { 5 }));
            })
        };
        story.at(2, &[eth(2), again(veth(5)), again(veth(6))]);
        story.at(3, &[eth(2)]);
    }
    assert_eq!(
        story.at(4, &[eth(2), again(eth(3))]),
        "eth2 1, eth3 2",
        "no veth is worth it"
    );
    for round in 0..300 {
        let tap = link(5, &format!("tap{round}"));
        story.at(5, &[eth(2), again(tap)]);
        story.at(6, &[eth(2)]);
    }
    assert_eq!(
        story.at(7, &[eth(2), again(nic(4))]),
        "eth2 1, eth4 3",
        "no tap is worth it"
    );
}

#[test]
fn which_default_route_is_best() {
    let route = |gateway, change: fn(&mut DefaultRoute)| {
        let mut route = route(gateway);
        change(&mut route);
        route
    };
    let v4 = |change| route("192.0.2.1", change);
    let v6 = |change| route("fe80::1", change);
    let tun = |facts: LinkFacts| facts.with(|facts| facts.link.hardware = 65534);
    let vrf = link(9, "vrf").with(|facts| facts.link.kind = LinkKind::Vrf { table: 77 });
    #[rustfmt::skip]
    let table = [
        ("main before VRF", eth(2).port_of(9).default_route(v4(|r| { r.table = 77; r.metric = 0; })), eth(3).default_route(v6(|_| ()))),
        ("IPv4 before IPv6", eth(2).default_route(v6(|r| r.metric = 1)), eth(3).default_route(v4(|_| ()))),
        ("a cable before a tunnel", tun(eth(2)).default_route(v4(|r| r.metric = 0)), eth(3).default_route(v4(|_| ()))),
        ("lower metric", eth(2).default_route(v4(|_| ())), eth(3).default_route(v4(|r| r.metric = 99))),
        ("lower index", eth(4).default_route(v4(|_| ())), eth(3).default_route(v4(|_| ()))),
        ("alive", eth(2).default_route(v4(|r| { r.metric = 1; r.state = HopState::Dead; })), eth(3).default_route(v4(|_| ()))),
    ];
    for (what, other, best) in table {
        let snapshot = snapshot([other, best, vrf.clone()]);
        let chosen = best_default(&snapshot, &Served::of(&snapshot));
        assert_eq!(
            chosen.map(|chosen| chosen.index),
            Some(IfIndex(3)),
            "{what}"
        );
    }
    let vlan = link(7, "eth3.9").vlan(9, 3).default_route(v4(|_| ()));
    let snapshot = snapshot([eth(2), eth(3), vlan]);
    let chosen = best_default(&snapshot, &Served::of(&snapshot));
    assert_eq!(
        chosen.map(|chosen| chosen.index),
        Some(IfIndex(3)),
        "a VLAN stands for its link"
    );
}
