//! What the kernel's best route means, and the condition that each case fails.
//!
//! Routes are plain facts here, or a script's; no kernel is asked.

use super::*;
use crate::facts::{HopState, TABLE_MAIN, sample};
use crate::kernel::ask::script::Script;
use crate::kernel::sample::{attribute, oif, route as message};

const LINK: IfIndex = IfIndex(7);

fn route(hops: &[(u32, DefaultRoute)]) -> DefaultHops {
    DefaultHops {
        hops: hops
            .iter()
            .map(|(link, hop)| (IfIndex(*link), hop.clone()))
            .collect(),
        ..DefaultHops::default()
    }
}

fn judged(hops: &[(u32, DefaultRoute)], family: Family) -> Option<Vec<DefaultRoute>> {
    match judge(route(hops), family, TABLE_MAIN, LINK) {
        Lookup::Best(found) => Some(found.routes),
        Lookup::Unclear => None,
        Lookup::Nothing => panic!("a route is not nothing"),
    }
}

#[test]
fn the_links_own_next_hops_of_its_table() {
    let (first, second) = (sample::route("192.0.2.1"), sample::route("192.0.2.2"));
    let ecmp = [(7, first.clone()), (8, second.clone()), (7, second.clone())];
    assert_eq!(judged(&ecmp, Family::V4), Some(vec![first.clone(), second]));
    assert_eq!(
        judged(&[(8, first.clone())], Family::V4),
        None,
        "another link"
    );
    assert_eq!(judged(&[], Family::V4), None, "no link at all");
    let mut elsewhere = first.clone();
    elsewhere.table = 77;
    assert_eq!(judged(&[(7, elsewhere)], Family::V4), None, "another table");
    assert_eq!(judged(&[(7, first)], Family::V6), None, "another family");
    let mut without_carrier = sample::route("192.0.2.1");
    without_carrier.state = HopState::LinkDown;
    assert!(judged(&[(7, without_carrier)], Family::V4).is_some());
}

#[test]
fn a_list_is_of_its_table_and_family_only() {
    let (ipv4, ipv6) = (sample::route("192.0.2.1"), sample::route("fe80::1"));
    let mut elsewhere = ipv4.clone();
    elsewhere.table = 77;
    let listed = [(7, ipv4.clone()), (7, ipv6.clone()), (7, elsewhere)];
    let mut gateways = Gateways::open().unwrap();
    for (family, expected) in [(Family::V4, ipv4), (Family::V6, ipv6)] {
        let routes = vec![route(&listed)];
        let listing = gateways.by_link(routes, family, TABLE_MAIN).unwrap();
        assert_eq!(listing[&LINK].routes, [expected]);
    }
}

#[test]
fn of_several_routers_the_kernel_names_whichever_answers() {
    let mut advertised = sample::route("fe80::1");
    assert!(judged(&[(7, advertised.clone())], Family::V6).is_some());
    advertised.protocol = ROUTER_ADVERTISEMENT;
    assert_eq!(judged(&[(7, advertised)], Family::V6), None);
}

#[test]
fn words_for_nothing() {
    for errno in [
        libc::EHOSTUNREACH,
        libc::ENETUNREACH,
        libc::ENODEV,
        libc::EAFNOSUPPORT,
        libc::EOPNOTSUPP,
    ] {
        assert!(leads_nowhere(errno));
    }
    for errno in [libc::EINVAL, libc::EACCES, libc::EPERM, 0] {
        assert!(!leads_nowhere(errno));
    }
    let refused = Answered {
        errno: libc::EPERM,
        is_interrupted: false,
    };
    assert!(check(refused, "routes").is_err());
    assert!(check(Answered::default(), "routes").is_ok());
}

#[test]
fn what_expires_first_counts() {
    let mut found = Found::default();
    for seconds in [None, Some(9), Some(5), Some(7), None] {
        found.add(sample::route("fe80::1"), seconds.map(Duration::from_secs));
    }
    assert_eq!(found.expires_in, Some(Duration::from_secs(5)));
}

