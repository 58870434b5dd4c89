//! The rules of folding, each by a case, and all at once against a model kernel
//! whose dumps are late, interrupted and lossy.
//!
//! Messages are decoded ones: bytes are the decoder's to test.

mod audits;

use super::*;
use crate::facts::*;
use std::net::IpAddr;

pub(super) fn link(index: u32, mtu: u32) -> Box<Link> {
    let name = format!("l{index}");
    Box::new(
        sample::link(index, &name)
            .with(|facts| facts.link.mtu = mtu)
            .link,
    )
}

fn address(link: u32, last: u8, flags: u32) -> Address {
    Address {
        flags: AddressFlags(flags),
        ..sample::address(IfIndex(link), &format!("192.0.2.{last}/24"))
    }
}

fn new_link(index: u32, mtu: u32) -> Decoded {
    Decoded::NewLink(link(index, mtu))
}

fn new_address(link: u32, last: u8) -> Decoded {
    Decoded::NewAddress(address(link, last, 0))
}

fn del_address(link: u32, last: u8) -> Decoded {
    Decoded::DelAddress(address(link, last, 0).key)
}

/// What is held: of each link its index, MTU and the last bytes of its addresses.
pub(super) fn held(fold: &Fold) -> Vec<(u32, u32, Vec<u8>)> {
    fold.links()
        .map(|facts| {
            let last = |address: &Address| match address.key.local {
                IpAddr::V4(local) => local.octets()[3],
                IpAddr::V6(_) => 0,
            };
            let addresses = facts.addresses.iter().map(last).collect();
            (facts.link.index.0, facts.link.mtu, addresses)
        })
        .collect()
}

fn dump(fold: &mut Fold, object: DumpObject, messages: Vec<Decoded>, clean: bool) {
    fold.begin_dump(object, false);
    for message in messages {
        fold.dumped(message);
    }
    fold.end_dump(clean);
}

/// Links 1 (two addresses) and 2.
fn two_links() -> Fold {
    let mut fold = Fold::default();
    let links = vec![new_link(1, 1500), new_link(2, 1500)];
    dump(&mut fold, DumpObject::Links, links, true);
    let addresses = vec![new_address(1, 10), new_address(1, 11)];
    dump(&mut fold, DumpObject::Addresses, addresses, true);
    fold
}

#[test]
fn a_clean_dump_sweeps_and_an_interrupted_one_only_adds() {
    for (clean, links, addresses) in [
        (true, vec![(1, 9000, vec![11])], vec![11]),
        (
            false,
            vec![(1, 9000, vec![10, 11]), (2, 1500, vec![])],
            vec![10, 11],
        ),
    ] {
        let mut fold = two_links();
        dump(&mut fold, DumpObject::Links, vec![new_link(1, 9000)], clean);
        dump(
            &mut fold,
            DumpObject::Addresses,
            vec![new_address(1, 11)],
            clean,
        );
        assert_eq!(held(&fold), links);
        assert_eq!(
            fold.link(IfIndex(1)).unwrap().addresses.len(),
            addresses.len()
        );
    }
}

#[test]
fn an_event_during_a_dump_has_the_last_word() {
    let mut fold = two_links();
    fold.begin_dump(DumpObject::Addresses, false);
    fold.event(del_address(1, 10));
    fold.event(new_address(1, 12));
    // Older than the events: still lists 10, does not list 12 yet.
    fold.dumped(new_address(1, 10));
    fold.dumped(new_address(1, 11));
    fold.end_dump(true);
    assert_eq!(held(&fold)[0].2, [11, 12]);

    fold.begin_dump(DumpObject::Links, false);
    fold.event(Decoded::DelLink(IfIndex(2)));
    fold.event(new_link(1, 9000));
    fold.event(new_link(3, 1500));
    fold.dumped(new_link(1, 1500));
    fold.dumped(new_link(2, 1500));
    fold.end_dump(true);
    let links: Vec<(u32, u32)> = held(&fold).iter().map(|l| (l.0, l.1)).collect();
    assert_eq!(links, [(1, 9000), (3, 1500)]);
}

#[test]
fn after_a_dump_its_events_no_longer_shield() {
    let mut fold = two_links();
    fold.begin_dump(DumpObject::Addresses, false);
    fold.event(new_address(1, 12));
    fold.end_dump(false);
    let listed = vec![new_address(1, 10), new_address(1, 11)];
    dump(&mut fold, DumpObject::Addresses, listed, true);
    assert_eq!(held(&fold)[0].2, [10, 11]);
}

#[test]
fn a_link_takes_its_addresses_along_even_out_of_a_running_dump() {
    let mut fold = two_links();
    fold.begin_dump(DumpObject::Addresses, false);
    fold.event(Decoded::DelLink(IfIndex(1)));
    fold.event(new_link(1, 1500));
    fold.dumped(new_address(1, 10));
    fold.end_dump(true);
    assert_eq!(held(&fold), [(1, 1500, vec![]), (2, 1500, vec![])]);
}

