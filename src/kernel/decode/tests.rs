//! Messages built byte by byte, as the kernel's headers lay them out: the
//! decoder must not lose a link to an attribute, nor panic on anything.
//!
//! Messages of each kind are in a module of their own.

mod address;
mod link;
mod mutated;
mod next_hop;
mod route;

use super::*;
use crate::kernel::sample::{self, attribute};

#[test]
fn no_byte_can_make_it_panic() {
    let v4 = attribute(libc::IFA_ADDRESS, &[192, 0, 2, 1]);
    let linkinfo = [
        attribute(1, b"vlan\0"),
        attribute(2, &attribute(1, &[9, 0])),
    ]
    .concat();
    let messages = [
        (
            libc::RTM_NEWLINK,
            link::link(
                0,
                &[link::mtu(1500), link::operstate(), attribute(18, &linkinfo)],
            ),
        ),
        (
            libc::RTM_NEWADDR,
            address::address(libc::AF_INET, 24, 0, &[v4, address::cacheinfo(1, 1)]),
        ),
        (
            libc::RTM_NEWROUTE,
            sample::route(
                libc::AF_INET,
                0,
                0,
                &[sample::oif(7), attribute(9, &[16; 16])],
            ),
        ),
    ];
    for (message_type, bytes) in messages {
        for at in 0..bytes.len() {
            let _ = decode(message_type, &bytes[..at]);
            for value in [0, 1, 3, 4, 127, 255] {
                let mut mutated = bytes.clone();
                mutated[at] = value;
                let _ = decode(message_type, &mutated);
            }
        }
    }
}
