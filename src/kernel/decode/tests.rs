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

/// An attribute: length, type, value, padding.
fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len() + 4).unwrap();
    let mut bytes = [length.to_ne_bytes(), kind.to_ne_bytes()].concat();
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

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
            route::route(
                libc::AF_INET,
                0,
                0,
                &[route::oif(7), attribute(9, &[16; 16])],
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
