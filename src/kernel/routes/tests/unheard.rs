//! Changes that no hint told of, and that no list told whole.

use super::*;

/// A default route through the link, with this gateway and metric.
fn default_with(gateway: [u8; 4], metric: u32) -> Vec<u8> {
    let gateway = attribute(libc::RTA_GATEWAY, &gateway);
    let metric = attribute(libc::RTA_PRIORITY, &metric.to_ne_bytes());
    route(libc::AF_INET, 0, 0, &[oif(LINK.0), gateway, metric])
}

/// Has the script's only routes be these, the best first.
fn set(script: &Script, routes: &[Vec<u8>]) {
    set_only(script, routes[0].clone());
    script.with(|tables| tables.routes.insert(Family::V4, routes.to_vec()));
}

fn metrics(fold: &Fold) -> Vec<u32> {
    known(fold).iter().map(|route| route.metric).collect()
}

/// Routes of the script, all of which are known.
fn asked(script: &Script, fold: &mut Fold, now: Instant) -> Routes<Script> {
    let hints = RouteHints::open().unwrap();
    let mut routes = Routes::of(Gateways::of(script.clone()), hints);
    routes.all_changed(fold);
    assert!(routes.ask(fold, now, true));
    routes
}

#[tokio::test]
async fn all_is_asked_again_when_the_socket_for_hints_was_lost() {
    let start = Instant::now();
    let script = Script::default();
    let mut fold = with_link();
    let [first, second] = [10, 20].map(|metric| default_with([192, 0, 2, 1], metric));
    set(&script, &[first.clone(), second]);
    let mut routes = asked(&script, &mut fold, start);
    assert_eq!(metrics(&fold), [10, 20]);

    // The best is the same: a lookup would not see it.
    set(&script, &[first]);
    routes.take(None, &fold, start);
    let again = routes.deadline().unwrap();
    routes.ask(&mut fold, again, true);
    assert_eq!(metrics(&fold), [10]);
    assert_eq!(routes.failing_since(), None);
}

#[tokio::test]
async fn a_table_that_never_holds_still_leaves_what_is_known_and_is_missing() {
    let start = Instant::now();
    let script = Script::default();
    let mut fold = with_link();
    set(&script, &[default_with([192, 0, 2, 1], 10)]);
    let mut routes = asked(&script, &mut fold, start);

    set(&script, &[default_with([192, 0, 2, 1], 20)]);
    script.with(|tables| tables.interruptions = usize::MAX);
    routes.all_changed(&fold);
    routes.ask(&mut fold, start, true);
    assert_eq!(metrics(&fold), [10]);
    assert_eq!(routes.failing_since(), Some(start));

    script.with(|tables| tables.interruptions = 0);
    let again = routes.deadline().unwrap();
    routes.ask(&mut fold, again, true);
    assert_eq!(metrics(&fold), [20]);
    assert_eq!(routes.failing_since(), None);
}
