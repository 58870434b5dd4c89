//! Which default route is the interface's, by what it differs in.
//!
//! Routes of a link and of a VLAN on it, and the gateways that follow.

use super::*;
use crate::facts::RouterPreference;
use crate::facts::sample::{link, route};

/// The gateways of a link with the routes `own` and a VLAN child with `child`.
fn gateways(own: &[DefaultRoute], child: &[DefaultRoute]) -> (String, String) {
    let own = link(1, "bond0").with(|facts| facts.default_routes = own.to_vec());
    let child = link(2, "bond0.5")
        .vlan(5, 1)
        .with(|facts| facts.default_routes = child.to_vec());
    let chosen = GatewayView::choose(&[&own, &child]);
    let text = |gateway: Option<IpAddr>| gateway.map_or(String::new(), |g| g.to_string());
    (text(chosen.ipv4), text(chosen.ipv6))
}

fn with(gateway: &str, change: fn(&mut DefaultRoute)) -> DefaultRoute {
    let mut route = route(gateway);
    change(&mut route);
    route
}

const A: &str = "192.0.2.1";
const B: &str = "192.0.2.2";

#[test]
fn the_best_of_two() {
    let plain = || route(B);
    let v6 = |change| with("fe80::1", change);
    #[rustfmt::skip]
    let table = [
        ("none at all", vec![], vec![], ""),
        ("lower metric", vec![plain(), with(A, |r| r.metric = 99)], vec![], A),
        ("higher metric", vec![plain(), with(A, |r| r.metric = 101)], vec![], B),
        ("a child with a lower metric", vec![plain()], vec![with(A, |r| r.metric = 99)], A),
        ("a child with the same metric", vec![plain()], vec![route(A)], B),
        ("a child alone", vec![], vec![route(A)], A),
        ("higher weight", vec![plain(), with(A, |r| r.weight = 2)], vec![], A),
        ("lower address", vec![plain(), route(A)], vec![], A),
        ("no carrier", vec![plain(), with(A, |r| { r.metric = 1; r.state = HopState::LinkDown; })], vec![], B),
        ("no carrier, but no other", vec![with(A, |r| r.state = HopState::LinkDown)], vec![], A),
        ("no carrier rather than a child without", vec![], vec![with(B, |r| r.state = HopState::Dead), with(A, |r| r.state = HopState::LinkDown)], A),
        ("dead", vec![with(A, |r| r.state = HopState::Dead)], vec![], ""),
        ("straight onto the link", vec![with(A, |r| { r.hop = Hop::OnLink; r.metric = 1; }), plain()], vec![], ""),
        ("over the other family", vec![with(A, |r| { r.hop = Hop::Via("fe80::1".parse().unwrap()); r.metric = 1; }), plain()], vec![], ""),
        ("the other family's", vec![v6(|_| ()), plain()], vec![], B),
    ];
    for (what, own, child, expected) in table {
        assert_eq!(gateways(&own, &child).0, expected, "{what}");
    }
}

#[test]
fn preference_of_routers() {
    let high = with("fe80::2", |r| r.preference = RouterPreference::High);
    let low = with("fe80::3", |r| r.preference = RouterPreference::Low);
    let medium = route("fe80::1");
    assert_eq!(
        gateways(&[low.clone(), medium.clone(), high.clone()], &[]).1,
        "fe80::2"
    );
    assert_eq!(
        gateways(&[low.clone(), medium.clone()], &[high]).1,
        "fe80::2"
    );
    assert_eq!(gateways(&[low], &[medium]).1, "fe80::1");
}
