//! Whatever the order of events and dump messages: once all has been told, what
//! is held is what the kernel has.
//!
//! Cases are drawn at random, and shrunk when one fails.

use super::tests::{held, link};
use super::*;
use crate::facts::{AddressFlags, sample};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::{BTreeMap, VecDeque};
use std::net::IpAddr;
use std::slice::Iter;

/// A kernel: of each link its MTU and the last bytes of its addresses.
#[derive(Clone, Debug, Default)]
struct Kernel(BTreeMap<u32, (u32, BTreeSet<u8>)>);

/// One step of what happens.
#[derive(Clone, Debug)]
enum Step {
    /// The link comes, changes its MTU, or goes.
    Link(u32, Option<u32>),
    /// The address comes or goes, if the link is there.
    Address(u32, u8),
    /// Events are lost from here on, until a dump.
    Lose,
    /// A dump of the links and one of the addresses, interrupted or not.
    Dump([Vec<Turn>; 2], bool),
}

/// What happens next while a dump runs.
#[derive(Clone, Copy, Debug)]
enum Turn {
    /// The kernel looks at the next object of its list.
    Look,
    /// The kernel passes over it, if the dump is interrupted.
    Miss,
    /// The message about the first it has looked at comes in.
    Tell,
    /// The next step, if it is a change, with its events.
    Change,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let turn = prop_oneof![
        2 => Just(Turn::Look),
        1 => Just(Turn::Miss),
        2 => Just(Turn::Tell),
        4 => Just(Turn::Change),
    ];
    let turns = [vec(turn.clone(), 0..20), vec(turn, 0..40)];
    let step = prop_oneof![
        8 => (1_u32..4, proptest::option::of(1000_u32..1003)).prop_map(|(l, m)| Step::Link(l, m)),
        8 => (1_u32..4, 0_u8..3).prop_map(|(l, a)| Step::Address(l, a)),
        1 => Just(Step::Lose),
        2 => (turns, any::<bool>()).prop_map(|(t, i)| Step::Dump(t, i)),
    ];
    vec(step, 1..60)
}

fn address(link: u32, last: u8) -> Address {
    Address {
        flags: AddressFlags(0),
        ..sample::address(IfIndex(link), &format!("192.0.2.{last}/24"))
    }
}

impl Kernel {
    /// Does the step and returns the events it sends, in their order.
    fn change(&mut self, step: &Step) -> Vec<Decoded> {
        match *step {
            Step::Link(index, Some(mtu)) => {
                self.0.entry(index).or_default().0 = mtu;
                vec![Decoded::NewLink(link(index, mtu))]
            }
            Step::Link(index, None) => {
                let Some((_, addresses)) = self.0.remove(&index) else {
                    return Vec::new();
                };
                let gone = addresses.into_iter();
                gone.map(|last| Decoded::DelAddress(address(index, last).key))
                    .chain([Decoded::DelLink(IfIndex(index))])
                    .collect()
            }
            Step::Address(index, last) => {
                let Some((_, addresses)) = self.0.get_mut(&index) else {
                    return Vec::new();
                };
                vec![if addresses.remove(&last) {
                    Decoded::DelAddress(address(index, last).key)
                } else {
                    addresses.insert(last);
                    Decoded::NewAddress(address(index, last))
                }]
            }
            Step::Lose | Step::Dump(..) => Vec::new(),
        }
    }

    /// The next object of a list after the place `at`, which moves there.
    fn next(&self, object: DumpObject, at: &mut (u32, u8)) -> Option<Decoded> {
        let (place, message) = match object {
            DumpObject::Links => {
                let (index, (mtu, _)) = self.0.range(at.0 + 1..).next()?;
                ((*index, 0), Decoded::NewLink(link(*index, *mtu)))
            }
            DumpObject::Addresses => {
                let links = self.0.range(at.0..);
                let addresses = links.flat_map(|(index, (_, addresses))| {
                    addresses.iter().map(|last| (*index, *last))
                });
                let place = { addresses }.find(|place| place > at)?;
                (place, Decoded::NewAddress(address(place.0, place.1)))
            }
        };
        *at = place;
        Some(message)
    }

    fn held(&self) -> Vec<(u32, u32, Vec<u8>)> {
        let links = self.0.iter();
        links
            .map(|(index, (mtu, addresses))| (*index, *mtu, addresses.iter().copied().collect()))
            .collect()
    }
}

/// A dump. Its messages come in the order of the list, each at any time after the kernel
/// looked, and so among events from before and after that.
fn dump(
    (fold, kernel): (&mut Fold, &mut Kernel),
    object: DumpObject,
    turns: &[Turn],
    changes: &mut Iter<Step>,
    is_interrupted: bool,
) {
    fold.begin_dump(object, false);
    let mut at = (0, u8::MAX);
    let mut seen = VecDeque::new();
    for turn in turns {
        match turn {
            Turn::Look => seen.extend(kernel.next(object, &mut at)),
            Turn::Miss if is_interrupted => drop(kernel.next(object, &mut at)),
            Turn::Miss => {}
            Turn::Tell => drop(seen.pop_front().map(|message| fold.dumped(message))),
            Turn::Change => {
                for event in changes.next().iter().flat_map(|step| kernel.change(step)) {
                    fold.event(event);
                }
            }
        }
    }
    seen.extend(std::iter::from_fn(|| kernel.next(object, &mut at)));
    for message in seen {
        fold.dumped(message);
    }
    fold.end_dump(!is_interrupted);
}

/// A cycle as the watch runs it.
fn cycle(
    (fold, kernel): (&mut Fold, &mut Kernel),
    turns: &[Vec<Turn>; 2],
    changes: &mut Iter<Step>,
    is_interrupted: bool,
) {
    let objects = [DumpObject::Links, DumpObject::Addresses];
    for (object, turns) in objects.into_iter().zip(turns) {
        dump((fold, kernel), object, turns, changes, is_interrupted);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn folding_is_dumping(steps in steps()) {
        let (mut fold, mut kernel) = (Fold::default(), Kernel::default());
        let (mut is_losing, mut steps) = (false, steps.iter());
        while let Some(step) = steps.next() {
            if let Step::Dump(turns, is_interrupted) = step {
                cycle((&mut fold, &mut kernel), turns, &mut steps, *is_interrupted);
                // What was lost is made up for by a whole dump only.
                is_losing &= is_interrupted;
            }
            is_losing |= matches!(step, Step::Lose);
            for event in kernel.change(step) {
                if !is_losing {
                    fold.event(event);
                }
            }
            if !is_losing {
                prop_assert_eq!(held(&fold), kernel.held());
            }
        }
        cycle((&mut fold, &mut kernel), &Default::default(), &mut [].iter(), false);
        prop_assert_eq!(held(&fold), kernel.held());
    }

    #[test]
    fn addresses_are_in_the_order_of_their_keys(lasts in vec(any::<u8>(), 0..20)) {
        let mut fold = Fold::default();
        fold.event(Decoded::NewLink(link(1, 1500)));
        for last in lasts {
            fold.event(Decoded::NewAddress(address(1, last)));
        }
        let addresses = &fold.link(IfIndex(1)).unwrap().addresses;
        let keys: Vec<IpAddr> = addresses.iter().map(|address| address.key.local).collect();
        prop_assert!(keys.is_sorted());
    }
}
