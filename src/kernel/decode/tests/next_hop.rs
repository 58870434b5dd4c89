//! `RTM_NEWNEXTHOP`, and routes that name only such an object.
//!
//! Layouts are those of `linux/nexthop.h` and `linux/rtnetlink.h`.

use super::super::*;
use crate::facts::*;
use crate::kernel::sample::{attribute, oif, route};

/// `struct nhmsg` with these flags, then attributes.
fn message(flags: u32, attributes: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0];
    bytes.extend(flags.to_ne_bytes());
    bytes.extend(attributes.concat());
    bytes
}

fn id(number: u32) -> Vec<u8> {
    attribute(1, &number.to_ne_bytes())
}

fn next_hop(payload: &[u8]) -> NextHop {
    match decode(RTM_NEWNEXTHOP, payload).decoded {
        Decoded::NextHop(NextHopId(5), next_hop) => next_hop,
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_several_or_none() {
    let link = attribute(5, &7_u32.to_ne_bytes());
    let gateway = attribute(6, &[192, 0, 2, 1]);
    assert_eq!(
        next_hop(&message(16, &[id(5), link.clone(), gateway])),
        NextHop::Single {
            link: IfIndex(7),
            gateway: Some([192, 0, 2, 1].into()),
            state: HopState::LinkDown,
        }
    );
    let blackhole = attribute(4, &[]);
    assert_eq!(
        next_hop(&message(0, &[id(5), blackhole])),
        NextHop::Blackhole
    );
    // struct nexthop_grp: number, weight less one in two bytes, two of padding.
    let entry = |number: u32, low, high| [&number.to_ne_bytes()[..], &[low, high, 0, 0]].concat();
    let group = attribute(2, &[entry(1, 1, 0), entry(2, 255, 255)].concat());
    assert_eq!(
        next_hop(&message(0, &[id(5), group])),
        NextHop::Group(vec![(NextHopId(1), 2), (NextHopId(2), 65_536)])
    );
    // Of a bridge's forwarding table: on no link.
    let of_bridge = message(
        0,
        &[id(5), attribute(11, &[]), attribute(6, &[192, 0, 2, 1])],
    );
    assert_eq!(decode(RTM_NEWNEXTHOP, &of_bridge).decoded, Decoded::Other);
    let anonymous = decode(RTM_NEWNEXTHOP, &message(0, &[link])).decoded;
    assert!(matches!(anonymous, Decoded::Bad { .. }));
}

#[test]
fn a_route_that_names_only_the_object() {
    let object = attribute(30, &5_u32.to_ne_bytes());
    let decoded = |attributes: &[Vec<u8>]| {
        let payload = route(libc::AF_INET, 0, 0, attributes);
        match decode(libc::RTM_NEWROUTE, &payload).decoded {
            Decoded::DefaultRoute(route) => route,
            other => panic!("{other:?}"),
        }
    };
    let named = decoded(std::slice::from_ref(&object));
    assert_eq!(named.object.map(|(id, _)| id), Some(NextHopId(5)));
    assert!(named.hops.is_empty());
    let spelt_out = decoded(&[object, oif(7)]);
    assert_eq!((spelt_out.object, spelt_out.hops.len()), (None, 1));
}
