//! `RTM_NEWROUTE` of default routes.
//!
//! Layouts are those of `linux/rtnetlink.h`.

use super::super::*;
use crate::facts::*;
use crate::kernel::sample::{attribute, oif, route};

fn default_routes(payload: &[u8]) -> Vec<(u32, Hop, HopState, u32, u32)> {
    match decode(libc::RTM_NEWROUTE, payload).decoded {
        Decoded::DefaultRoute(route) => route
            .hops
            .into_iter()
            .map(|(link, r)| (link.0, r.hop, r.state, r.metric, r.weight))
            .collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn default_routes_and_their_next_hops() {
    let gateway = |last| attribute(libc::RTA_GATEWAY, &[192, 0, 2, last]);
    let hop = |last| Hop::Gateway([192, 0, 2, last].into());
    let metric = attribute(libc::RTA_PRIORITY, &100_u32.to_ne_bytes());
    let single = route(libc::AF_INET, 0, 0, &[oif(7), gateway(1), metric.clone()]);
    assert_eq!(
        default_routes(&single),
        [(7, hop(1), HopState::Alive, 100, 1)]
    );
    let on_link = route(libc::AF_INET, 0, 16, &[oif(7)]);
    assert_eq!(
        default_routes(&on_link),
        [(7, Hop::OnLink, HopState::LinkDown, 0, 1)]
    );
    let via = attribute(18, &[&10_u16.to_ne_bytes()[..], &[0xfe; 16]].concat());
    let via = route(libc::AF_INET, 0, 0, &[oif(7), via]);
    assert_eq!(default_routes(&via)[0].1, Hop::Via([0xfe; 16].into()));

    // struct rtnexthop: length, flags, weight less one, link; then attributes.
    let next_hop = |flags, weight: u8, link: u32, last| {
        let mut bytes = vec![16, 0, flags, weight - 1];
        bytes.extend(link.to_ne_bytes());
        bytes.extend(gateway(last));
        bytes
    };
    let group = [next_hop(0, 1, 7, 1), next_hop(17, 5, 8, 2)].concat();
    let ecmp = route(
        libc::AF_INET,
        0,
        0,
        &[metric, attribute(libc::RTA_MULTIPATH, &group)],
    );
    assert_eq!(
        default_routes(&ecmp),
        [
            (7, hop(1), HopState::Alive, 100, 1),
            (8, hop(2), HopState::Dead, 100, 5)
        ]
    );
    // A group cut short gives what is whole.
    let cut = route(
        libc::AF_INET,
        0,
        0,
        &[attribute(libc::RTA_MULTIPATH, &group[..20])],
    );
    assert_eq!(default_routes(&cut).len(), 1);
    assert_eq!(decode(libc::RTM_NEWROUTE, &cut).bad_attributes, 1);
}

#[test]
fn routes_that_are_no_default() {
    let mut blackhole = route(libc::AF_INET, 0, 0, &[]);
    blackhole[7] = 6;
    let mut from_source = route(libc::AF_INET6, 0, 0, &[oif(7)]);
    from_source[2] = 64;
    let subnet = route(libc::AF_INET, 24, 0, &[oif(7)]);
    for payload in [blackhole, from_source, subnet] {
        assert_eq!(decode(libc::RTM_NEWROUTE, &payload).decoded, Decoded::Other);
    }
    // struct rta_cacheinfo: the third field is rta_expires.
    let expired = [0, 0, (-5_i32).cast_unsigned(), 0, 0, 0, 0, 0].map(u32::to_ne_bytes);
    let expired = attribute(libc::RTA_CACHEINFO, &expired.concat());
    assert_eq!(
        default_routes(&route(libc::AF_INET6, 0, 0, &[oif(7), expired])),
        []
    );
}