/// Default routes that tell something that cannot be read.
fn damaged() -> Vec<Vec<u8>> {
    let object = attribute(30, &[5]);
    let gateway = attribute(libc::RTA_GATEWAY, &[192, 0]);
    // struct rtnexthop that is longer than what there is.
    let group = attribute(libc::RTA_MULTIPATH, &[60, 0, 0, 0, 7, 0, 0, 0]);
    let damaged = [vec![object], vec![oif(7), gateway], vec![group]];
    let cut = vec![2, 0, 0];
    let whole = damaged.map(|attributes| message(libc::AF_INET, 0, 0, &attributes));
    whole.into_iter().chain([cut]).collect()
}

#[test]
fn a_route_that_cannot_be_read_is_no_answer() {
    for payload in damaged() {
        let script = Script::default();
        script.with(|tables| {
            tables.best.insert((Family::V4, LINK), payload.clone());
            tables.routes.insert(Family::V4, vec![payload.clone()]);
        });
        let mut gateways = Gateways::of(script);
        let is_unreadable = |error| matches!(error, GatewayError::Unreadable { what: "routes" });
        let found = gateways.look_up(Family::V4, TABLE_MAIN, LINK);
        assert!(found.is_err_and(is_unreadable), "{payload:?}");
        let found = gateways.list(Family::V4, TABLE_MAIN, None);
        assert!(found.is_err_and(is_unreadable), "{payload:?}");
        let tally = gateways.tally();
        let (attributes, messages) = if payload.len() < 12 { (0, 2) } else { (2, 0) };
        assert_eq!(tally.undecodable_attributes, attributes, "{payload:?}");
        assert_eq!(tally.undecodable_messages.new_route, messages);
    }
}

#[test]
fn a_next_hop_that_cannot_be_read_is_no_answer() {
    let script = Script::default();
    let named = message(libc::AF_INET, 0, 0, &[attribute(30, &5_u32.to_ne_bytes())]);
    // struct nhmsg, then a link but no number.
    let nameless = [&[0; 8][..], &attribute(5, &7_u32.to_ne_bytes())].concat();
    script.with(|tables| {
        tables.best.insert((Family::V4, LINK), named);
        tables.next_hops.insert(5, nameless);
    });
    let mut gateways = Gateways::of(script.clone());
    let found = gateways.look_up(Family::V4, TABLE_MAIN, LINK);
    assert!(found.is_err());
    assert_eq!(gateways.tally().undecodable_messages.new_next_hop, 1);

    script.with(|tables| tables.next_hops.clear());
    let found = gateways.look_up(Family::V4, TABLE_MAIN, LINK).unwrap();
    assert_eq!(found, Lookup::Unclear, "it went meanwhile");
}

#[test]
fn a_list_that_changed_meanwhile_is_taken_anew() {
    let script = Script::default();
    let route = message(libc::AF_INET, 0, 0, &[oif(LINK.0)]);
    script.with(|tables| tables.routes.insert(Family::V4, vec![route]));
    let mut gateways = Gateways::of(script.clone());
    for whole in [false, true] {
        script.with(|tables| (tables.lists, tables.interruptions) = (0, 2));
        let listing = if whole {
            gateways.list_whole(Family::V4, TABLE_MAIN)
        } else {
            gateways.list(Family::V4, TABLE_MAIN, None)
        };
        assert_eq!(listing.unwrap()[&LINK].routes.len(), 1);
        assert_eq!(script.with(|tables| tables.lists), 3);
    }
    assert_eq!(gateways.tally().interrupted_dumps, 4);

    script.with(|tables| tables.interruptions = usize::MAX);
    let listing = gateways.list(Family::V4, TABLE_MAIN, None);
    assert!(matches!(listing, Err(GatewayError::Unsettled(TABLE_MAIN))));
}
