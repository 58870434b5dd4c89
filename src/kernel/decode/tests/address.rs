//! `RTM_NEWADDR` and `RTM_DELADDR`.
//!
//! Layouts are those of `linux/if_addr.h`.

use super::super::*;
use super::attribute;
use crate::facts::*;

/// `struct ifaddrmsg` of link 7, then attributes.
pub(super) fn address(family: i32, prefix_len: u8, flags: u8, attributes: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = vec![u8::try_from(family).unwrap(), prefix_len, flags, 0];
    bytes.extend(7_u32.to_ne_bytes());
    bytes.extend(attributes.concat());
    bytes
}

pub(super) fn cacheinfo(valid: u32, created: u32) -> Vec<u8> {
    let fields = [600, valid, created, 9].map(u32::to_ne_bytes);
    attribute(libc::IFA_CACHEINFO, &fields.concat())
}

#[test]
fn addresses() {
    let (own, peer) = ([192, 0, 2, 1], [198, 51, 100, 1]);
    let bytes = address(
        libc::AF_INET,
        32,
        0x81,
        &[
            attribute(libc::IFA_ADDRESS, &peer),
            attribute(libc::IFA_LOCAL, &own),
            cacheinfo(u32::MAX, 4711),
        ],
    );
    let key = AddressKey {
        link: IfIndex(7),
        local: own.into(),
        peer: Some(peer.into()),
        prefix_len: 32,
    };
    let expected = Address {
        key,
        flags: AddressFlags(0x81),
        is_forever: true,
        created: 4711,
        protocol: AddressProtocol::Unspecified,
    };
    assert_eq!(
        decode(libc::RTM_NEWADDR, &bytes).decoded,
        Decoded::NewAddress(expected)
    );
    assert_eq!(
        decode(libc::RTM_DELADDR, &bytes).decoded,
        Decoded::DelAddress(key)
    );

    let slaac = address(
        libc::AF_INET6,
        64,
        0,
        &[
            attribute(libc::IFA_ADDRESS, &[0x20; 16]),
            attribute(libc::IFA_FLAGS, &0x100_u32.to_ne_bytes()),
            attribute(11, &[2]),
            cacheinfo(3600, 1),
        ],
    );
    let Decoded::NewAddress(slaac) = decode(libc::RTM_NEWADDR, &slaac).decoded else {
        panic!("no address");
    };
    assert!(!slaac.is_forever && slaac.flags.has(AddressFlags::MANAGE_TEMPORARY));
    assert_eq!(slaac.protocol, AddressProtocol::KernelRouterAdvertisement);
    assert_eq!(slaac.key.peer, None);
}

#[test]
fn addresses_that_are_none() {
    let v4 = attribute(libc::IFA_ADDRESS, &[192, 0, 2, 1]);
    let bad = Decoded::Bad {
        message_type: libc::RTM_NEWADDR,
    };
    let table = [
        (address(libc::AF_INET, 24, 0, &[]), &bad),
        (
            address(libc::AF_INET, 33, 0, std::slice::from_ref(&v4)),
            &bad,
        ),
        (
            address(libc::AF_INET6, 24, 0, std::slice::from_ref(&v4)),
            &bad,
        ),
        (
            address(
                libc::AF_INET,
                24,
                0,
                &[attribute(libc::IFA_ADDRESS, &[1, 2])],
            ),
            &bad,
        ),
        (address(libc::AF_PHONET, 24, 0, &[v4]), &Decoded::Other),
        (vec![2, 24, 0], &bad),
    ];
    for (payload, expected) in table {
        assert_eq!(decode(libc::RTM_NEWADDR, &payload).decoded, *expected);
    }
}
