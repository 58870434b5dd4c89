//! What is logged when the socket for hints is lost, and what is known when nothing can be
//! read.
//!
//! The socket for hints is the running kernel's, the time is the test's own.

mod unheard;

use super::*;
use crate::facts::{DefaultRoute, sample};
use crate::kernel::ask::script::Script;
use crate::kernel::decode::Decoded;
use crate::kernel::sample::{attribute, oif, route};
use std::io::Read;
use std::sync::Arc;
use tracing_subscriber::layer::SubscriberExt;

/// Everything that is logged by `act`, a line each.
fn logged(act: impl FnOnce()) -> Vec<String> {
    let (mut said, log) = std::io::pipe().unwrap();
    let lines = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        .with_target(false)
        .without_time()
        .with_writer(Arc::new(log));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), act);
    let mut text = String::new();
    said.read_to_string(&mut text).unwrap();
    text.lines().map(|line| line.trim().to_owned()).collect()
}

#[tokio::test]
async fn a_socket_that_is_lost_again_and_again_is_told_once_a_minute() {
    let start = Instant::now();
    let at = |seconds| start + Duration::from_secs(seconds);
    let mut fold = Fold::default();
    let mut routes = Routes::open().unwrap();
    let lines = logged(|| {
        for seconds in (0..100).step_by(2) {
            assert!(routes.take(None, &fold, at(seconds)), "that is news");
            assert_eq!(routes.failing_since(), Some(at(seconds)));
            assert_eq!(routes.deadline(), Some(at(seconds + 1)));
            assert!(
                routes.ask(&mut fold, at(seconds + 1), true),
                "so is its end"
            );
            assert_eq!(routes.failing_since(), None);
        }
    });
    let begins = |failures: u32| {
        format!(
            "WARN default routes cannot be asked for; it is tried again failures={failures} \
             error=\"the socket that watches the routing tables was lost\""
        )
    };
    let ends = || "INFO default routes are known again".to_owned();
    assert_eq!(lines, [begins(1), ends(), begins(30), ends()]);
}

const LINK: IfIndex = IfIndex(7);

/// A default route through the link, whose gateway is these bytes.
fn default_via(gateway: &[u8]) -> Vec<u8> {
    let gateway = attribute(libc::RTA_GATEWAY, gateway);
    route(libc::AF_INET, 0, 0, &[oif(LINK.0), gateway])
}

/// Has the script's only route be this one.
fn set_only(script: &Script, payload: Vec<u8>) {
    script.with(|tables| {
        tables.best.insert((Family::V4, LINK), payload.clone());
        tables.routes.insert(Family::V4, vec![payload]);
    });
}

fn with_link() -> Fold {
    let mut fold = Fold::default();
    let link = sample::link(LINK.0, "eth0").link;
    fold.event(Decoded::NewLink(Box::new(link)));
    fold
}

fn known(fold: &Fold) -> &[DefaultRoute] {
    &fold.link(LINK).unwrap().default_routes
}

#[tokio::test]
async fn what_cannot_be_read_leaves_what_is_known_and_is_missing() {
    let start = Instant::now();
    let script = Script::default();
    let mut fold = with_link();
    let hints = RouteHints::open().unwrap();
    let mut routes = Routes::of(Gateways::of(script.clone()), hints);
    set_only(&script, default_via(&[192, 0, 2, 1]));
    routes.all_changed(&fold);
    assert!(routes.ask(&mut fold, start, true));
    let was = known(&fold).to_vec();
    assert_eq!(was.len(), 1);

    set_only(&script, default_via(&[192, 0]));
    routes.all_changed(&fold);
    assert!(routes.ask(&mut fold, start, true), "that is news");
    assert_eq!(known(&fold), was);
    assert_eq!(routes.failing_since(), Some(start));
    assert_eq!(routes.tally().undecodable_attributes, 1);

    set_only(&script, default_via(&[192, 0, 2, 2]));
    let again = routes.deadline().unwrap();
    assert!(routes.ask(&mut fold, again, true));
    assert_ne!(known(&fold), was);
    assert_eq!(routes.failing_since(), None);
}
