//! From the bytes of a netlink message to what it is to us.
//!
//! Types are `linux/netlink.h`'s.

use super::*;
use crate::kernel::decode::Decoded;
use crate::kernel::sample::{self, DUMP_INTR, MULTI};

const OURS: u32 = 4711;

/// A message of the kernel's to the socket at port `OURS`, read as the stream reads it.
fn read(kind: i32, flags: u16, numbers: (u32, u32), payload: &[u8]) -> Incoming {
    read_from(0, kind, flags, numbers, payload)
}

fn read_from(sender: u32, kind: i32, flags: u16, numbers: (u32, u32), payload: &[u8]) -> Incoming {
    let bytes = sample::message(kind, flags, numbers, payload);
    let message = NetlinkMessage::<Message>::deserialize(&bytes).unwrap();
    incoming(message, &SocketAddr::new(sender, 0), OURS)
}

#[test]
fn a_dump_that_was_interrupted_says_so_on_any_of_its_messages() {
    for kind in [libc::NLMSG_DONE, i32::from(libc::RTM_NEWLINK)] {
        for (flags, expected) in [
            (0, false),
            (MULTI, false),
            (DUMP_INTR, true),
            (MULTI | DUMP_INTR, true),
            (!DUMP_INTR, false),
        ] {
            let said = read(kind, flags, (1, OURS), &[0; 16]);
            assert_eq!(said.is_interrupted, expected, "{kind} with {flags:#x}");
        }
    }
}

#[test]
fn a_reply_has_our_port_and_a_sequence_number() {
    for (numbers, expected) in [
        ((3, OURS), Some(3)),
        // Of the kernel itself, of somebody else's request, of our port but unasked.
        ((0, 0), None),
        ((3, OURS + 1), None),
        ((3, 0), None),
        ((0, OURS), None),
    ] {
        let said = read(i32::from(libc::RTM_NEWLINK), 0, numbers, &[0; 16]);
        assert_eq!(said.reply_to, expected, "{numbers:?}");
    }
}

#[test]
fn how_a_dump_ends() {
    let refused = (-libc::EBUSY).to_ne_bytes();
    let of_request = [&refused[..], &[0; 16]].concat();
    for (kind, payload, expected) in [
        (libc::NLMSG_DONE, &[0; 4][..], 0),
        (libc::NLMSG_DONE, &refused, -libc::EBUSY),
        (libc::NLMSG_ERROR, &of_request, -libc::EBUSY),
    ] {
        let said = read(kind, MULTI, (1, OURS), payload);
        assert!(
            matches!(said.content, Content::End(code) if code == expected),
            "{kind}: {said:?}"
        );
    }
}

#[test]
fn what_else_there_is() {
    let of_a_link = i32::from(libc::RTM_NEWLINK);
    let said = read(of_a_link, MULTI, (1, OURS), &[0; 16]).content;
    assert!(matches!(said, Content::Message(_)), "{said:?}");
    let cut = read(of_a_link, MULTI, (1, OURS), &[0; 3]).content;
    assert!(
        matches!(&cut, Content::Message(it) if matches!(it.decoded, Decoded::Bad { .. })),
        "{cut:?}"
    );
    let lost = read(libc::NLMSG_OVERRUN, 0, (0, 0), &[]).content;
    assert!(matches!(lost, Content::Overrun), "{lost:?}");
    let idle = read(libc::NLMSG_NOOP, 0, (1, OURS), &[]).content;
    assert!(matches!(idle, Content::Nothing), "{idle:?}");
}

#[test]
fn nobody_but_the_kernel_has_anything_to_tell() {
    for kind in [libc::NLMSG_DONE, i32::from(libc::RTM_DELLINK)] {
        let said = read_from(4712, kind, 0, (1, OURS), &[0; 16]).content;
        assert!(matches!(said, Content::Nothing), "{said:?}");
    }
}
