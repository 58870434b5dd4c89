//! From the bytes of a dump's datagrams to what is kept of it.
//!
//! Messages are written as the kernel's `struct nlmsghdr` has them.

use super::*;

const MULTI: u16 = 0x02;
const DUMP_INTR: u16 = 0x10;
const ROUTE: i32 = 24;

fn message(kind: i32, flags: u16, payload: i32) -> Vec<u8> {
    [
        &20_u32.to_ne_bytes()[..],
        &u16::try_from(kind).unwrap().to_ne_bytes(),
        &flags.to_ne_bytes(),
        &[0; 8],
        &payload.to_ne_bytes(),
    ]
    .concat()
}

/// Reads one datagram: what is kept, whether that is all the list had, whether it ended.
fn read_one(datagram: &[Vec<u8>], keep: fn(&[u8]) -> bool) -> io::Result<(Vec<u8>, bool, bool)> {
    let (mut kept, mut is_whole) = (Vec::new(), true);
    let ended = read(&datagram.concat(), keep, &mut kept, &mut is_whole)?;
    Ok((kept, is_whole, ended))
}

#[test]
fn a_dump_that_was_interrupted_says_so_on_any_of_its_messages() {
    for (first, last, is_whole) in [
        (MULTI, MULTI, true),
        (MULTI | DUMP_INTR, MULTI, false),
        (MULTI, MULTI | DUMP_INTR, false),
        (!DUMP_INTR, 0, true),
    ] {
        let route = message(ROUTE, first, 1);
        let datagram = [route.clone(), message(libc::NLMSG_DONE, last, 0)];
        let read = read_one(&datagram, |_| true).unwrap();
        assert_eq!(read, (route, is_whole, true), "{first:#x}, {last:#x}");
    }
}

#[test]
fn what_is_kept_and_how_it_ends() {
    let (one, two) = (message(ROUTE, MULTI, 1), message(ROUTE, MULTI, 2));
    let is_two = |payload: &[u8]| payload == 2_i32.to_ne_bytes();
    let read = read_one(&[one, two.clone()], is_two).unwrap();
    assert_eq!(read, (two, true, false), "there is more to come");
    for kind in [libc::NLMSG_DONE, libc::NLMSG_ERROR] {
        let error = read_one(&[message(kind, MULTI, -libc::EBUSY)], is_two).unwrap_err();
        assert_eq!(error.raw_os_error(), Some(libc::EBUSY));
    }
}
