//! Whatever changes: what is told is what a comparison of every interface, wholly
//! judged, would tell.
//!
//! Hosts are drawn at random, and shrunk when a test fails.

use super::*;
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;

const KINDS: [&str; 3] = ["", "bridge", "macvlan"];

/// A link on or in another, some of the time.
fn any_link(index: u32) -> impl Strategy<Value = Option<LinkFacts>> {
    let other = || proptest::option::weighted(0.3, 2_u32..8);
    let shape = (0..KINDS.len(), any::<bool>(), other(), other());
    let state = (0_usize..4, 0_usize..4, 0_usize..3, 1_u64..3, 0_u32..2);
    (shape, state).prop_map(move |((kind, is_vlan, master, lower), state)| {
        let (bits, address, gateway, incarnation, speed) = state;
        let mut facts = link(index, &format!("l{index}"));
        facts.incarnation = u64::from(index) + 10 * incarnation;
        facts.speed = Reading::Current(speed);
        facts.link.flags.0 = [0x1_0001, 0x1_0001, NO_CARRIER, DOWN][bits];
        facts.link.master = master.map(IfIndex).filter(|other| other.0 != index);
        facts.link.lower = lower.map(IfIndex).filter(|other| other.0 != index);
        facts.link.kind = match KINDS[kind] {
            "" if is_vlan => LinkKind::Vlan {
                id: crate::facts::VlanId::new(7).unwrap(),
            },
            "" => LinkKind::Hardware,
            kind => LinkKind::Other(kind.into()),
        };
        let facts = match address {
            0 => facts,
            1 => facts.address("192.0.2.1/24"),
            2 => doubtful(facts, 0xc0),
            _ => doubtful(facts, 0xc8),
        };
        Some(match gateway {
            0 => facts,
            1 => facts.default_route(route("192.0.2.254")),
            _ => facts.default_route(route("fe80::1")),
        })
    })
}

/// Links that change, or go, one by one or together.
fn steps() -> impl Strategy<Value = Vec<BTreeMap<u32, Option<LinkFacts>>>> {
    let change = (2_u32..8).prop_flat_map(|index| {
        let facts = prop_oneof![1 => Just(None), 6 => any_link(index)];
        facts.prop_map(move |facts| (index, facts))
    });
    vec(vec(change, 1..4).prop_map(BTreeMap::from_iter), 2..12)
}

/// What tells an interface from all others: as it is configured, or by its link.
type Key = (Option<crate::facts::InterfaceId>, Option<(IfIndex, u64)>);

fn statuses(view: &NodeView) -> Vec<(Key, Status)> {
    let key = |interface: &crate::view::InterfaceView| {
        let own = view.facts(interface);
        let link = own.map(|facts| (facts.link.index, facts.incarnation));
        if view.is_configured() {
            (interface.id, None)
        } else {
            (None, link)
        }
    };
    let interfaces = view.interfaces();
    interfaces
        .map(|interface| (key(interface), Status::of(interface)))
        .collect()
}

/// The lines of a comparison of all with all.
fn compared(last: &NodeView, new: &NodeView) -> Vec<String> {
    let (olds, news) = (statuses(last), statuses(new));
    let in_olds = |key: &Key| olds.iter().find(|(other, _)| other == key);
    let is_gone = |key: &Key| !news.iter().any(|(other, _)| other == key);
    let mut told = Vec::new();
    for (key, status) in &news {
        told.extend(lines(in_olds(key).map(|(_, old)| old), Some(status)));
    }
    for (_, status) in olds.iter().filter(|(key, _)| is_gone(key)) {
        told.extend(lines(Some(status), None));
    }
    told
}

fn sorted(mut lines: Vec<String>) -> Vec<String> {
    lines.sort();
    lines
}

/// Two networks of two interfaces, one of them on a VLAN.
const WANTED: &str = r#"
interface = [
    { id = 1, name = "l2", network = [
        { id = 1, name = "a", assigned_by = "STATIC", ip_ranges = ["192.0.2.1"], vlan_id = 7 },
        { id = 2, name = "b", assigned_by = "STATIC", ip_ranges = ["2001:db8::1"] },
    ] },
    { id = 2, name = "l4", default_gateway = "192.0.2.254" },
]
"#;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_change_is_missed_or_made_up(steps in steps(), is_configured: bool) {
        let config = if is_configured { WANTED } else { "" };
        let mut links: BTreeMap<u32, LinkFacts> = BTreeMap::new();
        let mut watch = Watch::new(config, snapshot([]));
        for step in steps {
            for (index, facts) in step {
                match facts {
                    Some(facts) => drop(links.insert(index, facts)),
                    None => drop(links.remove(&index)),
                }
            }
            let last = Arc::clone(&watch.last);
            let told = watch.says(snapshot(links.values().cloned()));
            prop_assert_eq!(sorted(told), sorted(compared(&last, &watch.last)));
        }
    }
}
