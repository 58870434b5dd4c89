//! What an audit counts as corrected, and what a loss takes off its word.

use super::*;

/// Links by index and MTU, addresses of link 1 by their last bytes.
type Listed<'a> = (&'a [(u32, u32)], &'a [u8]);

fn messages(object: DumpObject, (links, addresses): Listed) -> Vec<Decoded> {
    match object {
        DumpObject::Links => links.iter().map(|(it, mtu)| new_link(*it, *mtu)).collect(),
        DumpObject::Addresses => addresses.iter().map(|last| new_address(1, *last)).collect(),
    }
}

/// What an audit that lists these things corrects of links 1 and 2, if before a message of
/// it events are lost, or if none are.
fn corrected(listed: Listed, lost_before: Option<(DumpObject, usize)>) -> u64 {
    let mut fold = two_links();
    let mut is_audit = true;
    for object in [DumpObject::Links, DumpObject::Addresses] {
        fold.begin_dump(object, is_audit);
        for (position, message) in messages(object, listed).into_iter().enumerate() {
            if lost_before == Some((object, position)) {
                fold.lost();
                is_audit = false;
            }
            fold.dumped(message);
        }
        fold.end_dump(true);
    }
    let corrections = fold.take_corrections();
    assert_eq!(fold.take_corrections(), 0, "told");
    corrections
}

#[test]
fn what_differs_from_events_is_counted() {
    let table: [(Listed, u64); 7] = [
        ((&[(1, 1500), (2, 1500)], &[10, 11]), 0),
        ((&[(1, 9000), (2, 1500)], &[10, 11]), 1),
        ((&[(1, 1500), (2, 1500), (3, 1500)], &[10, 11]), 1),
        ((&[(1, 1500)], &[10, 11]), 1),
        ((&[(1, 1500), (2, 1500)], &[10, 11, 12]), 1),
        ((&[(1, 1500), (2, 1500)], &[10]), 1),
        ((&[(1, 9000)], &[12]), 5),
    ];
    for (listed, expected) in table {
        assert_eq!(corrected(listed, None), expected, "{listed:?}");
    }
}

#[test]
fn a_loss_explains_whatever_differs_before_and_after_it() {
    // Changed, new and gone, of both.
    let listed: Listed = (&[(1, 9000), (3, 1500)], &[12, 13]);
    assert_eq!(corrected(listed, None), 7);
    for object in [DumpObject::Links, DumpObject::Addresses] {
        for position in [0, 1] {
            let lost_before = Some((object, position));
            assert_eq!(corrected(listed, lost_before), 0, "{lost_before:?}");
        }
    }
}
