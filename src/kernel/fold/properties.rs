//! Whatever the order of events and dump messages: once all has been told, what
//! is held is what the kernel has.
//!
//! Cases are drawn at random, and shrunk when one fails.

use super::tests::{held, link};
use super::*;
use crate::facts::{AddressFlags, sample};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::net::IpAddr;

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
    /// A dump of everything; walked this many events before it is told, and
    /// interrupted or not.
    Dump(usize, bool),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1_u32..5, proptest::option::of(1000_u32..1004)).prop_map(|(l, m)| Step::Link(l, m)),
        8 => (1_u32..5, 0_u8..6).prop_map(|(l, a)| Step::Address(l, a)),
        1 => Just(Step::Lose),
        2 => (0_usize..6, any::<bool>()).prop_map(|(w, i)| Step::Dump(w, i)),
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

    fn links(&self) -> Vec<Decoded> {
        let links = self.0.iter();
        links
            .map(|(index, (mtu, _))| Decoded::NewLink(link(*index, *mtu)))
            .collect()
    }

    fn addresses(&self) -> Vec<Decoded> {
        let links = self.0.iter();
        links
            .flat_map(|(index, (_, addresses))| addresses.iter().map(|last| (*index, *last)))
            .map(|(index, last)| Decoded::NewAddress(address(index, last)))
            .collect()
    }

    fn held(&self) -> Vec<(u32, u32, Vec<u8>)> {
        let links = self.0.iter();
        links
            .map(|(index, (mtu, addresses))| (*index, *mtu, addresses.iter().copied().collect()))
            .collect()
    }
}

/// A cycle as the watch runs it: links under the kernel's lock, then addresses,
/// whose list was walked before the events that come in ahead of it.
fn cycle(fold: &mut Fold, kernel: &mut Kernel, late: &[Step], is_interrupted: bool) {
    let tell = |fold: &mut Fold, messages: Vec<Decoded>| {
        // An interrupted list leaves out what it likes.
        let messages = messages.into_iter().enumerate();
        for (_, message) in messages.filter(|(at, _)| !is_interrupted || at % 3 != 1) {
            fold.dumped(message);
        }
        fold.end_dump(!is_interrupted);
    };
    fold.begin_dump(DumpObject::Links, false);
    tell(fold, kernel.links());
    fold.begin_dump(DumpObject::Addresses, false);
    let walked = kernel.addresses();
    for step in late {
        for event in kernel.change(step) {
            fold.event(event);
        }
    }
    tell(fold, walked);
}

proptest! {
    #[test]
    fn folding_is_dumping(steps in steps()) {
        let (mut fold, mut kernel) = (Fold::default(), Kernel::default());
        let (mut is_losing, mut steps) = (false, &steps[..]);
        while let Some((step, rest)) = steps.split_first() {
            steps = rest;
            if let Step::Dump(late, is_interrupted) = *step {
                let (late, rest) = rest.split_at(late.min(rest.len()));
                steps = rest;
                cycle(&mut fold, &mut kernel, late, is_interrupted);
                // What was lost is made up for by a whole dump only.
                is_losing &= is_interrupted;
                if !is_losing && !is_interrupted {
                    prop_assert_eq!(held(&fold), kernel.held());
                }
                continue;
            }
            is_losing |= matches!(step, Step::Lose);
            for event in kernel.change(step) {
                if !is_losing {
                    fold.event(event);
                }
            }
        }
        cycle(&mut fold, &mut kernel, &[], false);
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