#[test]
fn addresses_wait_for_a_link_that_an_interrupted_dump_left_out() {
    let mut fold = Fold::default();
    dump(&mut fold, DumpObject::Links, vec![], false);
    let addresses = vec![new_address(1, 10), new_address(1, 11)];
    dump(&mut fold, DumpObject::Addresses, addresses, true);
    fold.event(del_address(1, 11));
    assert_eq!(held(&fold), []);
    fold.event(new_link(1, 1500));
    assert_eq!(held(&fold), [(1, 1500, vec![10])]);
}

#[test]
fn equal_facts_change_nothing_and_share_their_memory() {
    let mut fold = two_links();
    fold.take_changed();
    let before = Arc::clone(fold.link(IfIndex(1)).unwrap());
    fold.event(new_link(1, 1500));
    fold.event(new_address(1, 10));
    fold.event(del_address(1, 99));
    assert!(!fold.set_default_routes(IfIndex(1), &[]));
    assert!(fold.take_changed().is_empty());
    assert!(Arc::ptr_eq(&before, fold.link(IfIndex(1)).unwrap()));

    fold.event(Decoded::NewAddress(address(1, 10, 0x20)));
    assert_eq!(fold.take_changed(), BTreeSet::from([IfIndex(1)]));
    assert_eq!(
        before.addresses[0].flags,
        AddressFlags(0),
        "snapshots keep theirs"
    );
}

#[test]
fn a_speed_is_good_for_its_carrier_only() {
    let speed = Reading::Current(1000);
    let mut fold = two_links();
    assert!(fold.set_speed(IfIndex(1), &speed));
    assert!(!fold.set_speed(IfIndex(1), &speed), "nothing new");
    fold.event(new_link(1, 9000));
    assert_eq!(fold.link(IfIndex(1)).unwrap().speed, speed);

    let mut flapped = link(1, 9000);
    flapped.carrier_changes = 3;
    fold.event(Decoded::NewLink(flapped));
    assert_eq!(fold.link(IfIndex(1)).unwrap().speed, Reading::Pending);

    let incarnation = fold.link(IfIndex(1)).unwrap().incarnation;
    fold.event(Decoded::DelLink(IfIndex(1)));
    fold.event(new_link(1, 1500));
    assert_ne!(fold.link(IfIndex(1)).unwrap().incarnation, incarnation);
    assert!(!fold.set_speed(IfIndex(3), &speed), "no such link");
}

#[test]
fn whose_routes_are_in_which_table() {
    let mut fold = Fold::default();
    let port = |index, master| {
        let mut link = link(index, 1500);
        link.master = Some(IfIndex(master));
        Decoded::NewLink(link)
    };
    let mut down = link(6, 1500);
    down.flags = LinkFlags(0);
    let mut vrf = link(2, 1500);
    vrf.kind = LinkKind::Vrf { table: 77 };
    let links = [
        new_link(1, 1500),
        Decoded::NewLink(vrf),
        port(3, 2),
        port(4, 1),
        port(5, 99),
    ];
    for event in links.into_iter().chain([Decoded::NewLink(down)]) {
        fold.event(event);
    }
    let tables = [1, 3, 4, 5, 6, 7].map(|index| fold.routing_table(IfIndex(index)));
    assert_eq!(tables, [Some(254), Some(77), None, None, None, None]);
}

/// Numbers that look random and are the same each time (Knuth's constants).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

/// A kernel with addresses on link 1 that change at random.
#[derive(Default)]
struct Kernel {
    addresses: BTreeSet<u8>,
}

impl Kernel {
    fn change(&mut self, numbers: &mut Numbers) -> Decoded {
        let last = u8::try_from(numbers.below(12)).unwrap();
        if self.addresses.remove(&last) {
            del_address(1, last)
        } else {
            self.addresses.insert(last);
            new_address(1, last)
        }
    }
}

#[test]
fn folding_ends_where_the_kernel_is() {
    for seed in 0..3000 {
        let mut numbers = Numbers(seed);
        let mut kernel = Kernel::default();
        let mut fold = Fold::default();
        dump(&mut fold, DumpObject::Links, vec![new_link(1, 1500)], true);
        // Events until they are lost; then a dump that was walked before the
        // events that come in ahead of its messages.
        for round in 0..3 {
            for _ in 0..numbers.below(8) {
                let event = kernel.change(&mut numbers);
                if round > 0 || numbers.below(3) > 0 {
                    fold.event(event);
                }
            }
            for _ in 0..numbers.below(4) {
                kernel.change(&mut numbers);
            }
            fold.begin_dump(DumpObject::Addresses, false);
            let mut walked = kernel.addresses.clone();
            for _ in 0..numbers.below(6) {
                let event = kernel.change(&mut numbers);
                // The walk may pass an address before or after its change.
                if let (Decoded::NewAddress(address), 0) = (&event, numbers.below(2))
                    && let IpAddr::V4(local) = address.key.local
                {
                    walked.insert(local.octets()[3]);
                }
                fold.event(event);
            }
            for last in walked {
                fold.dumped(new_address(1, last));
            }
            fold.end_dump(true);
            let expected: Vec<u8> = kernel.addresses.iter().copied().collect();
            assert_eq!(held(&fold)[0].2, expected, "seed {seed}, round {round}");
        }
    }
}
